import SystemPackage
import Testing

/// Who is told of findings on a packaged host, and keeps it in files: a sendmail, and a webhook on the host itself.
extension PackagedHost {
    private static let mails = "/var/lib/cachewarden-notify/mails"
    private static let posts = "/var/lib/posts"

    /// How many bytes each of them was told so far.
    struct Told: Equatable {
        let mails: Int
        let posts: Int
    }

    /// Makes both, and the credential by which the settings know the webhook; that one runs from boot on.
    func makeReceivers() throws {
        // It takes mails as Debian's do, and keeps them where a notifier may write.
        try host.write("/usr/sbin/sendmail", "#!/bin/sh\ncat >>\(Self.mails)\n", mode: "755")
        try host.write("/usr/local/lib/receiver.pl", Self.receiver)
        try host.write(
            "/etc/systemd/system/receiver.service",
            "[Service]\nExecStart=/usr/bin/perl /usr/local/lib/receiver.pl\n\n[Install]\nWantedBy=multi-user.target\n")
        try host.run("/usr/bin/systemctl", "enable", "--quiet", "--now", "receiver.service")
        try host.write("/etc/cachewarden/credentials/hook", "http://127.0.0.1:8025/hook\n", mode: "600")
    }

    func told() throws -> Told { Told(mails: try size(of: Self.mails), posts: try size(of: Self.posts)) }

    private func size(of path: String) throws -> Int {
        let digits = try host.shell("cat \(path) 2>/dev/null | wc -c").output.filter { $0 != "\n" }
        return try #require(Int(digits))
    }

    /// Waits for a mail with this text behind what was told already.
    func waitForMail(_ text: String, after told: Told, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try wait(for: text, Self.mails, told.mails, sourceLocation)
    }

    /// Waits for a message with this text that was posted to the credential's URL, behind what was told already.
    func waitForPost(_ text: String, after told: Told, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try wait(for: text, Self.posts, told.posts, sourceLocation)
    }

    private func wait(for text: String, _ path: String, _ offset: Int, _ sourceLocation: SourceLocation) throws {
        try host.wait(
            for: text, "tail -c +\(offset + 1) \(path) 2>/dev/null || :", sourceLocation: sourceLocation)
    }

    /// With what Debian's smallest Perl has.
    private static let receiver = #"""
        use strict;
        use warnings;
        use IO::Socket::INET;
        my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 8025, Listen => 5, ReuseAddr => 1)
            or die "cannot listen: $!";
        while (my $client = $server->accept) {
            local $/ = "\r\n";
            my $is_known = (<$client> // '') eq "POST /hook HTTP/1.1\r\n";
            my $size = 0;
            while (defined(my $line = <$client>)) {
                last if $line eq "\r\n";
                $size = $1 if $line =~ /^content-length: *(\d+)/i;
            }
            read($client, my $body, $size);
            if ($is_known) {
                open(my $posts, '>>', '/var/lib/posts') or die "cannot write: $!";
                print {$posts} "$body\n";
                close($posts);
            }
            my $status = $is_known ? '200 OK' : '404 Not Found';
            print {$client} "HTTP/1.1 $status\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            close($client);
        }

        """#
}

import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

/// A host whose `/` is a folder, and a notifier on it who may read the outbox and no more.
struct NotifyHost: ~Copyable {
    static let isPossible = Installation.canMakeUsers && WebhookReceiver.isPossible
    static let reason: Comment = "needs root, useradd, acl, openssl and python3"
    private static let outbox: FilePath = "var/lib/cachewarden/outbox"

    let host: TestHost
    private let home: FilePath

    init() throws {
        let host = try TestHost.make()
        let home = FilePath("home").appending(host.outsider)
        for name: FilePath in ["run", "var", "var/lib", "var/lib/cachewarden", "dev", "usr", "usr/sbin"] {
            try host.folder.makeDirectory(name)
        }
        // As the package makes it: the notifier's group may read what comes.
        try host.folder.makeDirectory(Self.outbox)
        try Command("/bin/chgrp", host.outsider, host.folder.path(Self.outbox).string).runSuccessfully()
        try host.folder.setMode(Self.outbox, ModeBits(0o2750))
        for name in ["state", "credentials"] {
            let path = host.folder.path(home.appending(name)).string
            try Command("/usr/bin/install", "-d", "-m", "700", "-o", host.outsider, "-g", host.outsider, path)
                .runSuccessfully()
        }
        self.host = host
        self.home = home
    }

    func settings(_ channels: String...) throws {
        let list = channels.map { "  - \($0)\n" }.joined()
        try host.folder.write("etc/agent.yaml", "version: 1\naudit: {path: /log/audit.jsonl}\nnotify:\n\(list)")
    }

    func credential(_ name: String, _ content: String) throws {
        let path = home.appending("credentials").appending(name)
        try host.folder.write(path, content + "\n", mode: ModeBits(0o400))
        try Command("/bin/chown", host.outsider, host.folder.path(path).string).runSuccessfully()
    }

    /// Runs `apply` as root with the shared policy in this mode.
    func apply(_ mode: String) throws -> CommandResult {
        try host.writePolicy(try TestHost.sharedPolicy(group: host.group, cache: "/go-build", mode: mode))
        return try host.cachewarden("apply", "--root", host.folder.path.string).run()
    }

    /// Runs `notify` as somebody who is in no group of the cache.
    func notify(
        _ more: String..., environment: [String: String] = [:]
    ) throws -> CommandResult {
        var command = try host.cachewarden(
            as: host.outsider, "notify", "--root", host.folder.path.string, "--settings", host.settings.string)
        command.arguments += more
        command.environment["STATE_DIRECTORY"] = host.folder.path(home.appending("state")).string
        command.environment["CREDENTIALS_DIRECTORY"] = host.folder.path(home.appending("credentials")).string
        if try host.folder.exists("receiver") {
            command.environment["SSL_CERT_FILE"] = host.folder.path("receiver/ca.pem").string
        }
        command.environment.merge(environment) { $1 }
        return try command.run()
    }

    // MARK: - Receivers on this host

    /// A sendmail that keeps each mail in a file of its own.
    func makeSendmail() throws {
        let mails = host.folder.path("mails").string
        try host.folder.makeDirectory("mails", mode: ModeBits(0o777))
        try host.folder.setMode("mails", ModeBits(0o777))
        try host.folder.write(
            "usr/sbin/sendmail", "#!/bin/sh\ncat >\"$(mktemp '\(mails)/mail.XXXXXX')\"\n", mode: ModeBits(0o755))
    }

    func mails() throws -> [String] {
        let folder = host.folder.path("mails").string
        return try FileManager.default.contentsOfDirectory(atPath: folder).map {
            try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)
        }
    }

    /// Listens at `/dev/log` and keeps each datagram as a line, until this process ends.
    func listenToSyslog() throws {
        let script = """
            import os, socket, sys
            folder = sys.argv[1]
            log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            log.bind(folder + "/dev/log")
            os.chmod(folder + "/dev/log", 0o666)
            out = open(folder + "/syslog", "ab", buffering=0)
            log.settimeout(120)
            try:
                while True: out.write(log.recv(65536).replace(b"\\n", b"<LF>") + b"\\n")
            except OSError: pass
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, host.folder.path.string]
        try process.run()
        let end = ContinuousClock.now + .seconds(60)
        while try !host.folder.exists("syslog"), ContinuousClock.now < end { usleep(10_000) }
    }

    /// Returns what the log was sent, once it is so many lines.
    func syslogLines(atLeast count: Int) throws -> [String] {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            let text = String(decoding: try host.folder.read("syslog"), as: UTF8.self)
            let lines = text.split(separator: "\n").map(String.init)
            guard lines.count < count, ContinuousClock.now < end else { return lines }
            usleep(10_000)
        }
    }

    /// 141: a secret stands in its credential and nowhere else.
    func expectNoSecret(_ secret: String) throws {
        let found = try Command("/bin/grep", "-rlF", secret, host.folder.path.string).run().output
        let places = found.split(separator: "\n").filter { !$0.contains("/credentials/") && !$0.contains("/receiver/") }
        #expect(places == [])
    }
}

/// A proxy that takes every connection to one port of this host, and keeps the first line that it was sent.
struct Proxy: ~Copyable {
    let port: Int
    private let process: StandIn
    private let folder: FilePath

    init(in directory: borrowing TemporaryDirectory, to target: Int) throws {
        let folder = try directory.makeDirectory("proxy")
        try directory.write("proxy/proxy.py", Self.script)
        let process = try StandIn(
            "/usr/bin/env", ["python3", folder.appending("proxy.py").string, folder.string, "\(target)"],
            environment: ["PATH": TestProcess.environment("PATH") ?? "/usr/bin:/bin"])
        port = try WebhookReceiver.wait(for: folder.appending("port"))
        self.folder = folder
        self.process = process
    }

    func log() throws -> String { try String(contentsOfFile: folder.appending("log").string, encoding: .utf8) }

    private static let script = """
        import os, socket, sys, threading
        folder, target = sys.argv[1], int(sys.argv[2])
        server = socket.create_server(("127.0.0.1", 0))
        with open(folder + "/port.new", "w") as file: file.write(str(server.getsockname()[1]))
        os.rename(folder + "/port.new", folder + "/port")
        def copy(source, sink):
            try:
                while data := source.recv(65536): sink.sendall(data)
                sink.shutdown(socket.SHUT_WR)
            except OSError: pass
        while True:
            client, _ = server.accept()
            head = b""
            while b"\\r\\n\\r\\n" not in head: head += client.recv(4096)
            with open(folder + "/log", "ab") as file: file.write(head.split(b"\\r\\n")[0] + b"\\n")
            upstream = socket.create_connection(("127.0.0.1", target))
            client.sendall(b"HTTP/1.1 200 Connection established\\r\\n\\r\\n")
            threading.Thread(target=copy, args=(client, upstream), daemon=True).start()
            threading.Thread(target=copy, args=(upstream, client), daemon=True).start()
        """
}

/// A real Alertmanager on a free port, alone and with nobody to tell.
struct Alertmanager: ~Copyable {
    static let isPossible = FileManager.default.isExecutableFile(atPath: "/usr/bin/prometheus-alertmanager")

    let port: Int
    private let process: StandIn

    init(in directory: borrowing TemporaryDirectory) throws {
        let folder = try directory.makeDirectory("alertmanager")
        try directory.write("alertmanager/config.yml", "route: {receiver: none}\nreceivers: [{name: none}]\n")
        let script = """
            exec prometheus-alertmanager --config.file=config.yml --storage.path=data --cluster.listen-address= \\
                --web.listen-address=127.0.0.1:0 2>log
            """
        let process = try StandIn("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"], in: folder)
        let log = folder.appending("log").string
        let end = ContinuousClock.now + .seconds(60)
        var found: Int?
        while found == nil, ContinuousClock.now < end {
            // It is not there yet.
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            found = text.firstMatch(of: /127\.0\.0\.1:(\d+)/).flatMap { Int($0.1) }.flatMap { $0 > 0 ? $0 : nil }
            usleep(20_000)
        }
        port = try #require(found, "the Alertmanager does not listen")
        self.process = process
    }

    /// The labels of all alerts that it holds for standing.
    func alerts() throws -> [[String: String]] {
        struct Alert: Decodable { let labels: [String: String] }
        let output = try Command(
            "/usr/bin/env", "python3", "-c",
            "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())",
            "http://127.0.0.1:\(port)/api/v2/alerts"
        ).runSuccessfully().output
        return try JSONDecoder().decode([Alert].self, from: Data(output.utf8)).map(\.labels)
    }
}

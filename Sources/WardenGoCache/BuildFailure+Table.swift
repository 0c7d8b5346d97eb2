extension BuildFailure {
    /// One kind of message, and what it means.
    struct Row: Sendable {
        /// Where the message stands.
        enum Stream: Sendable {
            /// Go's own messages: on standard error.
            case errors
            /// Messages that tests and linkers print too.
            case any
        }

        let reason: Reason
        let stream: Stream
        let hint: String
        let fits: @Sendable (String) -> Bool

        init(_ reason: Reason, _ stream: Stream = .errors, hint: String, _ fits: @escaping @Sendable (String) -> Bool) {
            self.reason = reason
            self.stream = stream
            self.hint = hint
            self.fits = fits
        }
    }

    static let unknownHint = "the messages above are all there is; 'go build -x' shows every command that Go runs"

    /// Every row was seen in the output of a real build that failed, by the end-to-end tests. A full disk has the first
    /// word, because whatever else is said follows from it; the code has the last, because Go names a file and a line
    /// in front of many messages that are not about the code.
    static let table: [Row] = disk + rights + cache + toolchain + dependencies + time + network + code

    private static let disk = [
        Row(
            .diskFull, .any, hint: "make room: 'df' says which disk is full; 'cachewarden check' shows the cache's size"
        ) { $0.contains("no space left on device") }
    ]

    private static let rights = [
        Row(.permission, hint: cacheRights) {
            $0.hasPrefix("failed to initialize build cache at ") && $0.hasSuffix(": permission denied")
        },
        Row(.permission, hint: cacheRights) { line in
            line.hasSuffix(": permission denied") && !line.hasPrefix(" ") && !line.hasPrefix("\t")
                && namesEntry(line)
        },
    ]

    private static let cacheRights = """
        the build cache is not writable for this user: 'cachewarden check' shows why, 'cachewarden apply' with a policy \
        that shares it mends it
        """

    private static let cache = [
        Row(
            .cache,
            hint: "an output was deleted while the build ran: build again, and let only 'cachewarden' trim the cache"
        ) { $0.contains("could not import ") && namesEntry($0) && $0.hasSuffix(": no such file or directory)") },
        Row(.cache, hint: "set GOCACHE to an absolute path: a service or cron job has neither HOME nor XDG_CACHE_HOME")
        {
            $0.hasPrefix("build cache is required, ") || $0.hasPrefix("build cache is disabled by GOCACHE=off")
        },
    ]

    private static let toolchain = [
        Row(.toolchain, hint: "install the Go release that go.mod asks for, or let GOTOOLCHAIN=auto fetch it") {
            $0.hasPrefix("go: go.mod requires go >= ") || $0.contains(": toolchain not available")
        },
        Row(.toolchain, hint: "compiler and go command are of different releases: look at GOROOT, PATH and -toolexec") {
            $0.hasPrefix("compile: version \"go") && $0.contains(" does not match go tool version ")
        },
        Row(.toolchain, hint: "the Go installation has no such tool: look at 'go tool' and GOROOT") {
            $0.hasPrefix("go: no such tool ")
        },
        Row(.toolchain, hint: "install the C compiler that CC names, or build with CGO_ENABLED=0") {
            $0.hasPrefix("cgo: C compiler ") && $0.hasSuffix(": executable file not found in $PATH")
        },
    ]

    private static let dependencies = [
        Row(.dependencies, hint: "run 'go mod tidy' and commit go.mod and go.sum") {
            $0.contains(": missing go.sum entry ") || $0.contains(": no required module provides package ")
        },
        Row(.dependencies, hint: "GOPROXY=off forbids downloads: fill the module cache first, or allow a proxy") {
            $0.hasSuffix(": module lookup disabled by GOPROXY=off")
        },
        Row(.dependencies, hint: "what the proxy gave is not what go.sum knows: find out which of the two is wrong") {
            $0.hasPrefix("verifying ") && $0.hasSuffix(": checksum mismatch")
        },
    ]

    private static let time = [
        Row(
            .timeout, .any,
            hint: "a test did not end in time: the stacks show where it waits; '-timeout' sets the limit"
        ) {
            $0.hasPrefix("panic: test timed out after ")
        }
    ]

    private static let network = [
        Row(.network, hint: "the module proxy cannot be reached: look at GOPROXY, HTTPS_PROXY and the network") {
            isDownload($0) && ($0.contains(": dial tcp") || $0.contains(": tls: "))
        },
        Row(.network, hint: "the module proxy answers with an error of its own: try again later, or ask who runs it") {
            isDownload($0) && $0.firstMatch(of: #/: 5\d\d [A-Z][A-Za-z ]*$/#) != nil
        },
    ]

    private static let code = [
        Row(.code, .any, hint: "a test failed: the code, or the test, is to be mended") { $0.hasPrefix("--- FAIL: ") },
        Row(.code, hint: "the compiler names the file and the line") {
            $0.firstMatch(of: #/^[^ :]+\.(go|s|c|h):\d+:(\d+:)? /#) != nil
        },
    ]

    /// Whether a line speaks of an entry of a build cache: `xx/<64 hex>-d`, also where Go shortens the path before it.
    private static func namesEntry(_ line: String) -> Bool {
        line.firstMatch(of: #/open [^ ]*/[0-9a-f]{2}/[0-9a-f]{64}-[ad]: /#) != nil
    }

    /// Whether Go speaks of a module's download: `x.go:2:8: example.com/q@v1.0.0: Get "…": …`.
    private static func isDownload(_ line: String) -> Bool {
        line.firstMatch(of: #/@v[^ ]*: (Get "|reading )https?:///#) != nil
    }
}

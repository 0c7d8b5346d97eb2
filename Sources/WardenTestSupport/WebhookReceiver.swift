internal import Foundation
package import SystemPackage

/// A local server with a certificate authority of its own, which answers as it is told and keeps what it is sent.
package struct WebhookReceiver: ~Copyable {
    package struct Request: Codable, Sendable {
        package let path: String
        /// Names in lower case.
        package let headers: [String: String]
        package let body: String
    }

    /// Whether openssl and python3 are here.
    package static let isPossible =
        FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl") && TestPython.has("ssl", "http.server")

    private let process: StandIn
    private let folder: FilePath
    package let port: Int

    /// The certificate of its authority.
    package var authorities: FilePath { folder.appending("ca.pem") }

    /// Starts it on a free port of 127.0.0.1, and returns when it listens.
    ///
    /// - Parameters:
    ///   - name: A folder that is made below `directory`, which everybody may read.
    ///   - certificate: For whom its certificate is; `nil` for a server without TLS.
    ///   - answers: One for each request in turn, the last one for all that follow: a status, `302 URL`, `429 SECONDS`,
    ///     `slow SECONDS` before any answer, `huge` for an endless body, `echo` for a 404 that repeats the path.
    package init(
        in directory: borrowing TemporaryDirectory, _ name: FilePath = "receiver",
        certificate: String? = "DNS:localhost,IP:127.0.0.1", answers: [String] = ["200"]
    ) throws {
        let folder = try directory.makeDirectory(name)
        if let certificate { try Self.makeCertificates(folder, certificate) }
        try directory.write(name.appending("server.py"), Self.script)
        let process = try StandIn(
            "/usr/bin/env", ["python3", folder.appending("server.py").string, folder.string] + answers,
            environment: ["PATH": TestProcess.environment("PATH") ?? "/usr/bin:/bin"])
        let port = try Self.wait(for: folder.appending("port"))
        self.folder = folder
        self.process = process
        self.port = port
    }

    /// All that it was sent, in order.
    package func requests() throws -> [Request] {
        var requests: [Request] = []
        while let data = FileManager.default.contents(atPath: folder.appending("request-\(requests.count)").string) {
            requests.append(try JSONDecoder().decode(Request.self, from: data))
        }
        return requests
    }

    private static func makeCertificates(_ folder: FilePath, _ names: String) throws {
        let script = """
            cd "$1" && exec 2>/dev/null && printf 'subjectAltName=%s\\n' "$2" >names &&
            new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes' &&
            openssl req -x509 $new -keyout ca.key -out ca.pem -days 2 -subj '/CN=test authority' &&
            openssl req $new -keyout server.key -out server.csr -subj /CN=test &&
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 \\
                -extfile names && chmod 644 ca.pem
            """
        let process = try Process.run(
            URL(fileURLWithPath: "/bin/sh"), arguments: ["-c", script, "sh", folder.string, names])
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure.noCertificates }
    }

    /// Returns the number that a program writes to a file when it is ready.
    package static func wait(for file: FilePath) throws -> Int {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            if let data = FileManager.default.contents(atPath: file.string),
                let port = Int(String(decoding: data, as: UTF8.self))
            {
                return port
            }
            usleep(10_000)
        }
        throw Failure.notReady
    }

    package enum Failure: Error { case noCertificates, notReady }

    private static let script = """
        import http.server, json, os, ssl, sys, time
        folder, answers = sys.argv[1], sys.argv[2:]

        class Handler(http.server.BaseHTTPRequestHandler):
            count = 0
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                number, Handler.count = Handler.count, Handler.count + 1
                headers = {name.lower(): value for name, value in self.headers.items()}
                with open(folder + "/new", "w") as file:
                    json.dump({"path": self.path, "headers": headers, "body": body}, file)
                os.rename(folder + "/new", folder + "/request-%d" % number)
                kind, _, detail = answers[min(number, len(answers) - 1)].partition(" ")
                if kind == "slow":
                    time.sleep(float(detail))
                    kind = "200"
                self.send_response(200 if kind == "huge" else 404 if kind == "echo" else int(kind))
                if kind in ("301", "302", "307", "308"):
                    self.send_header("Location", detail)
                elif detail:
                    self.send_header("Retry-After", detail)
                self.end_headers()
                if kind == "echo":
                    self.wfile.write(("no such path: " + self.path).encode())
                while kind == "huge":
                    self.wfile.write(b"x" * 65536)
            do_GET = do_POST
            def log_message(self, *words):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            def handle_error(self, *words):
                pass

        server = Server(("127.0.0.1", 0), Handler)
        if os.path.exists(folder + "/server.pem"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder + "/server.pem", folder + "/server.key")
            server.socket = context.wrap_socket(server.socket, server_side=True)
        with open(folder + "/port.new", "w") as file:
            file.write(str(server.server_port))
        os.rename(folder + "/port.new", folder + "/port")
        server.serve_forever()
        """
}

import Foundation
import SystemPackage
import Testing
import WardenTestSupport

extension EndToEnd.NotifyTests {
    /// With the certificate of a receiver of today it speaks TLS 1.1 and nothing newer.
    private static let oldServer = """
        import os, socket, ssl, sys
        folder = sys.argv[1]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.load_cert_chain(folder + "/receiver/server.pem", folder + "/receiver/server.key")
        server = socket.create_server(("127.0.0.1", 0))
        with open(folder + "/old-port.new", "w") as file: file.write(str(server.getsockname()[1]))
        os.rename(folder + "/old-port.new", folder + "/old-port")
        while True:
            client, _ = server.accept()
            try:
                with context.wrap_socket(client, server_side=True) as stream:
                    stream.recv(65536)
                    stream.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\n")
            except OSError: pass
        """

    /// Settings of OpenSSL that take what it refuses by itself.
    private static let lenient = """
        openssl_conf = all
        [all]
        ssl_conf = programs
        [programs]
        system_default = old
        [old]
        MinProtocol = TLSv1
        CipherString = DEFAULT@SECLEVEL=0

        """

    @Test("TLS before 1.2 is refused where OpenSSL's own settings take it", .timeLimit(.minutes(5)))
    func refusesOldTLS() throws {
        let place = try NotifyHost()
        // For its certificates.
        let receiver = try WebhookReceiver(in: place.host.folder)
        let script = try place.host.folder.write("old.py", Self.oldServer)
        let server = try StandIn(
            "/usr/bin/env", ["python3", script.string, place.host.folder.path.string],
            environment: ["PATH": TestProcess.environment("PATH") ?? "/usr/bin:/bin"])
        let port = try WebhookReceiver.wait(for: place.host.folder.path("old-port"))
        let settings = ["OPENSSL_CONF": try place.host.folder.write("openssl.cnf", Self.lenient).string]
        try place.settings("{slack: {credential: hook}}")
        try place.credential("hook", "https://localhost:\(port)/")
        let refused = try place.notify("--test", environment: settings)
        #expect(refused.status == 1 && refused.output.contains(", not sent: localhost: "), "\(refused)")

        // Whoever asks for less gets along with that server.
        var client = Command(
            "/usr/bin/openssl", "s_client", "-connect", "localhost:\(port)", "-verify_return_error", "-CAfile",
            receiver.authorities.string)
        client.environment.merge(settings) { $1 }
        let taken = try client.run()
        #expect(taken.status == 0 && taken.output.contains(/Protocol *: TLSv1\.1/), "\(taken)")
        withExtendedLifetime(server) {}
    }
}

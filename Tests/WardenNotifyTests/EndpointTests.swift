import Testing
import WardenNotify

/// Which URLs messages are posted to.
@Suite("Endpoints") struct EndpointTests {
    @Test(arguments: [
        ("https://hooks.example.com/a/b", "hooks.example.com"), ("HTTPS://a:8443?x=1", "a"),
        ("https://user:pw@a.example/", "a.example"), ("https://[2001:db8::1]:9/x", "[2001:db8::1]"),
        ("http://127.0.0.1:9093", "127.0.0.1"), ("http://127.8.8.8/x", "127.8.8.8"), ("http://[::1]:9093/", "[::1]"),
        ("https://localhost/CANARY\n", "localhost"),
    ])
    func leadTo(url: String, host: String) throws {
        let file = try SecretFile(url)
        #expect(try Endpoint(file.secret).host == host)
    }

    @Test(arguments: [
        ("http://hooks.example.com/CANARY", Endpoint.Defect.notHTTPS), ("http://localhost/CANARY", .notHTTPS),
        ("http://127.0.0.1@evil.example/CANARY", .notHTTPS), ("http://evil@127.0.0.1/CANARY", .notHTTPS),
        ("http://127.0.0.1.evil.example/CANARY", .notHTTPS), ("http://0127.0.0.1/CANARY", .notHTTPS),
        ("http://2130706433/CANARY", .notHTTPS), ("ftp://a/CANARY", .notHTTPS), ("file:///CANARY", .notHTTPS),
        ("gopher://127.0.0.1/CANARY", .notHTTPS), ("CANARY", .malformed), ("https://", .malformed),
        ("https:///CANARY", .malformed), ("https://a b/CANARY", .malformed), ("https://a\\@b/CANARY", .malformed),
        ("https://a:0/CANARY", .malformed), ("https://a:99999/CANARY", .malformed), ("https://[::1/CANARY", .malformed),
        ("https://a/\u{e9}CANARY", .malformed), ("https://a/#CANARY", .malformed), ("https://a/\r\nCANARY", .malformed),
    ])
    func refuse(url: String, defect: Endpoint.Defect) throws {
        let file = try SecretFile(url)
        #expect(throws: defect) { _ = try Endpoint(file.secret) }
        #expect(!"\(defect)".contains("CANARY"))
    }
}

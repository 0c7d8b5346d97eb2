import Testing
import WardenModel

struct ToolchainMarkerTests {
    private static let hex = String(repeating: "0123456789abcdef", count: 4)

    @Test func readsWhatItWrites() throws {
        let marker = ToolchainMarker(
            archive: try #require(ArchiveDigest(Self.hex)), version: try #require(ToolchainVersion("go1.27.3")))
        #expect(String(decoding: marker.bytes, as: UTF8.self) == "sha256:\(Self.hex)\ngo1.27.3\n")
        #expect(ToolchainMarker(parsing: marker.bytes) == marker)
    }

    @Test(arguments: [
        "", "sha256:\(hex)\n", "sha256:\(hex)\ngo1.27.3", "sha256:\(hex)\ngo1.27.3\n\n", "sha256:\(hex)\n\n",
        "sha256:\(hex.uppercased())\ngo1.27.3\n", "sha256:\(hex.dropLast(2))\ngo1.27.3\n", "sha256: \(hex)\ngo1.27.3\n",
        "\(hex)\ngo1.27.3\n", "sha256:\(hex)\r\ngo1.27.3\r\n", "sha256:\(hex)\n1.27.3\n",
        "sha256:\(hex)\ngo1.27.3\u{1b}\n",
        "go1.27.3\nsha256:\(hex)\n",
    ]) func saysNothingInAnyOtherForm(text: String) {
        #expect(ToolchainMarker(parsing: Array(text.utf8)) == nil)
    }

    @Test(arguments: [
        ("go1.27.3\ntime 2026-10-19T22:20:36Z\n", "go1.27.3"), ("go1.24rc1", "go1.24rc1"),
        (
            "devel go1.28-4b1f2e6 Mon Oct 19 22:20:36 2026 +0000\n",
            "devel go1.28-4b1f2e6 Mon Oct 19 22:20:36 2026 +0000"
        ),
        ("go1.27.3 X:rangefunc\n", "go1.27.3 X:rangefunc"), ("go", nil), ("", nil), ("\ngo1.27.3", nil),
        ("go1.27.3 \n", nil),
        ("go1.27.3\r\n", nil), ("go" + String(repeating: "1", count: 127), nil),
    ]) func readsTheFirstLineOfVERSION(content: String, version: String?) {
        #expect(ToolchainVersion(versionFile: Array(content.utf8))?.text == version)
    }

    @Test(arguments: [
        ("go version go1.27.3 linux/amd64\n", "go1.27.3"),
        ("go version go1.27.3 X:rangefunc linux/arm64\n", "go1.27.3 X:rangefunc"),
        ("go version go1.27.3 linux/amd64", nil), ("go version go1.27.3\n", nil), ("go1.27.3 linux/amd64\n", nil),
        ("go version \n", nil),
        ("go version  linux\n", nil), ("go version go1.27.3 linux/amd64\nmore\n", nil), ("", nil),
    ]) func readsWhatGoVersionPrints(output: String, version: String?) {
        #expect(ToolchainVersion(commandOutput: Array(output.utf8))?.text == version)
    }
}

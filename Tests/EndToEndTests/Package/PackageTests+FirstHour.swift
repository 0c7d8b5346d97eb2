import Foundation
import SystemPackage
import Testing

extension EndToEnd.PackageTests {
    /// README.md's "First hour of an administrator", as it is written there.
    @Test func isGreenAfterTheFirstHourThatTheReadmeDescribes() throws {
        let package = try #require(TestPackage.current)
        let place = try PackagedHost(with: [package])
        try place.writeModule()
        // The people of the text.
        try place.host.shell(
            """
            for user in alice bob; do useradd --create-home --shell /bin/bash $user; done
            mkdir /srv/packages
            cp "$1" /srv/packages/
            """, package.string)

        // Of `plan` the text says that it ends with 2; whatever else fails ends the hour.
        let script = """
            trap 'code=$?; [[ $code == 2 && $BASH_COMMAND == "cachewarden plan" ]] || exit $code' ERR
            export HOME=/root
            cd /srv/packages

            """
        let blocks = try DocumentedCommands.blocks("sh first-hour", of: "README.md").joined(separator: "\n")
        let hour = try place.host.command("/bin/bash", ["-c", script + blocks]).run()
        #expect(hour.status == 0, "\(hour)")
        let verdicts = hour.output.split(whereSeparator: \.isNewline).compactMap {
            $0.firstMatch(of: /^([A-Z]{5,}) {2}/)?.output.1
        }
        // Of `doctor` and `plan`; of each `check`, with one of `audit verify` between them.
        #expect(verdicts == ["HEALTHY", "DRIFT", "COMPLIANT", "COMPLIANT", "WHOLE", "COMPLIANT"], "\(hour)")

        #expect(try place.compiles("./small", as: "alice"))
        #expect(try !place.compiles("./small", as: "bob"))
        let check = try place.host.command("cachewarden", ["check"]).run()
        #expect(check.status == 0 && check.output.hasPrefix("COMPLIANT"), "\(check)")
    }
}

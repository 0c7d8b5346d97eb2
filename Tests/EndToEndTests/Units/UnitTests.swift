import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

extension EndToEnd {
    /// The files in `systemd/`, as systemd reads them.
    @Suite(
        "Units",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze"), "needs systemd-analyze"))
    struct UnitTests {
        /// The most exposure each may have, in tenths, as `systemd-analyze security` counts it.
        private static let limits = [
            "cachewarden-check.service": 8, "cachewarden-apply.service": 15, "cachewarden-notify.service": 11,
            "cachewarden-failure@.service": 11, "cachewarden-watch.service": 15,
        ]

        /// Returns a folder with all units, in which the binary under test has the place of the installed one.
        private func units() throws -> TemporaryDirectory {
            let folder = try TemporaryDirectory()
            for name in try FileManager.default.contentsOfDirectory(atPath: Installation.units.string)
            where FilePath(name).extension.map({ ["service", "timer", "path"].contains($0) }) == true {
                let text = try String(contentsOfFile: Installation.units.appending(name).string, encoding: .utf8)
                try folder.write(
                    FilePath(name), text.replacing("/usr/bin/cachewarden", with: Installation.binary.string))
            }
            return folder
        }

        private func names(in folder: borrowing TemporaryDirectory) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.path.string).filter { !$0.hasSuffix(".d") }
        }

        private func expectSilence(_ folder: borrowing TemporaryDirectory) throws {
            let paths = try names(in: folder).map { folder.path(FilePath($0)).string }
            let verdict = try Command("/usr/bin/systemd-analyze", arguments: ["verify", "--man=no"] + paths).run()
            #expect(verdict.status == 0 && verdict.output.isEmpty && verdict.errors.isEmpty, "\(verdict)")
        }

        @Test func systemdHasNothingToSay() throws {
            let folder = try units()
            #expect(try names(in: folder).count == 7)
            try expectSilence(folder)
        }

        @Test func systemdReadsTheDropIns() throws {
            let folder = try units()
            try folder.write(
                "policy.yaml",
                """
                version: 1
                policy: shared
                mode: enforce
                caches:
                  - {name: odd, path: "/srv/a \\"b\\" %n c", create: true, owner: root, mode: "0700"}
                environment:
                  - {variables: {GOFLAGS: -trimpath}, deliver: [login-shells], users: {group: root}}

                """)
            try folder.write("agent.yaml", "version: 1\nnotify: [{slack: {credential: chat}}]\n")
            try Command(
                Installation.binary, "export", "units", "--policy", folder.path("policy.yaml").string, "--settings",
                folder.path("agent.yaml").string, "--directory", folder.path.string
            ).runSuccessfully()
            for name in ["policy.yaml", "agent.yaml"] { try folder.remove(FilePath(name)) }
            try expectSilence(folder)
            let apply = try folder.read("cachewarden-apply.service.d/50-policies.conf")
            #expect(String(decoding: apply, as: UTF8.self).contains(#"ReadWritePaths="-/srv/a \"b\" %%n c""#))
        }

        /// The units refuse wrong policies, and those who are told of that are still reached.
        @Test func keepsTheCredentialsWhereAPolicyIsWrong() throws {
            let folder = try TemporaryDirectory()
            try folder.write("policy.yaml", "version: 2\n")
            try folder.write("agent.yaml", "version: 1\nnotify: [{webhook: {credential: hook}}]\n")
            let refused = try Command(
                Installation.binary, "export", "units", "--policy", folder.path("policy.yaml").string, "--settings",
                folder.path("agent.yaml").string, "--directory", folder.path("units").string
            ).run()
            #expect(refused.status == 65 && refused.errors.contains("policy.yaml:1"), "\(refused)")
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path("units").string).sorted() == [
                    "cachewarden-failure@.service.d", "cachewarden-notify.service.d",
                ])
            for unit in ["failure@", "notify"] {
                let text = try folder.read(FilePath("units/cachewarden-\(unit).service.d/50-policies.conf"))
                #expect(
                    String(decoding: text, as: UTF8.self).contains(
                        "LoadCredential=hook:/etc/cachewarden/credentials/hook"))
            }
        }

        /// What keeps a unit in its place, or keeps it from standing in a build's way.
        private static let directives = [
            "CapabilityBoundingSet", "CPUSchedulingPolicy", "IOSchedulingClass", "KeyringMode", "LimitNOFILE",
            "LockPersonality", "MemoryDenyWriteExecute", "MemoryMax", "Nice", "NoNewPrivileges", "PrivateDevices",
            "PrivateMounts", "PrivateNetwork", "PrivateTmp", "PrivateUsers", "ProcSubset", "ProtectClock",
            "ProtectControlGroups", "ProtectHome", "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules",
            "ProtectKernelTunables", "ProtectProc", "ProtectSystem", "RestrictAddressFamilies", "RestrictNamespaces",
            "RestrictRealtime", "RestrictSUIDSGID", "RuntimeMaxSec", "SystemCallArchitectures", "SystemCallFilter",
            "TasksMax", "UMask",
        ]

        @Test(arguments: limits.keys.sorted()) func setsEachDirectiveOrSaysWhyNot(unit: String) throws {
            let lines = try String(contentsOfFile: Installation.units.appending(unit).string, encoding: .utf8)
                .split(separator: "\n")
            let reasons = lines.filter { $0.hasPrefix("# Left out: ") }.joined(separator: " ")
            for directive in Self.directives {
                let isSet = lines.contains { $0.hasPrefix("\(directive)=") }
                #expect(isSet || reasons.contains(directive), "\(unit): \(directive)")
            }
        }

        @Test(arguments: limits.keys.sorted()) func isAsClosedAsItCanBe(unit: String) throws {
            let folder = try units()
            let limit = try #require(Self.limits[unit])
            try Command(
                "/usr/bin/systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=\(limit)",
                folder.path(FilePath(unit)).string
            ).runSuccessfully()
        }

        /// What policies ask for costs something, and not more than Units.md says.
        @Test(arguments: [("", 16), ("toolchains: [{path: /opt/go, archive: /srv/go.tar.gz, sha256: DIGEST}]\n", 20)])
        func staysAsClosedAsItsPoliciesLet(toolchains: String, limit: Int) throws {
            let folder = try units()
            let policy = """
                version: 1
                policy: shared
                mode: enforce
                environment:
                  - {variables: {GOFLAGS: -trimpath}, deliver: [login-shells], users: {group: root}}

                """
            try folder.write(
                "policy.yaml",
                policy + toolchains.replacing("DIGEST", with: String(repeating: "a", count: 64)))
            try folder.write("agent.yaml", "version: 1\n")
            try Command(
                Installation.binary, "export", "units", "--policy", folder.path("policy.yaml").string, "--settings",
                folder.path("agent.yaml").string, "--directory", folder.path.string
            ).runSuccessfully()
            for unit in ["apply", "watch"] {
                let path = folder.path(FilePath("cachewarden-\(unit).service")).string
                func verdict(_ threshold: Int) throws -> CommandResult {
                    try Command(
                        "/usr/bin/systemd-analyze", "security", "--offline=true", "--no-pager",
                        "--threshold=\(threshold)", path
                    ).run()
                }
                #expect(try verdict(limit).status == 0)
                #expect(try verdict(15).status != 0, "the drop-in was not read")
            }
        }

        @Test func aLoosenedUnitIsSeen() throws {
            let folder = try units()
            let name: FilePath = "cachewarden-apply.service"
            let text = String(decoding: try folder.read(name), as: UTF8.self)
            try folder.write(name, text.replacing("ProtectSystem=strict", with: "ProtectSystem=no"))
            let verdict = try Command(
                "/usr/bin/systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=15",
                folder.path(name).string
            ).run()
            #expect(verdict.status != 0)
        }
    }
}

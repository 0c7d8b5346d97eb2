import SystemPackage
import Testing
import WardenModel
import WardenPlan
import WardenPolicy

struct ToolchainPlannerTests {
    private static let hex = String(repeating: "ab", count: 32)
    private static let policy = ToolchainPolicy(
        path: "/usr/local/go", archive: "/srv/dist/go.tar.gz", sha256: hex, pathEntry: false)
    private static let root = InodeIdentity(device: 7, inode: 42)

    private static func toolchain(_ archive: String?) -> StandingToolchain? {
        ToolchainVersion("go1.26.1").map {
            StandingToolchain(root: root, version: $0, archive: archive.flatMap { ArchiveDigest($0) })
        }
    }

    private func plan(
        _ standing: ToolchainObservation.Standing, archive: ToolchainObservation.Archive = .present(ByteCount(1 << 20)),
        hasLeftovers: Bool = false
    ) -> ToolchainPlan {
        ToolchainPlanner(Self.policy).plan(
            for: ToolchainObservation(
                path: Self.policy.path, standing: standing, archivePath: Self.policy.archive, archive: archive,
                hasLeftovers: hasLeftovers))
    }

    @Test func wantsNothingWhereItsArchiveStands() throws {
        let toolchain = try #require(Self.toolchain(Self.hex))
        let settled = plan(.toolchain(toolchain))
        #expect(settled.isVerified && settled.findings == [] && settled.installation == nil && !settled.needsSweep)
        // The archive may have gone since.
        #expect(plan(.toolchain(toolchain), archive: .missing).findings == [])
        #expect(plan(.toolchain(toolchain), hasLeftovers: true).needsSweep)
    }

    @Test func installsWhatIsMissing() throws {
        let plan = plan(.missing)
        let finding = try #require(plan.findings.first)
        #expect(plan.findings.count == 1)
        #expect(finding.rule == .toolchainDiffers && finding.disposition == .repairable && finding.severity == .medium)
        #expect(finding.cache == "" && finding.subject == "/usr/local/go")
        #expect(finding.found == "nothing")
        #expect(finding.wanted == "the toolchain of '/srv/dist/go.tar.gz', SHA-256 \(Self.hex)")
        #expect(finding.remedy == "let 'apply' install the toolchain from '/srv/dist/go.tar.gz'")
        #expect(plan.installation?.path == "/usr/local/go" && plan.installation?.archive == "/srv/dist/go.tar.gz")
        #expect(plan.installation?.digest.description == Self.hex)
        #expect(plan.installation?.replaces == nil)
    }

    @Test(arguments: [
        (nil, "go1.26.1 from an unknown archive"),
        (
            String(repeating: "0", count: 64),
            "go1.26.1 from the archive with SHA-256 \(String(repeating: "0", count: 64))"
        ),
    ]) func replacesAnotherToolchain(archive: String?, found: String) throws {
        let toolchain = try #require(Self.toolchain(archive))
        let plan = plan(.toolchain(toolchain))
        #expect(plan.findings.map(\.found) == [found])
        #expect(plan.findings.map(\.disposition) == [.repairable])
        #expect(plan.installation?.replaces == toolchain)
    }

    @Test func leavesToPeopleWhatIsNoToolchain() {
        let plan = plan(.other("a symbolic link"), hasLeftovers: true)
        #expect(plan.installation == nil && plan.needsSweep)
        #expect(plan.findings.map(\.disposition) == [.manual])
        #expect(plan.findings.map(\.found) == ["a symbolic link"])
        #expect(
            plan.findings.map(\.remedy)
                == ["move away what stands at '/usr/local/go': only a Go toolchain is replaced"])
        let untrusted = self.plan(.untrusted("complaint"), archive: .missing)
        #expect(untrusted.installation == nil)
        #expect(untrusted.findings.map(\.disposition) == [.manual])
        #expect(untrusted.findings.map(\.found) == ["complaint; and the archive: '/srv/dist/go.tar.gz' is missing"])
        #expect(untrusted.findings.first?.remedy.contains("only root can write") == true)
    }

    @Test(arguments: [
        (
            ToolchainObservation.Archive.missing, "nothing; and the archive: '/srv/dist/go.tar.gz' is missing",
            "put the archive there"
        ),
        (
            .unusable("others write"), "nothing; and the archive: others write",
            "make the archive a file that only root can write"
        ),
    ]) func leavesToPeopleWhatHasNoArchive(archive: ToolchainObservation.Archive, found: String, remedy: String) {
        let plan = plan(.missing, archive: archive)
        #expect(plan.installation == nil)
        #expect(plan.findings.map(\.disposition) == [.manual])
        #expect(plan.findings.map(\.found) == [found])
        #expect(plan.findings.map(\.remedy) == [remedy])
    }
}

import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

/// A shared cache that one member attacks, and another member's private files, which must not change.
struct RaceGround: ~Copyable {
    let host: TestHost
    private var attacker: FilePath { host.folder.path("attacker") }

    private init(_ host: consuming TestHost) { self.host = host }

    /// Compiles the attacker and makes a cache of its entries, all of which are old and closed to the group.
    static func make() throws -> RaceGround {
        let ground = RaceGround(try TestHost.make())
        try ground.prepare()
        return ground
    }

    private func prepare() throws {
        try host.compile("attacker")
        try host.compile("without")
        try host.limit("{max-size: 1B, own-trim: true}")
        _ = try host.makeUsedCache(by: host.second, pairs: 10)
        try host.folder.makeDirectory("stash")
        try Command("/bin/chown", host.second, host.folder.path("stash").string).runSuccessfully()
        try host.age(hours: 48)
        try makeVictims()
    }

    /// Starts exchanging names, as a process of the second user; ends by SIGINT or after a while.
    func attack(seconds: Int) throws -> RunningCommand {
        try Command(
            attacker, host.cache.string, host.folder.path("stash").string, host.folder.path("victims").string,
            String(seconds)
        ).run(as: host.second, umask: "077").start()
    }

    // MARK: - What must not change

    private static let secret = "secret\n"
    private static let longAgo = Timestamp(seconds: 1_700_000_000)

    /// Names like those of the cache, as old as what is evicted, and of an owner whom the policy accepts.
    func makeVictims() throws {
        if try host.folder.exists("victims") { try host.folder.removeTree("victims") }
        try host.folder.makeDirectory("victims", mode: ModeBits(0o755))
        try host.folder.makeDirectory("victims/ab", mode: ModeBits(0o700))
        for file in Self.victims { try host.folder.write(file, Self.secret, mode: ModeBits(0o600)) }
        let path = host.folder.path("victims").string
        try Command("/bin/chown", "-R", "\(host.first):\(host.first)", path).runSuccessfully()
        try Command("/usr/bin/setfacl", "-m", "u:\(host.outsider):r", "\(path)/file").runSuccessfully()
        for file in Self.victims {
            try host.folder.setTimes(file, accessed: Self.longAgo, modified: Self.longAgo)
        }
    }

    private static let victims =
        (0..<8).map { FilePath("victims/ab/ab" + String(repeating: "0", count: 61) + "\($0)-d") } + ["victims/file"]

    /// The state of the victims: change times stand for modes, owners, ACLs, contents and existence.
    struct Victims: Equatable, CustomStringConvertible {
        fileprivate let snapshot: TreeSnapshot
        fileprivate let accessTimes: [Timestamp]

        var description: String {
            snapshot.nodes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
                + "\nread: \(accessTimes)"
        }
    }

    func victims() throws -> Victims {
        Victims(
            snapshot: try TreeSnapshot(of: host.folder.path("victims")),
            accessTimes: try Self.victims.map { try FileStatus.accessTime(of: host.folder.path($0)) })
    }
}

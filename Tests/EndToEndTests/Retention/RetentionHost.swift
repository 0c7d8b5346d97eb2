import Foundation
import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

/// A host whose policy limits the cache, and ways to make its entries old.
extension TestHost {
    /// Writes the shared policy with this retention in place of the shipped one.
    func limit(_ retention: String, mode: String = "enforce") throws {
        let shipped = try Self.sharedPolicy(group: group, cache: cache, mode: mode)
        let start = try #require(shipped.range(of: "    retention:"))
        try writePolicy(shipped[..<start.lowerBound] + "    retention: \(retention)\n")
    }

    /// Sets atime and mtime of every entry, in hours before now.
    func age(hours: Int, matching pattern: String = "*") throws {
        try Command(
            "/usr/bin/find",
            arguments: [
                cache.string, "-type", "f", "-name", pattern, "-exec", "/usr/bin/touch", "-a", "-m", "-d",
                "\(hours) hours ago", "{}", "+",
            ]
        ).runSuccessfully()
    }

    /// Returns the names of an action and of the output that it alone names. Reads actions, which is a use.
    func simplePair() throws -> [String] {
        var actions: [String: [String]] = [:]
        for path in try TreeSnapshot(of: cache).nodes.keys where path.bytes.suffix(2) == Array("-a".utf8) {
            let content = try String(contentsOfFile: cache.appending(path.description).string, encoding: .utf8)
            let name = String(decoding: path.split.name, as: UTF8.self)
            actions[String(content.split(separator: " ")[2]) + "-d", default: []].append(name)
        }
        let pair = try #require(actions.filter { $0.value.count == 1 }.min { $0.key < $1.key })
        return pair.value + [pair.key]
    }

    /// What the cache's entries take on disk.
    func size() throws -> ByteCount {
        try TreeSnapshot(of: cache).nodes.values.reduce(.zero) { $0 + $1.allocated }
    }

    /// Actions by the output they name, outputs, and whether every action's output is there.
    func pairs() throws -> (actions: Int, outputs: Int, dangling: Int, orphaned: Int) {
        let snapshot = try TreeSnapshot(of: cache)
        var named: Set<String> = []
        var (actions, dangling) = (0, 0)
        let names = Set(snapshot.nodes.keys.map { String(decoding: $0.split.name, as: UTF8.self) })
        for path in snapshot.nodes.keys where path.bytes.suffix(2) == Array("-a".utf8) {
            actions += 1
            let file = cache.appending(path.description)
            let content = try String(contentsOfFile: file.string, encoding: .utf8)
            let output = String(content.split(separator: " ")[2]) + "-d"
            named.insert(output)
            if !names.contains(output) { dangling += 1 }
        }
        let outputs = names.filter { $0.hasSuffix("-d") }
        return (actions, outputs.count, dangling, outputs.subtracting(named).count)
    }
}

/// A cache root on a file system of its own, mounted with the options a test wants, unmounted when the value goes.
struct MountedCache: ~Copyable {
    let path: FilePath

    /// Mounts a tmpfs at the host's cache root.
    init(for host: borrowing TestHost, options: String) throws {
        path = host.cache
        try host.folder.makeDirectory("go-build")
        try Command("/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", path.string).runSuccessfully()
    }

    deinit {
        // A mount that is left behind goes with the machine; the verdict stands without it.
        _ = try? Command("/bin/umount", "-l", path.string).run()
    }
}

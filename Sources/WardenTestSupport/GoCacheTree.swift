package import SystemPackage
package import WardenModel

/// A tree in the shape of a Go build cache, made without Go: names and sizes are real, contents are not.
///
/// The same seed makes the same names. For caches that builds can use, let a toolchain make them.
package struct GoCacheTree: Sendable {
    /// Sorted paths below the root, such as `0f/0f…-a`.
    package private(set) var actions: [FilePath] = []
    package private(set) var outputs: [FilePath] = []

    /// Writes `README`, `trim.txt`, the shards that are needed and `pairs` actions with an output each.
    package init(
        in directory: borrowing TemporaryDirectory, at root: FilePath = "", pairs: Int, seed: UInt64 = 1,
        directories: ModeBits = ModeBits(0o755), files: ModeBits = ModeBits(0o644)
    ) throws {
        var generator = SeededGenerator(seed: seed)
        try directory.write(root.appending("README"), "This directory holds cached build artifacts.\n", mode: files)
        try directory.write(root.appending("trim.txt"), "1795406400", mode: files)
        var shards: Set<String> = []
        for _ in 0..<pairs {
            let action = hexadecimal(generator.bytes(32))
            let output = hexadecimal(generator.bytes(32))
            for shard in [action.prefix(2), output.prefix(2)].map(String.init)
            where shards.insert(shard).inserted {
                try directory.makeDirectory(root.appending(shard), mode: directories)
            }
            let content = generator.bytes(16 + Int(generator.next() % 4_096))
            let line = "v1 \(action) \(output) \(padded(content.count)) \(padded(1_795_406_400_000_000_000))\n"
            actions.append(root.appending(String(action.prefix(2))).appending(action + "-a"))
            outputs.append(root.appending(String(output.prefix(2))).appending(output + "-d"))
            try directory.write(actions[actions.count - 1], line, mode: files)
            try directory.write(outputs[outputs.count - 1], content, mode: files)
        }
    }

    private func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: " ", count: 20 - digits.count) + digits
    }
}

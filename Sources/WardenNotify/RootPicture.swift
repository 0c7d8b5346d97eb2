package import WardenModel

/// A cache root as `ls -ldL` and `getfacl` would show it when a run looked at it.
package struct RootPicture: Hashable, Sendable, Codable {
    /// Absolute and without symbolic links, escaped for display.
    package let path: String
    package let kind: NodeKind
    /// Names, escaped for display; numbers where the host has none.
    package let owner: String
    package let group: String
    package let mode: ModeBits
    /// The access ACL's entries, `group:builders:rwx`; empty where the mode alone decides.
    package let entries: [String]
    /// The default ACL's.
    package let defaultEntries: [String]
    /// Link count, size and time.
    package let listed: PresentRoot.Listing?

    package init(
        path: String, kind: NodeKind, owner: String, group: String, mode: ModeBits, entries: [String],
        defaultEntries: [String], listed: PresentRoot.Listing? = nil
    ) {
        self.path = path
        self.kind = kind
        self.owner = owner
        self.group = group
        self.mode = mode
        self.entries = entries
        self.defaultEntries = defaultEntries
        self.listed = listed
    }

    /// The line of `ls -ldL`, with the time in UTC:
    /// `drwxrws---+ 258 root builders 4096 2026-11-23 03:50:59 +0000 /var/cache/go-build`.
    package var listing: String {
        let mark = entries.isEmpty && defaultEntries.isEmpty ? "" : "+"
        var words = ["\(kind == .directory ? "d" : "-")\(symbols)\(mark)", owner, group, path]
        if let listed {
            words.insert("\(listed.links)", at: 1)
            let time = "\(listed.modified)".prefix(19).replacing("T", with: " ")
            words.insert(contentsOf: ["\(listed.size.rawValue)", "\(time) +0000"], at: 4)
        }
        return words.joined(separator: " ")
    }

    /// The lines of `getfacl --absolute-names`.
    package var accessList: [String] {
        var lines = ["# file: \(path)", "# owner: \(owner)", "# group: \(group)"]
        if mode.special != 0 {
            let flags = [(mode.isSetUserID, "s"), (mode.isSetGroupID, "s"), (mode.isSticky, "t")]
            lines.append("# flags: " + flags.map { $0 ? $1 : "-" }.joined())
        }
        lines += entries.isEmpty ? ["user::\(mode.owner)", "group::\(mode.group)", "other::\(mode.other)"] : entries
        return lines + defaultEntries.map { "default:\($0)" }
    }

    /// Nine characters as `ls` has them; capital where a set-ID or sticky bit has no right beneath it.
    private var symbols: String {
        func triplet(_ rights: Rights, _ isSpecial: Bool, _ letter: Character) -> String {
            var text = Array(rights.description)
            guard isSpecial else { return String(text) }
            text[2] = rights.contains(.execute) ? letter : Character(letter.uppercased())
            return String(text)
        }
        return triplet(mode.owner, mode.isSetUserID, "s") + triplet(mode.group, mode.isSetGroupID, "s")
            + triplet(mode.other, mode.isSticky, "t")
    }
}

import SystemPackage
import WardenModel
import WardenTestSupport

/// One file or directory, its mode, and what a policy asks for it, in setfacl's words and in ours.
struct ACLCase {
    let name: String
    let isDirectory: Bool
    let mode: ModeBits
    let rules: [ACLRule]
    /// Empty for "no default list".
    let defaultRules: [ACLRule]

    init(number: Int, using random: inout SeededGenerator) throws {
        name = String(number)
        isDirectory = Bool.random(using: &random)
        mode = ModeBits(UInt16.random(in: 0...0o7777, using: &random))
        rules = try Self.rules(using: &random)
        switch isDirectory ? Int.random(in: 0..<3, using: &random) : 0 {
        case 0: defaultRules = []
        case 1: defaultRules = rules
        default: defaultRules = try Self.rules(using: &random)
        }
    }

    /// The access list that the case asks for.
    func accessList() throws -> AccessList {
        let target: ACLTarget = isDirectory ? .directory : mode.isExecutableByAnyone ? .executableFile : .plainFile
        let resolved = try AccessList.resolved(rules, accounts: AccountTable())
        return AccessList.wanted(mode: mode, rules: resolved, for: target)
    }

    /// The default list that the case asks for; `nil` for none.
    func defaultList() throws -> AccessList? {
        guard !defaultRules.isEmpty else { return nil }
        let resolved = try AccessList.resolved(defaultRules, accounts: AccountTable())
        return AccessList.wanted(mode: mode, rules: resolved, for: .defaultList)
    }

    /// The commands by which setfacl makes it so.
    var script: String {
        var lines: [String] = []
        // First of all: setfacl fills the base entries of a default list from the access list as it is then.
        if !defaultRules.isEmpty { lines.append("setfacl -d -m \(Self.text(defaultRules)) \(name)") }
        if number.isMultiple(of: 2) {
            if !rules.isEmpty { lines.append("setfacl -m \(Self.text(rules)) \(name)") }
        } else {
            let base = "u::\(mode.owner),g::\(mode.group),o::\(mode.other)"
            lines.append("setfacl --set \(([base] + rules.map(\.description)).joined(separator: ",")) \(name)")
        }
        return lines.joined(separator: "\n")
    }

    private var number: Int { Int(name) ?? 0 }

    private static func text(_ rules: [ACLRule]) -> String { rules.map(\.description).joined(separator: ",") }

    /// Returns rules with `X` for named subjects alone, and those first: setfacl looks for execute rights in the list
    /// as its earlier rules have left it.
    private static func rules(using random: inout SeededGenerator) throws -> [ACLRule] {
        let kinds = ["u:1", "u:1001", "u:4294967294", "g:0", "g:2", "g:70000", "u:", "g:", "o:", "m:"]
        let rules = try (0..<Int.random(in: 0...6, using: &random)).map { _ in
            let kind = kinds.randomElement(using: &random) ?? "u:1"
            let rights = Rights(rawValue: UInt8.random(in: 0...7, using: &random))
            let isConditional = !kind.hasSuffix(":") && Bool.random(using: &random)
            return try ACLRule(parsing: "\(kind):\(rights)\(isConditional ? "X" : "")")
        }
        return rules.filter(\.executesConditionally) + rules.filter { !$0.executesConditionally }
    }
}

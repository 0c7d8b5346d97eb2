import SystemPackage
import WardenModel
import WardenTestSupport

/// What `getfacl -R -n` says of every file below some directories.
struct GetfaclReport {
    private var blocks: [String: [String]] = [:]

    init(of names: String, in directory: FilePath) throws {
        var current = ""
        for line in try Tool.run("getfacl -R -n \(names)", in: directory).split(separator: "\n") {
            if line.hasPrefix("# file: ") {
                current = String(line.dropFirst(8))
            } else {
                // The comment on effective rights stands behind tabs.
                blocks[current, default: []].append(String(line.filter { $0 != "\t" }))
            }
        }
    }

    /// Everything but the name: owner, group, flags and entries.
    func lines(of name: String) -> [String] { blocks[name] ?? ["getfacl said nothing of \(name)"] }

    /// The entries of the access list: `user:1:rwx#effective:r--`.
    func accessList(of name: String) -> [String] {
        lines(of: name).filter { !$0.hasPrefix("#") && !$0.hasPrefix("default:") }
    }

    /// The entries of the default list, without their prefix.
    func defaultList(of name: String) -> [String] {
        lines(of: name).filter { $0.hasPrefix("default:") }.map { String($0.dropFirst(8)) }
    }
}

extension AccessList {
    /// The list in the words of `GetfaclReport`.
    var getfaclLines: [String] {
        entries.map { entry in
            let isNamed = entry.tag == .user || entry.tag == .group
            let effective = effectiveRights(of: entry)
            return "\(entry.tag):\(isNamed ? String(entry.id) : ""):\(entry.rights)"
                + (effective == entry.rights ? "" : "#effective:\(effective)")
        }
    }
}

/// Whether the tools and a file system with ACLs are there.
enum ACLSupport {
    static let isAvailable: Bool = {
        do {
            let directory = try TemporaryDirectory()
            _ = try Tool.run("setfacl -m u:1:r . && getfacl . >&2", in: directory.path)
            return true
        } catch {
            return false
        }
    }()
    static let reason: String = "needs setfacl, getfacl and a temporary directory that stores ACLs"
}

internal import SystemPackage
package import WardenModel

/// Drop-ins that open the units' sandboxes as far as the policies in force need it (`systemd.unit(5)`, `systemd.exec(5)`).
///
/// Every unit gets its file, whether it needs something or not: what an earlier policy asked for is taken back.
package struct UnitDropIns {
    package struct File: Hashable, Sendable {
        /// Below a folder that systemd reads units from.
        package let name: String
        package let text: String
    }

    /// Where administrators put what receivers are told by, one file a credential.
    package static let credentialFolder = "/etc/cachewarden/credentials"

    private let needs: UnitNeeds

    package init(_ needs: UnitNeeds) { self.needs = needs }

    package var files: [File] {
        let homes =
            needs.readsHomes ? ["# A policy names users: their environment is read.", "ProtectHome=read-only"] : []
        let changing = homes + becoming + creating + opening(needs.caches + needs.folders)
        return [
            file(of: "cachewarden-apply", changing),
            file(of: "cachewarden-watch", changing),
            file(of: "cachewarden-check", homes + opening(needs.caches)),
        ] + settingsFiles
    }

    /// Those of the units that tell: no policy has a part in them.
    package var settingsFiles: [File] {
        [file(of: "cachewarden-notify", credentials), file(of: "cachewarden-failure@", credentials)]
    }

    /// All of them as `systemctl cat` shows them.
    package func render() -> String {
        files.map { "# /etc/systemd/system/\($0.name)\n\($0.text)" }.joined(separator: "\n")
    }

    private func file(of unit: String, _ lines: [String]) -> File {
        let head = "# Made by 'cachewarden export units' from the policies in force; changes here get lost."
        return File(
            name: "\(unit).service.d/50-policies.conf",
            text: ([head, "[Service]"] + lines).joined(separator: "\n") + "\n")
    }

    // MARK: - Lines

    private func opening(_ paths: [FilePath]) -> [String] {
        paths.map { "ReadWritePaths=\(Self.quoted("-\($0.string)"))" }
    }

    /// Outside the sandbox, since it ends at what is there; through the agent, since only its way to a place follows nobody's
    /// links. What it makes is in the log, and everything else is left to the run.
    private var creating: [String] {
        needs.created.map { path in
            let script = #"[ -d "$1" ] || exec /usr/bin/cachewarden apply --only cache-missing"#
            let words = ["-c", "'\(script)'", "sh", Self.quoted(path.string)]
            return "ExecStartPre=+-/bin/sh \(words.joined(separator: " "))".replacing("$", with: "$$")
        }
    }

    /// Without `CAP_KILL` nobody could end what hangs.
    private var becoming: [String] {
        guard needs.becomesOthers else { return [] }
        return [
            "# A policy has toolchains or 'when-exceeded: clean': their go runs as somebody who is not root.",
            "CapabilityBoundingSet=CAP_KILL CAP_SETGID CAP_SETUID", "SystemCallFilter=@setuid",
        ]
    }

    private var credentials: [String] {
        needs.credentials.map { "LoadCredential=\($0):\(Self.credentialFolder)/\($0)" }
    }

    /// Returns a word that stands for itself: no specifier in it, no quote or blank that ends it.
    private static func quoted(_ text: String) -> String {
        var word = ""
        for character in text {
            switch character {
            case "\"", "\\": word += "\\\(character)"
            case "%": word += "%%"
            default: word.append(character)
            }
        }
        let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "/-._+:@,=%".contains($0) }
        return isPlain ? word : "\"\(word)\""
    }
}

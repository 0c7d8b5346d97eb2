package import SystemPackage

extension TracedEntry {
    /// `nil` where no process is known.
    package var process: TracedProcess? {
        if case .process(let process) = writer { process } else { nil }
    }

    /// Who it was, as far as that is known: the user of the process, else the owner of what was written.
    ///
    /// Whose an entry is says nothing of who reads it.
    package var user: UserID? {
        switch writer {
        case .process(let process): process.user
        case .owner(let owner): event == .read ? nil : owner
        case .unknown: nil
        }
    }

    /// The main module of the build; `nil` where that is not known.
    package var module: String? { process?.command?.module }

    /// Whether its name is that of an action: `<64 hex>-a`.
    package var isAction: Bool { path.bytes.suffix(2).elementsEqual("-a".utf8) }
}

extension TracedProcess {
    /// What it does, in a word or two: `go build`; of what no `go` command has started the program's name. Escaped.
    package var task: String {
        guard let command else {
            let program = line.prefix { $0 != " " }
            return program.split(separator: "/").last.map(String.init) ?? "?"
        }
        return command.subcommand.map { "go \($0)" } ?? "go"
    }
}

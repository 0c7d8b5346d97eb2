internal import ArgumentParser
internal import FoundationEssentials
internal import SystemPackage
internal import WardenAgent
internal import WardenLinux
internal import WardenModel

/// Options that check, plan and apply share.
struct RunOptions: ParsableArguments {
    @Option(
        name: .customLong("policy"),
        help: ArgumentHelp(
            "A policy file, or a folder of them; may be repeated.",
            discussion: "Default: /etc/cachewarden/policy.d, and where that is empty your own Go build cache.",
            valueName: "path"))
    var policies: [String] = []

    @Option(help: ArgumentHelp("The agent's settings (default: /etc/cachewarden/agent.yaml).", valueName: "file"))
    var settings: String?

    @Option(help: ArgumentHelp("Treat this directory as '/'.", valueName: "dir"))
    var root = "/"

    @Option(help: ArgumentHelp("Choose policies as if the host had this name.", valueName: "name"))
    var hostName: String?

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("Choose policies as if the host had this label; may be repeated.", valueName: "key=value"))
    var labels: [Label] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Only these rules; 'cachewarden policy rules' lists them.", valueName: "rule"))
    var only: [RuleName] = []

    @Option(help: ArgumentHelp("How many threads look and repair (default: one a core).", valueName: "n"))
    var threads: Int?

    @Option(help: "Show progress on the terminal: auto, always or never.")
    var progress = When.auto

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads must be from 1 to 1024; found \(threads)")
        }
    }

    /// Returns what these options ask for.
    func request(_ command: RunReport.Command, progress: WalkProgress) -> RunRequest {
        var request = RunRequest(command: command, threads: threads ?? WorkerThreads.processorCount)
        request.policies = policies.map { FilePath($0) }
        request.settings = settings.map { FilePath($0) }
        request.labels = Dictionary(labels.map { ($0.key, $0.value) }) { $1 }
        request.hostName = hostName
        request.only = Set(only.map(\.rule))
        request.progress = progress
        return request
    }

    /// Returns what this process runs in.
    func surroundings() throws -> Surroundings {
        let top = FilePath(root)
        return Surroundings(
            now: { SystemClock.now() }, makeRunID: { UUID().uuidString.lowercased() },
            environment: ProcessInfo.processInfo.environment, caller: try ProcessIdentity.current(),
            hostName: HostName.current,
            top: top.isAbsolute ? top : WorkingDirectory.current.pushing(top).lexicallyNormalized())
    }
}

/// `key=value`.
struct Label: ExpressibleByArgument {
    let key: String
    let value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else { return nil }
        key = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
    }
}

/// A rule by its stable name.
struct RuleName: ExpressibleByArgument {
    let rule: RuleID

    init?(argument: String) {
        guard let rule = RuleID(rawValue: argument) else { return nil }
        self.rule = rule
    }

    static var allValueStrings: [String] { RuleID.allCases.map(\.rawValue) }
}

/// Whether something that depends on a terminal is done.
enum When: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
}

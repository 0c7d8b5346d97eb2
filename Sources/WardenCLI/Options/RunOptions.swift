internal import ArgumentParser
internal import FoundationEssentials
internal import Logging
internal import SystemPackage
internal import WardenAgent
internal import WardenLinux
internal import WardenModel
internal import WardenPolicy
internal import WardenReport

/// Options that check, plan and apply share.
struct RunOptions: ParsableArguments {
    @Option(
        name: .customLong("policy"),
        help: ArgumentHelp(
            "A policy file, or a folder of them; may be repeated.",
            discussion: "Default: /etc/cachewarden/policy.d, and where that is empty your own Go build cache.",
            valueName: "path"))
    var policies: [PathArgument] = []

    @Option(help: ArgumentHelp("The agent's settings (default: /etc/cachewarden/agent.yaml).", valueName: "file"))
    var settings: PathArgument?

    @Option(help: ArgumentHelp("Treat this directory as '/'.", valueName: "dir"))
    var root = PathArgument.wholeHost

    @Option(help: ArgumentHelp("Choose policies as if the host had this name.", valueName: "name"))
    var hostName: String?

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("Choose policies as if the host had this label; may be repeated.", valueName: "key=value"))
    var labels: [Label] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Only these rules; 'cachewarden policy rules' lists them.", valueName: "rule"),
        completion: .list(RuleName.all), transform: RuleName.init(named:))
    var only: [RuleName] = []

    @Option(help: ArgumentHelp("How many threads look and repair (default: one a core).", valueName: "n"))
    var threads: Int?

    @Option(help: "Show progress on the terminal: auto, always or never.")
    var progress = When.auto

    @Flag(name: .shortAndLong, help: "Say on standard error what is being done; -vv says more.")
    var verbose: Int

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads must be from 1 to 1024; found \(threads)")
        }
    }

    /// Returns what these options ask for.
    func request(_ command: RunReport.Command, progress: WalkProgress) -> RunRequest {
        var request = RunRequest(command: command, threads: threads ?? WorkerThreads.processorCount)
        request.policies = policies.map(\.path)
        request.settings = settings?.path
        request.labels = Dictionary(labels.map { ($0.key, $0.value) }) { $1 }
        request.hostName = hostName
        request.only = Set(only.map(\.rule))
        request.progress = progress
        return request
    }

    /// Returns what this process runs in.
    ///
    /// A run that systemd started, with nobody watching, leaves the disks to the builds.
    func surroundings() throws -> Surroundings {
        if ScheduledRun.isThis { DiskPriority.yield() }
        return Surroundings(
            now: { SystemClock.now() }, makeRunID: { UUID().uuidString.lowercased() },
            environment: ProcessInfo.processInfo.environment, caller: try ProcessIdentity.current(),
            hostName: HostName.current,
            top: WorkingDirectory.absolute(root.path),
            observeBuilds: { RunningBuilds.observe(on: $0, at: $1, layout: $2) }, logger: logger)
    }

    /// The one place where a log handler is made.
    private var logger: Logger {
        var logger = Logger(label: "cachewarden") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel =
            switch verbose {
            case 0: .warning
            case 1: .info
            default: .debug
            }
        return logger
    }
}

/// A path that is not empty: a script's unset variable must not mean the working directory.
struct PathArgument: ExpressibleByArgument {
    static let wholeHost = PathArgument("/")

    let text: String
    var path: FilePath { FilePath(text) }
    var defaultValueDescription: String { text }

    private init(_ text: String) { self.text = text }

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        text = argument
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
struct RuleName {
    static let all = RuleID.allCases.map(\.rawValue)

    let rule: RuleID

    init(named name: String) throws {
        guard let rule = RuleID(rawValue: name) else {
            throw ValidationError(noSuchRule(name, among: RuleName.all))
        }
        self.rule = rule
    }
}

/// A rule or a check of policy files, by its stable name.
enum PageName {
    static let all = RuleName.all + LintID.allCases.map(\.rawValue)

    case rule(RuleID)
    case check(LintID)

    init(named name: String) throws {
        if let rule = RuleID(rawValue: name) {
            self = .rule(rule)
        } else if let check = LintID(rawValue: name) {
            self = .check(check)
        } else {
            throw ValidationError(noSuchRule(name, among: PageName.all))
        }
    }
}

private func noSuchRule(_ name: String, among known: [String]) -> String {
    let hint = nearestWord(to: name, among: known).map { "; the nearest is '\($0)'" } ?? ""
    return "there is no such rule\(hint); 'cachewarden policy rules' lists them"
}

/// Whether something that depends on a terminal is done.
enum When: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
}

extension When {
    /// How text is painted that goes to a terminal, or not.
    func style(_ toTerminal: Bool) -> TextStyle {
        switch self {
        case .always: .colored
        case .never: .plain
        case .auto: toTerminal && !Terminal.wantsNoColor ? .colored : .plain
        }
    }
}

import SystemPackage
import WardenModel
import WardenTestSupport

/// One user who builds: the same programs as all others, from folders of their own.
///
/// With `-trimpath` an action does not depend on the folder, so that each user hits what the others made.
struct StressBuilder: Sendable {
    /// What is asked of the toolchain.
    enum Step: CaseIterable {
        case build, test, run
        /// A build for another processor, for which little is in the cache.
        case cold
    }

    /// One edit and what is built after it.
    struct Round: Sendable {
        let toolchain: Int
        let program: Int
        let revision: Int
        let steps: [Step]
    }

    private struct Request: Hashable {
        let toolchain: Int
        let program: Int
        let step: Step
    }

    /// Revisions that come again and again; each is built once to measure the working set.
    private static let revisions = 2

    let user: String
    private let number: Int
    private let toolchainCount: Int
    private let folders: [FilePath]
    private let commands: [Request: Command]

    /// Writes the programs for the host's user with this number.
    init(_ number: Int, on host: borrowing TestHost, with toolchains: [Installation.Toolchain]) throws {
        self.number = number
        user = host.users[number]
        toolchainCount = toolchains.count
        let home = FilePath("src").appending(user)
        try host.folder.makeDirectory(home)
        var folders: [FilePath] = []
        var commands: [Request: Command] = [:]
        for (program, source) in StressProgram.all.enumerated() {
            try source.write(in: host.folder, at: home.appending(source.name))
            folders.append(host.folder.path(home.appending(source.name)))
            for (toolchain, installed) in toolchains.enumerated() {
                for step in Step.allCases {
                    let request = Request(toolchain: toolchain, program: program, step: step)
                    var command = host.go(
                        installed, Self.words(step, host, user), in: folders[program], as: user, umask: "022")
                    if step == .cold { command.environment["GOARCH"] = "arm64" }
                    commands[request] = command
                }
            }
        }
        self.folders = folders
        self.commands = commands
    }

    private static func words(_ step: Step, _ host: borrowing TestHost, _ user: String) -> [String] {
        switch step {
        case .build:
            ["build", "-trimpath", "-o", host.folder.path("home").appending(user).appending("program").string, "."]
        case .test: ["test", "-trimpath", "./late"]
        case .run: ["run", "-trimpath", "."]
        case .cold: ["build", "-trimpath", "./leaf10", "./leaf11"]
        }
    }

    /// This user's share of all that comes again and again, once: what is in use.
    var workingSet: [Round] {
        var rounds: [Round] = []
        for toolchain in 0..<toolchainCount {
            for program in folders.indices {
                for revision in 0..<Self.revisions {
                    // Revisions by turns: each user finds half of what the other builds at the same time.
                    let turn = (revision + number) % Self.revisions
                    let steps: [Step] = program == number && revision == 0 ? Step.allCases : [.build, .test, .run]
                    rounds.append(Round(toolchain: toolchain, program: program, revision: turn, steps: steps))
                }
            }
        }
        // Two users begin with two toolchains.
        return number == 0 ? rounds : rounds.reversed()
    }

    /// Returns what this user does next: something that was built before, or something that never was.
    func round(_ index: Int, _ generator: inout SeededGenerator) -> Round {
        let isNew = Int.random(in: 0..<3, using: &generator) == 0
        var steps: [Step] = [.build]
        for step in [Step.test, .run] where Bool.random(using: &generator) { steps.append(step) }
        if Int.random(in: 0..<12, using: &generator) == 0 { steps.append(.cold) }
        return Round(
            toolchain: Int.random(in: 0..<toolchainCount, using: &generator),
            program: Int.random(in: folders.indices, using: &generator),
            revision: isNew
                ? 1_000 * (number + 1) + index : Int.random(in: 0..<Self.revisions, using: &generator),
            steps: steps)
    }

    /// Makes the edit of a round.
    func edit(_ round: Round) throws { try StressProgram.revise(folders[round.program], to: round.revision) }

    func command(_ step: Step, of round: Round) -> Command? {
        commands[Request(toolchain: round.toolchain, program: round.program, step: step)]
    }
}

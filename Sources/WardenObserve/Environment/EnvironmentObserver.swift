package import SystemPackage
internal import WardenGoCache
package import WardenLinux
package import WardenModel

/// Finds out what environment a user's builds are started in, from the files that make it.
///
/// Nothing is run, and nothing in a home directory is trusted: files there are read without following links.
package struct EnvironmentObserver {
    private static let limit = ByteCount(262_144)
    private let top: FilePath
    private let files: SystemFiles
    /// What could not be read, and is part of the answer.
    private var problems: [FileError] = []

    package init(top: FilePath) {
        self.top = top
        files = SystemFiles(top: top)
    }

    /// Returns the variables of a process that is started this way.
    ///
    /// - Parameter account: `nil` for a service that is started as nobody in particular: it gets no HOME.
    package mutating func environment(of start: BuildStart, for account: UserAccount?) -> [String: EffectiveVariable] {
        guard start != .bare else { return [:] }
        var variables: [String: EffectiveVariable] = [:]
        for name in ["USER", "LOGNAME"] { variables[name] = account.map { EffectiveVariable($0.name, .account) } }
        if let home = account?.homeDirectory { variables["HOME"] = EffectiveVariable(home.string, .account) }
        var environment = ProcessEnvironment(variables)
        for (path, assignments) in sources(of: start, for: account) { environment.apply(assignments, of: path) }
        return environment.variables
    }

    private mutating func sources(of start: BuildStart, for account: UserAccount?) -> [Source] {
        switch start {
        case .loginShell: system("/etc/environment", EnvironmentText.pam) + shellProfiles(of: account)
        case .userService: managerFiles() + userManagerFiles(of: account) + environmentD(of: account)
        case .systemService: managerFiles()
        case .cron: system("/etc/environment", EnvironmentText.pam)
        case .bare: []
        }
    }

    /// Returns what `go` makes of an environment, with the `go.env` of one toolchain.
    ///
    /// - Parameter subject: Who runs it. GOENV can name any file of the host's: one that this user may not read is none to
    ///   Go, and must not be shown by an agent that may.
    package mutating func variables(
        in environment: [String: EffectiveVariable], toolchain: FilePath?, for subject: AccessSubject
    ) -> [GoVariable: EffectiveVariable] {
        var own: GoEnvironment.Source?
        if let path = EnvironmentFile.path(in: environment.compactMapValues(\.value)), path.isAbsolute,
            isReadable(path, for: subject)
        {
            if let bytes = user(path) {
                own = GoEnvironment.Source(path: path, file: EnvironmentFile(parsing: bytes))
            } else if environment["GOENV"]?.value == path.string {
                noteMissing(path)
            }
        }
        let shipped = toolchain.map { $0.appending("go.env") }.flatMap { path in
            files.bytes(path).map { GoEnvironment.Source(path: path, file: EnvironmentFile(parsing: $0)) }
        }
        let effective = GoEnvironment(environment: environment, own: own, toolchain: shipped)
        return Dictionary(uniqueKeysWithValues: GoVariable.allCases.map { ($0, effective[$0]) })
    }

    /// Returns what could not be read since the last call.
    package mutating func takeProblems() -> [FileError] {
        defer { problems = [] }
        return problems
    }

    /// Returns the first of these that holds a toolchain.
    package func toolchain(among paths: [FilePath]) -> FilePath? {
        paths.first { files.bytes($0.appending("VERSION")) != nil }
    }

    // MARK: - Files, in the order in which they are read

    /// A file's path and what it assigns.
    private typealias Source = (path: FilePath, assignments: [Assignment])

    private func system(_ path: FilePath, _ parse: (String) -> [Assignment]) -> [Source] {
        files.text(path).map { [(path, parse($0))] } ?? []
    }

    private mutating func shellProfiles(of account: UserAccount?) -> [Source] {
        var sources = system("/etc/profile", EnvironmentText.shell)
        for name in files.names(in: EnvironmentPlaces.profileFolder, endingIn: ".sh") {
            sources += system(EnvironmentPlaces.profileFolder.appending(name), EnvironmentText.shell)
        }
        guard let home = account?.homeDirectory else { return sources }
        for name in EnvironmentPlaces.profiles {
            guard let text = user(home.appending(name)).map(Self.text) else { continue }
            sources.append((home.appending(name), EnvironmentText.shell(text)))
            if text.contains(".bashrc"), let more = user(home.appending(".bashrc")) {
                sources.append((home.appending(".bashrc"), EnvironmentText.shell(Self.text(more))))
            }
            break
        }
        return sources
    }

    /// `environment.d(5)`. The user's own folder comes first.
    private mutating func environmentD(of account: UserAccount?) -> [Source] {
        let own = account?.homeDirectory?.appending(".config/environment.d")
        return merged(own, EnvironmentPlaces.environmentFolder, EnvironmentText.environmentD)
    }

    /// `systemd-system.conf(5)`: the main file, then all drop-ins by name.
    private mutating func managerFiles() -> [Source] {
        system(EnvironmentPlaces.managerFile, EnvironmentText.manager)
            + merged(nil, EnvironmentPlaces.managerFolder, EnvironmentText.manager)
    }

    /// `systemd-user.conf(5)`: one main file, the user's own if there is one, then all drop-ins by name.
    ///
    /// A user's manager is a service of the system manager's, so that one's variables come before these.
    private mutating func userManagerFiles(of account: UserAccount?) -> [Source] {
        let own = account?.homeDirectory?.appending(".config/systemd")
        var main = system(EnvironmentPlaces.userManagerFile, EnvironmentText.manager)
        if let path = own?.appending("user.conf"), let bytes = user(path) {
            main = [(path, EnvironmentText.manager(Self.text(bytes)))]
        }
        return main
            + merged(own?.appending("user.conf.d"), EnvironmentPlaces.userManagerFolder, EnvironmentText.manager)
    }

    /// Returns the files of all folders together, by name; of one name the file counts whose folder comes first.
    ///
    /// - Parameters:
    ///   - own: A user's folder, before the host's.
    ///   - name: The host's folders (`EnvironmentPlaces`).
    private mutating func merged(_ own: FilePath?, _ name: String, _ parse: (String) -> [Assignment]) -> [Source] {
        var found: [String: Source] = [:]
        if let own {
            for name in userNames(in: own) {
                guard let bytes = user(own.appending(name)) else { continue }
                found[name] = (own.appending(name), parse(Self.text(bytes)))
            }
        }
        for (name, path) in files.merged(EnvironmentPlaces.folders(name), endingIn: ".conf") where found[name] == nil {
            found[name] = system(path, parse).first
        }
        return found.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map(\.value)
    }

    // MARK: - Reading

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// Whether the kernel would let a user read a file; what is not there, or is refused anyway, is left to the reading.
    private mutating func isReadable(_ path: FilePath, for subject: AccessSubject) -> Bool {
        // As above.
        guard let observed = try? AccessObserver.observe(path, top: top) else { return true }
        guard observed.verdict(for: subject, .read).answer != .yes else { return true }
        let refusal = FileError(.system(.permissionDenied), operation: "read", path: path, culprit: path)
        if !problems.contains(refusal) { problems.append(refusal) }
        return false
    }

    /// Somebody has set GOENV to a file that is not there: they think that its settings count.
    private mutating func noteMissing(_ path: FilePath) {
        guard !problems.contains(where: { $0.path == path }) else { return }
        problems.append(
            FileError(.system(.noSuchFileOrDirectory), operation: "read", path: path, culprit: path))
    }

    private mutating func user(_ path: FilePath) -> [UInt8]? {
        do throws(FileError) {
            return try UserFile.read(path, from: top, limit: Self.limit)
        } catch {
            if !problems.contains(error) { problems.append(error) }
            return nil
        }
    }

    /// Returns the first names of a user's folder that end in `.conf`, in their order; nobody has more of them.
    private mutating func userNames(in folder: FilePath) -> [String] {
        do throws(FileError) {
            let names = try UserFile.names(in: folder, from: top).map { String(decoding: $0, as: UTF8.self) }
            return Array(names.filter { $0.hasSuffix(".conf") }.prefix(1_000))
        } catch {
            if !problems.contains(error) { problems.append(error) }
            return []
        }
    }
}

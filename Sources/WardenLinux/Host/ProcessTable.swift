internal import CLinux
internal import Glibc
package import SystemPackage
package import WardenModel

/// All processes of the host that this process may see. See `proc(5)`.
///
/// Each is read below one descriptor of its folder, which a later process with the same id does not share. Processes
/// of other PID namespaces are seen only from the namespaces above theirs.
package struct ProcessTable: ~Copyable, Sendable {
    private let directory: OwnedDescriptor
    /// What absolute paths mean to the calling process.
    package let ownView: HostProcess.FileView

    /// Opens the table.
    ///
    /// Throws where the processes of the host cannot be known: `.noSuchFileOrDirectory` where no process file system is
    /// mounted, `.notPermitted` where it hides other users' processes (`hidepid`).
    package init(at path: FilePath = "/proc") throws(Errno) {
        let table = try openByPath(path.kernelBytes, OpenFlags.readOnly | OpenFlags.directory)
        let own = try table.openChild(try table.link("self"), .directoryPath)
        guard let view = own.view() else { throw .notPermitted }
        let identity = try ProcessIdentity.current()
        let groups = Set((identity.supplementaryGroups + [identity.effectiveGroup]).map(\.rawValue))
        let visibility = ProcessVisibility(ofMount: try table.status().raw.mount)
        guard visibility.showsEverything(to: .current, in: groups) else { throw .notPermitted }
        directory = table
        ownView = view
    }

    /// Returns the processes whose program is wanted, each with all that can be read of it, in the order of their ids.
    ///
    /// What ends meanwhile, or has ended and was not waited for, is left out. Whoever runs all the time is in it; who
    /// was forked after the call began may be.
    package borrowing func processes(
        where isWanted: (HostProcess.Program) -> Bool
    ) throws(Errno) -> [HostProcess] {
        let clock = BootClock.now()
        var found: [HostProcess] = []
        for name in try directoryNames(try directory.openChild(".", .directory)) {
            guard let id = Int32(String(decoding: name, as: UTF8.self)), id > 0 else { continue }
            do throws(Errno) {
                let folder = try directory.openChild(name, .directoryPath)
                if let process = try folder.process(id, clock, where: isWanted) { found.append(process) }
            } catch .noSuchFileOrDirectory, .noSuchProcess {
                continue
            }
        }
        return found.sorted { $0.id < $1.id }
    }
}

extension ProcessTable {
    /// So many descriptors of a process are looked at.
    private static let mostFiles = 4_096

    /// Returns the names of the files that a process has open, each once and sorted, as the kernel spells them:
    /// ` (deleted)` stands behind one whose name is gone. Pipes, sockets and devices without a path are left out.
    ///
    /// Empty where the process has ended or may not be looked into. Corresponds to `/proc/PID/fd` (`proc(5)`).
    package borrowing func openFiles(of process: Int32) -> [[UInt8]] {
        // Not being allowed to know is an answer.
        guard let targets = try? openTargets(of: process) else { return [] }
        return Set(targets.filter { $0.first == UInt8(ascii: "/") }).sorted { $0.lexicographicallyPrecedes($1) }
    }
}

/// Single answers about a process; `nil` where it has ended or may not be looked into.
extension ProcessTable {
    /// Returns all that can be read of it.
    package borrowing func process(_ id: Int32) -> HostProcess? {
        do throws(Errno) {
            let folder = try directory.openChild(Array("\(id)".utf8), .directoryPath)
            return try folder.process(id, BootClock.now()) { _ in true }
        } catch {
            // Not to know is an answer.
            return nil
        }
    }

    /// Returns what tells it from every other with its number: when it began, and under which name it runs.
    package borrowing func status(of process: Int32) -> ProcessStatus? {
        text("stat", of: process).flatMap(ProcessStatus.init(parsing:))
    }

    /// Returns its working directory, as the kernel spells it: ` (deleted)` stands behind one whose name is gone. Corresponds to
    /// `/proc/PID/cwd`.
    package borrowing func workingDirectory(of process: Int32) -> [UInt8]? {
        do throws(Errno) {
            return try directory.openChild(Array("\(process)".utf8), .directoryPath).link("cwd")
        } catch {
            // As above.
            return nil
        }
    }

    package borrowing func parent(of process: Int32) -> Int32? {
        text("stat", of: process).flatMap(ProcessStatus.init(parsing:))?.parent
    }

    /// Returns the systemd unit or scope that it runs in. Corresponds to `/proc/PID/cgroup`.
    package borrowing func unit(of process: Int32) -> [UInt8]? {
        text("cgroup", of: process).flatMap(ProcessText.unit)
    }

    /// Returns how much it, its threads and its children that have ended have handed to `write(2)`. It takes the right to trace
    /// the process (`ptrace(2)`, `PTRACE_MODE_READ_FSCREDS`).
    package borrowing func written(by process: Int32) -> ByteCount? {
        text("io", of: process).flatMap(ProcessText.written)
    }

    private borrowing func text(_ name: StaticString, of process: Int32) -> [UInt8]? {
        do throws(Errno) {
            let folder = try directory.openChild(Array("\(process)".utf8), .directoryPath)
            return try folder.openChild(name, .file).read(at: 0, limit: 4_096)
        } catch {
            // Not to know is an answer.
            return nil
        }
    }
}

extension ProcessTable {
    private borrowing func openTargets(of process: Int32) throws(Errno) -> [[UInt8]] {
        let folder = try directory.openChild(Array("\(process)".utf8), .directoryPath)
        let names = try directoryNames(try folder.openChild("fd", .directory))
        let links = try folder.openChild("fd", .directoryPath)
        // What was closed meanwhile is not open.
        return names.prefix(Self.mostFiles).compactMap { try? links.link($0) }
    }
}

/// What a folder `/proc/PID` tells. Once the process is gone, everything throws `.noSuchProcess`, or
/// `.noSuchFileOrDirectory`.
extension OwnedDescriptor {
    fileprivate func process(
        _ id: Int32, _ clock: BootClock, where isWanted: (HostProcess.Program) -> Bool
    ) throws(Errno) -> HostProcess? {
        let status = try processStatus()
        let program = HostProcess.Program(name: status.name, executable: executable())
        guard isWanted(program) else { return nil }
        guard let user = ProcessText.realUser(try content("status", limit: 4096)) else { throw .badMessage }
        let arguments = arguments()
        let (environment, view) = (environment(arguments), view())
        // Only now: who ended a moment ago has lost its environment, and needs none.
        guard try !processStatus().isOver else { return nil }
        return HostProcess(
            id: id, parent: status.parent, program: program, user: user, startedAt: clock.moment(of: status.startTick),
            view: view,
            environment: environment, arguments: arguments)
    }

    private func processStatus() throws(Errno) -> ProcessStatus {
        guard let status = ProcessStatus(parsing: try content("stat", limit: 4096)) else { throw .badMessage }
        return status
    }

    private func executable() -> HostProcess.Program.Executable {
        // Kernel threads have none, and others' may not be read: either way the name alone must do.
        guard let target = try? link("exe") else { return .hidden }
        let mark = Array(" (deleted)".utf8)
        guard target.suffix(mark.count).elementsEqual(mark) else { return .file(FilePath(kernelBytes: target)) }
        return .removed(FilePath(kernelBytes: target.dropLast(mark.count)))
    }

    private func arguments() -> HostProcess.Arguments {
        let limit = 4096
        // For display and for guesses; whether the process is still there is asked last.
        guard let line = try? content("cmdline", limit: limit + 1) else {
            return HostProcess.Arguments(words: [], isCut: true)
        }
        return HostProcess.Arguments(words: ProcessText.words(Array(line.prefix(limit))), isCut: line.count > limit)
    }

    /// Returns the variables, or `nil` where they cannot be read.
    private func environment(_ arguments: HostProcess.Arguments) -> [String: String]? {
        let limit = 1 << 20
        // Whether it is closed to us or went with the process is asked last.
        guard let bytes = try? content("environ", limit: limit + 1), bytes.count <= limit else { return nil }
        // In the middle of execve(2) there is neither environment nor command line yet.
        guard !bytes.isEmpty || !arguments.words.isEmpty else { return nil }
        return ProcessText.environment(bytes)
    }

    /// Returns what absolute paths mean to the process, or `nil` where that cannot be read.
    fileprivate func view() -> HostProcess.FileView? {
        let folder = number
        // Not to know is an answer here.
        guard let namespace = try? ProcessText.namespace(link("ns/mnt")) else { return nil }
        // As above. The link is the kernel's own; following it leads to the directory whatever its name is.
        let number = try? retrying { unsafe clinux_openat(folder, "root", OpenFlags.path | OpenFlags.directory, 0) }
        let root = number.map { OwnedDescriptor(adopting: FileDescriptor(rawValue: $0)) }
        // As above.
        guard let identity = try? root?.status().identity else { return nil }
        return HostProcess.FileView(mountNamespace: namespace, root: identity)
    }

    private func content(_ name: StaticString, limit: Int) throws(Errno) -> [UInt8] {
        try openChild(name, .file).read(at: 0, limit: limit)
    }

    /// Returns what a link says. Corresponds to `readlinkat(2)`.
    fileprivate func link(_ name: StaticString) throws(Errno) -> [UInt8] {
        try link(Array(String(describing: name).utf8))
    }

    fileprivate func link(_ name: [UInt8]) throws(Errno) -> [UInt8] {
        let folder = number
        var target = [CChar](repeating: 0, count: 4096)
        let count = try unsafe withCString(name) { name throws(Errno) in
            try retryingCount {
                let count = unsafe readlinkat(folder, name, &target, target.count)
                return count < 0 ? -Int(errno) : count
            }
        }
        return target.prefix(count).map { UInt8(bitPattern: $0) }
    }
}

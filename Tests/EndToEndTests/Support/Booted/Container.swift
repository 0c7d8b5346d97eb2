import Dispatch
import Foundation
import SystemPackage
import WardenTestSupport

/// `systemd-nspawn` around a system that boots, and all that must be taken away after it.
///
/// A shell holds it. When the pipe to that shell is closed, by this value or by the end of the test process, the kernel
/// kills every process (`unshare --kill-child`), and with the last one go the mounts.
struct Container: ~Copyable {
    private let process = Process()
    private let lifeline = Pipe()
    private let ended = DispatchSemaphore(value: 0)
    private let files: TemporaryDirectory

    /// Starts it.
    ///
    /// - Parameter options: More options of `systemd-nspawn(1)`.
    static func start(name: String, root: FilePath, options: [String]) throws -> Container {
        let container = Container(files: try TemporaryDirectory())
        try container.start(name, root, options)
        return container
    }

    private init(files: consuming TemporaryDirectory) { self.files = files }

    private func start(_ name: String, _ root: FilePath, _ options: [String]) throws {
        let console = FileHandle(forWritingAtPath: try files.write("console", "").string)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // Dispatch's threads block every signal, and a command inherits that.
        process.arguments =
            ["--default-signal", "/bin/sh", "-euc", Self.outer, "sh", Self.inner, name, root.string] + options
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardInput = lifeline
        process.standardOutput = console
        process.standardError = console
        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.run()
        try console?.close()
    }

    deinit {
        // If it is closed already, the shell is at its end.
        try? lifeline.fileHandleForWriting.close()
        if process.isRunning { ended.wait() }
    }

    var isRunning: Bool { process.isRunning }

    /// What nspawn and the system have said so far.
    var console: String {
        // It is shown beside a failure, which says more.
        let bytes = try? files.read("console")
        return String(decoding: bytes ?? [], as: UTF8.self)
    }

    /// The booted system's first process, as this machine numbers it: the one of our descendants that is the first in a
    /// PID namespace below that of the inner shell.
    var leader: pid_t? {
        var processes = [process.processIdentifier]
        while let next = processes.popLast() {
            let numbers = Self.lines(of: next, "status").first { $0.hasPrefix("NSpid:") }?.split(separator: "\t") ?? []
            let depth = numbers.count - Self.depth
            if depth == 2, numbers.last == "1" { return next }
            let children = Self.lines(of: next, "task/\(next)/children").flatMap { $0.split(separator: " ") }
            processes += children.compactMap { pid_t($0) }
        }
        return nil
    }

    /// How many words `NSpid:` has for a process in the test's own PID namespace.
    private static let depth =
        lines(of: ProcessInfo.processInfo.processIdentifier, "status")
        .first { $0.hasPrefix("NSpid:") }?.split(separator: "\t").count ?? 0

    private static func lines(of process: pid_t, _ file: String) -> [Substring] {
        // A process that has ended has no more lines.
        let text = try? String(contentsOfFile: "/proc/\(process)/\(file)", encoding: .utf8)
        return (text ?? "").split(separator: "\n")
    }

    /// Makes control groups of the container's own, since nspawn's have fixed names below the caller's; removes them.
    private static let outer = """
        inner=$1 name=$2; shift 2
        groups=
        while IFS=: read -r number kind path; do
            case $number:$kind in
                0:) top=/sys/fs/cgroup; ! [ -e $top/unified/cgroup.procs ] || top=$top/unified ;;
                *:name=systemd) top=/sys/fs/cgroup/systemd ;;
                *) continue ;;
            esac
            [ -e "$top$path/cgroup.procs" ] || continue
            mkdir "$top$path/$name"
            groups="$groups $top$path/$name"
        done </proc/self/cgroup
        unshare --fork --pid --kill-child --mount --mount-proc --propagation private \\
            /bin/sh -euc "$inner" sh "$name" "$groups" "$@" || :
        for group in $groups; do find "$group" -depth -type d -exec rmdir {} +; done
        """

    /// Runs nspawn anew as long as it ends with 133, which asks for a reboot, and until standard input ends.
    private static let inner = """
        name=$1 groups=$2 root=$3; shift 3
        exec 3<&0
        trap exit TERM
        mount -t tmpfs -o mode=0755 tmpfs /run
        mkdir /run/upper /run/work /run/root /run/cache
        mount -t overlay -o "lowerdir=$root,upperdir=/run/upper,workdir=/run/work" overlay /run/root
        # On an overlay of two file systems files and directories have different devices, as if one were mounted there.
        cp -a /run/root/var/cache/. /run/cache/
        {
            for group in $groups; do echo 0 >"$group/cgroup.procs"; done
            code=133
            while [ $code = 133 ]; do
                code=0
                systemd-nspawn --boot --quiet --directory=/run/root --machine="$name" --private-network --register=no \\
                    --keep-unit --link-journal=no --resolv-conf=off --timezone=off --console=pipe \\
                    --bind=/run/cache:/var/cache "$@" </dev/null || code=$?
            done
            echo "systemd-nspawn ended with $code"
            kill $$
        } &
        { cat <&3 >/dev/null; kill $$; } &
        wait
        """
}

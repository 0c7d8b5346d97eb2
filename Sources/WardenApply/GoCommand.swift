package import SystemPackage
package import WardenLinux
internal import WardenModel

/// Go's own command, run on somebody's cache without giving that cache, or anything else, a say in what is run.
///
/// The command is never looked for in `PATH`, gets an environment of its own and works in `/`: a `go.mod` of the
/// current directory could name another toolchain to run, `GOENV`'s file another cache to empty.
package struct GoCommand: Sendable {
    /// Where Go's own archive and the distributions put it.
    package static let usualPlaces: [FilePath] = ["/usr/local/go/bin/go", "/usr/lib/go/bin/go", "/usr/bin/go"]

    /// Where it is looked for, the best place first.
    private let places: [FilePath]

    /// Returns the command at one of these paths: the first where there is one that only root can change.
    package init(at places: [FilePath] = Self.usualPlaces) { self.places = places }

    /// Empties a build cache by `go clean -cache`, as its owner.
    ///
    /// Everything that comes of it is an outcome. The shard directories go, their ACLs with them; `fuzz/`, `README` and
    /// what strangers have put there stays, and `trim.txt` is written anew, mode 0600.
    ///
    /// - Parameters:
    ///   - cache: An absolute path without symbolic links, whose parents only root can change.
    ///   - owner: The cache root's owner; never root.
    ///   - limit: A command that takes longer is killed, and all it has started.
    ///   - isInterrupted: Whether the run is to end; then it is killed as well.
    package func clean(
        cache: FilePath, as owner: ChildIdentity, limit: Duration,
        isInterrupted: () -> Bool = { Interruption.isPending }
    ) -> GoCleanOutcome {
        guard owner.user != .root else { return .refused(.rootAccount) }
        guard cache.isAbsolute else { return .refused(.relativeCache) }
        let command: FilePath
        switch find() {
        case .found(let path): command = path
        case .missing: return .notFound
        case .refused(let refusal): return .refused(refusal)
        }
        let arguments = ["go", "clean", "-cache"].map { Array($0.utf8) }
        let child = ChildCommand(command, arguments: arguments, environment: Self.environment(for: cache))
        do throws(Errno) {
            let result = try ChildProcess.run(child, as: owner, limit: limit, isInterrupted: isInterrupted)
            return switch result.stop {
            case .timeLimit: .timedOut(result)
            case .interruption: .interrupted(result)
            case nil: .ran(result)
            }
        } catch {
            return .failed(error)
        }
    }

    /// All that the command gets to know.
    ///
    /// - `GOENV=off`: no file may set what is not set here, such as another `GOCACHE`.
    /// - `GOTOOLCHAIN=local`: no other toolchain is run, whatever a `go.mod` or `go.work` says.
    /// - `GOFLAGS=`: no `-toolexec`.
    /// - `HOME=/nonexistent`, `GOTELEMETRY=off`, `GOPROXY=off`: nothing is written elsewhere, and nothing fetched.
    private static func environment(for cache: FilePath) -> [[UInt8]] {
        let fixed = [
            "PATH=/usr/bin:/bin", "HOME=/nonexistent", "GOENV=off", "GOTOOLCHAIN=local", "GOFLAGS=", "GOPROXY=off",
            "GOTELEMETRY=off", "LC_ALL=C",
        ]
        return fixed.map { Array($0.utf8) } + [Array("GOCACHE=".utf8) + cache.kernelBytes]
    }
}

extension GoCommand {
    private enum Search {
        case found(FilePath)
        case missing
        case refused(GoRefusal)
    }

    /// Returns the first command that is to be trusted; else the objection to the first that is there.
    private func find() -> Search {
        var refusal: GoRefusal?
        for place in places {
            guard place.isAbsolute else {
                refusal = refusal ?? .relativeCommand
                continue
            }
            do throws(FileError) {
                return .found(try TrustedProgram.find(place, trusting: .rootThroughout))
            } catch {
                if !error.isMissing { refusal = refusal ?? .untrusted(error) }
            }
        }
        return refusal.map { .refused($0) } ?? .missing
    }
}

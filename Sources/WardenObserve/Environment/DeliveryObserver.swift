package import SystemPackage
internal import WardenLinux
package import WardenModel

/// Looks at the files by which variables are delivered, and at what comes of them.
package struct DeliveryObserver {
    /// Far more than anybody's `go.env` has.
    private static let limit = ByteCount(262_144)
    private let top: FilePath
    private let files: SystemFiles

    /// - Parameter top: What stands for `/`.
    package init(top: FilePath) {
        self.top = top
        files = SystemFiles(top: top)
    }

    /// Returns how a file stands that only trusted users can have written.
    package func file(_ path: FilePath, _ form: DeliveryForm) -> FileObservation {
        FileObservation(path: path, form: form, state: Self.state(files.located(path)))
    }

    /// Returns the same of a path on this host, wherever `/` is.
    package static func state(_ path: FilePath) -> FileState {
        do throws(FileError) {
            let (content, mode) = try TrustedFile.readWithMode(path, limit: limit, trusting: .rootAndCaller)
            return .present(content: content, mode: mode)
        } catch {
            return error.isMissing ? .missing : .unusable("\(error)")
        }
    }

    /// Whether anything stands at a path.
    package func exists(_ path: FilePath) -> Bool {
        // What nobody can look at is as good as missing to those who would read it.
        (try? TrustedFile.kind(of: files.located(path), trusting: .rootAndCaller)).flatMap { $0 } != nil
    }

    /// Returns a toolchain's version: the first line of its `VERSION`; `nil` where there is none.
    package func version(of toolchain: FilePath) -> String? {
        files.text(toolchain.appending("VERSION"))?.split(separator: "\n").first.map(String.init)
    }

    /// Returns the variables of a process that is started this way for somebody who has no files of their own.
    package func environment(of start: BuildStart) -> [String: EffectiveVariable] {
        var observer = EnvironmentObserver(top: top)
        return observer.environment(of: start, for: nil)
    }
}

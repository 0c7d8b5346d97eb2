package import SystemPackage
package import WardenLinux
internal import WardenModel

/// The audit log cannot be opened, written or read.
package struct AuditError: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// The path or the file must not be used, or cannot be opened.
        case file(FileError)
        case system(Errno)
        /// Another run is writing to it.
        case busy
        /// Its last record is not whole, in a way that no crash leaves behind.
        case damaged(line: Int, AuditProblem)
        /// An earlier write or sync failed and left the log in doubt: nothing more is written.
        case closed(by: Errno)
        case eventTooLarge
        case notEncodable
    }

    package let reason: Reason
    /// What was tried, an infinitive: `open`, `write to`.
    package let operation: String
    package let path: FilePath
}

extension AuditError: CustomStringConvertible {
    package var description: String {
        if case .file(let error) = reason { return error.description }
        return "cannot \(operation) the audit log \(quoted(path)): \(reason)"
    }
}

extension AuditError.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let error): error.description
        case .system(let cause): cause.description
        case .busy: "another run is writing to it"
        case .damaged(let line, let problem):
            "line \(line): \(problem) (see 'cachewarden audit verify', then move the file aside and keep it)"
        case .closed(let cause): "an earlier write failed and left it in doubt: \(cause)"
        case .eventTooLarge: "the record is too large"
        case .notEncodable: "the record cannot be written as JSON"
        }
    }
}

func quoted(_ text: String) -> String { "'\(escapedForDisplay(text))'" }

func quoted(_ path: FilePath) -> String { "'\(escapedForDisplay(path.kernelBytes))'" }

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
        /// The log is not there, or empty, though an older file of it is.
        case missing(beside: FilePath)
        /// The file that a rotation leaves for a moment is none that a rotation leaves.
        case foreign(FilePath)
        /// Its records carry MACs of this key, and no key is given.
        case keyMissing(id: String)
        /// There is no room for a record, and the journal does not take it either, for this reason.
        case nowhere(Errno, String)
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
        case .missing(let older):
            "it is missing or empty, but its older file \(quoted(older)) is there (put the log back, or move its older files "
                + "aside and keep them)"
        case .foreign(let file):
            "\(quoted(file)) stands in the way and is no part of the log (look at it, and move it aside)"
        case .keyMissing(let id):
            "its records are authenticated with key \(quoted(id)), and this run has no key (give the unit "
                + "LoadCredential=audit-key:FILE, or move the log aside and keep it)"
        case .nowhere(let cause, let reason): "\(cause), and the journal does not take the record: \(reason)"
        case .closed(let cause): "an earlier write failed and left it in doubt: \(cause)"
        case .eventTooLarge: "the record is too large"
        case .notEncodable: "the record cannot be written as JSON"
        }
    }
}

func quoted(_ text: String) -> String { "'\(escapedForDisplay(text))'" }

func quoted(_ path: FilePath) -> String { "'\(escapedForDisplay(path.kernelBytes))'" }

internal import CLinux
package import SystemPackage
package import WardenModel

/// Small files that anybody may have put into their home directory: read for what they say, and never believed.
package enum UserFile {
    /// Reads a whole regular file; `nil` where there is none.
    ///
    /// No link on the way to it is followed and nothing but a regular file is opened: whoever owns the home chooses what
    /// stands there, and the agent may be root. Throws `.symbolicLink`, `.notRegular` and `.larger` for what is refused.
    ///
    /// - Parameter top: What stands for `/`.
    package static func read(_ path: FilePath, from top: FilePath, limit: ByteCount) throws(FileError) -> [UInt8]? {
        let task = FileTask(operation: "read", path: path)
        let descent = try task.attempt { () throws(Errno) in try PathDescent(to: path, from: top) }
        switch descent.end {
        case .missing, .stopped(_, _, .noSuchFileOrDirectory): return nil
        case .stopped(_, .symbolicLink, _): throw task.error(.symbolicLink)
        case .stopped(_, _, let cause): throw task.error(.system(cause))
        case .found(let found): try refuseIrregular(found.status, for: task)
        }
        guard case .some(let parent) = descent.parent else { return nil }
        return try readAll(try openRegular(path, in: parent, for: task), limit: limit, for: task)
    }

    /// Returns the names in a folder, in the order of their bytes; none where there is no such folder.
    ///
    /// - Parameter top: What stands for `/`.
    package static func names(in folder: FilePath, from top: FilePath) throws(FileError) -> [[UInt8]] {
        let task = FileTask(operation: "list", path: folder)
        let descent = try task.attempt { () throws(Errno) in try PathDescent(to: folder, from: top) }
        switch descent.end {
        case .missing, .stopped(_, _, .noSuchFileOrDirectory): return []
        case .stopped(_, .symbolicLink, _): throw task.error(.symbolicLink)
        case .stopped(_, _, let cause): throw task.error(.system(cause))
        case .found(let found):
            guard found.state.kind == .directory else { throw task.error(.notDirectory(found.state.kind)) }
        }
        guard case .some(let directory) = descent.target else { return [] }
        let names = try task.attempt { () throws(Errno) in try directory.openChild(".", .directory).names() }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}

package import SystemPackage
internal import WardenModel

/// Returns the files that somebody named: a file itself, or a folder's whose names end in one of `suffixes`, sorted by
/// their bytes, hidden ones left out.
///
/// Links are followed and nobody is distrusted: for what is read and believed no further than it is shown. The files are
/// not looked at; `readFile(_:limit:)` does that.
package func namedFiles(_ path: FilePath, suffixes: [String]) throws(FileError) -> [FilePath] {
    let task = FileTask(operation: "list", path: path)
    let bytes = path.kernelBytes
    let named = try task.attempt { () throws(Errno) in try openByPath(bytes, OpenFlags.path) }
    guard try task.attempt({ () throws(Errno) in try named.status() }).kind == .directory else { return [path] }
    let names = try task.attempt { () throws(Errno) in try directoryNames(try named.openChild(".", .directory)) }
    return files(names, in: path, suffixes: suffixes)
}

/// Returns the paths of a folder's names that end in one of `suffixes`, sorted by their bytes, hidden ones left out.
func files(_ names: [[UInt8]], in folder: FilePath, suffixes: [String]) -> [FilePath] {
    let wanted = names.filter { name in
        name.first != UInt8(ascii: ".") && suffixes.contains { name.ends(with: $0.utf8) }
    }
    return wanted.sorted { $0.lexicographicallyPrecedes($1) }.map {
        FilePath(kernelBytes: folder.kernelBytes + [UInt8(ascii: "/")] + $0)
    }
}

extension Sequence<UInt8> {
    fileprivate func ends(with suffix: some Collection<UInt8>) -> Bool {
        Array(self).suffix(suffix.count).elementsEqual(suffix)
    }
}

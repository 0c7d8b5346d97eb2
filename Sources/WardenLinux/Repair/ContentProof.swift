package import SystemPackage
package import WardenModel

/// Says whether a file holds what its name in the cache says, before a change lets others read it.
///
/// A member can move a file of somebody else's, which they may not read, to an entry's name: a repair would open it to
/// all of them. What is in the cache already, and so no secret, is told by its content.
package protocol ContentProof {
    /// Reads a file from its beginning, and answers. Throws `.interrupted` where the run is to end before it can.
    ///
    /// - Parameters:
    ///   - file: Open for reading, without moving its atime.
    ///   - role: What the file's name is for.
    ///   - directory: Where it stands below the cache root.
    func holds(
        for file: borrowing OwnedDescriptor, role: EntryRole, name: ArraySlice<UInt8>, in directory: RelativePath
    ) throws(Errno) -> Bool
}

import Foundation
import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

@Suite(.enabled(if: ACLSupport.isAvailable, "\(ACLSupport.reason)"))
struct OwnedDescriptorAccessListTests {
    private let extended = AccessList(mode: ModeBits(0o770)).adding([.init(.group, id: 7, .all), .init(.mask, .all)])

    private func open(_ directory: borrowing TemporaryDirectory) throws -> OwnedDescriptor {
        OwnedDescriptor(adopting: try FileDescriptor.open(directory.path, .readOnly))
    }

    @Test func hasNoListWhereTheModeDecides() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "")
        let root = try open(directory)
        let file = try root.openChild("file", .path)
        #expect(try root.accessList() == nil)
        #expect(try root.defaultList() == nil)
        #expect(try file.accessList() == nil)
        #expect(try file.defaultList() == nil)
    }

    @Test func writesOneHandleToManyFilesFromManyThreads() throws {
        let directory = try TemporaryDirectory()
        for number in 0..<400 { try directory.write(FilePath(String(number)), "") }
        let root = try open(directory)
        let handle = try ACLHandle(extended)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in stride(from: thread, to: 400, by: 8) {
                // What failed shows in the reading below.
                try? root.openChild(Array(String(number).utf8), .path).setAccessList(handle)
            }
        }
        for number in 0..<400 {
            #expect(try root.openChild(Array(String(number).utf8), .path).accessList() == extended)
        }
    }

    @Test func keepsSetgidAndShowsTheMaskInTheMode() throws {
        let directory = try TemporaryDirectory(mode: ModeBits(0o2700))
        let root = try open(directory)
        try root.setAccessList(ACLHandle(extended.adding([.init(.mask, .read)])))
        #expect(try root.status().mode == ModeBits(0o2740))
    }

    @Test func givesTheFileBackToItsModeByAMinimalList() throws {
        let directory = try TemporaryDirectory()
        let root = try open(directory)
        try root.setAccessList(ACLHandle(extended))
        #expect(try root.accessList() == extended)
        try root.setAccessList(ACLHandle(AccessList(mode: ModeBits(0o750))))
        #expect(try root.accessList() == nil)
        #expect(try root.status().mode == ModeBits(0o750))
    }

    @Test func removesADefaultListOnceAndAgain() throws {
        let directory = try TemporaryDirectory()
        let root = try open(directory)
        try root.setDefaultList(ACLHandle(extended))
        #expect(try root.defaultList() == extended)
        try root.removeDefaultList()
        try root.removeDefaultList()
        #expect(try root.defaultList() == nil)
    }

    @Test func readsListsLongerThanTheFirstBuffer() throws {
        let directory = try TemporaryDirectory()
        let root = try open(directory)
        let long = extended.adding((0..<300).map { .init(.user, id: $0, .read) })
        try root.setAccessList(ACLHandle(long))
        #expect(try root.accessList() == long)
        #expect(try root.openChild(".", .path).accessList() == long)
    }

    @Test func neverReachesThroughASymbolicLink() throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("victim", mode: ModeBits(0o700))
        try directory.makeSymbolicLink("link", to: directory.path("victim"))
        let link = try open(directory).openChild("link", .path)
        let handle = try ACLHandle(extended)
        #expect(throws: Errno.notSupported) { try link.setAccessList(handle) }
        #expect(throws: Errno.self) { try link.setDefaultList(handle) }
        #expect(throws: Errno.notSupported) { try link.accessList() }
        let victim = try open(directory).openChild("victim", .path)
        #expect(try victim.accessList() == nil)
        #expect(try victim.defaultList() == nil)
        #expect(try victim.status().mode == ModeBits(0o700))
    }

    @Test func refusesDefaultListsOfFiles() throws {
        let directory = try TemporaryDirectory()
        try directory.write("file", "")
        let file = try open(directory).openChild("file", .path)
        #expect(throws: Errno.permissionDenied) { try file.setDefaultList(ACLHandle(extended)) }
    }

    @Test(arguments: [
        AccessList([]),
        AccessList(mode: ModeBits(0o700)).adding([.init(.user, id: 1, .all)]),
        AccessList(mode: ModeBits(0o700)).adding([.init(.user, id: .max, .all), .init(.mask, .all)]),
    ])
    func refusesListsThatAreNotValid(list: AccessList) {
        #expect(throws: Errno.invalidArgument) { _ = try ACLHandle(list) }
    }
}

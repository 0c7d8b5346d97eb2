import SystemPackage
import Testing

/// A file that stands in the place of another one until the value goes. No event tells of it.
struct MountedFile: ~Copyable {
    let place: FilePath

    init(_ file: FilePath, at place: FilePath) throws {
        self.place = place
        try Command("/bin/mount", "--bind", file.string, place.string).runSuccessfully()
    }

    deinit {
        // A mount that is left behind goes with the machine; the verdict stands without it.
        _ = try? Command("/bin/umount", "-l", place.string).run()
    }
}

internal import CLinux
internal import Glibc
package import SystemPackage
internal import WardenModel

extension OwnedDescriptor {
    /// Reads from `offset` until `limit` bytes are there or the file ends. Corresponds to `pread(2)`.
    package func read(at offset: UInt64, limit: Int) throws(Errno) -> [UInt8] {
        let number = number
        var failure: Errno?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            do throws(Errno) {
                while count < limit {
                    let all = UnsafeMutableRawBufferPointer(buffer)
                    let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: all[count...])
                    let position = off_t(clamping: offset) + off_t(count)
                    let got = try retryingCount {
                        let got = unsafe pread(number, rest.baseAddress, rest.count, position)
                        return got < 0 ? -Int(errno) : got
                    }
                    guard got > 0 else { return }
                    count += got
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes every byte at the descriptor's place, however few the kernel takes at once. Corresponds to `write(2)`.
    ///
    /// After an error some of the bytes may be written.
    func write(_ bytes: [UInt8]) throws(Errno) { try write(bytes.span) }

    /// Writes every byte of a span at the descriptor's place, like `write(_:)` of an array.
    func write(_ bytes: borrowing Span<UInt8>) throws(Errno) {
        let number = number
        var written = 0
        while written < bytes.count {
            let done = try retryingCount {
                unsafe bytes.withUnsafeBytes { buffer in
                    let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
                    let count = unsafe Glibc.write(number, rest.baseAddress, rest.count)
                    return count < 0 ? -Int(errno) : count
                }
            }
            // write(2) gives 0 for regular files never; a loop that trusts it would not end.
            guard done > 0 else { throw .ioError }
            written += done
        }
    }

    /// Waits until content and size are on the disk. Corresponds to `fdatasync(2)`.
    func synchronizeData() throws(Errno) {
        let number = number
        _ = try retrying { fdatasync(number) < 0 ? -errno : 0 }
    }

    /// Waits until content and inode are on the disk. Corresponds to `fsync(2)`.
    func synchronize() throws(Errno) {
        let number = number
        _ = try retrying { fsync(number) < 0 ? -errno : 0 }
    }

    /// Like `synchronize()`, for directories, which some file systems (FUSE, 9p) cannot do: they do it by themselves.
    func synchronizeDirectory() throws(Errno) {
        do throws(Errno) { try synchronize() } catch .invalidArgument {}
    }

    /// Cuts the file. Corresponds to `ftruncate(2)`.
    func truncate(to size: UInt64) throws(Errno) {
        let number = number
        _ = try retrying { ftruncate(number, off_t(clamping: size)) < 0 ? -errno : 0 }
    }

    /// Returns the file's size in bytes.
    func size() throws(Errno) -> UInt64 { try status().raw.size }
}

extension OwnedDescriptor {
    /// Returns the first bytes of an open file, at most `limit`. Corresponds to `pread(2)`.
    package func beginning(_ limit: Int) throws(Errno) -> [UInt8] { try read(at: 0, limit: limit) }
}

internal import SystemPackage
internal import WardenLinux
internal import WardenModel

/// A file with figures in the state directory: one that is missing or damaged is begun anew, and stops nothing.
enum StateFile {
    /// Far more than a thousand rows take.
    private static let limit = ByteCount(4 << 20)

    /// Returns what the file holds, `nil` where it is to be begun anew, and a note where that is worth one.
    ///
    /// Throws where the system does not let it be read.
    static func read<Value>(
        _ path: FilePath, parsing parse: ([UInt8]) -> Value?
    ) throws(FileError) -> (value: Value?, note: String?) {
        let content: [UInt8]
        do throws(FileError) {
            content = try TrustedFile.read(path, limit: limit, trusting: .rootAndCaller)
        } catch {
            if error.isMissing { return (nil, nil) }
            if case .system = error.reason { throw error }
            return (nil, "\(error); counting begins anew")
        }
        if let value = parse(content) { return (value, nil) }
        return (nil, "'\(escapedForDisplay(path.string))' is damaged or another program's; counting begins anew")
    }
}

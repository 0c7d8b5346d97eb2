internal import FoundationEssentials
internal import SystemPackage
internal import WardenLinux
internal import WardenModel
internal import WardenNotify
internal import WardenReport

/// The notifier's own file: what each channel was told. The agent never reads it.
struct NotifierState {
    private static let schema = "cachewarden.notifier/1"
    private static let limit = ByteCount(64 << 20)

    private struct Form: Codable {
        let schema: String
        let channels: [String: ChannelState]
    }

    private let path: FilePath
    private(set) var channels: [String: ChannelState] = [:]
    /// Why it was begun anew.
    private(set) var warning: String?

    /// Reads the file; a missing one is a notifier's first run, a damaged one is begun anew.
    init(reading path: FilePath) throws(FileError) {
        self.path = path
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try TrustedFile.read(path, limit: Self.limit, trusting: .rootAndCaller)
        } catch {
            if error.isMissing { return }
            throw error
        }
        // What cannot be decoded is a damaged file, which the next line says.
        guard let form = try? JSONDecoder().decode(Form.self, from: Data(bytes)), form.schema == Self.schema else {
            warning = "'\(escapedForDisplay(path.string))' is damaged or another program's: what stands is told again"
            return
        }
        channels = form.channels
    }

    /// Keeps what a channel was told, on the disk when this returns.
    mutating func keep(_ state: ChannelState, of channel: String) throws(FileError) {
        guard channels[channel] != state else { return }
        channels[channel] = state
        // Texts and whole numbers alone: there is nothing that JSON does not know.
        guard let bytes = try? JSONText.encode(Form(schema: Self.schema, channels: channels), layout: .compact) else {
            return
        }
        try TrustedFile.write(
            bytes, to: path, mode: ModeBits(0o600), folders: ModeBits(0o700),
            trusting: .rootAndCaller)
    }
}

internal import CLinux
internal import Glibc

/// The words this process was started with.
package enum ProcessArguments {
    /// Returns all but the command itself, whether `/proc` is mounted or not. What is no UTF-8 is repaired.
    package static var words: [String] { rawWords.map { String(decoding: $0, as: UTF8.self) } }

    /// Returns the bytes of all words but the command itself, without the NUL.
    package static var rawWords: [[UInt8]] {
        var words: [[UInt8]] = []
        while let word = unsafe clinux_argument(CInt(words.count + 1)) {
            words.append(
                unsafe Array(UnsafeBufferPointer(start: word, count: strlen(word)).map { UInt8(bitPattern: $0) }))
        }
        return words
    }
}

internal import CLinux

/// The words this process was started with.
package enum ProcessArguments {
    /// Returns all but the command itself, whether `/proc` is mounted or not. What is no UTF-8 is repaired.
    package static var words: [String] {
        var words: [String] = []
        while let word = unsafe clinux_argument(CInt(words.count + 1)) { words.append(unsafe String(cString: word)) }
        return words
    }
}

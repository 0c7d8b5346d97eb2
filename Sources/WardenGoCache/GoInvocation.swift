package import SystemPackage

/// What a command line says about where Go builds.
package struct GoInvocation: Sendable {
    /// The directory that `-C` names, as it was typed; `nil` where none is, or where the command is not Go.
    ///
    /// `go build -C dir` and `go -C dir build`: the flag is only allowed in those two places (`go help build`).
    package let directory: FilePath?

    /// - Parameter words: The command's name first, as it was typed.
    package init(_ words: [[UInt8]]) {
        let texts = words.prefix(4).map { String(decoding: $0, as: UTF8.self) }
        guard let name = texts.first?.split(separator: "/").last, name == "go" else {
            directory = nil
            return
        }
        for index in 1...2 where index < texts.count {
            let flag = texts[index].hasPrefix("--") ? String(texts[index].dropFirst()) : texts[index]
            if flag == "-C", index + 1 < texts.count {
                directory = FilePath(texts[index + 1])
                return
            }
            if flag.hasPrefix("-C=") {
                directory = FilePath(String(flag.dropFirst(3)))
                return
            }
        }
        directory = nil
    }
}

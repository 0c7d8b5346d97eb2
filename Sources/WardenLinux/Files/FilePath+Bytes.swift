package import SystemPackage

extension FilePath {
    /// The bytes that the kernel gets, without the NUL; a path's `string` loses those that are not UTF-8.
    package var kernelBytes: [UInt8] {
        unsafe withPlatformString { text in
            var bytes: [UInt8] = []
            var position = 0
            while unsafe text[position] != 0 {
                unsafe bytes.append(UInt8(bitPattern: text[position]))
                position += 1
            }
            return bytes
        }
    }

    /// Makes a path of these bytes, which end before the first NUL.
    package init(kernelBytes bytes: some Sequence<UInt8>) {
        let terminated = bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
        self.init(platformString: terminated)
    }
}

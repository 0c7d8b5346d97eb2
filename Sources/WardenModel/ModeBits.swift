/// Read, write and execute (or search) for one class. The three bits of an ACL entry and of a mode digit.
package struct Rights: OptionSet, Hashable, Sendable, Codable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue & 7 }

    package static let read = Rights(rawValue: 4)
    package static let write = Rights(rawValue: 2)
    package static let execute = Rights(rawValue: 1)
    package static let all: Rights = [.read, .write, .execute]
}

extension Rights: CustomStringConvertible {
    /// Returns the rights as `ls` and `getfacl` write them: `rw-`.
    package var description: String {
        (contains(.read) ? "r" : "-") + (contains(.write) ? "w" : "-") + (contains(.execute) ? "x" : "-")
    }
}

/// The twelve permission bits of a mode: set-ID, sticky and three digits of rights. Corresponds to `st_mode & 07777`.
package struct ModeBits: RawRepresentable, Hashable, Sendable, Codable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue & 0o7777 }
    package init(_ rawValue: UInt16) { self.rawValue = rawValue & 0o7777 }

    package var owner: Rights { Rights(rawValue: UInt8(truncatingIfNeeded: rawValue >> 6)) }
    package var group: Rights { Rights(rawValue: UInt8(truncatingIfNeeded: rawValue >> 3)) }
    package var other: Rights { Rights(rawValue: UInt8(truncatingIfNeeded: rawValue)) }
    package var isSetUserID: Bool { rawValue & 0o4000 != 0 }
    package var isSetGroupID: Bool { rawValue & 0o2000 != 0 }
    package var isSticky: Bool { rawValue & 0o1000 != 0 }
    /// The set-ID and sticky bits alone.
    package var special: UInt16 { rawValue & 0o7000 }
    package var isExecutableByAnyone: Bool { rawValue & 0o111 != 0 }

    /// Returns a mode of these three classes and `special` bits (`07000`).
    package init(special: UInt16 = 0, owner: Rights, group: Rights, other: Rights) {
        let digits = UInt16(owner.rawValue) << 6 | UInt16(group.rawValue) << 3 | UInt16(other.rawValue)
        self.init(special & 0o7000 | digits)
    }
}

extension ModeBits: CustomStringConvertible {
    /// Returns four octal digits, as policies write them: `2770`.
    package var description: String {
        let digits = String(rawValue, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

internal import Glibc
internal import WardenModel

/// Gives every distinct ACL attribute a small number, so that entries with equal ACLs compare as integers.
///
/// A tree of half a million entries has a handful of different ACLs. The few met last are compared as raw bytes,
/// without an allocation; only others go through the dictionary.
@safe struct AccessListTable: ~Copyable {
    /// The number of "no extended ACL".
    static let none: UInt16 = 0
    /// More different ACLs than an honest tree has.
    static let overflow = UInt16.max
    private static let limit = 4_096

    private static let slots = 8
    private static let slotSize = 256

    private var numbers: [[UInt8]: UInt16] = [:]
    private(set) var attributes: [[UInt8]] = [[]]
    private let recent = UnsafeMutableRawPointer.allocate(byteCount: slots * slotSize, alignment: 16)
    private var recentLengths = [Int](repeating: 0, count: slots)
    private var recentNumbers = [UInt16](repeating: 0, count: slots)
    private var nextSlot = 0
    private var lastSlot = 0

    deinit { unsafe recent.deallocate() }

    /// Returns the number of the attribute value `bytes`, which is not empty.
    mutating func number(of bytes: UnsafeRawBufferPointer) -> UInt16 {
        guard let base = bytes.baseAddress else { return Self.none }
        if unsafe isEqual(lastSlot, base, bytes.count) { return recentNumbers[lastSlot] }
        for slot in 0..<Self.slots where unsafe isEqual(slot, base, bytes.count) {
            lastSlot = slot
            return recentNumbers[slot]
        }
        return unsafe remember(bytes)
    }

    private func isEqual(_ slot: Int, _ base: UnsafeRawPointer, _ count: Int) -> Bool {
        guard recentLengths[slot] == count else { return false }
        return unsafe memcmp(recent + slot * Self.slotSize, base, count) == 0
    }

    private mutating func remember(_ bytes: UnsafeRawBufferPointer) -> UInt16 {
        let copy = unsafe [UInt8](bytes)
        let number: UInt16
        if let known = numbers[copy] {
            number = known
        } else {
            guard attributes.count < Self.limit else { return Self.overflow }
            number = UInt16(attributes.count)
            attributes.append(copy)
            numbers[copy] = number
        }
        guard copy.count <= Self.slotSize, let base = bytes.baseAddress else { return number }
        unsafe memcpy(recent + nextSlot * Self.slotSize, base, copy.count)
        recentLengths[nextSlot] = copy.count
        recentNumbers[nextSlot] = number
        lastSlot = nextSlot
        nextSlot = (nextSlot + 1) % Self.slots
        return number
    }
}

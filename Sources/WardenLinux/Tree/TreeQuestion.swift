package import WardenModel

/// Where a name stands: what the directory that holds it is for.
package struct DirectoryContext: Hashable, Sendable {
    /// `nil` for the cache root itself.
    package let role: EntryRole?
    /// The first two bytes of the directory's own name: a shard's two digits.
    package let nameStart: (UInt8, UInt8)
    /// How many names lead here from the root; 0 for the root itself.
    package let depth: Int

    package init(role: EntryRole?, nameStart: (UInt8, UInt8), depth: Int) {
        self.role = role
        self.nameStart = nameStart
        self.depth = depth
    }

    package static func == (left: DirectoryContext, right: DirectoryContext) -> Bool {
        left.role == right.role && left.nameStart == right.nameStart && left.depth == right.depth
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(role)
        hasher.combine(nameStart.0)
        hasher.combine(nameStart.1)
        hasher.combine(depth)
    }
}

/// Knows what the names of a layout are for. Asked once for every name, from many threads: it must not allocate.
package protocol TreeClassifier: Sendable {
    func role(of name: borrowing Span<UInt8>, kind: NodeKind, in directory: DirectoryContext) -> EntryRole

    /// Returns what the entries of one pair have in common, from the name of an output.
    func pairKey(ofOutput name: borrowing Span<UInt8>) -> UInt64

    /// Returns the key of the output that an action names, from the action's content and its own name; `nil` for a
    /// content that the layout's owner would not accept.
    func pairKey(ofAction content: borrowing Span<UInt8>, named name: borrowing Span<UInt8>) -> UInt64?
}

/// For layouts without pairs.
extension TreeClassifier {
    package func pairKey(ofOutput name: borrowing Span<UInt8>) -> UInt64 { 0 }
    package func pairKey(ofAction content: borrowing Span<UInt8>, named name: borrowing Span<UInt8>) -> UInt64? { nil }
}

/// What a walk is to find out.
package struct TreeQuestion: Sendable {
    package let classifier: any TreeClassifier
    package let inventory: InventoryDemand
    package let accessLists: AccessListDemand
    /// What is to be counted apart from all else.
    package let parts: TreeParts
    /// Whose names the census keeps. Asked once for each new state, never for each entry.
    package let demand: @Sendable (EntryRole, NodeState, Refusal?) -> NameDemand
    package let now: Timestamp
    package let threads: Int
    package let progress: WalkProgress
    /// Whether the walk is to end; looked at between directories and between blocks of names.
    package let isInterrupted: @Sendable () -> Bool

    package init(
        classifier: any TreeClassifier, inventory: InventoryDemand = .none,
        accessLists: AccessListDemand = .all, parts: TreeParts = TreeParts([]),
        demand: @escaping @Sendable (EntryRole, NodeState, Refusal?) -> NameDemand, now: Timestamp, threads: Int,
        progress: WalkProgress = WalkProgress(),
        isInterrupted: @escaping @Sendable () -> Bool = { Interruption.isPending }
    ) {
        self.classifier = classifier
        self.inventory = inventory
        self.accessLists = accessLists
        self.parts = parts
        self.demand = demand
        self.now = now
        self.threads = threads
        self.progress = progress
        self.isInterrupted = isInterrupted
    }

    /// Deeper directories are refused: a chain of 60,000 is an attack, and a fuzz corpus below a long import path
    /// has about a dozen.
    package static let maximumDepth = 32
    /// How many names of a state are kept where only examples are wanted.
    static let exampleLimit = Finding.exampleLimit
}

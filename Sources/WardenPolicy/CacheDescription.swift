internal import SystemPackage
internal import WardenModel
internal import WardenYAML

/// The keys of one item of `caches`: the decoder and the JSON Schema are both made of this.
enum CacheDescription {
    static let name = Field(
        "name", .label("a cache's name"), example: "go-build",
        "What reports call the cache; left out: the last part of its path.")
    static let path = Field(
        "path", .path, required: true, example: "/var/cache/go-build",
        "The cache root: an absolute, real path without '..'; nothing in it is expanded.")
    static let layout = Field(
        "layout", .word(CacheLayout.self), default: "go-build",
        "What kind of tree it is: a Go build cache, a Go module cache, or a directory without inner structure.")
    static let create = Field("create", .boolean, default: false, "Whether to make the root where it is missing.")
    static let trust = Field(
        "trust", .word(CachePolicy.Trust.self), example: "mutual",
        "Must be said where more than one user may write: each of them can run code as the others.")
    static let owner = Field(
        "owner", .account("the owner"), example: "root",
        "The user who owns the cache root itself; left out: not looked at.")
    static let group = Field(
        "group", .account("the group"), example: "builders",
        "The group of the root and of everything below it; left out: not looked at.")
    static let mode = Field(
        "mode", .mode, example: "2770",
        "The mode of the root, four octal digits in quotes; the leading 2 is setgid. Left out: not looked at.")
    static let entries = Field(
        "entries", EntryDescription.type, "What must hold for everything below the root.")
    static let acl = Field(
        "acl", ACLDescription.type, "The ACL of the root and of everything below it; left out: not looked at.")
    static let retention = Field(
        "retention", RetentionDescription.type, "How large and how old the cache may grow; left out: not looked at.")

    static let fields = [
        name.description, path.description, layout.description, create.description, trust.description,
        owner.description, group.description, mode.description, entries.description, acl.description,
        retention.description,
    ]

    /// A cache and where its name and path stand.
    struct Placed: Sendable {
        let cache: CachePolicy
        let places: SourcePlaces.Cache
    }

    static let type = ValueType<Placed>.record(fields) { record, reading in
        let path = record.value(path, &reading)
        let cache = CachePolicy(
            name: record.value(name, &reading) ?? defaultName(path, record, &reading),
            path: path ?? FilePath("/"),
            layout: record.value(layout, &reading) ?? .goBuild,
            create: record.value(create, &reading) ?? false,
            trust: record.value(trust, &reading),
            owner: record.value(owner, &reading),
            group: record.value(group, &reading),
            mode: record.value(mode, &reading),
            entries: record.value(entries, &reading) ?? EntryPolicy(),
            acl: record.value(acl, &reading),
            retention: record.value(retention, &reading))
        guard path != nil else { return nil }
        CacheLint(cache: cache, record: record).run(&reading)
        let nameMark = record.has(name) ? record.mark(of: name) : record.mark(of: CacheDescription.path)
        let places = SourcePlaces.Cache(
            name: reading.place(nameMark), path: reading.place(record.mark(of: CacheDescription.path)))
        return Placed(cache: cache, places: places)
    }

    private static func defaultName(_ path: FilePath?, _ record: Record, _ reading: inout Reading) -> String {
        guard !record.has(name), let last = path?.lastComponent?.string else { return "" }
        if !isLabel(last) {
            reading.error(
                "missing-key", at: record.mark(of: CacheDescription.path),
                "the path's last part '\(shortened(last))' is no name for reports; give the cache a 'name'",
                "name: go-build")
        }
        return last
    }
}

/// The keys of a cache's `entries`.
enum EntryDescription {
    /// `keep`, or a user's name.
    private static let ownerType = ValueType<String?>(schema: ValueType<String>.account("the owner").schema) {
        node, reading in
        ValueType<String>.account("the owner").read(node, &reading).map { $0 == "keep" ? nil : $0 }
    }

    static let owner = Field(
        "owner", ownerType, default: "keep",
        "'keep' leaves each entry with its maker. A user's name stops Go from refreshing last use: only the owner may.")
    static let directories = Field(
        "directories", .mode, example: "2770", "The mode of directories below the root; left out: not looked at.")
    static let files = Field(
        "files", .mode, example: "0660",
        "The mode of files; executables keep execute wherever it lets read. Left out: not looked at.")

    static let type = ValueType<EntryPolicy>.record([owner.description, directories.description, files.description]) {
        record, reading in
        let entries = EntryPolicy(
            owner: record.value(owner, &reading) ?? nil,
            directories: record.value(directories, &reading),
            files: record.value(files, &reading))
        if let mode = entries.files, mode.special != 0 {
            reading.report(
                .badFileMode, at: record.mark(of: files),
                "files carry no set-ID or sticky bit; found '\(mode)'",
                JSONValue.quoted(ModeBits(mode.rawValue & 0o777).description))
        }
        if entries.owner != nil {
            reading.report(
                .entryOwnerSet, at: record.mark(of: owner),
                "with one owner for all entries, Go's hits no longer refresh last use: only a file's owner may set its "
                    + "times, so entries in daily use grow old and are trimmed", "owner: keep")
        }
        return entries
    }
}

extension Reading {
    func place(_ mark: SourceMark) -> SourcePlace { SourcePlace(mark: mark, line: source.line(mark.line)) }
}

import SystemPackage
import Testing
import WardenGoCache
import WardenLinux
import WardenModel
import WardenObserve
import WardenTestSupport

/// Whoever may write to a cache chooses every byte of its outputs. Whatever they are, reading one ends soon, takes little,
/// and is no error.
@Suite("Outputs that somebody has damaged", .timeLimit(.minutes(10))) struct ObjectFuzzTests {
    private static func wholeForms() throws -> [ObjectForm] {
        [
            try .archive("an archive", HandMadeObject.archive()),
            try .executable("a program", HandMadeObject.executable()),
        ]
    }

    @Test func areToldWhereTheyAreWhole() throws {
        let file = try ObjectFile()
        let forms = try Self.wholeForms()
        let (archive, executable) = (try file.read(forms[0]), try file.read(forms[1]))
        #expect(archive.kind == .archive && executable.kind == .executable)
        #expect(archive.variant == HandMadeObject.archiveVariant)
        #expect(executable.variant == HandMadeObject.executableVariant)
    }

    /// Cut at every boundary, every number wrong in every way, every table at the place of another, flipped bits.
    @Test func areReadHoweverTheirStructureIsWrong() throws {
        let file = try ObjectFile()
        for form in try Self.wholeForms() {
            let every = form.everyDamage
            #expect(every.count > 1_000)
            for (number, damage) in every.enumerated() {
                var damaged = form
                damaged.apply(damage)
                let fault = try file.fault(in: damaged)
                try #require(fault == nil, "\(form.name), damage \(number): \(damage)")
            }
        }
    }

    @Test func areReadWithSeveralThingsWrong() throws {
        let file = try ObjectFile()
        for form in try Self.wholeForms() { try expectReadable(form, seeds: 0..<2_000, in: file) }
    }

    @Test func areReadWhateverTheyHold() throws {
        let file = try ObjectFile()
        let originals = [HandMadeObject.archive(), HandMadeObject.executable()]
        let words = ["!<arch>\n", "__.PKGDEF ", "_go_.o ", "\n!\n", "\0go120ld", "go:cuinfo.", "path\t", "build\t"]
        try Fuzzing(originals, words: words).run { mutant in
            for isExecutable in [false, true] {
                let fault = try file.fault(in: ObjectForm("a mutant", mutant, isExecutable: isExecutable))
                #expect(fault == nil, "executable: \(isExecutable), \(mutant)")
            }
        }
    }

    /// A reader that only ever gives up would pass the other tests.
    @Test(.enabled(if: !GoToolchain.all.isEmpty, "\(GoToolchain.reason)"), arguments: RealObjects.toolchains)
    func areReadWhereARealToolchainMadeThem(toolchain: GoToolchain) throws {
        let file = try ObjectFile()
        let objects = try RealObjects(toolchain)
        for (package, form) in objects.archives {
            let read = try file.read(form)
            #expect(read.kind == .archive && read.variant?.platform?.version == objects.version, "\(form.name)")
            #expect(read.variant?.package == package, "\(form.name)")
            try expectReadable(form, seeds: 0..<500, in: file)
        }
        let program = try file.read(objects.program)
        #expect(program.variant?.package == "example.com/whole")
        #expect(program.variant?.platform?.version == objects.version)
        try expectReadable(objects.program, seeds: 0..<500, in: file)
    }

    /// Sparse files of a megabyte take nothing of their owner's quota; thousands of them must not take the reader's memory.
    @Test func leaveLittleOfWhatNobodyBuilt() throws {
        let file = try ObjectFile()
        let long = String(repeating: "\u{1}", count: 1_000_000)
        let value = String(repeating: "a", count: 100)
        let settings = (0..<8_000).map { "build\tGO\($0)=\(value)\n" }.joined()
        let programs = [
            HandMadeObject.executable(version: long, modules: ""),
            HandMadeObject.executable(modules: "path\t\(long)\n"),
            HandMadeObject.executable(modules: "mod\t\(long)\tv1.0.0\n"), HandMadeObject.executable(modules: settings),
        ]
        for (number, program) in programs.enumerated() {
            let fault = try file.fault(in: ObjectForm("program \(number)", program, isExecutable: true))
            #expect(fault == nil, "program \(number)")
        }
    }

    /// Damages a form in up to four ways, once for each seed.
    private func expectReadable(_ form: ObjectForm, seeds: Range<UInt64>, in file: borrowing ObjectFile) throws {
        for seed in seeds {
            var random = SeededGenerator(seed: seed)
            var damaged = form
            for _ in 0..<Int.random(in: 1...4, using: &random) { damaged.apply(form.randomDamage(&random)) }
            let fault = try file.fault(in: damaged)
            try #require(fault == nil, "\(form.name), seed \(seed)")
        }
    }
}

/// A file that holds one output after another, each read as an analysis reads it.
private struct ObjectFile: ~Copyable {
    /// The names of 2,048 files and three reads for each of the symbols; each may end at the file's end, which takes a
    /// second call.
    private static let mostFileReads = 2 * 2_048 + 100
    private static let readsForSymbol = 6
    /// 2,048 names of 4,096 bytes; a symbol's name, and the flags that it may note.
    private static let mostFileBytes = 10 << 20
    private static let bytesForSymbol = 2_048 + 512 + 8
    /// What may be kept of an output: an analysis has one of these for each of them.
    private static let mostText = 1 << 19

    private let directory: TemporaryDirectory
    private let file: OwnedDescriptor
    private let reader = ObjectReader()

    init() throws {
        let directory = try TemporaryDirectory()
        let file = OwnedDescriptor(
            adopting: try FileDescriptor.open(
                directory.path("output"), .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite))
        self.directory = directory
        self.file = file
    }

    borrowing func read(_ form: ObjectForm) throws -> (kind: OutputKind, variant: BuildVariant?) {
        try form.write(to: file)
        return try reader.read(file, size: UInt64(form.size), isExecutable: form.isExecutable)
    }

    /// Returns what is wrong with the reading of an output, `nil` where nothing is.
    borrowing func fault(in form: ObjectForm) throws -> String? {
        try form.write(to: file)
        let size = UInt64(form.size)
        let before = try ReadCounts()
        let began = ContinuousClock.now
        let variant: BuildVariant?
        do throws(Errno) {
            variant = try reader.read(file, size: size, isExecutable: form.isExecutable).variant
        } catch {
            return "cannot be read: \(error)"
        }
        let took = ContinuousClock.now - began
        let after = try ReadCounts()
        let (calls, bytes) = (after.calls - before.calls, after.bytes - before.bytes)
        let symbols = form.size / ObjectTables.symbolLength
        if took > .seconds(10) { return "took \(took)" }
        if calls > Self.mostFileReads + symbols * Self.readsForSymbol { return "took \(calls) calls" }
        if bytes > Self.mostFileBytes + symbols * Self.bytesForSymbol { return "took \(bytes) bytes" }
        let kept = variant.map { Self.text(of: $0) } ?? 0
        if kept > Self.mostText { return "leaves \(kept) bytes" }
        do throws(Errno) {
            // Two readers of one form, of which one decides what goes with a toolchain.
            let version = try reader.version(file, size: size, isExecutable: form.isExecutable)
            return version == variant?.platform?.version ? nil : "made by \(version ?? "nobody") to the second reader"
        } catch {
            return "cannot be read for its version: \(error)"
        }
    }

    private static func text(of variant: BuildVariant) -> Int {
        var words = variant.compilerFlags
        if let package = variant.package { words.append(package) }
        if let platform = variant.platform {
            words += platform.options + [platform.version, platform.system, platform.architecture]
        }
        switch variant.origin {
        case .module(let path, let version)?: words += [path, version]
        case .workTree(let directory, let package)?: words += [directory, package]
        case .standard?, nil: break
        }
        return words.reduce(0) { $0 + $1.utf8.count }
    }
}

/// What this thread has read so far. See proc_pid_io(5).
private struct ReadCounts {
    let calls: Int
    let bytes: Int

    init() throws {
        var counts: [String: Int] = [:]
        let text = String(decoding: try FixtureCalls.read("/proc/thread-self/io"), as: UTF8.self)
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { counts[String(words[0])] = Int(words[1]) }
        }
        calls = try #require(counts["syscr:"])
        bytes = try #require(counts["rchar:"])
    }
}

import SystemPackage
import Testing
import WardenModel
import WardenTestSupport

/// Modules in a local proxy, a program that needs them, and a module cache of one user's.
struct ModuleHost {
    let toolchain: Installation.Toolchain
    let cache: FilePath
    private let proxy: FilePath
    private let program: FilePath
    private let user: String

    /// The library's path has a capital letter, as cmd/go escapes it: `example.com/!case/lib`.
    private static let library = "example.com/Case/lib"

    init(_ host: borrowing TestHost, _ toolchain: Installation.Toolchain) throws {
        self.toolchain = toolchain
        user = host.first
        cache = try host.folder.makeDirectory("modules")
        try Command("/bin/chown", user, cache.string).runSuccessfully()
        proxy = host.folder.path("proxy")
        program = host.folder.path("src/app")
        let script = """
            import io, json, os, sys, zipfile
            root = sys.argv[1]
            def escaped(path): return "".join("!" + c.lower() if c.isupper() else c for c in path)
            def module(path, version, files):
                folder = f"{root}/{escaped(path)}/@v"
                os.makedirs(folder, exist_ok=True)
                mod = f"module {path}\\n\\ngo 1.18\\n"
                open(f"{folder}/{version}.mod", "w").write(mod)
                open(f"{folder}/{version}.info", "w").write(json.dumps({"Version": version}))
                open(f"{folder}/list", "a").write(version + "\\n")
                with zipfile.ZipFile(f"{folder}/{version}.zip", "w") as archive:
                    for name, text in {**files, "go.mod": mod}.items():
                        archive.writestr(f"{path}@{version}/{name}", text)
            for version in ["v1.0.0", "v1.1.0"]:
                module("example.com/Case/lib", version, {
                    "lib.go": f'package lib\\n\\nconst Version = "{version}"\\n',
                    "deep/er/er.go": "package er\\n", "deep/data": "x" * 20000})
            module("example.com/top", "v1.0.0", {"top.go": "package top\\n"})
            """
        try Command("/usr/bin/python3", "-c", script, proxy.string).runSuccessfully()
        try host.folder.makeDirectory("src/app")
        try host.folder.write(
            "src/app/main.go",
            """
            package main

            import (
            \t"example.com/Case/lib"
            \t_ "example.com/top"
            )

            func main() { println(lib.Version) }
            """)
        try Command("/bin/chown", "-R", user, program.string).runSuccessfully()
        try host.writePolicy(
            """
            version: 1
            policy: modules
            mode: enforce
            caches: [{name: modules, path: \(cache), layout: go-mod, retention: {max-age: 26h}}]
            """)
    }

    func go(
        _ host: borrowing TestHost, _ toolchain: Installation.Toolchain?, _ arguments: String...
    ) -> Command {
        var command = host.go(toolchain ?? self.toolchain, arguments, in: program, as: user, umask: "022")
        command.environment["GOPROXY"] = "file://\(proxy)"
        command.environment["GOMODCACHE"] = cache.string
        command.environment["GOSUMDB"] = "off"
        command.environment["GONOSUMDB"] = "*"
        command.environment["GOCACHE"] = host.folder.path("home").appending(user).appending("build").string
        return command
    }

    /// Builds the program with one version of the library.
    func build(
        _ host: borrowing TestHost, library version: String, _ toolchain: Installation.Toolchain? = nil
    ) throws {
        let requires = "require example.com/top v1.0.0\n\nrequire \(Self.library) \(version)\n"
        try host.folder.write("src/app/go.mod", "module app\n\ngo 1.18\n\n\(requires)")
        let output = host.folder.path("home").appending(user).appending("program")
        try go(host, toolchain, "build", "-o", output.string, ".").runSuccessfully()
        #expect(try Command(output).runSuccessfully().errors == "\(version)\n")
    }

    /// Asks Go whether what it unpacked is what it downloaded.
    func verify(_ host: borrowing TestHost, _ toolchain: Installation.Toolchain? = nil) throws {
        let result = try go(host, toolchain, "mod", "verify").runSuccessfully()
        #expect(result.output == "all modules verified\n")
    }

    func age(_ host: borrowing TestHost, days: Int) throws {
        try Command("/usr/bin/find", cache.string, "-exec", "touch", "-h", "-d", "\(days) days ago", "{}", "+")
            .runSuccessfully()
    }

    func run(_ host: borrowing TestHost, _ command: String, expecting status: Int32) throws {
        let result = try host.cachewarden(command).run()
        #expect(result.status == status, "\(result)")
    }

    func restore(_ host: borrowing TestHost, _ pristine: FilePath) throws {
        try Command("/bin/rm", "-rf", cache.string).runSuccessfully()
        try Command("/bin/cp", "-a", pristine.string, cache.string).runSuccessfully()
        // Copying reads what is copied.
        try age(host, days: 3)
    }

    /// Applies the policy and kills the agent before this call on the cache; false where it ended before that.
    func crash(_ host: borrowing TestHost, at call: String, _ count: Int) throws -> Bool {
        let apply = host.cachewarden("apply")
        let arguments =
            ["-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e", "inject=\(call):signal=KILL:when=\(count)"]
            + [apply.executable.string] + apply.arguments
        return try Command("/usr/bin/strace", arguments: arguments).run().status != 0
    }

    /// The versions that are unpacked.
    func versions(_ host: borrowing TestHost) throws -> [String] {
        try TreeSnapshot(of: cache).nodes.filter { $0.value.kind == .directory }.keys.map(\.description)
            .filter { $0.contains("@v1") && !$0.contains("/deep") }.sorted()
    }

    /// Everything that belongs to a version of the library.
    func parts(_ host: borrowing TestHost, _ version: String) throws -> [String] {
        try TreeSnapshot(of: cache).nodes.keys.map(\.description)
            .filter { $0.contains("!case/lib@\(version)") || $0.contains("!case/lib/@v/\(version)") }.sorted()
    }
}

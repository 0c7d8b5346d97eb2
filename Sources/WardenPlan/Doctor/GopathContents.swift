internal import SystemPackage
internal import WardenModel
internal import WardenPolicy

/// `gopath-conflict`: what lies in a GOPATH is ignored by builds, or fails them.
struct GopathContents: BuildRule {
    static func findings(_ context: BuildContext) -> [Finding] {
        context.user.gopaths.flatMap { gopath in
            ignored(gopath, context) + broken(gopath, context) + archives(gopath, context)
        }
    }

    /// Modules below `src` are nothing but folders while GO111MODULE is `off`: other versions are built than they say.
    private static func ignored(_ gopath: GopathObservation, _ context: BuildContext) -> [Finding] {
        guard let module = gopath.modules.first else { return [] }
        let starts = BuildStart.allCases.filter { context.user.variables[$0]?[.moduleMode]?.value == "off" }
        guard let start = starts.first, let mode = context.user.variables[start]?[.moduleMode] else { return [] }
        let more = gopath.modules.count > 1 ? ", and \(gopath.modules.count - 1) more below 'src'" : ""
        return [
            context.finding(
                .gopathConflict, "\(context.name): \(starts.phrase)", wanted: "builds that heed their go.mod",
                found: "GO111MODULE=off, \(mode.origin.phrase), beside '\(quoted(module.path))/go.mod'\(more)",
                remedy: "take GO111MODULE out, or move the modules out of GOPATH")
        ]
    }

    private static func broken(_ gopath: GopathObservation, _ context: BuildContext) -> [Finding] {
        gopath.modules.flatMap { module in
            module.missingReplacements.map { replacement in
                context.finding(
                    .gopathConflict, "\(context.name): '\(quoted(module.path))/go.mod'",
                    wanted: "a module in the folder that 'replace' names",
                    found: "'\(escapedForDisplay(replacement))', where no go.mod is: every build of the module fails",
                    remedy: "put the module there, or take the 'replace' out")
            }
        }
    }

    private static func archives(_ gopath: GopathObservation, _ context: BuildContext) -> [Finding] {
        gopath.archives.map { folder in
            context.finding(
                .gopathConflict, context.name, wanted: "no archives of packages in GOPATH",
                found: "'\(quoted(folder))': archives that no build of a module reads",
                remedy: "remove the folder, unless somebody builds with GO111MODULE=off", disposition: .advisory)
        }
    }

    private static func quoted(_ path: FilePath) -> String { escapedForDisplay(path.string) }
}

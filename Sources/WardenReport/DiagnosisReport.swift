internal import SystemPackage
package import WardenModel

/// How builds find their cache, for people and for programs.
package struct DiagnosisReport {
    package static let schema = "cachewarden.doctor/1"

    private let diagnosis: Diagnosis

    package init(_ diagnosis: Diagnosis) { self.diagnosis = diagnosis }

    /// Returns the text, with a line break at its end.
    package func render(style: TextStyle = .plain, columns: Int = 100) -> String {
        var page = TextPage(style: style, columns: columns)
        let count = diagnosis.findings.count
        let host = escapedForDisplay(diagnosis.host)
        let verdict: TextPage.Piece = count == 0 ? .init("HEALTHY", .good) : .init("AILING", .bad)
        let found = count == 0 ? "no findings" : counted(count, "finding")
        page.line(verdict, "  \(counted(diagnosis.users.count, "user")) on \(host), \(found)")
        for note in diagnosis.notes { page.paragraph(note, lead: "  ", paint: .faint) }
        for user in diagnosis.users { write(user, on: &page) }
        writeUnits(on: &page)
        writeFindings(on: &page)
        return page.text
    }

    private func write(_ user: UserDiagnosis, on page: inout TextPage) {
        let home = user.home.map { ", home '\(escapedForDisplay($0.string))'" } ?? ", no home"
        page.heading("User \(escapedForDisplay(user.subject.name))\(home)")
        for variable in GoVariable.allCases {
            for (index, value) in values(of: variable, user).enumerated() {
                let isTold = [.cache, .moduleCache].contains(variable) || !value.value.isUntouched
                guard isTold else { continue }
                let text =
                    value.value.value.map { $0.isEmpty ? "(empty)" : escapedForDisplay($0) } ?? "(a script computes it)"
                page.paragraph(
                    "\(text)  \(value.starts.phrase): \(value.value.origin.phrase)",
                    lead: .init("  \(padded(index == 0 ? variable.rawValue : "", 12))", .faint))
            }
        }
        for cache in user.caches {
            page.paragraph(
                "\(cache.size) in \(counted(cache.entries, "entry", "entries")): '\(escapedForDisplay(cache.path.string))'",
                lead: .init("  \(padded("own cache", 12))", .faint))
        }
        for build in user.builds {
            let cache = build.cache.value.map(escapedForDisplay) ?? ""
            page.paragraph(
                "process \(build.process), '\(build.command)': \(cache), \(build.cache.origin.text)",
                lead: .init("  \(padded("runs now", 12))", .faint))
            for file in build.openSettings {
                page.paragraph("has '\(file)' open", lead: .init("  \(padded("", 12))", .faint))
            }
        }
        for problem in user.problems { page.paragraph(problem, lead: .init("  \(padded("not read", 12))", .warning)) }
    }

    private func writeUnits(on page: inout TextPage) {
        guard !diagnosis.units.isEmpty else { return }
        page.heading("Services that run go")
        for unit in diagnosis.units {
            let user = unit.user.map(escapedForDisplay) ?? "root, without HOME"
            page.paragraph("\(escapedForDisplay(unit.name)), as \(user)", lead: "  ")
            guard let cache = unit.variables[.cache] else { continue }
            page.field(
                "GOCACHE",
                "\(cache.value.map(escapedForDisplay) ?? "(the manager computes it)")  \(cache.origin.phrase)",
                indent: 4)
        }
    }

    /// Returns the different values of a variable, each with all starts that have it.
    private func values(
        of variable: GoVariable, _ user: UserDiagnosis
    ) -> [(value: EffectiveVariable, starts: [BuildStart])] {
        var values: [(value: EffectiveVariable, starts: [BuildStart])] = []
        for start in BuildStart.allCases {
            guard let value = user.variables[start]?[variable] else { continue }
            if let index = values.firstIndex(where: { $0.value == value }) {
                values[index].starts.append(start)
            } else {
                values.append((value, [start]))
            }
        }
        return values
    }

    private func writeFindings(on page: inout TextPage) {
        guard !diagnosis.findings.isEmpty else { return }
        page.heading("Findings")
        for finding in diagnosis.findings {
            page.line(
                "  ", .init(padded(finding.severity.rawValue, 8), finding.severity.paint), "  ",
                .init(finding.rule.rawValue, .strong))
            page.paragraph(finding.subject, lead: "      ")
            page.field("wanted", finding.wanted, indent: 8, width: 7)
            page.field("found", finding.found, indent: 8, width: 7)
            page.field("remedy", finding.remedy, indent: 8, width: 7)
        }
    }

    /// Returns JSON in UTF-8, with a line break at its end. Throws only what `JSONEncoder` throws.
    package func renderJSON() throws -> [UInt8] {
        let document: JSONValue = [
            "schema": .string(Self.schema), "host": .string(diagnosis.host),
            "toolchain": .text(diagnosis.toolchain?.string), "notes": .list(diagnosis.notes),
            "users": .array(diagnosis.users.map(value(of:))), "units": .array(diagnosis.units.map(value(of:))),
            "findings": .array(
                diagnosis.findings.map { finding in
                    [
                        "rule": .string(finding.rule.rawValue), "severity": .string(finding.severity.rawValue),
                        "policy": .string(finding.cache), "subject": .string(finding.subject),
                        "wanted": .string(finding.wanted), "found": .string(finding.found),
                        "remedy": .string(finding.remedy),
                    ]
                }),
        ]
        return try JSONText.encode(document)
    }

    private func value(of unit: UnitDiagnosis) -> JSONValue {
        [
            "name": .string(unit.name), "path": .string(unit.path.string), "user": .text(unit.user),
            "variables": value(of: unit.variables),
        ]
    }

    private func value(of variables: [GoVariable: EffectiveVariable]) -> JSONValue {
        let values = variables.map { variable, value -> (String, JSONValue) in
            (variable.rawValue, ["value": .text(value.value), "from": .string(value.origin.phrase)])
        }
        return .object(Dictionary(values) { $1 })
    }

    private func value(of user: UserDiagnosis) -> JSONValue {
        let starts = user.variables.map { ($0.key.rawValue, value(of: $0.value)) }
        return [
            "name": .string(user.subject.name), "id": .unsigned(UInt64(user.subject.user?.rawValue ?? 0)),
            "home": .text(user.home?.string), "starts": .object(Dictionary(starts) { $1 }),
            "caches": .array(
                user.caches.map {
                    [
                        "path": .string($0.path.string), "allocated-bytes": .unsigned($0.size.rawValue),
                        "entries": .count($0.entries),
                    ]
                }),
            "builds": .array(
                user.builds.map {
                    [
                        "process": .integer(Int64($0.process)), "command": .string($0.command),
                        "started": .string($0.startedAt.description), "cache": .text($0.cache.value),
                        "from": .string($0.cache.origin.text), "open-settings": .list($0.openSettings),
                    ]
                }), "not-read": .list(user.problems),
        ]
    }
}

extension EffectiveVariable {
    /// Whether it is what it is on a host where nobody has set anything.
    fileprivate var isUntouched: Bool {
        switch origin {
        case .standard, .toolchain: true
        case .file, .goEnvironmentFile, .account: false
        }
    }
}

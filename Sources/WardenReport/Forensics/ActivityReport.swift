internal import SystemPackage
package import WardenModel

/// The `go` commands that run, for people and for programs.
package struct ActivityReport {
    package static let schema = "cachewarden.procs/1"

    private let list: ActivityList

    package init(_ list: ActivityList) { self.list = list }

    /// Returns the text, with a line break at its end.
    package func render(style: TextStyle = .plain, columns: Int = 100) -> String {
        var page = TextPage(style: style, columns: columns)
        let count = list.activities.count
        let users = Set(list.activities.map(\.user)).count
        page.line(
            count == 0
                ? "no go command runs on \(escapedForDisplay(list.host))"
                : "\(counted(count, "go command")) of \(counted(users, "user")) on \(escapedForDisplay(list.host))")
        for activity in list.activities { write(activity, on: &page) }
        return page.text
    }

    private func write(_ activity: GoActivity, on page: inout TextPage) {
        page.heading("\(name(activity.user))  \(activity.command)")
        let seconds = max(0, list.lookedAt.seconds - activity.startedAt.seconds)
        page.field("process", "\(activity.process), since \(activity.startedAt) (\(spoken(.seconds(seconds))))")
        if let unit = activity.unit { page.field("unit", unit) }
        page.field("GOCACHE", text(of: activity.cache))
        if let file = activity.settingsFile { page.field("GOENV", file) }
        for file in activity.openSettings { page.field("open", file) }
        if !activity.steps.isEmpty { page.field("steps", activity.steps.map(text(of:)).joined(separator: ", ")) }
        if activity.kind == .fuzzing { page.field("reads", "corpora of fuzz tests") }
        if let written = activity.written {
            page.field("written", "\(written) by it and its finished steps, with its work folder")
        }
    }

    private func name(_ user: UserID) -> String {
        list.names.users[user].map(escapedForDisplay) ?? "\(user.rawValue)"
    }

    private func text(of step: GoActivity.Step) -> String {
        step.package.map { "\(step.tool) \($0)" } ?? step.tool
    }

    private func text(of cache: GoActivity.Cache) -> String {
        switch cache {
        case .known(let variable):
            "\(variable.value.map(escapedForDisplay) ?? "")  \(variable.origin.text)"
        case .elsewhere: "cannot be told: it has a root or mounts of its own, as in a container"
        case .unknown: "cannot be told: its environment cannot be read, or what it read has changed since"
        }
    }

    /// Returns JSON in UTF-8, with a line break at its end. Throws only what `JSONEncoder` throws.
    package func renderJSON() throws -> [UInt8] {
        let document: JSONValue = [
            "schema": .string(Self.schema), "host": .string(list.host), "at": .string(list.lookedAt.description),
            "commands": .array(list.activities.map(value(of:))),
        ]
        return try JSONText.encode(document)
    }

    private func value(of activity: GoActivity) -> JSONValue {
        [
            "process": .integer(Int64(activity.process)), "user": .string(name(activity.user)),
            "uid": .unsigned(UInt64(activity.user.rawValue)), "started": .string(activity.startedAt.description),
            "command": .string(activity.command), "kind": .string(activity.kind.rawValue), "unit": .text(activity.unit),
            "cache": value(of: activity.cache), "goenv": .text(activity.settingsFile),
            "open-settings": .list(activity.openSettings),
            "steps": .array(
                activity.steps.map { ["tool": .string($0.tool), "package": .text($0.package)] as JSONValue }),
            "written-bytes": activity.written.map { .unsigned($0.rawValue) } ?? .null,
        ]
    }

    private func value(of cache: GoActivity.Cache) -> JSONValue {
        switch cache {
        case .known(let variable): ["path": .text(variable.value), "from": .string(variable.origin.text)]
        case .elsewhere: ["path": .null, "from": "elsewhere"]
        case .unknown: ["path": .null, "from": "unknown"]
        }
    }
}

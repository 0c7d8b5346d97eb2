internal import WardenModel
internal import WardenYAML

/// The keys of one item of `environment`.
enum EnvironmentDescription {
    /// An item and where its variables stand.
    struct Placed: Sendable {
        let policy: EnvironmentPolicy
        let places: [String: SourcePlace]
    }

    private struct Variables: Sendable {
        var values: [String: String] = [:]
        var places: [String: SourcePlace] = [:]
    }

    /// Variables that name a directory: their values reach shells, units and Go's own file, which quote differently.
    static let pathVariables: Set<String> = ["GOCACHE", "GOMODCACHE", "GOPATH"]
    private static let pathPattern = "^/[A-Za-z0-9._/-]+$"
    private static let textPattern = "^[A-Za-z0-9._/:,=@%+*|-]+$"

    private static let variablesType = ValueType<Variables>(
        schema: [
            "type": "object", "minProperties": 1,
            "propertyNames": ["pattern": "^[A-Z_][A-Z0-9_]*$"],
            "properties": .object(
                pathVariables.sorted().map { ($0, ["type": "string", "pattern": .string(pathPattern)]) }),
            "additionalProperties": ["type": "string", "pattern": .string(textPattern), "maxLength": 1000],
        ]
    ) { node, reading in
        guard case .mapping(let pairs) = node.content, !pairs.isEmpty else {
            if !node.isRefused {
                reading.error(
                    "not-a-mapping", at: node.mark, "variables are names with values; found \(node.found)",
                    "{GOCACHE: /var/cache/go-build}")
            }
            return nil
        }
        var variables = Variables()
        for pair in pairs {
            guard let value = readVariable(pair, &reading) else { continue }
            variables.values[pair.key.text] = value
            variables.places[pair.key.text] = reading.place(pair.value.mark)
        }
        return variables
    }

    private static func readVariable(_ pair: Node.Pair, _ reading: inout Reading) -> String? {
        let name = pair.key.text
        let isName = name.utf8.allSatisfy { isDigit($0) || (0x41...0x5a).contains($0) || $0 == UInt8(ascii: "_") }
        guard isName, name.utf8.first.map(isDigit) == false else {
            reading.error(
                "bad-variable", at: pair.key.mark,
                "a variable's name is capitals, digits and '_'; found '\(shortened(name))'", "GOCACHE")
            return nil
        }
        guard let value = plainText(pair.value, "a variable's value", &reading) else { return nil }
        if holdsSecret(value, named: name) {
            reading.reportSecret(
                .secretInVariable, at: pair.value.mark,
                "every user of the host may read the value of '\(shortened(name))', and it looks like a secret; it is not "
                    + "repeated", "a .netrc of the building user, or GOAUTH")
            return nil
        }
        if pathVariables.contains(name) {
            let isPath =
                value.hasPrefix("/") && value.utf8.count > 1
                && value.utf8.allSatisfy { isAlphanumeric($0) || Array("._/-".utf8).contains($0) }
            guard isPath, !value.split(separator: "/").contains("..") else {
                reading.error(
                    "bad-variable", at: pair.value.mark,
                    "'\(name)' is one absolute path of letters, digits, '.', '_', '/' and '-' without '..': it is written "
                        + "into files that quote differently; found \(pair.value.found)", "/var/cache/go-build")
                return nil
            }
            return value
        }
        guard value.utf8.allSatisfy({ isAlphanumeric($0) || Array("._/:,=@%+*|-".utf8).contains($0) }) else {
            reading.error(
                "bad-variable", at: pair.value.mark,
                "a variable's value has no blanks, quotes or '$': it is written into files that quote differently; "
                    + "found \(pair.value.found)")
            return nil
        }
        return value
    }

    /// Whether a value is a URL with a user in it, or the name says what the value is.
    private static func holdsSecret(_ value: String, named name: String) -> Bool {
        // The last word alone: TOKEN_FILE is a path.
        if ["TOKEN", "PASSWORD", "PASSWD", "SECRET"].contains(name.split(separator: "_").last) { return true }
        // A variable may hold several, as GOPROXY does.
        return value.split { $0 == "," || $0 == "|" }.contains { item in
            guard let start = ["http://", "https://"].first(where: item.lowercased().hasPrefix) else { return false }
            return item.dropFirst(start.count).prefix { $0 != "/" }.contains("@")
        }
    }

    private static let usersGroup = Field(
        "group", .account("the group"), required: true, example: "builders", "The group whose members are meant.")
    private static let usersType = ValueType<String>.record([usersGroup.description]) { record, reading in
        record.value(usersGroup, &reading)
    }

    private static let variables = Field(
        "variables", variablesType, required: true, example: ["GOCACHE": "/var/cache/go-build"],
        "The variables and their values.")
    private static let deliver = Field(
        "deliver",
        ValueType<[EnvironmentPolicy.Delivery]>.list(
            of: .word(EnvironmentPolicy.Delivery.self), emptyHint: "name at least one way of delivery"),
        required: true, example: ["login-shells", "go-env"], "The ways by which they reach builds.")
    private static let users = Field(
        "users", usersType, example: ["group": "builders"], "Whose effective values are verified; left out: nobody's.")

    static let type = ValueType<Placed>.record(
        [variables.description, deliver.description, users.description]
    ) { record, reading in
        let variables = record.value(variables, &reading)
        let deliver = record.value(deliver, &reading)
        let users = record.value(users, &reading)
        if let deliver { noteLoginsAlone(deliver, at: record.mark(of: EnvironmentDescription.deliver), &reading) }
        guard let variables, let deliver else { return nil }
        let policy = EnvironmentPolicy(variables: variables.values, deliver: deliver, usersGroup: users)
        return Placed(policy: policy, places: variables.places)
    }

    private static func noteLoginsAlone(
        _ deliver: [EnvironmentPolicy.Delivery], at mark: SourceMark, _ reading: inout Reading
    ) {
        guard !deliver.isEmpty, !deliver.contains(.goEnv), !deliver.contains(.systemServices) else { return }
        reading.report(
            .deliveryPartial, at: mark,
            "these reach logins alone: builds of system services, of cron and of 'ssh HOST go build' do not see the "
                + "variables", "add go-env or system-services")
    }
}

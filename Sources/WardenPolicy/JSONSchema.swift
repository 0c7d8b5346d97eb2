internal import SystemPackage

/// Returns the JSON Schema (2020-12) of policy files, for editors and other people's checks.
///
/// It is made of the description that the decoder uses. What a schema cannot say, such as calendars, conflicts and
/// trust, only `cachewarden policy lint` finds.
package func jsonSchema() -> String {
    schemaDocument(
        title: "cachewarden policy", of: PolicyDescription.type(file: "policy.yaml").schema,
        description: "Which hosts a policy is for and what must hold for the build caches there.")
}

/// Returns the JSON Schema (2020-12) of agent.yaml.
package func settingsJSONSchema() -> String {
    schemaDocument(
        title: "cachewarden settings", of: SettingsDescription.type.schema, description: "The agent's own settings.")
}

private func schemaDocument(title: String, of schema: JSONValue, description: String) -> String {
    var members: [(key: String, value: JSONValue)] = [
        ("$schema", "https://json-schema.org/draft/2020-12/schema"),
        ("title", .string(title)),
        ("description", .string(description)),
    ]
    if case .object(let own) = schema { members += own }
    return JSONValue.object(members).rendered() + "\n"
}

import SystemPackage
import Testing
import WardenModel
import WardenPolicy
import WardenTestSupport

/// Damaged policies are read or refused: never a crash, a hang, or an error without a place in the text.
struct MutationTests {
    private static let signs = [
        "[", "]", "{", "}", ":", "- ", "\"", "'", "&a ", "*a", "!!x ", "? ", "| ", "> ", "#", "%", "---\n", "<<: ",
        "\t",
        "\\x", "~",
    ]

    @Test("103: policies") func policies() throws {
        let originals = try shippedPolicies().map(\.bytes) + [Array(wholeLanguage.utf8)]
        try Fuzzing(originals, words: Self.signs).run { mutant in
            let (policy, diagnostics) = PolicyReader.read(mutant, file: "m.yaml")
            #expect((policy == nil) == diagnostics.contains { $0.level == .error })
            #expect(diagnostics.allSatisfy { !$0.description.isEmpty && ($0.mark?.column ?? 1) >= 1 })
        }
    }

    @Test("103: settings") func settings() throws {
        let text = """
            version: 1
            labels: {role: builder, site: fra1}
            audit: {path: /var/log/cachewarden/audit.jsonl, rotate-size: 64MiB, keep: 12, when-full: stop}
            metrics: {textfile: /var/lib/prometheus/node-exporter/cachewarden.prom}

            """
        try Fuzzing([Array(text.utf8)], words: Self.signs).run { mutant in
            let (settings, diagnostics) = SettingsReader.read(mutant, file: "agent.yaml")
            #expect((settings == nil) == diagnostics.contains { $0.level == .error })
        }
    }
}

import Foundation
import Testing
import WardenModel
import WardenPolicy

struct ReferenceTests {
    @Test(arguments: RuleID.allCases)
    func everyRuleIsDescribed(_ id: RuleID) {
        let reference = RuleReference.of(id)
        #expect(reference.id == id)
        for text in [reference.summary, reference.why, reference.remedy] {
            #expect(text.hasSuffix(".") && text.count > 10, "\(text)")
        }
    }

    @Test func summariesTellRulesApart() {
        #expect(Set(RuleID.allCases.map { RuleReference.of($0).summary }).count == RuleID.allCases.count)
    }

    @Test func severitiesFollowTheDanger() {
        #expect(RuleReference.of(.cacheUntrustedSharing).severity == .critical)
        #expect(RuleReference.of(.cacheUnsafePath).severity == .critical)
        #expect(RuleReference.of(.rootMode).severity == .high)
        #expect(RuleReference.of(.entryStranger).severity == .low)
    }

    @Test(arguments: LintID.allCases)
    func everyCheckOfPolicyFilesIsDescribed(_ id: LintID) {
        let reference = LintReference.of(id)
        #expect(reference.id == id)
        #expect(reference.summary.hasSuffix(".") && reference.summary.count > 10, "\(reference.summary)")
        for text in [reference.why, reference.remedy] {
            #expect(text.hasSuffix(".") && text.count > 30, "\(text)")
            #expect(!text.contains("  ") && !reference.summary.contains(text))
        }
    }

    @Test func everyPageHasANameAndTextsOfItsOwn() {
        let names = RuleID.allCases.map(\.rawValue) + LintID.allCases.map(\.rawValue)
        #expect(Set(names).count == names.count)
        let references = LintID.allCases.map(LintReference.of)
        for texts in [references.map(\.summary), references.map(\.why), references.map(\.remedy)] {
            #expect(Set(texts).count == texts.count)
        }
    }

    @Test func theArticleInTheRepositoryIsTheGeneratedOne() throws {
        let article = repository.appending(path: "Sources/WardenPolicy/Documentation.docc/Rules.md")
        if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
            try Data(ruleReferenceMarkdown().utf8).write(to: article)
        }
        #expect(String(decoding: try Data(contentsOf: article), as: UTF8.self) == ruleReferenceMarkdown())
    }
}

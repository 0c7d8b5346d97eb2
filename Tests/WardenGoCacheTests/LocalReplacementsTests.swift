import Testing
import WardenGoCache

@Suite struct LocalReplacementsTests {
    private func read(_ text: String) -> [String] {
        LocalReplacements(parsing: Array(text.utf8)).all.map { "\($0.module) \($0.folder)" }
    }

    @Test func findsFoldersAndNothingElse() {
        let text = """
            module example.com/a // replace x => ./no

            replace example.com/b => ../b
            replace "example.com/c" v1.2.3 => `./c` // with a comment
            replace example.com/d => example.com/fork v1.0.0
            replace (
            \texample.com/e v1.0.0 => /srv/e
            \t// example.com/f => ./f
            \texample.com/g =>
            \texample.com/h => ..
            )
            require example.com/i v1.0.0
            exclude (
            \texample.com/j v1.0.0
            )
            """
        #expect(
            read(text) == ["example.com/b ../b", "example.com/c ./c", "example.com/e /srv/e", "example.com/h .."])
    }

    @Test(arguments: ["", "replace", "replace (", "replace => ./x", "replace )\n=> ./y", "=> ./z", "replace a b c"])
    func readsNothingIntoWhatIsNoReplacement(text: String) { #expect(read(text).allSatisfy { $0.hasPrefix("=>") }) }
}

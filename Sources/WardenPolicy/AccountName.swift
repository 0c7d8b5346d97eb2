/// What an account's name says of it.
package enum AccountName {
    private static let words = ["release", "deploy", "sign", "publish"]

    /// Whether the name speaks of builds that are released or signed. A guess: "design" is taken for one too.
    package static func isForReleases(_ name: String) -> Bool {
        words.contains(where: name.lowercased().contains)
    }
}

package import WardenModel
package import WardenPolicy

extension RetentionPolicy {
    /// Returns how long after a look something becomes older than `max-age` allows, if nobody uses it; less than nothing
    /// where that is so already, `nil` where nothing does.
    package func firstExpiry(after census: Census) -> Duration? {
        guard let maxAge, let oldest = census.ages.oldest else { return nil }
        return maxAge - .seconds(oldest)
    }
}

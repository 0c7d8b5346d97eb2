import Testing

/// Scenarios with the built binary, one at a time: runs on one host share a lock and the user database.
@Suite("End to end", .serialized) enum EndToEnd {}

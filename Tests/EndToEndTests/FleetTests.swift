import Foundation
import SystemPackage
import Testing
import WardenTestSupport

extension EndToEnd {
    /// What `report --merge` makes of many hosts.
    @Suite("Fleet", .enabled(if: Installation.canMakeUsers, Comment(rawValue: Installation.usersReason)))
    struct FleetTests {
        private struct Told: Decodable {
            struct Host: Decodable { let host: String }
            let hosts: [Host]
            let superseded: Int
        }

        /// Of everything that the process may write to (`getrlimit(2)`, `RLIMIT_DATA`).
        private static let memory = 40 << 20
        private static let count = 3_000

        /// Writes one host's report under the names of many, and returns the folder.
        private func writeReports(_ host: borrowing TestHost) throws -> FilePath {
            _ = try host.makeUsedCache(by: host.first)
            let report = try host.cachewarden("check", "--format", "json").run().output
            let name = try #require(report.firstMatch(of: /"host" : "[^"]*"/)).range
            let (head, tail) = (report[..<name.lowerBound], report[name.upperBound...])
            let folder = try host.folder.makeDirectory("reports")
            for number in 0..<Self.count {
                try host.folder.write(
                    FilePath("reports/\(number).json"), "\(head)\"host\" : \"build-\(number)\"\(tail)")
            }
            #expect(Self.count * report.utf8.count > Self.memory, "void: all of them at once are allowed")
            return folder
        }

        @Test("Thousands of reports are read one at a time", .timeLimit(.minutes(5)))
        func readsThousandsOfReports() throws {
            let host = try TestHost.make()
            let folder = try writeReports(host)
            func told(_ format: String) throws -> String {
                let limited = Command(
                    "/usr/bin/prlimit", "--data=\(Self.memory)", Installation.binary.string, "report", "--merge",
                    folder.string, "--format", format)
                let result = try limited.run()
                try #require(result.status == 2, "\(result.errors)")
                return result.output
            }
            let json = try JSONDecoder().decode(Told.self, from: Data(told("json").utf8))
            let names = Set((0..<Self.count).map { "build-\($0)" })
            #expect(json.hosts.count == Self.count && Set(json.hosts.map(\.host)) == names && json.superseded == 0)
            let lines = try told("csv").split(separator: "\r\n").dropFirst()
            #expect(lines.count == Self.count && Set(lines.map { String($0.prefix { $0 != "," }) }) == names)
        }
    }
}

import Foundation
import Testing
import WardenReport
import WardenTestSupport

@Suite("Dashboard") struct DashboardTests {
    private static let read = """
        import sys, json
        from grafana_foundation_sdk.cog.encoder import JSONEncoder
        from grafana_foundation_sdk.cog.plugins import register_default_plugins
        from grafana_foundation_sdk.models.dashboard import Dashboard
        # With these, queries are Prometheus' own and no bags of anything.
        register_default_plugins()
        document = json.load(sys.stdin)
        board = Dashboard.from_json(document)
        again = json.loads(JSONEncoder().encode(board))
        def same(mine, theirs, *keys):
            for key in keys: assert mine.get(key) == theirs.get(key), (key, mine.get(key), theirs.get(key))
        same(document, again, "title", "time", "refresh", "schemaVersion")
        assert len(again["panels"]) == len(document["panels"])
        for mine, theirs in zip(document["panels"], again["panels"]):
            same(mine, theirs, "type", "title", "gridPos", "interval")
            same(mine["fieldConfig"]["defaults"], theirs["fieldConfig"]["defaults"], "unit")
            assert mine["targets"] and len(mine["targets"]) == len(theirs["targets"])
            for query, other in zip(mine["targets"], theirs["targets"]):
                same(query, other, "expr", "refId", "format", "legendFormat", "instant", "range")
        print(sorted(variable["name"] for variable in again["templating"]["list"]))
        """
    private static let hasModels = TestPython.has("grafana_foundation_sdk")

    /// Grafana's own models, which are made of its schema, find in it what we have put there.
    @Test(.enabled(if: hasModels, "needs Python's grafana-foundation-sdk")) func isGrafanas() throws {
        let names = try TestPython.run(Self.read, input: Data(try Dashboard().render()))
        #expect(names == "['cache', 'datasource', 'instance']\n")
    }

    private func document() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(try Dashboard().render())) as? [String: Any])
    }

    @Test func showsWhatSomebodyAsksFirst() throws {
        let document = try document()
        #expect((document["time"] as? [String: String])?["from"] == "now-72h")
        let panels = try #require(document["panels"] as? [[String: Any]])
        let titles = Set(panels.compactMap { $0["title"] as? String })
        let wanted: Set = [
            "Size and limit", "Permissions right", "Drift", "Removed by reason", "Free space", "Inodes used",
            "Failed builds", "Thrash",
        ]
        #expect(titles.isSuperset(of: wanted), "missing: \(wanted.subtracting(titles))")
        let size = try #require(panels.first { $0["title"] as? String == "Size and limit" })
        #expect(size["type"] as? String == "timeseries" && (size["targets"] as? [Any])?.count == 2)
        let builds = try #require(panels.first { $0["title"] as? String == "Failed builds" })
        #expect(builds["type"] as? String == "heatmap" && builds["interval"] as? String == "1h")
    }

    @Test func asksForNoHostAndNoCacheByName() throws {
        for query in Dashboard().queries {
            #expect(query.expression.contains("$instance"), "\(query.expression)")
        }
    }

    @Test func putsNoPanelOverAnother() throws {
        let panels = try #require(try document()["panels"] as? [[String: Any]])
        var taken: Set<[Int]> = []
        for panel in panels {
            let place = try #require(panel["gridPos"] as? [String: Int])
            let (x, y) = (try #require(place["x"]), try #require(place["y"]))
            for column in x..<(x + (place["w"] ?? 0)) { #expect(column < 24 && taken.insert([column, y]).inserted) }
        }
        #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
    }
}

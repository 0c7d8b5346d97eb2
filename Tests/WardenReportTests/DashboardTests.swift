import Foundation
import Testing
import WardenReport
import WardenTestSupport

@Suite("Dashboard") struct DashboardTests {
    private static let read = """
        import sys, json
        from grafana_foundation_sdk.models.dashboard import Dashboard
        from grafana_foundation_sdk.cog.encoder import JSONEncoder
        document = json.load(sys.stdin)
        board = Dashboard.from_json(document)
        again = json.loads(JSONEncoder().encode(board))
        assert again["title"] == document["title"] and len(again["panels"]) == len(document["panels"])
        for mine, theirs in zip(document["panels"], again["panels"]):
            for key in ("type", "title", "gridPos"): assert mine[key] == theirs[key], (mine[key], theirs[key])
        print(sorted(variable["name"] for variable in again["templating"]["list"]))
        """
    private static let hasModels = TestPython.has("grafana_foundation_sdk")

    /// Grafana's own models, which are made of its schema, find in it what we have put there.
    @Test(.enabled(if: hasModels, "needs Python's grafana-foundation-sdk")) func isGrafanas() throws {
        let names = try TestPython.run(Self.read, input: Data(try Dashboard().render()))
        #expect(names == "['cache', 'datasource', 'instance']\n")
    }

    @Test func asksForNoHostAndNoCacheByName() throws {
        for query in Dashboard().queries {
            #expect(query.expression.contains("$instance"), "\(query.expression)")
        }
    }

    @Test func putsNoPanelOverAnother() throws {
        let document = try JSONSerialization.jsonObject(with: Data(try Dashboard().render())) as? [String: Any]
        let panels = try #require(document?["panels"] as? [[String: Any]])
        var taken: Set<[Int]> = []
        for panel in panels {
            let place = try #require(panel["gridPos"] as? [String: Int])
            let (x, y) = (try #require(place["x"]), try #require(place["y"]))
            for column in x..<(x + (place["w"] ?? 0)) { #expect(column < 24 && taken.insert([column, y]).inserted) }
        }
        #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
    }
}

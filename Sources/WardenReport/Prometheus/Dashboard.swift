internal import WardenModel

/// A dashboard for Grafana on what `apply` leaves for Prometheus.
///
/// `instance` and `cache` are chosen on the page; the data source too, so that the file fits every Grafana. In the format
/// of schema version 39, which Grafana 10.3 and later read.
package struct Dashboard: Sendable {
    /// One query of a panel.
    package struct Query: Hashable, Sendable {
        /// In PromQL, with Grafana's variables.
        package let expression: String
        let legend: String
    }

    struct Panel: Sendable {
        enum Kind: String, Sendable {
            case timeseries, stat, table, heatmap

            var hasTimeAxis: Bool { self == .timeseries || self == .heatmap }
            /// How Grafana is to take what Prometheus returns.
            var format: String { self == .table ? "table" : "time_series" }
            /// A row for each series of a heat map, and a column for each hour; nothing of other panels is said.
            var interval: String? { self == .heatmap ? "1h" : nil }
        }

        let title: String
        let description: String
        let kind: Kind
        /// As Grafana names units: `bytes`, `percentunit`, `s`.
        let unit: String
        let queries: [Query]
        var width = 12
    }

    package init() {}

    /// Every query, as it stands in the file.
    package var queries: [Query] { Self.panels.flatMap(\.queries) }

    /// Returns the file in UTF-8. Throws only what `JSONEncoder` throws.
    package func render() throws -> [UInt8] {
        try JSONText.encode(document)
    }

    // MARK: - What is shown

    private static let chosen = #"instance=~"$instance",cache=~"$cache""#
    private static let host = #"instance=~"$instance""#

    private static func perCache(_ metric: String, _ more: String = "") -> String {
        "cachewarden_\(metric){\(chosen)\(more)}"
    }

    private static let panels: [Panel] = [
        Panel(
            title: "Last verdict", description: "What the last apply ended with, by host.", kind: .table, unit: "none",
            queries: [Query(expression: #"cachewarden_last_run_verdict{command="apply",\#(host)} == 1"#, legend: "")],
            width: 8),
        Panel(
            title: "Since the last run", description: "How long ago apply ran last.", kind: .stat, unit: "s",
            queries: [
                Query(
                    expression: #"time() - cachewarden_last_run_timestamp_seconds{command="apply",\#(host)}"#,
                    legend: "{{instance}}")
            ], width: 8),
        Panel(
            title: "Permissions right", description: "1 where owner, group, mode and ACLs are what the policy wants.",
            kind: .stat, unit: "none",
            queries: [Query(expression: perCache("cache_permissions_right"), legend: "{{instance}} {{cache}}")],
            width: 8),
        Panel(
            title: "Size and limit", description: "Allocated bytes, and the policy's max-size.", kind: .timeseries,
            unit: "bytes",
            queries: [
                Query(expression: perCache("cache_size_bytes"), legend: "{{instance}} {{cache}}"),
                Query(expression: perCache("cache_size_limit_bytes"), legend: "{{instance}} {{cache}} limit"),
            ]),
        Panel(
            title: "Headroom", description: "How much may come before max-size is reached; negative beyond it.",
            kind: .timeseries, unit: "bytes",
            queries: [Query(expression: perCache("cache_size_headroom_bytes"), legend: "{{instance}} {{cache}}")]),
        Panel(
            title: "Drift", description: "Findings that stand after a run, by rule.", kind: .timeseries, unit: "none",
            queries: [
                Query(
                    expression: "sum by (instance, rule, severity) (\(perCache("cache_findings")))",
                    legend: "{{instance}} {{rule}} ({{severity}})")
            ]),
        Panel(
            title: "Removed by reason", description: "Names that were removed in an hour, by the rule that wanted it.",
            kind: .timeseries, unit: "none",
            queries: [
                Query(
                    expression: "sum by (instance, cache, rule) "
                        + "(increase(\(perCache("cache_removed_entries_total"))[1h]))",
                    legend: "{{instance}} {{cache}} {{rule}}")
            ]),
        Panel(
            title: "Thrash", description: "1 while the limit lies below what builds use.", kind: .timeseries,
            unit: "none",
            queries: [
                Query(
                    expression: "\(perCache("cache_findings", #",rule="retention-thrash""#)) or "
                        + "\(perCache("cache_size_bytes")) * 0",
                    legend: "{{instance}} {{cache}}")
            ]),
        Panel(
            title: "Never touched", description: "Links, special files and their like, by kind.", kind: .timeseries,
            unit: "none",
            queries: [
                Query(expression: perCache("cache_refused_inodes"), legend: "{{instance}} {{cache}} {{reason}}")
            ]),
        Panel(
            title: "Failed builds",
            description: "Builds that failed in an hour, by why, as 'cachewarden exec' saw them.",
            kind: .heatmap, unit: "none",
            queries: [
                Query(
                    expression: "sum by (reason) (increase(cachewarden_builds_failed_total{\(host)}[1h]))",
                    legend: "{{reason}}")
            ], width: 24),
        Panel(
            title: "Free space", description: "Share of the disk that is available.", kind: .timeseries,
            unit: "percentunit",
            queries: [
                Query(
                    expression: "\(perCache("file_system_available_bytes")) / \(perCache("file_system_size_bytes"))",
                    legend: "{{instance}} {{cache}}")
            ]),
        Panel(
            title: "Inodes used", description: "Share of the disk's inodes.", kind: .timeseries, unit: "percentunit",
            queries: [
                Query(expression: perCache("file_system_inodes_used_ratio"), legend: "{{instance}} {{cache}}")
            ]),
        Panel(
            title: "Size by last use", description: "Bytes that were last used within so many seconds, cumulative.",
            kind: .timeseries, unit: "bytes",
            queries: [
                Query(
                    expression: "sum by (within) (\(perCache("cache_last_use_bytes")))", legend: "{{within}} s")
            ]),
        Panel(
            title: "Unused for", description: "Time since anybody used the oldest entry; max-age ends it.",
            kind: .timeseries, unit: "s",
            queries: [
                Query(
                    expression: "time() - \(perCache("cache_oldest_last_use_timestamp_seconds"))",
                    legend: "{{instance}} {{cache}}")
            ]),
        Panel(
            title: "Waivers", description: "Days until each ends.", kind: .table, unit: "d",
            queries: [
                Query(
                    expression: "(cachewarden_waiver_until_timestamp_seconds{\(host)} - time()) / 86400",
                    legend: "{{rule}} {{path}}")
            ]),
    ]

    // MARK: - The file

    private var document: JSONValue {
        [
            "title": "cachewarden", "uid": "cachewarden", "schemaVersion": .integer(39), "version": .integer(1),
            "editable": .bool(true), "refresh": "1m", "timezone": "browser", "tags": ["cachewarden"],
            "time": ["from": "now-72h", "to": "now"],
            "templating": ["list": [Self.source, Self.variable("instance"), Self.variable("cache")]],
            "panels": .array(panels),
        ]
    }

    private static let sourceReference: [String: String] = ["type": "prometheus", "uid": "${datasource}"]

    private static var source: JSONValue {
        ["name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"]
    }

    private static func variable(_ label: String) -> JSONValue {
        [
            "name": .string(label), "label": .string(label), "type": "query", "datasource": reference,
            "query": .string("label_values(cachewarden_cache_present, \(label))"), "refresh": .integer(2),
            "includeAll": .bool(true), "multi": .bool(true), "allValue": ".*",
            "current": ["text": "All", "value": "$__all"],
        ]
    }

    private static var reference: JSONValue { .object(sourceReference.mapValues(JSONValue.string)) }

    /// Panels side by side as far as the page's 24 columns go, each eight rows high.
    private var panels: [JSONValue] {
        var (x, y) = (0, 0)
        return Self.panels.enumerated().map { index, panel in
            if x + panel.width > 24 { (x, y) = (0, y + 8) }
            defer { x += panel.width }
            return Self.value(of: panel, id: index + 1, x: x, y: y)
        }
    }

    private static func value(of panel: Panel, id: Int, x: Int, y: Int) -> JSONValue {
        let targets = panel.queries.enumerated().map { index, query -> JSONValue in
            [
                "refId": .string(String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index)))), "datasource": reference,
                "expr": .string(query.expression), "legendFormat": .string(query.legend),
                "instant": .bool(!panel.kind.hasTimeAxis), "range": .bool(panel.kind.hasTimeAxis),
                "format": .string(panel.kind.format),
            ]
        }
        return [
            "id": .count(id), "title": .string(panel.title), "description": .string(panel.description),
            "type": .string(panel.kind.rawValue), "datasource": reference,
            "gridPos": ["x": .count(x), "y": .count(y), "w": .count(panel.width), "h": .integer(8)],
            "fieldConfig": ["defaults": ["unit": .string(panel.unit)], "overrides": []],
            "options": .object([:]), "targets": .array(targets), "interval": .text(panel.kind.interval),
        ]
    }
}

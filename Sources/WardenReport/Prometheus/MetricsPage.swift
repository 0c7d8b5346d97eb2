internal import WardenModel

/// Families of metrics, one after the other, in Prometheus' text format.
struct MetricsPage {
    typealias Sample = (labels: [(String, String)], value: String)

    enum Kind: String {
        case gauge, counter
    }

    private(set) var text = ""

    /// Adds a family; one without samples is left out.
    mutating func add(_ name: String, _ help: String, _ kind: Kind = .gauge, _ samples: () -> [Sample]) {
        let samples = samples()
        guard !samples.isEmpty else { return }
        let name = "cachewarden_" + name
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            let labels = sample.labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
            text += "\(name){\(labels)} \(sample.value)\n"
        }
    }

    mutating func comment(_ line: String) { text += "# \(line)\n" }

    /// Returns a decimal fraction in milliseconds' precision.
    static func seconds(_ whole: Int64, _ nanoseconds: UInt32) -> String {
        let fraction = String(nanoseconds / 1_000_000)
        return "\(whole).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
    }

    /// Returns a share of a whole with four places, `nil` where there is no whole.
    static func ratio(_ part: UInt64, of whole: UInt64) -> String? {
        guard whole > 0 else { return nil }
        let share = (Double(part) / Double(whole) * 10_000).rounded() / 10_000
        return "\(share)"
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\", "\"": text += "\\\(character)"
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}

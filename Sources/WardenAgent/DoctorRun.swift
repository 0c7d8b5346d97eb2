internal import SystemPackage
internal import WardenLinux
package import WardenModel
internal import WardenObserve
internal import WardenPlan
internal import WardenPolicy

/// Answers how each user's builds find their cache, and what is wrong with that. Changes nothing and runs nothing.
package struct DoctorRun: Sendable {
    private let request: RunRequest
    private let users: [String]
    private let surroundings: Surroundings

    /// - Parameter users: Names; where there are none, the members of the policies' groups, and without those the caller.
    package init(_ request: RunRequest, users: [String], in surroundings: Surroundings) {
        self.request = request
        self.users = users
        self.surroundings = surroundings
    }

    package func run() throws(AgentError) -> Diagnosis {
        let hostName = request.hostName ?? surroundings.hostName
        let loaded = try PolicyStore(surroundings).load(for: request)
        var notes: [String] = []
        let people = BuildSubjects(surroundings)
        let subjects = try people.subjects(named: users, loaded.selected, &notes)
        var diagnoser = UserDiagnoser(loaded.selected, request, in: surroundings)
        // Without /proc, or where it hides others' processes, nothing is said of what runs.
        let builds = (try? BuildObserver().commands()) ?? []
        var diagnoses: [UserDiagnosis] = []
        for account in subjects {
            diagnoses.append(
                diagnoser.diagnosis(
                    of: account, builds: builds.filter { $0.user == account.id }, measuresCaches: true))
        }
        let wanted = UserDiagnoser.wanted(loaded.selected)
        if wanted.isEmpty {
            notes.append("no policy of this host sets a variable: values are shown, and compared with nothing")
        }
        var observation = UnitObserver(top: surroundings.top)
        // Who asks for a user wants to hear of that user.
        let units =
            users.isEmpty ? observation.services(toolchain: diagnoser.toolchain, account: people.account) : []
        return Diagnosis(
            host: hostName, toolchain: diagnoser.toolchain, users: diagnoses, units: units,
            findings: BuildRules.findings(diagnoses, units, wanted: wanted), notes: notes)
    }
}

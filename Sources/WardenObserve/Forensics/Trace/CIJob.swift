internal import WardenModel

/// The CI job that a process belongs to, as its environment says: whoever starts a process can say anything.
package enum CIJob {
    /// How a service is told, and what it calls project, number and name of a job.
    private struct Service {
        let name: String
        let mark: String
        /// `nil` for any value that is not empty.
        var markValue: String?
        let variables: [String]
    }

    private static let longest = 64  // Unicode scalars

    private static let githubVariables = ["GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_JOB"]
    /// The first that matches counts: Forgejo and Gitea say of themselves that they are GitHub too.
    private static let services = [
        Service(name: "forgejo", mark: "FORGEJO_ACTIONS", variables: githubVariables),
        Service(name: "gitea", mark: "GITEA_ACTIONS", variables: githubVariables),
        Service(name: "github", mark: "GITHUB_ACTIONS", variables: githubVariables),
        Service(name: "gitlab", mark: "GITLAB_CI", variables: ["CI_PROJECT_PATH", "CI_JOB_ID", "CI_JOB_NAME"]),
        Service(name: "jenkins", mark: "JENKINS_URL", variables: ["JOB_NAME", "BUILD_NUMBER"]),
        Service(
            name: "buildkite", mark: "BUILDKITE",
            variables: ["BUILDKITE_PIPELINE_SLUG", "BUILDKITE_BUILD_NUMBER", "BUILDKITE_LABEL"]),
        Service(
            name: "circleci", mark: "CIRCLECI",
            variables: ["CIRCLE_PROJECT_REPONAME", "CIRCLE_BUILD_NUM", "CIRCLE_JOB"]),
        Service(
            name: "teamcity", mark: "TEAMCITY_VERSION",
            variables: ["TEAMCITY_PROJECT_NAME", "BUILD_NUMBER", "TEAMCITY_BUILDCONF_NAME"]),
        Service(
            name: "azure", mark: "TF_BUILD",
            variables: ["BUILD_REPOSITORY_NAME", "BUILD_BUILDID", "SYSTEM_JOBDISPLAYNAME"]),
        Service(name: "drone", mark: "DRONE", variables: ["DRONE_REPO", "DRONE_BUILD_NUMBER", "DRONE_STAGE_NAME"]),
        Service(
            name: "woodpecker", mark: "CI", markValue: "woodpecker",
            variables: ["CI_REPO", "CI_PIPELINE_NUMBER", "CI_WORKFLOW_NAME"]),
    ]

    /// Returns the service, and what it says of project, number and name of the job, escaped: `github shared/tool 4711 test`.
    ///
    /// `nil` outside of the services that are known.
    package static func name(in environment: [String: String]) -> String? {
        let found = services.first { service in
            guard let value = environment[service.mark], !value.isEmpty else { return false }
            return service.markValue.map { $0 == value } ?? true
        }
        guard let found else { return nil }
        let values = found.variables.compactMap { environment[$0] }.filter { !$0.isEmpty }
        return ([found.name] + values.map(shortened)).joined(separator: " ")
    }

    private static func shortened(_ value: String) -> String {
        // Only so much is escaped: a value may have a megabyte.
        let scalars = escapedForDisplay(String(value.unicodeScalars.prefix(longest + 1))).unicodeScalars
        return scalars.count <= longest ? String(scalars) : String(scalars.prefix(longest - 1)) + "…"
    }
}

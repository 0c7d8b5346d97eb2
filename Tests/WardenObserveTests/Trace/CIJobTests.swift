import Testing
import WardenObserve

@Suite("CI jobs, by variables") struct CIJobTests {
    @Test(
        arguments: [
            (
                [
                    "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "shared/tool", "GITHUB_RUN_ID": "4711",
                    "GITHUB_JOB": "test", "CI": "true",
                ], "github shared/tool 4711 test"
            ),
            (["GITHUB_ACTIONS": "true", "GITEA_ACTIONS": "true", "GITHUB_RUN_ID": "1"], "gitea 1"),
            (
                ["GITLAB_CI": "true", "CI_PROJECT_PATH": "a/b", "CI_JOB_ID": "9", "CI_JOB_NAME": "unit tests"],
                "gitlab a/b 9 unit tests"
            ),
            (["JENKINS_URL": "http://ci/", "JOB_NAME": "a", "BUILD_NUMBER": "3"], "jenkins a 3"),
            (["BUILDKITE": "true", "BUILDKITE_PIPELINE_SLUG": "p"], "buildkite p"),
            (["CIRCLECI": "true", "CIRCLE_BUILD_NUM": "5"], "circleci 5"),
            (["TEAMCITY_VERSION": "2026.1", "BUILD_NUMBER": "5"], "teamcity 5"), (["TF_BUILD": "True"], "azure"),
            (["DRONE": "true", "DRONE_REPO": "a/b"], "drone a/b"),
            (["CI": "woodpecker", "CI_REPO": "a/b"], "woodpecker a/b"),
            (["CI": "true"], nil), (["GITHUB_ACTIONS": ""], nil), ([:], nil),
        ] as [([String: String], String?)]) func areToldByTheirService(environment: [String: String], job: String?)
    {
        #expect(CIJob.name(in: environment) == job)
    }

    @Test func hostileValuesAreEscapedAndShort() throws {
        let environment = [
            "DRONE": "1", "DRONE_REPO": "a\u{1b}[2J\n",
            "DRONE_BUILD_NUMBER": String(repeating: "\u{202e}", count: 100_000),
        ]
        let job = try #require(CIJob.name(in: environment))
        #expect(job.hasPrefix("drone a\\x1b[2J\\n "))
        #expect(job.unicodeScalars.count < 100)
        #expect(job.hasSuffix("…"))
    }
}

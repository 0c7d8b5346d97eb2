import Foundation
import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

/// Programs that are given something to read.
struct FedProgramTests {
    private func run(_ script: String, input: String = "", limit: Duration = .seconds(60)) throws -> ChildResult {
        let command = ChildCommand(
            "/bin/sh", arguments: ["sh", "-c", script, "sh", "a b"].map { Array($0.utf8) },
            environment: [Array("PATH=/usr/bin:/bin".utf8), Array("CANARY=seen".utf8)])
        return try FedProgram.run(command, input: Array(input.utf8), limit: limit)
    }

    private func said(_ result: ChildResult) -> String { String(decoding: result.output, as: UTF8.self) }

    @Test func readTheirInputToItsEnd() throws {
        let result = try run("wc -c; echo \"$1 $CANARY\" >&2; exit 75", input: String(repeating: "x", count: 3 << 20))
        #expect(result.end == .exited(status: 75) && result.stop == nil)
        #expect(said(result) == "3145728\na b seen\n")
    }

    @Test func mayGainRights() throws {
        let result = try run("grep NoNewPrivs /proc/self/status; ls /proc/self/fd | wc -l")
        // Standard input, output and error, and the folder itself.
        #expect(said(result) == "NoNewPrivs:\t0\n4\n")
    }

    @Test func areEndedWithTheirTime() throws {
        let result = try run("echo begun; sleep 3000 & wait", limit: .seconds(1))
        #expect(result.timedOut && result.end == .killed(signal: 9) && said(result) == "begun\n")
    }

    @Test func tellTheSignalTheyDieOf() throws {
        #expect(try run("kill -TERM $$").end == .killed(signal: 15))
    }

    @Test func thatAreNotThereAreAnError() throws {
        let command = ChildCommand("/nonexistent/sendmail", arguments: [], environment: [])
        #expect(throws: Errno.noSuchFileOrDirectory) {
            _ = try FedProgram.run(command, input: [], limit: .seconds(1))
        }
    }
}

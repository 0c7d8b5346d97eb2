import SystemPackage
import Testing
import WardenLinux
import WardenTestSupport

struct ServiceNotifierTests {
    @Test func tellsSystemd() throws {
        let directory = try TemporaryDirectory()
        let listener = try FakeJournal(at: directory.path("socket"))
        let service = ServiceNotifier(environment: [
            "NOTIFY_SOCKET": directory.path("socket").string, "WATCHDOG_USEC": "3000000",
        ])
        #expect(service.watchdog == .seconds(3))
        service.ready()
        #expect(try listener.next() == ["READY": Array("1".utf8)])
        service.status("two\nlines")
        #expect(try listener.next() == ["STATUS": Array("two lines".utf8)])
        service.alive()
        #expect(try listener.next() == ["WATCHDOG": Array("1".utf8)])
        service.stopping()
        #expect(try listener.next() == ["STOPPING": Array("1".utf8)])
    }

    @Test(arguments: [
        [:], ["NOTIFY_SOCKET": "relative", "WATCHDOG_USEC": "1"], ["NOTIFY_SOCKET": "/nowhere/socket"],
        ["NOTIFY_SOCKET": "/nowhere/socket", "WATCHDOG_USEC": "9", "WATCHDOG_PID": "1"],
    ]) func isSilentWhereNobodyListens(environment: [String: String]) {
        let service = ServiceNotifier(environment: environment)
        #expect(service.watchdog == nil)
        service.ready()
    }
}

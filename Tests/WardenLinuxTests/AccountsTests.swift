import SystemPackage
import Testing
import WardenLinux
import WardenModel
import WardenTestSupport

struct AccountsTests {
    private let accounts = Accounts()

    @Test func knowsRoot() throws {
        #expect(try accounts.user(named: "root") == .root)
        #expect(try accounts.group(named: "root") == GroupID(0))
        #expect(accounts.name(of: UserID.root) == "root")
        #expect(accounts.name(of: GroupID(0)) == "root")
        #expect(try accounts.account(of: .root)?.homeDirectory == "/root")
        #expect(try accounts.account(named: "root")?.primaryGroup == GroupID(0))
        #expect(try accounts.members(of: GroupID(0)) != nil)
    }

    @Test(arguments: ["no-such-account", "", "0", "root\u{0}", "root:x", "../root", "rööt"])
    func doesNotFindStrangers(name: String) throws {
        #expect(try accounts.user(named: name) == nil)
        #expect(try accounts.group(named: name) == nil)
    }

    @Test func doesNotFindNobodysID() throws {
        #expect(try accounts.account(of: UserID(rawValue: .max)) == nil)
        #expect(accounts.name(of: UserID(rawValue: .max)) == nil)
        #expect(accounts.name(of: GroupID(rawValue: .max)) == nil)
        #expect(try accounts.members(of: GroupID(rawValue: .max)) == nil)
    }

    @Test func knowsAsWhomItRuns() throws {
        let identity = try ProcessIdentity.current()
        #expect(identity.effectiveUser == TestProcess.user)
        #expect(identity.effectiveGroup == TestProcess.group)
        #expect(identity.isMember(of: TestProcess.group))
        #expect(!identity.isMember(of: GroupID(rawValue: .max)))
        let groups = try Tool.run("id -G", in: "/tmp").split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) }
        #expect(Set(identity.supplementaryGroups.map(\.rawValue) + [identity.effectiveGroup.rawValue]) == Set(groups))
    }

    @Test func readsWhatGetentReads() throws {
        let directory = try TemporaryDirectory()
        for line in try Tool.run("getent passwd; echo --; getent group", in: directory.path).split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            switch fields.count {
            case 7:
                let account = try #require(try accounts.account(named: fields[0]))
                #expect(String(account.id.rawValue) == fields[2])
                #expect(String(account.primaryGroup.rawValue) == fields[3])
                #expect(account.homeDirectory?.string ?? "" == fields[5])
            case 4:
                let group = try #require(try accounts.group(named: fields[0]))
                #expect(String(group.rawValue) == fields[2])
                #expect(try accounts.members(of: group)?.joined(separator: ",") == fields[3])
            default: #expect(line == "--")
            }
        }
    }
}

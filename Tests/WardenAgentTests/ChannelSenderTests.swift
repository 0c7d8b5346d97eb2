import SystemPackage
import Testing
import WardenAgent
import WardenModel
import WardenNotify
import WardenPolicy
import WardenTestSupport

/// What one channel makes of one message.
@Suite("Sending") struct ChannelSenderTests {
    @Test("A sendmail that does not end is ended", .timeLimit(.minutes(5))) func endsAWaitForMail() throws {
        let host = try TestHost(pairs: 0)
        for name: FilePath in ["root/usr", "root/usr/sbin"] { try host.directory.makeDirectory(name) }
        try host.directory.write(
            "root/usr/sbin/sendmail", "#!/bin/sh\necho busy\nsleep 3000 &\nwait\n", mode: ModeBits(0o755))
        let surroundings = try host.surroundings()
        let sender = ChannelSender(
            surroundings: surroundings,
            delivery: HTTPDelivery(pause: { _ in }, jitter: { 0 }, post: { _, _, _ in .refused("no web") }),
            mailLimit: .seconds(1), pause: { _ in })
        let message = Message(host: "build-7", version: "1", madeAt: surroundings.now(), occasion: .test)
        let mail = Settings.Notification(channel: .mail(to: ["ops@example.com"]), atLeast: .low, remind: nil)
        #expect {
            try sender.send(message, by: mail)
        } throws: {
            "\($0)" == #"sendmail did not end within 1 s: 'busy\n'"#
        }
    }
}

import Foundation
import SystemPackage
import Testing
import WardenModel

/// Every way in which builds are really started; each gets its environment from other files.
enum RealStart: String, CaseIterable {
    case loginShell, cshLogin, userService, userUnit, systemService, systemUnit, cron, bare

    /// What `doctor` calls it; it does not speak of csh.
    var doctorStart: BuildStart? {
        switch self {
        case .loginShell: .loginShell
        case .cshLogin: nil
        case .userService, .userUnit: .userService
        case .systemService, .systemUnit: .systemService
        case .cron: .cron
        case .bare: .bare
        }
    }
}

extension BootedHost {
    /// Makes users whose managers run without a login (`loginctl enable-linger`), and units that print their environment.
    func addUsers(_ users: [String]) throws {
        let service = "[Service]\nType=oneshot\nExecStart=/usr/bin/env -0\n"
        try write(
            "/etc/systemd/system/environment@.service", service + "User=%i\nStandardOutput=truncate:/run/%i.out\n")
        try write("/etc/systemd/user/environment.service", service + "StandardOutput=truncate:%t/environment.out\n")
        for user in users {
            let script = "useradd --create-home --shell /bin/bash \"$1\"; loginctl enable-linger \"$1\""
            try shell(script + "; systemctl start \"user@$(id -u \"$1\")\"", user)
        }
    }

    /// Starts a process as builds of this user are started, and returns the variables that it prints itself.
    func environment(of start: RealStart, for user: String) throws -> [String: String] {
        let printed =
            switch start {
            case .loginShell: try run("/bin/su", "-", user, "-c", "/usr/bin/env -0")
            case .cshLogin: try run("/bin/su", "-", user, "-s", "/bin/csh", "-c", "/usr/bin/env -0")
            case .userService:
                try manager(of: user, "systemd-run", "--user", "--pipe", "--wait", "--quiet", "/usr/bin/env", "-0")
            case .userUnit:
                try manager(
                    of: user, "/bin/sh", "-euc",
                    "systemctl --user start environment; cat \"$XDG_RUNTIME_DIR/environment.out\"")
            case .systemService:
                try run(
                    "/usr/bin/systemd-run", "--property=User=\(user)", "--pipe", "--wait", "--quiet", "/usr/bin/env",
                    "-0")
            case .systemUnit: try shell("systemctl start \"environment@$1\"; cat \"/run/$1.out\"", user)
            case .cron: try cronJob(of: user, "/usr/bin/env -0")
            case .bare: try run(as: user, "/usr/bin/env", "-i", "/usr/bin/env", "-0")
            }
        let pairs = printed.output.split(separator: "\0").map { $0.split(separator: "=", maxSplits: 1) }
        return Dictionary(
            pairs.map { (String($0[0]), $0.count == 2 ? String($0[1]) : "") }, uniquingKeysWith: { $1 })
    }

    /// Runs a script of `sh(1)` in a process that is started as builds of this user are, and returns what it prints.
    ///
    /// What cron runs has no exit code that anybody sees: there it is always 0.
    func output(of start: RealStart, for user: String, _ script: String) throws -> CommandResult {
        // Quotes would have to pass through four programs.
        let place = FilePath("/usr/local/bin/job-\(user)")
        try write(place, "#!/bin/sh\n\(script)\n", mode: "755")
        switch start {
        case .loginShell: return try command("/bin/su", ["-", user, "-c", place.string]).run()
        case .cshLogin: return try command("/bin/su", ["-", user, "-s", "/bin/csh", "-c", place.string]).run()
        case .userService, .userUnit:
            let words = ["systemd-run", "--user", "--pipe", "--wait", "--quiet", place.string]
            return try managerCommand(of: user, words).run()
        case .systemService, .systemUnit:
            let words = ["--property=User=\(user)", "--pipe", "--wait", "--quiet", place.string]
            return try command("/usr/bin/systemd-run", words).run()
        case .cron: return try cronJob(of: user, place.string)
        case .bare: return try command("/usr/bin/env", ["-i", place.string], as: user).run()
        }
    }

    /// Lets the running system manager read its configuration again: `DefaultEnvironment=` counts from now on.
    func reloadSystemManager() throws { try run("/usr/bin/systemctl", "daemon-reload") }

    /// Lets a user's running manager read `environment.d` and `user.conf.d` again.
    func reloadManager(of user: String) throws { try manager(of: user, "systemctl", "--user", "daemon-reload") }

    /// Starts a user's manager anew, which ends all of their services: only so it gets the system manager's variables.
    func restartManager(of user: String) throws { try shell("systemctl restart \"user@$(id -u \"$1\")\"", user) }

    /// Runs a command as a user who reaches their own manager.
    @discardableResult
    private func manager(of user: String, _ words: String...) throws -> CommandResult {
        try managerCommand(of: user, words).runSuccessfully()
    }

    private func managerCommand(of user: String, _ words: [String]) -> Command {
        let script = "export XDG_RUNTIME_DIR=/run/user/$(id -u); exec \"$@\""
        return command("/bin/sh", ["-euc", script, "sh"] + words, as: user)
    }

    /// Runs a job of the real cron: `@reboot` is due when the daemon starts, every other time takes up to a minute.
    private func cronJob(of user: String, _ job: String) throws -> CommandResult {
        let job = "@reboot \(user) \(job) >/tmp/\(user).new; mv /tmp/\(user).new /tmp/\(user).out\n"
        try write("/etc/cron.d/environment", job)
        return try shell(
            """
            rm -f /run/crond.reboot "/tmp/$1.out"
            # Else systemd refuses the sixth start within ten seconds.
            systemctl reset-failed cron
            systemctl restart cron
            timeout 20 sh -c 'until [ -e "$1" ]; do sleep 0.05; done' sh "/tmp/$1.out"
            cat "/tmp/$1.out"
            rm /etc/cron.d/environment
            """, user)
    }
}

/// The agent's version, as reports, the audit log and `--version` give it.
package let agentVersion = "0.1.0"

package import SystemPackage

/// How processes of this host get their variables at one moment, as far as policies have a say in it.
package struct DeliveryObservation: Sendable {
    /// A toolchain whose `go.env` may be written.
    package struct Toolchain: Hashable, Sendable {
        package let root: FilePath
        /// The first line of its `VERSION`: `go1.27.3`; `nil` where no toolchain stands there.
        package let version: String?

        package init(root: FilePath, version: String?) {
            self.root = root
            self.version = version
        }
    }

    package let files: [FileObservation]
    package let toolchains: [Toolchain]
    /// Toolchains that were unpacked from the archives that policies want.
    package let verified: Set<FilePath>
    /// What somebody gets who has no files of their own.
    package let effective: [BuildStart: [String: EffectiveVariable]]

    package init(
        files: [FileObservation], toolchains: [Toolchain], verified: Set<FilePath> = [],
        effective: [BuildStart: [String: EffectiveVariable]]
    ) {
        self.files = files
        self.toolchains = toolchains
        self.verified = verified
        self.effective = effective
    }
}

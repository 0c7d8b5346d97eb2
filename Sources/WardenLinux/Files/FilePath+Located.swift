package import SystemPackage

extension FilePath {
    /// Returns where an absolute path is below what stands for `/`.
    package func located(below top: FilePath) -> FilePath {
        top == FilePath("/") ? self : top.appending(components)
    }
}

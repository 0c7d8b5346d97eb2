internal import WardenCLI

@main
enum Main {
    static func main() { Cachewarden.start() }
}

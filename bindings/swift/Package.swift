// swift-tools-version:5.9
// What `build.sh` writes into this package: `chittyFFI` and `Chitty/Generated`, the library's
// interface and its Swift source; `QuickStart`, the block of README.md; `Native`, the library.
// Language mode 5: the compiler of Swift 6.0 crashes on async foreign traits in mode 6.

import PackageDescription

let package = Package(
    name: "Chitty",
    products: [.library(name: "Chitty", targets: ["Chitty"])],
    targets: [
        .systemLibrary(name: "chittyFFI"),
        .target(name: "Chitty", dependencies: ["chittyFFI"], linkerSettings: [.linkedLibrary("chitty")]),
        .executableTarget(name: "QuickStart", dependencies: ["Chitty"]),
        .testTarget(name: "ChittyTests", dependencies: ["Chitty"]),
    ],
    swiftLanguageVersions: [.v5]
)

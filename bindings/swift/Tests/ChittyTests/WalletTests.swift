import Foundation
import XCTest

import Chitty

/// Parts that a wallet needs of the app, when they say no; and what is closed. Nothing here reaches a
/// broker.
final class WalletTests: XCTestCase {
    private final class Keeper: SeedKeeper, @unchecked Sendable {
        var fails = false
        var seeds: [Data] = []

        func keep(seed: Data) throws {
            seeds.append(seed)
            if fails { throw ForeignError.Failed(code: 1, stage: .notSent) }
        }
    }

    private final class Signer: HardwareSigner, @unchecked Sendable {
        let error: SignerError

        init(_ error: SignerError) { self.error = error }
        func publicKey() throws -> Data { throw error }
        func sign(message: Data) throws -> Data { throw error }
        func securityLevel() throws -> SecurityLevel { .secureElement }
    }

    private var config: WalletConfig {
        WalletConfig(broker: "https://broker.example", brokerUrl: "http://127.0.0.1:1")
    }

    private func refused(_ code: UInt16, _ call: () async throws -> Void) async throws {
        do {
            try await call()
        } catch let error as ChittyError {
            XCTAssertEqual(error.code, code, "\(error)")
            return
        }
        XCTFail("no error")
    }

    func testADeviceKeySaysWhyItDidNotSign() async throws {
        let said: [(SignerError, UInt16)] = [
            (.Cancelled, ChittyCodes.signerCancelled),
            (.AuthenticationRequired, ChittyCodes.signerAuthenticationRequired),
            (.Invalidated, ChittyCodes.signerInvalidated),
            (.Busy, ChittyCodes.signerBusy),
            (.Unavailable, ChittyCodes.signerUnavailable),
            (.WrongKey, ChittyCodes.signerWrongKey),
            (.Malformed, ChittyCodes.signerMalformed),
        ]
        for (error, code) in said {
            let wallet = try Wallet(config: config, seedKeeper: Keeper(), signer: Signer(error))
            try await refused(code) { try await wallet.registerAnchor() }
            wallet.shutdown()
        }
    }

    func testNothingIsSentBeforeTheSeedIsSafe() async throws {
        let keeper = Keeper()
        keeper.fails = true
        let wallet = try Wallet(config: config, seedKeeper: keeper)
        try await refused(ChittyCodes.seedNotKept) { try await wallet.registerAnchor() }
        keeper.fails = false
        try await refused(ChittyCodes.connectFailed) { try await wallet.registerAnchor() }
        XCTAssertEqual(keeper.seeds.count, 2)
        XCTAssertEqual(keeper.seeds.first, keeper.seeds.last)
        wallet.shutdown()
    }

    func testWhatIsClosedSaysSo() async throws {
        let wallet = try Wallet(config: config, seedKeeper: Keeper())
        let site = try Site(config: SiteConfig(host: "shop.example", broker: "https://broker.example"))
        let consent = Consent(attributes: ["age_over_21"], tag: true)
        let shop = "https://shop.example"
        try await refused(ChittyCodes.argumentInvalid) { _ = try await wallet.obtain("no digest") }
        try await refused(ChittyCodes.argumentInvalid) {
            _ = try await wallet.present("{}", to: shop, consent: consent)
        }
        try await refused(ChittyCodes.signedRequestRefused) {
            _ = try await wallet.presentSigned("x", arrival: .link, consent: consent)
        }
        try await refused(ChittyCodes.signedRequestRefused) {
            _ = try await wallet.openRequest("x", arrival: .scanned)
        }
        let nonce = String(repeating: "A", count: 43)
        let unknown = try await site.accept("x", expectedNonce: nonce)
        XCTAssertEqual(unknown.reason, "presentation_response_code")
        let nothing = try await site.collect(nonce)
        XCTAssertNil(nothing)
        try await refused(ChittyCodes.argumentInvalid) {
            _ = try await site.signedRequest("{}", flow: .sameDevice)
        }
        try await refused(ChittyCodes.argumentInvalid) { _ = try await site.receive(Data([1])) }
        try await refused(ChittyCodes.argumentInvalid) { _ = try await site.request("{}") }
        try await refused(ChittyCodes.argumentInvalid) { _ = try await site.verify(Data([1]), "{}", expectedNonce: nonce) }
        wallet.shutdown()
        site.shutdown()
        try await refused(ChittyCodes.closed) { try await wallet.registerAnchor() }
        try await refused(ChittyCodes.closed) { _ = try await wallet.heldCredentials() }
        try await refused(ChittyCodes.closed) { _ = try await wallet.anchorStanding() }
        try await refused(ChittyCodes.closed) { try await wallet.revokeAnchor() }
        try await refused(ChittyCodes.closed) { try await wallet.refreshAll() }
        try await refused(ChittyCodes.closed) { try await site.refreshAll() }
    }
}

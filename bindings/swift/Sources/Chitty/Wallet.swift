// The idiom layer of wallets and sites: Swift's own cancelling and errors in front of the generated
// objects. Holds no rule of the product.

import Foundation

extension Wallet {
    /// Makes what a wallet needs, if it is new, and registers with the broker. Repeating it is harmless.
    /// Cancelling the task stops its waiting; what it began goes on to a safe end.
    public func registerAnchor() async throws {
        try await waiting { try await self.register(cancel: $0) }
    }

    /// Gets a credential of `schema` (its digest, base64url), the first or a newer one.
    public func obtain(_ schema: String, enrolmentCode: String? = nil) async throws -> CredentialInfo {
        try await waiting {
            try await self.obtain(schema: schema, enrolmentCode: enrolmentCode, cancel: $0)
        }
    }

    /// The credentials that the wallet holds.
    public func heldCredentials() async throws -> [CredentialInfo] {
        try await waiting { _ in try await self.credentials() }
    }

    /// Answers a site's request with what the person agreed to: a presentation, CBOR. `origin` is the
    /// site's https origin as the platform verified it, never what the request says.
    public func present(_ requestJson: String, to origin: String, consent: Consent) async throws -> Data {
        try await waiting {
            try await self.present(origin: origin, requestJson: requestJson, consent: consent, cancel: $0)
        }
    }

    /// Answers a request that its site signed: the site's keys are fetched and decide.
    public func presentSigned(_ signedRequest: String, consent: Consent) async throws -> Data {
        try await waiting {
            try await self.presentSigned(signedRequest: signedRequest, consent: consent, cancel: $0)
        }
    }

    /// Asks the broker where the wallet's anchor stands.
    public func anchorStanding() async throws -> AnchorStanding {
        try await waiting { try await self.standing(cancel: $0) }
    }

    /// Revokes the anchor, for good: nothing is issued to this wallet any more.
    public func revokeAnchor() async throws {
        try await waiting { try await self.revoke(cancel: $0) }
    }

    /// Fetches keys, schemas and the status snapshot, for days without a network.
    public func refreshAll() async throws {
        try await waiting { try await self.refresh(cancel: $0) }
    }
}

extension Site {
    /// A request with a fresh nonce, JSON, to be handed to a wallet.
    public func request(_ policyJson: String) async throws -> String {
        try await waiting { try await self.request(policyJson: policyJson, cancel: $0) }
    }

    /// Judges a presentation (CBOR) that answers a request with this policy. Its nonce is used up by
    /// that. What the check says is the verdict.
    public func verify(_ presentation: Data, _ policyJson: String) async throws -> PresentationVerdict {
        try await waiting {
            try await self.verify(presentation: presentation, policyJson: policyJson, cancel: $0)
        }
    }

    /// Fetches the issuer's keys and schemas, for days without a network.
    public func refreshAll() async throws {
        try await waiting { try await self.refresh(cancel: $0) }
    }
}

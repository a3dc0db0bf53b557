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

    /// Opens a request that its site signed, for the person to look at: the site's keys are fetched and
    /// decide. Show its host, what it asks for, and its warning, if there is one.
    public func openRequest(_ signedRequest: String, arrival: Arrival) async throws -> SignedRequestInfo {
        try await waiting {
            try await self.openRequest(signedRequest: signedRequest, arrival: arrival, cancel: $0)
        }
    }

    /// Answers a request that its site signed: the site's keys are fetched and decide, and the presentation
    /// is posted to the address in the request and handed to nobody else. Send the browser that asked to
    /// `returnUri` of what comes back.
    public func presentSigned(
        _ signedRequest: String, arrival: Arrival, consent: Consent
    ) async throws -> SiteAnswer {
        try await waiting {
            try await self.presentSigned(
                signedRequest: signedRequest, arrival: arrival, consent: consent, cancel: $0
            )
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
    /// A request with a fresh nonce: its text is JSON for a wallet. The session that asks keeps its nonce on
    /// the server, for `verify`.
    public func request(_ policyJson: String) async throws -> SiteRequest {
        try await waiting { try await self.request(policyJson: policyJson, cancel: $0) }
    }

    /// A signed request with a fresh nonce: its text is a compact JWS for a wallet, by a link or as a picture.
    /// The wallet posts its answer to the site's `responseUri`: see `receive`.
    public func signedRequest(_ policyJson: String, flow: Flow) async throws -> SiteRequest {
        try await waiting {
            try await self.signedRequest(policyJson: policyJson, flow: flow, cancel: $0)
        }
    }

    /// Judges a presentation (CBOR) that answers a request with this policy, for the session that asked with
    /// `expectedNonce`, which is used up by that. What the check says is the verdict.
    public func verify(
        _ presentation: Data, _ policyJson: String, expectedNonce: String
    ) async throws -> PresentationVerdict {
        try await waiting {
            try await self.verify(
                presentation: presentation, policyJson: policyJson, expectedNonce: expectedNonce, cancel: $0
            )
        }
    }

    /// Takes what a wallet posted to `responseUri` (CBOR), and judges it. The request is used up by that. Logs
    /// nobody in: answer the wallet with `answerJson`.
    public func receive(_ presentation: Data) async throws -> ResponseAnswer {
        try await waiting { try await self.receive(presentation: presentation, cancel: $0) }
    }

    /// What was shown to the session that brings `responseCode` and kept `expectedNonce`: once, within 300
    /// seconds.
    public func accept(_ responseCode: String, expectedNonce: String) async throws -> PresentationVerdict {
        try await waiting {
            try await self.accept(responseCode: responseCode, expectedNonce: expectedNonce, cancel: $0)
        }
    }

    /// What was shown in answer to a `crossDevice` request, once; nothing as long as there is none.
    public func collect(_ nonce: String) async throws -> PresentationVerdict? {
        try await waiting { try await self.collect(nonce: nonce, cancel: $0) }
    }

    /// Fetches the issuer's keys and schemas, for days without a network.
    public func refreshAll() async throws {
        try await waiting { try await self.refresh(cancel: $0) }
    }
}

// The idiom layer: Swift's own cancelling, seconds and errors in front of the generated client.
// Holds no rule of the product.

import Foundation

extension Client {
    /// Requests an id. An outage of main yields a temporary id, which is replaced later; when no
    /// service can answer there is no id. Cancelling the task stops its waiting; what it asked for goes
    /// on to a safe end and is found again under the same handle.
    public func requestId(_ request: IdRequest) async throws -> Issued {
        try await waiting { try await self.requestId(request: request, cancel: $0) }
    }

    /// Asks main whether an id is real and current.
    public func verify(_ id: String, deadline: TimeInterval? = nil) async throws -> Verification {
        try await waiting { try await self.verify(id: id, deadlineMs: deadline.map(ms), cancel: $0) }
    }

    /// Checks that `receipt` proves `id`, offline unless the fetched key set is too old or lacks the key.
    /// Out of main's reach one that is too old gives an indeterminate verdict.
    public func verifyReceipt(_ id: String, _ receipt: String) async throws -> Verdict {
        try await waiting { _ in try await self.verifyReceipt(id: id, receipt: receipt) }
    }

    /// Fetches main's key set now; tells whether it is a newer one.
    public func refresh() async throws -> Bool {
        try await waiting { try await self.refresh(cancel: $0) }
    }

    /// Replaces one fallback id now.
    public func reconcile(_ fallbackId: String, deadline: TimeInterval? = nil) async throws -> Issued {
        try await waiting {
            try await self.reconcile(fallbackId: fallbackId, deadlineMs: deadline.map(ms), cancel: $0)
        }
    }

    /// Answers open requests and replaces fallback ids until nothing is due or time is up.
    public func drain(deadline: TimeInterval) async throws -> DrainReport {
        try await waiting { try await self.drain(deadlineMs: ms(deadline), cancel: $0) }
    }

    /// The id to use in the place of `old`: the permanent one, for ever.
    public func resolve(_ old: String, deadline: TimeInterval? = nil) async throws -> Issued {
        try await waiting { try await self.resolve(old: old, deadlineMs: deadline.map(ms), cancel: $0) }
    }

    /// What happened to an id at main, oldest first, for the owning tenant.
    public func history(_ id: String, deadline: TimeInterval? = nil) async throws -> [LifecycleEvent] {
        try await waiting { try await self.history(id: id, deadlineMs: deadline.map(ms), cancel: $0) }
    }
}

extension PendingStore {
    /// Writes a note if it holds `expected` now (`nil`: there is no such note); tells whether it did. This
    /// one reads, compares and writes, which is enough for a store of one client. A store that several
    /// clients or processes share implements it as one step.
    public func swapNote(name: String, expected: Data?, value: Data) throws -> Bool {
        guard try note(name: name) == expected else { return false }
        try setNote(name: name, value: value)
        return true
    }
}

/// `for try await event in try client.events()`: what happens in the background. Ends with the client.
extension EventSubscription: AsyncSequence {
    public typealias Element = Event

    public struct AsyncIterator: AsyncIteratorProtocol {
        let events: EventSubscription

        public mutating func next() async throws -> Event? {
            do {
                while true {
                    let event = try await waiting { [events] in
                        try await events.next(timeoutMs: 3_600_000, cancel: $0)
                    }
                    if let event { return event }
                }
            } catch let error as ChittyError where error.code == ChittyCodes.closed {
                return nil
            }
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(events: self)
    }
}

extension ChittyError {
    /// What the caller should do.
    public var kind: ErrorKind {
        switch self { case let .Failed(kind, _, _, _, _, _, _): return kind }
    }

    /// What happened, as in `ChittyCodes`: the same in every language.
    public var code: UInt16 {
        switch self { case let .Failed(_, code, _, _, _, _, _): return code }
    }

    /// How far the request got.
    public var stage: Stage {
        switch self { case let .Failed(_, _, _, stage, _, _, _): return stage }
    }

    /// When to come back, in seconds, if a service or policy said so.
    public var retryAfter: TimeInterval? {
        switch self { case let .Failed(_, _, _, _, after, _, _): return after.map { Double($0) / 1000 } }
    }
}

extension ClientConfig {
    /// The same client, with its store in a file. The folder exists already.
    public func stored(in file: URL) -> ClientConfig {
        var copy = self
        copy.storePath = file.path
        return copy
    }
}

extension WalletConfig {
    /// The same wallet, in a file. The folder exists already.
    public func stored(in file: URL) -> WalletConfig {
        var copy = self
        copy.storePath = file.path
        return copy
    }
}

/// Waits with a token of its own, which Swift's cancelling cancels.
func waiting<T>(_ call: (CancelToken) async throws -> T) async throws -> T {
    let token = CancelToken()
    return try await withTaskCancellationHandler {
        do {
            return try await call(token)
        } catch let error as ChittyError where error.code == ChittyCodes.cancelled {
            throw CancellationError()
        } catch let error as ChittyError {
            throw error
        } catch {
            // A panic: its text is not for callers.
            let code = ChittyCodes.`internal`
            throw ChittyError.Failed(
                kind: .internal, code: code, codeText: "CHT-\(code)", stage: .notSent,
                retryAfterMs: nil, reason: "CHT-\(code): a defect of the SDK; report it", serviceCode: nil
            )
        }
    } onCancel: {
        token.cancel()
    }
}

func ms(_ seconds: TimeInterval) -> UInt64 {
    UInt64(max(0, min(seconds * 1000, 1e15)))
}

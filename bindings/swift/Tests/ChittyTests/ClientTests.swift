// The client against a live server, whose addresses and keys test.sh hands in.

import Foundation
import XCTest

import Chitty

/// What no error and no print may hold.
private let secret = "what-no-log-may-hold"

/// Parks at the first request until it is opened.
private final class Parking: HttpTransport, @unchecked Sendable {
    private let lock = NSLock()
    private var isReached = false
    private var isOpened = false

    private func locked<T>(_ work: () -> T) -> T {
        lock.lock()
        defer { lock.unlock() }
        return work()
    }

    var reached: Bool { locked { isReached } }

    func open() { locked { isOpened = true } }

    func send(request: HttpRequest) async throws -> HttpResponse {
        locked { isReached = true }
        while !locked({ isOpened }) { try await Task.sleep(nanoseconds: 2_000_000) }
        throw ForeignError.Failed(code: ChittyCodes.connectionLost, stage: .maybeSent)
    }
}

/// Fails with an error of the app's own.
private final class Thrower: HttpTransport {
    struct Trouble: Error { let text = secret }

    func send(request: HttpRequest) async throws -> HttpResponse { throw Trouble() }
}

/// What a record holds, printed field by field.
private func told(_ value: Any) -> String {
    if let data = value as? Data { return String(decoding: data, as: UTF8.self) }
    let fields = Mirror(reflecting: value).children
    return fields.isEmpty ? "\(value)" : fields.map { told($0.value) }.joined(separator: " ")
}

final class ClientTests: XCTestCase {
    private let given = ProcessInfo.processInfo.environment

    private func config(_ store: String? = nil) throws -> ClientConfig {
        func it(_ name: String) throws -> String { try XCTUnwrap(given[name], name) }
        return ClientConfig(
            mainUrl: try it("CHITTY_MAIN_URL"), mainKey: try it("CHITTY_MAIN_KEY"),
            fallbackUrl: try it("CHITTY_FALLBACK_URL"), fallbackKey: try it("CHITTY_FALLBACK_KEY"),
            storePath: try store.map { try it("CHITTY_FOLDER") + "/" + $0 }, automatic: false
        )
    }

    private func request(_ handle: String) -> IdRequest {
        IdRequest(namespace: "GEN", entityType: "I", handle: Data(handle.utf8))
    }

    /// The error that `call` ends with; none is a failure of the test.
    private func failure(_ call: () async throws -> Any) async throws -> ChittyError {
        do {
            let answer = try await call()
            XCTFail("no error, but \(answer)")
        } catch let error as ChittyError {
            return error
        }
        throw CancellationError()
    }

    func testAnIdItsReceiptAndItsHandle() async throws {
        let client = try Client(config: config())
        let events = try client.events()
        let issued = try await client.requestId(request("swift"))
        XCTAssertEqual(issued.idClass, .standard)
        XCTAssertFalse(issued.temporary)
        let held = try await client.verifyReceipt(issued.id, issued.receipt)
        XCTAssertTrue(held.valid)
        // The control: another receipt of the same form does not pass.
        let other = try await client.requestId(request("swift, another"))
        let refused = try await client.verifyReceipt(issued.id, other.receipt)
        XCTAssertEqual(refused.state, .invalid)
        XCTAssertNotNil(refused.code)
        let isNewer = try await client.refresh()
        XCTAssertFalse(isNewer, "the same set")
        let known = try await client.verify(issued.id)
        XCTAssertTrue(known.valid)
        let again = try await client.requestId(request("swift"))
        XCTAssertEqual(again.id, issued.id)
        let steps = try await client.history(issued.id)
        XCTAssertFalse(steps.isEmpty)
        let report = try await client.drain(deadline: 3)
        XCTAssertEqual(report.remaining, 0)
        XCTAssertEqual(try parseId(text: issued.id).checkOk, true)
        client.shutdown()
        var heard: [Event] = []
        for try await event in events { heard.append(event) }
        XCTAssertEqual(heard, [.keySetUpdated(version: 1)])
    }

    func testCodes() async throws {
        XCTAssertThrowsError(try parseId(text: "x")) { error in
            XCTAssertEqual((error as? ChittyError)?.code, ChittyCodes.idMalformed)
            XCTAssertEqual((error as? ChittyError)?.kind, .invalidInput)
        }
        let client = try Client(config: config())
        let refused = try await failure {
            try await client.requestId(IdRequest(namespace: "GEN", entityType: "II"))
        }
        XCTAssertEqual(refused.code, ChittyCodes.entityTypeInvalid)
        XCTAssertEqual(refused.stage, .notSent)
        client.shutdown()
        let closed = try await failure { try await client.requestId(request("late")) }
        XCTAssertEqual(closed.code, ChittyCodes.closed)
    }

    func testWhatThrowsBecomesANumber() async throws {
        let client = try Client(config: config(), transport: Thrower())
        let error = try await failure { try await client.verify("AA-C-USR-1234-I-25-7-X") }
        XCTAssertEqual(error.code, ChittyCodes.foreignFailed)
        XCTAssertFalse("\(error)".contains(secret))
        client.shutdown()
    }

    func testACancelledTaskStopsWaitingAndTheHandleFindsTheId() async throws {
        let parking = Parking()
        let parked = try Client(config: config("cancel.db"), transport: parking)
        let request = request("cancelled")
        let call = Task { try await parked.requestId(request) }
        for _ in 0..<5_000 where !parking.reached { try await Task.sleep(nanoseconds: 2_000_000) }
        XCTAssertTrue(parking.reached)
        let start = Date()
        call.cancel()
        do {
            let issued = try await call.value
            XCTFail("no error, but \(issued)")
        } catch {
            XCTAssertTrue(error is CancellationError, "\(error)")
        }
        XCTAssertLessThan(Date().timeIntervalSince(start), 1)
        parked.shutdown()
        parking.open()
        let client = try Client(config: config("cancel.db"))
        let found = try await client.requestId(request)
        let again = try await client.requestId(request)
        XCTAssertEqual(found.id, again.id)
        let known = try await client.verify(found.id)
        XCTAssertTrue(known.valid)
        client.shutdown()
    }

    func testNoTextOfARecordIsPrinted() {
        let header = HttpHeader(name: secret, value: secret)
        let issued = Issued(id: secret, receipt: secret, idClass: .standard, temporary: false)
        let bytes = Data(secret.utf8)
        let records: [Any] = [
            ClientConfig(mainUrl: secret, mainKey: secret, fallbackKey: secret, keySetJson: secret),
            Consent(attributes: [secret], tag: true),
            CredentialInfo(issuer: secret, schema: secret, notAfter: secret, attributesJson: secret),
            header,
            HttpRequest(method: secret, url: secret, headers: [header], body: bytes, timeoutMs: 1),
            HttpResponse(status: 200, headers: [header], body: bytes),
            IdRequest(namespace: secret, entityType: secret, metadataJson: secret, parent: secret),
            issued,
            LifecycleEvent(event: secret, at: secret, by: secret, why: secret, other: secret),
            Pending(fallbackId: secret, state: .owed, sinceMs: 1, attempts: 1, lastCode: nil),
            PresentationVerdict(
                valid: true, state: .valid, reason: secret, issuer: secret, notAfter: secret,
                attributesJson: secret, tag: bytes
            ),
            ResponseAnswer(valid: true, state: .valid, reason: secret, answerJson: secret),
            SignedRequestInfo(host: secret, policyJson: secret, flow: .sameDevice, warning: secret),
            SiteAnswer(responseCode: secret, returnUri: secret, body: bytes),
            SiteConfig(host: secret, broker: secret, brokerUrl: secret),
            SiteRequest(text: secret, nonce: secret),
            WalletConfig(broker: secret, brokerUrl: secret, storePath: secret),
            Verification(valid: true, idClass: .standard, status: secret, permanentId: secret),
            Event.fallbackIssued(issued: issued),
            Event.wedged(old: secret, code: 1),
        ]
        for record in records {
            for printed in ["\(record)", String(reflecting: record), "\([record])"] {
                XCTAssertFalse(printed.contains(secret), printed)
                XCTAssertTrue(printed.contains("("), printed)
            }
            // The control: its fields were seen to hold it.
            XCTAssertTrue(told(record).contains(secret), "\(record)")
        }
    }

    func testMetadataIsJudgedByItsTextAndPathsByTheirCause() async throws {
        let client = try Client(config: config())
        for (text, code) in [
            (#"{"account":18446744073709551617}"#, ChittyCodes.metadataInvalid),
            (#"{"a":1,"\u0061":2}"#, ChittyCodes.memberRepeated),
            (#"{"a":"\ud800"}"#, ChittyCodes.textNotUnicode),
        ] {
            do {
                _ = try await client.requestId(IdRequest(namespace: "GEN", entityType: "I", metadataJson: text))
                XCTFail(text)
            } catch let error as ChittyError {
                XCTAssertEqual(error.code, code, text)
            }
        }
        client.shutdown()
        let folder = URL(fileURLWithPath: try XCTUnwrap(given["CHITTY_FOLDER"]), isDirectory: true)
        for (file, code) in [
            (folder.appendingPathComponent("none").appendingPathComponent("a.db"), ChittyCodes.folderMissing),
            (folder, ChittyCodes.pathIsFolder),
        ] {
            XCTAssertThrowsError(try Client(config: config().stored(in: file))) { error in
                XCTAssertEqual((error as? ChittyError)?.code, code)
            }
        }
        try Client(config: config().stored(in: folder.appendingPathComponent("url.db"))).shutdown()
    }

    func testObjectsAreFreed() async throws {
        for _ in 0..<10 { try Client(config: config()).shutdown() }
        for _ in 0..<500 where liveHandles() > 0 { try await Task.sleep(nanoseconds: 2_000_000) }
        XCTAssertEqual(liveHandles(), 0)
        let kept = try Client(config: config())
        XCTAssertEqual(liveHandles(), 1)
        kept.shutdown()
    }
}

// Generated from `spec/error-codes.toml` by `cargo xtask codegen`. Do not edit.

/// What happened, as a stable number: the `code` of a `ChittyError` is one of these, or newer.
public enum ChittyCodes {
    /// The text is not a ChittyID.
    public static let idMalformed: UInt16 = 1001
    /// The namespace is not three letters A-Z.
    public static let namespaceInvalid: UInt16 = 1002
    /// The entity type is not one that the profile knows.
    public static let entityTypeInvalid: UInt16 = 1003
    /// The metadata is not a JSON object, too large, too deep, or holds a number beyond 2^53 - 1.
    public static let metadataInvalid: UInt16 = 1004
    /// The handle is empty or longer than 256 bytes.
    public static let handleInvalid: UInt16 = 1005
    /// An error id cannot be a parent.
    public static let parentInvalid: UInt16 = 1006
    /// The client configuration is incomplete or contradicts itself.
    public static let configurationInvalid: UInt16 = 1010
    /// Main and fallback have the same origin.
    public static let originsEqual: UInt16 = 1011
    /// Main and fallback have the same API key.
    public static let secretsEqual: UInt16 = 1012
    /// The origin uses plain http and is not loopback.
    public static let plainHttp: UInt16 = 1013
    /// The origin is not an http or https address without path, query or user.
    public static let originInvalid: UInt16 = 1014
    /// The key set is malformed or holds keys of another kind.
    public static let keySetInvalid: UInt16 = 1015
    /// A JSON object has two members of one name.
    public static let memberRepeated: UInt16 = 1016
    /// A JSON text holds half of a surrogate pair.
    public static let textNotUnicode: UInt16 = 1017
    /// The folder of the file does not exist, or is a file itself.
    public static let folderMissing: UInt16 = 1018
    /// The path of the file names a folder.
    public static let pathIsFolder: UInt16 = 1019
    /// The answer is compressed, though none was asked for.
    public static let answerEncoded: UInt16 = 1020
    /// The host name was not found.
    public static let nameNotResolved: UInt16 = 1101
    /// The connection was refused or timed out.
    public static let connectFailed: UInt16 = 1102
    /// The server's certificate is not the one of this host.
    public static let tlsIdentity: UInt16 = 1103
    /// The TLS handshake did not finish.
    public static let tlsFailed: UInt16 = 1104
    /// No answer came in time.
    public static let timedOut: UInt16 = 1105
    /// The connection broke before the answer was complete.
    public static let connectionLost: UInt16 = 1106
    /// The answer is larger than any real one.
    public static let answerTooLarge: UInt16 = 1107
    /// The answer is not of the agreed form.
    public static let answerMalformed: UInt16 = 1108
    /// The server redirects elsewhere, and credentials never follow redirects.
    public static let redirectRefused: UInt16 = 1109
    /// The service failed repeatedly and is left alone for a while.
    public static let circuitOpen: UInt16 = 1110
    /// Neither the main nor the fallback service could answer, and no id was made.
    public static let servicesUnavailable: UInt16 = 1111
    /// The deadline passed.
    public static let deadlineExceeded: UInt16 = 1112
    /// Too many retries are under way in this process.
    public static let retryQuotaExhausted: UInt16 = 1113
    /// The request could not be put on the wire.
    public static let requestInvalid: UInt16 = 1114
    /// Not sent: the service refused most of the latest requests, and the SDK asks it less for two minutes.
    public static let heldBack: UInt16 = 1115
    /// The service does not accept the API key.
    public static let unauthorized: UInt16 = 1201
    /// The API key may not do this.
    public static let forbidden: UInt16 = 1202
    /// The service does not know this address or object.
    public static let notFound: UInt16 = 1203
    /// The same request is being answered elsewhere.
    public static let inFlight: UInt16 = 1204
    /// This handle was used for another request.
    public static let keyReused: UInt16 = 1205
    /// Too many requests.
    public static let rateLimited: UInt16 = 1206
    /// The service failed inside.
    public static let serverFailed: UInt16 = 1207
    /// The service is not available.
    public static let serverUnavailable: UInt16 = 1208
    /// The service refuses the request.
    public static let requestRefused: UInt16 = 1209
    /// The service answered with a status that has no meaning here.
    public static let statusUnexpected: UInt16 = 1210
    /// The service minted an id of another entity type than was asked for.
    public static let entityTypeDiffers: UInt16 = 1211
    /// The answer carries no receipt.
    public static let receiptMissing: UInt16 = 1301
    /// The receipt is not a well-formed chitty receipt.
    public static let receiptMalformed: UInt16 = 1302
    /// The receipt uses an algorithm, type or header that is not allowed.
    public static let receiptUnsupported: UInt16 = 1303
    /// The key that signed is not in the trusted key set.
    public static let receiptKeyUnknown: UInt16 = 1304
    /// The receipt's signature does not verify.
    public static let receiptSignature: UInt16 = 1305
    /// The receipt belongs to another id.
    public static let receiptSubject: UInt16 = 1306
    /// The receipt belongs to another request.
    public static let receiptRequest: UInt16 = 1307
    /// The receipt belongs to another idempotency key.
    public static let receiptKey: UInt16 = 1308
    /// The receipt names another issuer.
    public static let receiptIssuer: UInt16 = 1309
    /// The receipt's class does not fit the id or its signer.
    public static let receiptClass: UInt16 = 1310
    /// The fallback receipt has expired.
    public static let receiptExpired: UInt16 = 1311
    /// The receipt is dated in the future.
    public static let receiptFuture: UInt16 = 1312
    /// The receipt is dated outside its key's life.
    public static let receiptKeyTime: UInt16 = 1313
    /// The key that signed has been revoked.
    public static let receiptKeyRevoked: UInt16 = 1314
    /// The receipt does not replace this fallback id.
    public static let receiptSupersedes: UInt16 = 1315
    /// The id's domain letter does not fit the service that issued it.
    public static let domainWrong: UInt16 = 1316
    /// There is no trusted key set yet.
    public static let keySetMissing: UInt16 = 1317
    /// The service offers an older key set than before.
    public static let keySetRolledBack: UInt16 = 1318
    /// The id follows another profile than was asked for.
    public static let receiptProfile: UInt16 = 1319
    /// The trusted key set is too old to judge a receipt by, or was fetched in this clock's future.
    public static let keySetStale: UInt16 = 1320
    /// The key set is pinned, so none can be fetched.
    public static let keySetPinned: UInt16 = 1321
    /// The fallback receipt carries no grant.
    public static let grantMissing: UInt16 = 1401
    /// The grant is not a well-formed chitty fallback grant.
    public static let grantMalformed: UInt16 = 1402
    /// The key that signed the grant is not in the trusted key set.
    public static let grantKeyUnknown: UInt16 = 1403
    /// The grant's signature does not verify.
    public static let grantSignature: UInt16 = 1404
    /// The id's namespace is outside the grant.
    public static let grantNamespace: UInt16 = 1405
    /// The id's year and month are outside the grant.
    public static let grantYearMonth: UInt16 = 1406
    /// The id's cycle is outside the grant.
    public static let grantCycle: UInt16 = 1407
    /// The receipt is dated outside the grant's life.
    public static let grantTime: UInt16 = 1408
    /// The receipt expires later than the grant allows.
    public static let grantReceiptLife: UInt16 = 1409
    /// The receipt is not signed by the key that the grant names.
    public static let grantHolder: UInt16 = 1410
    /// A fallback key signed an id that is not a fallback id.
    public static let grantDomain: UInt16 = 1411
    /// The grant names another issuer.
    public static let grantIssuer: UInt16 = 1412
    /// The disk is full; nothing was requested.
    public static let storeFull: UInt16 = 1501
    /// The store cannot be written.
    public static let storeReadOnly: UInt16 = 1502
    /// The store's file is damaged; it was left as it is.
    public static let storeDamaged: UInt16 = 1503
    /// The store was written by a newer version.
    public static let storeNewer: UInt16 = 1504
    /// Another process holds the store.
    public static let storeBusy: UInt16 = 1505
    /// The store could not be read or written.
    public static let storeFailed: UInt16 = 1506
    /// The client is suspended.
    public static let storeSuspended: UInt16 = 1507
    /// The file is not a chitty store.
    public static let storeForeign: UInt16 = 1508
    /// The wallet's file was sealed by another device.
    public static let walletForeign: UInt16 = 1509
    /// The wallet's file is older than the one that this device wrote last, or gone.
    public static let walletRolledBack: UInt16 = 1510
    /// The place where this device keeps its secrets does not answer.
    public static let secretsUnavailable: UInt16 = 1511
    /// This device has lost the key of the wallet's file.
    public static let secretsLost: UInt16 = 1512
    /// Others wrote to the store each time that this call tried to.
    public static let storeContended: UInt16 = 1513
    /// The store's file was open in this process when it was forked, and SQLite's locks do not reach into the child.
    public static let storeForked: UInt16 = 1520
    /// Something else in this process opened and closed the store's file, which dropped its locks, and another program then removed its log.
    public static let storeUnlocked: UInt16 = 1521
    /// The store holds as many unreconciled ids as it may.
    public static let queueFull: UInt16 = 1601
    /// This handle was used for another request.
    public static let handleReused: UInt16 = 1602
    /// There is no such debt.
    public static let notPending: UInt16 = 1603
    /// Two requests hold this fallback id, and each has a permanent id of its own.
    public static let idAmbiguous: UInt16 = 1604
    /// The service refuses to reconcile this id for good.
    public static let debtWedged: UInt16 = 1605
    /// A permanent id was asked for, and only a fallback id could be had.
    public static let standardRequired: UInt16 = 1606
    /// This id is not known here.
    public static let idUnknown: UInt16 = 1607
    /// An id was issued, and its receipt is kept until the clock agrees.
    public static let receiptHeld: UInt16 = 1608
    /// Another process drains this store.
    public static let drainElsewhere: UInt16 = 1609
    /// The id is not reconciled yet.
    public static let debtOpen: UInt16 = 1610
    /// The live service may have minted an id that did not arrive, and asking again may mint a second one.
    public static let possibleDuplicate: UInt16 = 1611
    /// The live service answered with an error id; there is no id yet.
    public static let mintPending: UInt16 = 1612
    /// This wallet has no registered anchor.
    public static let walletUnregistered: UInt16 = 1701
    /// This wallet's anchor is revoked.
    public static let walletRevoked: UInt16 = 1702
    /// The stored wallet belongs to another broker.
    public static let walletOtherBroker: UInt16 = 1703
    /// The seed was not taken over, so nothing was registered.
    public static let seedNotKept: UInt16 = 1704
    /// The person turned the device key's prompt down.
    public static let signerCancelled: UInt16 = 1705
    /// The device key needs an authentication first.
    public static let signerAuthenticationRequired: UInt16 = 1706
    /// The platform destroyed the device key.
    public static let signerInvalidated: UInt16 = 1707
    /// The hardware of the device key does something else.
    public static let signerBusy: UInt16 = 1708
    /// The hardware of the device key is missing or does not answer.
    public static let signerUnavailable: UInt16 = 1709
    /// Another device key answered than the one that belongs to this wallet.
    public static let signerWrongKey: UInt16 = 1710
    /// What the device key returned is no signature or key of P-256.
    public static let signerMalformed: UInt16 = 1711
    /// What the broker signed about the anchor does not verify.
    public static let statementRefused: UInt16 = 1720
    /// What the broker signed about the anchor cannot be judged now.
    public static let statementUndecided: UInt16 = 1721
    /// The issuer changed or withdrew keys that it had published for days to come.
    public static let issuerKeysChanged: UInt16 = 1722
    /// The issuer does not offer this schema.
    public static let schemaUnknown: UInt16 = 1723
    /// The issuer's metadata contradict themselves.
    public static let metadataRefused: UInt16 = 1724
    /// The status snapshot does not verify.
    public static let snapshotRefused: UInt16 = 1725
    /// The status snapshot is older than one that was accepted before.
    public static let snapshotRolledBack: UInt16 = 1726
    /// The broker signed two histories of its revocations.
    public static let snapshotEquivocates: UInt16 = 1727
    /// The issuer revoked the key that signed this credential, so no site accepts it.
    public static let credentialKeyRevoked: UInt16 = 1728
    /// The broker changed or unrevoked a key for statements that it had published.
    public static let statementKeysChanged: UInt16 = 1729
    /// The site took the answer and gave no response code.
    public static let responseCodeMissing: UInt16 = 1730
    /// The site's store of requests and answers does not answer, so nothing is accepted.
    public static let responseStoreFailed: UInt16 = 1731
    /// The site has as many signed requests and answers as it can remember.
    public static let responseStoreFull: UInt16 = 1732
    /// The wallet holds no credential of this schema.
    public static let credentialMissing: UInt16 = 1740
    /// The issued credential is not what everybody gets, so it was not taken.
    public static let credentialNotTaken: UInt16 = 1741
    /// The renewed credential would change the person's tags, so the old one was kept.
    public static let credentialTagsChanged: UInt16 = 1742
    /// The credential is past its last day.
    public static let credentialExpired: UInt16 = 1743
    /// The policy is unsound or about another schema or issuer.
    public static let policyUnsound: UInt16 = 1750
    /// The site asks for an attribute that the person did not agree to show.
    public static let attributeNotConsented: UInt16 = 1751
    /// The site asks for a tag and the person did not agree to be recognised.
    public static let tagNotConsented: UInt16 = 1752
    /// An attribute has another value than the site accepts, so nothing is shown.
    public static let policyNotFulfilled: UInt16 = 1753
    /// The site's signed request does not verify.
    public static let signedRequestRefused: UInt16 = 1754
    /// The site's signed request cannot be judged now.
    public static let signedRequestUndecided: UInt16 = 1755
    /// The site is not an https origin with a host by name.
    public static let siteInvalid: UInt16 = 1756
    /// The site's store of nonces does not answer, so nothing is accepted.
    public static let nonceStoreFailed: UInt16 = 1760
    /// The site has as many open requests as it can remember.
    public static let nonceStoreFull: UInt16 = 1761
    /// A defect of this library.
    public static let `internal`: UInt16 = 1901
    /// The system gave no random bytes; nothing was requested.
    public static let entropyFailed: UInt16 = 1902
    /// The client, wallet or site is closed.
    public static let closed: UInt16 = 1903
    /// The caller stopped waiting; the work itself goes on to a safe end.
    public static let cancelled: UInt16 = 1904
    /// A part that the application handed in failed.
    public static let foreignFailed: UInt16 = 1905
    /// The object is NULL, of another kind, or was freed.
    public static let objectInvalid: UInt16 = 1906
    /// An argument is NULL, not UTF-8, or of an impossible length.
    public static let argumentInvalid: UInt16 = 1907
    /// The object was made before this process was forked.
    public static let forked: UInt16 = 1908
    /// Every id of this slot and month has been given out.
    public static let sequenceExhausted: UInt16 = 2001
    /// The API key may not generate in this namespace.
    public static let namespaceForbidden: UInt16 = 2002
    /// The API key lacks the scope.
    public static let scopeMissing: UInt16 = 2003
    /// The tenant's quota is used up.
    public static let quotaExceeded: UInt16 = 2004
    /// The body is not of the agreed form.
    public static let bodyInvalid: UInt16 = 2005
    /// The Idempotency-Key header is missing or not 32 bytes of base64url.
    public static let idempotencyKeyInvalid: UInt16 = 2006
    /// This key was used for another intent.
    public static let idempotencyKeyReused: UInt16 = 2007
    /// A request with this key is being answered.
    public static let requestInFlight: UInt16 = 2008
    /// No such fallback id is known for this tenant.
    public static let debtUnknown: UInt16 = 2009
    /// The fallback id was issued to another tenant.
    public static let debtForeign: UInt16 = 2010
    /// This debt was settled under another key.
    public static let debtKeyConflict: UInt16 = 2011
    /// The key is not the one the receipt was issued for.
    public static let debtKeyMismatch: UInt16 = 2012
    /// The request is not the one the receipt was issued for.
    public static let debtRequestMismatch: UInt16 = 2013
    /// This fallback key is not enrolled.
    public static let fallbackNotEnrolled: UInt16 = 2014
    /// This fallback is suspended.
    public static let fallbackSuspended: UInt16 = 2015
    /// The nonce is unknown, used or too old.
    public static let nonceInvalid: UInt16 = 2016
    /// The fallback's grant is used up.
    public static let grantExhausted: UInt16 = 2017
    /// The fallback holds no valid grant.
    public static let grantNotHeld: UInt16 = 2018
    /// One fallback id was issued twice.
    public static let duplicateFallbackId: UInt16 = 2019
    /// Too many items in one call.
    public static let batchTooLarge: UInt16 = 2020
    /// The service cannot reach its database.
    public static let storeUnavailable: UInt16 = 2021
    /// This service does not issue ids of this profile here.
    public static let profileUnsupported: UInt16 = 2022
    /// The API key is missing, unknown or revoked.
    public static let apiKeyInvalid: UInt16 = 2023
    /// The tenant's rate limit is reached.
    public static let tooManyRequests: UInt16 = 2024
    /// There is no such operation here.
    public static let routeUnknown: UInt16 = 2025
    /// The body is larger than this service accepts.
    public static let bodyTooLarge: UInt16 = 2026
    /// The service failed inside.
    public static let serviceFailed: UInt16 = 2027
    /// The service took too long.
    public static let timedOutInside: UInt16 = 2028
    /// This address does not take this method.
    public static let methodRefused: UInt16 = 2029
    /// The fallback's signed request does not verify.
    public static let fallbackRequestInvalid: UInt16 = 2030
    /// The service has more to do than it can.
    public static let overloaded: UInt16 = 2031
    /// The registration does not verify.
    public static let registrationRefused: UInt16 = 2032
    /// The time in the signed request is more than 300 seconds off.
    public static let signedTimeInvalid: UInt16 = 2033
    /// Nobody registered this anchor.
    public static let anchorUnknown: UInt16 = 2034
    /// The anchor is revoked.
    public static let anchorRevoked: UInt16 = 2035
    /// The anchor is registered with other keys.
    public static let anchorConflict: UInt16 = 2036
    /// The revocation certificate does not verify.
    public static let revocationRefused: UInt16 = 2037
    /// The credential request is refused.
    public static let credentialRefused: UInt16 = 2038
    /// The wallet's secret is not the one that this anchor was first issued with.
    public static let commitmentChanged: UInt16 = 2039
    /// No attributes are enrolled for this anchor and schema.
    public static let enrolmentMissing: UInt16 = 2040
    /// The enrolment code is unknown, used, or for another schema.
    public static let enrolmentCodeInvalid: UInt16 = 2041
    /// The policy is unsound or about a schema that this broker does not know.
    public static let policyInvalid: UInt16 = 2042
    /// The presentation shows more than the policy asks for.
    public static let overDisclosed: UInt16 = 2043
    /// The presentation does not pass.
    public static let presentationRefused: UInt16 = 2044
    /// The presentation cannot be judged now.
    public static let presentationUndecided: UInt16 = 2045
    /// The body is not called application/json, or is compressed.
    public static let mediaTypeUnsupported: UInt16 = 2046
    /// The body did not arrive in time.
    public static let bodyTooSlow: UInt16 = 2050
    /// The tenant's share of this month's ids of this kind is used up.
    public static let slotShareUsed: UInt16 = 2065
    /// Main's database is older than what main has acknowledged or signed, so that it would give out again what it gave out before.
    public static let restoreUnannounced: UInt16 = 2066
    /// The database was said to be restored while this process ran.
    public static let epochChanged: UInt16 = 2067
    /// Main was restored, and gives no month and cycle that the fallback does not show in a grant of its own.
    public static let pairNotShown: UInt16 = 2068
    /// Two fallback keys hold one month and cycle.
    public static let pairConflict: UInt16 = 2069
    /// The fallback's database is older than the issue log that main knows.
    public static let fallbackRolledBack: UInt16 = 2070
    /// The request names an epoch of before main's last restore.
    public static let epochOld: UInt16 = 2071
}

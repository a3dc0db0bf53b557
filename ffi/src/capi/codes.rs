//! Generated from `spec/error-codes.toml` by `cargo xtask codegen`. Do not edit.

/// What happened, as a stable number. Every status is one of these, or newer.
#[repr(C)]
#[expect(dead_code, reason = "for the C header only")]
pub enum ChittyCode {
    /// No error.
    Ok = 0,
    /// The text is not a ChittyID.
    IdMalformed = 1001,
    /// The namespace is not three letters A-Z.
    NamespaceInvalid = 1002,
    /// The entity type is not one that the profile knows.
    EntityTypeInvalid = 1003,
    /// The metadata is not a JSON object, too large, too deep, or holds a number beyond 2^53 - 1.
    MetadataInvalid = 1004,
    /// The handle is empty or longer than 256 bytes.
    HandleInvalid = 1005,
    /// An error id cannot be a parent.
    ParentInvalid = 1006,
    /// The client configuration is incomplete or contradicts itself.
    ConfigurationInvalid = 1010,
    /// Main and fallback have the same origin.
    OriginsEqual = 1011,
    /// Main and fallback have the same API key.
    SecretsEqual = 1012,
    /// The origin uses plain http and is not loopback.
    PlainHttp = 1013,
    /// The origin is not an http or https address without path, query or user.
    OriginInvalid = 1014,
    /// The key set is malformed or holds keys of another kind.
    KeySetInvalid = 1015,
    /// A JSON object has two members of one name.
    MemberRepeated = 1016,
    /// A JSON text holds half of a surrogate pair.
    TextNotUnicode = 1017,
    /// The folder of the file does not exist, or is a file itself.
    FolderMissing = 1018,
    /// The path of the file names a folder.
    PathIsFolder = 1019,
    /// The answer is compressed, though none was asked for.
    AnswerEncoded = 1020,
    /// The host name was not found.
    NameNotResolved = 1101,
    /// The connection was refused or timed out.
    ConnectFailed = 1102,
    /// The server's certificate is not the one of this host.
    TlsIdentity = 1103,
    /// The TLS handshake did not finish.
    TlsFailed = 1104,
    /// No answer came in time.
    TimedOut = 1105,
    /// The connection broke before the answer was complete.
    ConnectionLost = 1106,
    /// The answer is larger than any real one.
    AnswerTooLarge = 1107,
    /// The answer is not of the agreed form.
    AnswerMalformed = 1108,
    /// The server redirects elsewhere, and credentials never follow redirects.
    RedirectRefused = 1109,
    /// The service failed repeatedly and is left alone for a while.
    CircuitOpen = 1110,
    /// Neither the main nor the fallback service could answer, and no id was made.
    ServicesUnavailable = 1111,
    /// The deadline passed.
    DeadlineExceeded = 1112,
    /// Too many retries are under way in this process.
    RetryQuotaExhausted = 1113,
    /// The request could not be put on the wire.
    RequestInvalid = 1114,
    /// Not sent: the service refused most of the latest requests, and the SDK asks it less for two minutes.
    HeldBack = 1115,
    /// The service does not accept the API key.
    Unauthorized = 1201,
    /// The API key may not do this.
    Forbidden = 1202,
    /// The service does not know this address or object.
    NotFound = 1203,
    /// The same request is being answered elsewhere.
    InFlight = 1204,
    /// This handle was used for another request.
    KeyReused = 1205,
    /// Too many requests.
    RateLimited = 1206,
    /// The service failed inside.
    ServerFailed = 1207,
    /// The service is not available.
    ServerUnavailable = 1208,
    /// The service refuses the request.
    RequestRefused = 1209,
    /// The service answered with a status that has no meaning here.
    StatusUnexpected = 1210,
    /// The service minted an id of another entity type than was asked for.
    EntityTypeDiffers = 1211,
    /// The answer carries no receipt.
    ReceiptMissing = 1301,
    /// The receipt is not a well-formed chitty receipt.
    ReceiptMalformed = 1302,
    /// The receipt uses an algorithm, type or header that is not allowed.
    ReceiptUnsupported = 1303,
    /// The key that signed is not in the trusted key set.
    ReceiptKeyUnknown = 1304,
    /// The receipt's signature does not verify.
    ReceiptSignature = 1305,
    /// The receipt belongs to another id.
    ReceiptSubject = 1306,
    /// The receipt belongs to another request.
    ReceiptRequest = 1307,
    /// The receipt belongs to another idempotency key.
    ReceiptKey = 1308,
    /// The receipt names another issuer.
    ReceiptIssuer = 1309,
    /// The receipt's class does not fit the id or its signer.
    ReceiptClass = 1310,
    /// The fallback receipt has expired.
    ReceiptExpired = 1311,
    /// The receipt is dated in the future.
    ReceiptFuture = 1312,
    /// The receipt is dated outside its key's life.
    ReceiptKeyTime = 1313,
    /// The key that signed has been revoked.
    ReceiptKeyRevoked = 1314,
    /// The receipt does not replace this fallback id.
    ReceiptSupersedes = 1315,
    /// The id's domain letter does not fit the service that issued it.
    DomainWrong = 1316,
    /// There is no trusted key set yet.
    KeySetMissing = 1317,
    /// The service offers an older key set than before.
    KeySetRolledBack = 1318,
    /// The id follows another profile than was asked for.
    ReceiptProfile = 1319,
    /// The trusted key set is too old to judge a receipt by, or was fetched in this clock's future.
    KeySetStale = 1320,
    /// The key set is pinned, so none can be fetched.
    KeySetPinned = 1321,
    /// The fallback receipt carries no grant.
    GrantMissing = 1401,
    /// The grant is not a well-formed chitty fallback grant.
    GrantMalformed = 1402,
    /// The key that signed the grant is not in the trusted key set.
    GrantKeyUnknown = 1403,
    /// The grant's signature does not verify.
    GrantSignature = 1404,
    /// The id's namespace is outside the grant.
    GrantNamespace = 1405,
    /// The id's year and month are outside the grant.
    GrantYearMonth = 1406,
    /// The id's cycle is outside the grant.
    GrantCycle = 1407,
    /// The receipt is dated outside the grant's life.
    GrantTime = 1408,
    /// The receipt expires later than the grant allows.
    GrantReceiptLife = 1409,
    /// The receipt is not signed by the key that the grant names.
    GrantHolder = 1410,
    /// A fallback key signed an id that is not a fallback id.
    GrantDomain = 1411,
    /// The grant names another issuer.
    GrantIssuer = 1412,
    /// The disk is full; nothing was requested.
    StoreFull = 1501,
    /// The store cannot be written.
    StoreReadOnly = 1502,
    /// The store's file is damaged; it was left as it is.
    StoreDamaged = 1503,
    /// The store was written by a newer version.
    StoreNewer = 1504,
    /// Another process holds the store.
    StoreBusy = 1505,
    /// The store could not be read or written.
    StoreFailed = 1506,
    /// The client is suspended.
    StoreSuspended = 1507,
    /// The file is not a chitty store.
    StoreForeign = 1508,
    /// The wallet's file was sealed by another device.
    WalletForeign = 1509,
    /// The wallet's file is older than the one that this device wrote last, or gone.
    WalletRolledBack = 1510,
    /// The place where this device keeps its secrets does not answer.
    SecretsUnavailable = 1511,
    /// This device has lost the key of the wallet's file.
    SecretsLost = 1512,
    /// Others wrote to the store each time that this call tried to.
    StoreContended = 1513,
    /// The store's file was open in this process when it was forked, and SQLite's locks do not reach into the child.
    StoreForked = 1520,
    /// Something else in this process opened and closed the store's file, which dropped its locks, and another program then removed its log.
    StoreUnlocked = 1521,
    /// The store holds as many unreconciled ids as it may.
    QueueFull = 1601,
    /// This handle was used for another request.
    HandleReused = 1602,
    /// There is no such debt.
    NotPending = 1603,
    /// Two requests hold this fallback id, and each has a permanent id of its own.
    IdAmbiguous = 1604,
    /// The service refuses to reconcile this id for good.
    DebtWedged = 1605,
    /// A permanent id was asked for, and only a fallback id could be had.
    StandardRequired = 1606,
    /// This id is not known here.
    IdUnknown = 1607,
    /// An id was issued, and its receipt is kept until the clock agrees.
    ReceiptHeld = 1608,
    /// Another process drains this store.
    DrainElsewhere = 1609,
    /// The id is not reconciled yet.
    DebtOpen = 1610,
    /// The live service may have minted an id that did not arrive, and asking again may mint a second one.
    PossibleDuplicate = 1611,
    /// The live service answered with an error id; there is no id yet.
    MintPending = 1612,
    /// This wallet has no registered anchor.
    WalletUnregistered = 1701,
    /// This wallet's anchor is revoked.
    WalletRevoked = 1702,
    /// The stored wallet belongs to another broker.
    WalletOtherBroker = 1703,
    /// The seed was not taken over, so nothing was registered.
    SeedNotKept = 1704,
    /// The person turned the device key's prompt down.
    SignerCancelled = 1705,
    /// The device key needs an authentication first.
    SignerAuthenticationRequired = 1706,
    /// The platform destroyed the device key.
    SignerInvalidated = 1707,
    /// The hardware of the device key does something else.
    SignerBusy = 1708,
    /// The hardware of the device key is missing or does not answer.
    SignerUnavailable = 1709,
    /// Another device key answered than the one that belongs to this wallet.
    SignerWrongKey = 1710,
    /// What the device key returned is no signature or key of P-256.
    SignerMalformed = 1711,
    /// What the broker signed about the anchor does not verify.
    StatementRefused = 1720,
    /// What the broker signed about the anchor cannot be judged now.
    StatementUndecided = 1721,
    /// The issuer changed or withdrew keys that it had published for days to come.
    IssuerKeysChanged = 1722,
    /// The issuer does not offer this schema.
    SchemaUnknown = 1723,
    /// The issuer's metadata contradict themselves.
    MetadataRefused = 1724,
    /// The status snapshot does not verify.
    SnapshotRefused = 1725,
    /// The status snapshot is older than one that was accepted before.
    SnapshotRolledBack = 1726,
    /// The broker signed two histories of its revocations.
    SnapshotEquivocates = 1727,
    /// The issuer revoked the key that signed this credential, so no site accepts it.
    CredentialKeyRevoked = 1728,
    /// The broker changed or unrevoked a key for statements that it had published.
    StatementKeysChanged = 1729,
    /// The site took the answer and gave no response code.
    ResponseCodeMissing = 1730,
    /// The site's store of requests and answers does not answer, so nothing is accepted.
    ResponseStoreFailed = 1731,
    /// The site has as many signed requests and answers as it can remember.
    ResponseStoreFull = 1732,
    /// The wallet holds no credential of this schema.
    CredentialMissing = 1740,
    /// The issued credential is not what everybody gets, so it was not taken.
    CredentialNotTaken = 1741,
    /// The renewed credential would change the person's tags, so the old one was kept.
    CredentialTagsChanged = 1742,
    /// The credential is past its last day.
    CredentialExpired = 1743,
    /// The policy is unsound or about another schema or issuer.
    PolicyUnsound = 1750,
    /// The site asks for an attribute that the person did not agree to show.
    AttributeNotConsented = 1751,
    /// The site asks for a tag and the person did not agree to be recognised.
    TagNotConsented = 1752,
    /// An attribute has another value than the site accepts, so nothing is shown.
    PolicyNotFulfilled = 1753,
    /// The site's signed request does not verify.
    SignedRequestRefused = 1754,
    /// The site's signed request cannot be judged now.
    SignedRequestUndecided = 1755,
    /// The site is not an https origin with a host by name.
    SiteInvalid = 1756,
    /// The site's store of nonces does not answer, so nothing is accepted.
    NonceStoreFailed = 1760,
    /// The site has as many open requests as it can remember.
    NonceStoreFull = 1761,
    /// A defect of this library.
    Internal = 1901,
    /// The system gave no random bytes; nothing was requested.
    EntropyFailed = 1902,
    /// The client, wallet or site is closed.
    Closed = 1903,
    /// The caller stopped waiting; the work itself goes on to a safe end.
    Cancelled = 1904,
    /// A part that the application handed in failed.
    ForeignFailed = 1905,
    /// The object is NULL, of another kind, or was freed.
    ObjectInvalid = 1906,
    /// An argument is NULL, not UTF-8, or of an impossible length.
    ArgumentInvalid = 1907,
    /// The object was made before this process was forked.
    Forked = 1908,
    /// Every id of this slot and month has been given out.
    SequenceExhausted = 2001,
    /// The API key may not generate in this namespace.
    NamespaceForbidden = 2002,
    /// The API key lacks the scope.
    ScopeMissing = 2003,
    /// The tenant's quota is used up.
    QuotaExceeded = 2004,
    /// The body is not of the agreed form.
    BodyInvalid = 2005,
    /// The Idempotency-Key header is missing or not 32 bytes of base64url.
    IdempotencyKeyInvalid = 2006,
    /// This key was used for another intent.
    IdempotencyKeyReused = 2007,
    /// A request with this key is being answered.
    RequestInFlight = 2008,
    /// No such fallback id is known for this tenant.
    DebtUnknown = 2009,
    /// The fallback id was issued to another tenant.
    DebtForeign = 2010,
    /// This debt was settled under another key.
    DebtKeyConflict = 2011,
    /// The key is not the one the receipt was issued for.
    DebtKeyMismatch = 2012,
    /// The request is not the one the receipt was issued for.
    DebtRequestMismatch = 2013,
    /// This fallback key is not enrolled.
    FallbackNotEnrolled = 2014,
    /// This fallback is suspended.
    FallbackSuspended = 2015,
    /// The nonce is unknown, used or too old.
    NonceInvalid = 2016,
    /// The fallback's grant is used up.
    GrantExhausted = 2017,
    /// The fallback holds no valid grant.
    GrantNotHeld = 2018,
    /// One fallback id was issued twice.
    DuplicateFallbackId = 2019,
    /// Too many items in one call.
    BatchTooLarge = 2020,
    /// The service cannot reach its database.
    StoreUnavailable = 2021,
    /// This service does not issue ids of this profile here.
    ProfileUnsupported = 2022,
    /// The API key is missing, unknown or revoked.
    ApiKeyInvalid = 2023,
    /// The tenant's rate limit is reached.
    TooManyRequests = 2024,
    /// There is no such operation here.
    RouteUnknown = 2025,
    /// The body is larger than this service accepts.
    BodyTooLarge = 2026,
    /// The service failed inside.
    ServiceFailed = 2027,
    /// The service took too long.
    TimedOutInside = 2028,
    /// This address does not take this method.
    MethodRefused = 2029,
    /// The fallback's signed request does not verify.
    FallbackRequestInvalid = 2030,
    /// The service has more to do than it can.
    Overloaded = 2031,
    /// The registration does not verify.
    RegistrationRefused = 2032,
    /// The time in the signed request is more than 300 seconds off.
    SignedTimeInvalid = 2033,
    /// Nobody registered this anchor.
    AnchorUnknown = 2034,
    /// The anchor is revoked.
    AnchorRevoked = 2035,
    /// The anchor is registered with other keys.
    AnchorConflict = 2036,
    /// The revocation certificate does not verify.
    RevocationRefused = 2037,
    /// The credential request is refused.
    CredentialRefused = 2038,
    /// The wallet's secret is not the one that this anchor was first issued with.
    CommitmentChanged = 2039,
    /// No attributes are enrolled for this anchor and schema.
    EnrolmentMissing = 2040,
    /// The enrolment code is unknown, used, or for another schema.
    EnrolmentCodeInvalid = 2041,
    /// The policy is unsound or about a schema that this broker does not know.
    PolicyInvalid = 2042,
    /// The presentation shows more than the policy asks for.
    OverDisclosed = 2043,
    /// The presentation does not pass.
    PresentationRefused = 2044,
    /// The presentation cannot be judged now.
    PresentationUndecided = 2045,
    /// The body is not called application/json, or is compressed.
    MediaTypeUnsupported = 2046,
    /// The body did not arrive in time.
    BodyTooSlow = 2050,
    /// The tenant's share of this month's ids of this kind is used up.
    SlotShareUsed = 2065,
    /// Main's database is older than what main has acknowledged or signed, so that it would give out again what it gave out before.
    RestoreUnannounced = 2066,
    /// The database was said to be restored while this process ran.
    EpochChanged = 2067,
    /// Main was restored, and gives no month and cycle that the fallback does not show in a grant of its own.
    PairNotShown = 2068,
    /// Two fallback keys hold one month and cycle.
    PairConflict = 2069,
    /// The fallback's database is older than the issue log that main knows.
    FallbackRolledBack = 2070,
    /// The request names an epoch of before main's last restore.
    EpochOld = 2071,
}

//! Generated from `spec/error-codes.toml` by `cargo xtask codegen`. Do not edit.

use super::ErrorKind;

/// What happened, as a stable number: `CHT-1306` is the same in every language and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u16)]
pub enum Code {
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

impl Code {
    /// Every code, in rising order.
    pub const ALL: &'static [Self] = &[
        Self::IdMalformed,
        Self::NamespaceInvalid,
        Self::EntityTypeInvalid,
        Self::MetadataInvalid,
        Self::HandleInvalid,
        Self::ParentInvalid,
        Self::ConfigurationInvalid,
        Self::OriginsEqual,
        Self::SecretsEqual,
        Self::PlainHttp,
        Self::OriginInvalid,
        Self::KeySetInvalid,
        Self::MemberRepeated,
        Self::TextNotUnicode,
        Self::FolderMissing,
        Self::PathIsFolder,
        Self::AnswerEncoded,
        Self::NameNotResolved,
        Self::ConnectFailed,
        Self::TlsIdentity,
        Self::TlsFailed,
        Self::TimedOut,
        Self::ConnectionLost,
        Self::AnswerTooLarge,
        Self::AnswerMalformed,
        Self::RedirectRefused,
        Self::CircuitOpen,
        Self::ServicesUnavailable,
        Self::DeadlineExceeded,
        Self::RetryQuotaExhausted,
        Self::RequestInvalid,
        Self::HeldBack,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::InFlight,
        Self::KeyReused,
        Self::RateLimited,
        Self::ServerFailed,
        Self::ServerUnavailable,
        Self::RequestRefused,
        Self::StatusUnexpected,
        Self::EntityTypeDiffers,
        Self::ReceiptMissing,
        Self::ReceiptMalformed,
        Self::ReceiptUnsupported,
        Self::ReceiptKeyUnknown,
        Self::ReceiptSignature,
        Self::ReceiptSubject,
        Self::ReceiptRequest,
        Self::ReceiptKey,
        Self::ReceiptIssuer,
        Self::ReceiptClass,
        Self::ReceiptExpired,
        Self::ReceiptFuture,
        Self::ReceiptKeyTime,
        Self::ReceiptKeyRevoked,
        Self::ReceiptSupersedes,
        Self::DomainWrong,
        Self::KeySetMissing,
        Self::KeySetRolledBack,
        Self::ReceiptProfile,
        Self::KeySetStale,
        Self::KeySetPinned,
        Self::GrantMissing,
        Self::GrantMalformed,
        Self::GrantKeyUnknown,
        Self::GrantSignature,
        Self::GrantNamespace,
        Self::GrantYearMonth,
        Self::GrantCycle,
        Self::GrantTime,
        Self::GrantReceiptLife,
        Self::GrantHolder,
        Self::GrantDomain,
        Self::GrantIssuer,
        Self::StoreFull,
        Self::StoreReadOnly,
        Self::StoreDamaged,
        Self::StoreNewer,
        Self::StoreBusy,
        Self::StoreFailed,
        Self::StoreSuspended,
        Self::StoreForeign,
        Self::WalletForeign,
        Self::WalletRolledBack,
        Self::SecretsUnavailable,
        Self::SecretsLost,
        Self::StoreContended,
        Self::StoreForked,
        Self::StoreUnlocked,
        Self::QueueFull,
        Self::HandleReused,
        Self::NotPending,
        Self::IdAmbiguous,
        Self::DebtWedged,
        Self::StandardRequired,
        Self::IdUnknown,
        Self::ReceiptHeld,
        Self::DrainElsewhere,
        Self::DebtOpen,
        Self::PossibleDuplicate,
        Self::MintPending,
        Self::WalletUnregistered,
        Self::WalletRevoked,
        Self::WalletOtherBroker,
        Self::SeedNotKept,
        Self::SignerCancelled,
        Self::SignerAuthenticationRequired,
        Self::SignerInvalidated,
        Self::SignerBusy,
        Self::SignerUnavailable,
        Self::SignerWrongKey,
        Self::SignerMalformed,
        Self::StatementRefused,
        Self::StatementUndecided,
        Self::IssuerKeysChanged,
        Self::SchemaUnknown,
        Self::MetadataRefused,
        Self::SnapshotRefused,
        Self::SnapshotRolledBack,
        Self::SnapshotEquivocates,
        Self::CredentialKeyRevoked,
        Self::StatementKeysChanged,
        Self::ResponseCodeMissing,
        Self::ResponseStoreFailed,
        Self::ResponseStoreFull,
        Self::CredentialMissing,
        Self::CredentialNotTaken,
        Self::CredentialTagsChanged,
        Self::CredentialExpired,
        Self::PolicyUnsound,
        Self::AttributeNotConsented,
        Self::TagNotConsented,
        Self::PolicyNotFulfilled,
        Self::SignedRequestRefused,
        Self::SignedRequestUndecided,
        Self::SiteInvalid,
        Self::NonceStoreFailed,
        Self::NonceStoreFull,
        Self::Internal,
        Self::EntropyFailed,
        Self::Closed,
        Self::Cancelled,
        Self::ForeignFailed,
        Self::ObjectInvalid,
        Self::ArgumentInvalid,
        Self::Forked,
        Self::SequenceExhausted,
        Self::NamespaceForbidden,
        Self::ScopeMissing,
        Self::QuotaExceeded,
        Self::BodyInvalid,
        Self::IdempotencyKeyInvalid,
        Self::IdempotencyKeyReused,
        Self::RequestInFlight,
        Self::DebtUnknown,
        Self::DebtForeign,
        Self::DebtKeyConflict,
        Self::DebtKeyMismatch,
        Self::DebtRequestMismatch,
        Self::FallbackNotEnrolled,
        Self::FallbackSuspended,
        Self::NonceInvalid,
        Self::GrantExhausted,
        Self::GrantNotHeld,
        Self::DuplicateFallbackId,
        Self::BatchTooLarge,
        Self::StoreUnavailable,
        Self::ProfileUnsupported,
        Self::ApiKeyInvalid,
        Self::TooManyRequests,
        Self::RouteUnknown,
        Self::BodyTooLarge,
        Self::ServiceFailed,
        Self::TimedOutInside,
        Self::MethodRefused,
        Self::FallbackRequestInvalid,
        Self::Overloaded,
        Self::RegistrationRefused,
        Self::SignedTimeInvalid,
        Self::AnchorUnknown,
        Self::AnchorRevoked,
        Self::AnchorConflict,
        Self::RevocationRefused,
        Self::CredentialRefused,
        Self::CommitmentChanged,
        Self::EnrolmentMissing,
        Self::EnrolmentCodeInvalid,
        Self::PolicyInvalid,
        Self::OverDisclosed,
        Self::PresentationRefused,
        Self::PresentationUndecided,
        Self::MediaTypeUnsupported,
        Self::BodyTooSlow,
        Self::SlotShareUsed,
        Self::RestoreUnannounced,
        Self::EpochChanged,
        Self::PairNotShown,
        Self::PairConflict,
        Self::FallbackRolledBack,
        Self::EpochOld,
    ];

    /// The code as text, such as `CHT-1306`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdMalformed => "CHT-1001",
            Self::NamespaceInvalid => "CHT-1002",
            Self::EntityTypeInvalid => "CHT-1003",
            Self::MetadataInvalid => "CHT-1004",
            Self::HandleInvalid => "CHT-1005",
            Self::ParentInvalid => "CHT-1006",
            Self::ConfigurationInvalid => "CHT-1010",
            Self::OriginsEqual => "CHT-1011",
            Self::SecretsEqual => "CHT-1012",
            Self::PlainHttp => "CHT-1013",
            Self::OriginInvalid => "CHT-1014",
            Self::KeySetInvalid => "CHT-1015",
            Self::MemberRepeated => "CHT-1016",
            Self::TextNotUnicode => "CHT-1017",
            Self::FolderMissing => "CHT-1018",
            Self::PathIsFolder => "CHT-1019",
            Self::AnswerEncoded => "CHT-1020",
            Self::NameNotResolved => "CHT-1101",
            Self::ConnectFailed => "CHT-1102",
            Self::TlsIdentity => "CHT-1103",
            Self::TlsFailed => "CHT-1104",
            Self::TimedOut => "CHT-1105",
            Self::ConnectionLost => "CHT-1106",
            Self::AnswerTooLarge => "CHT-1107",
            Self::AnswerMalformed => "CHT-1108",
            Self::RedirectRefused => "CHT-1109",
            Self::CircuitOpen => "CHT-1110",
            Self::ServicesUnavailable => "CHT-1111",
            Self::DeadlineExceeded => "CHT-1112",
            Self::RetryQuotaExhausted => "CHT-1113",
            Self::RequestInvalid => "CHT-1114",
            Self::HeldBack => "CHT-1115",
            Self::Unauthorized => "CHT-1201",
            Self::Forbidden => "CHT-1202",
            Self::NotFound => "CHT-1203",
            Self::InFlight => "CHT-1204",
            Self::KeyReused => "CHT-1205",
            Self::RateLimited => "CHT-1206",
            Self::ServerFailed => "CHT-1207",
            Self::ServerUnavailable => "CHT-1208",
            Self::RequestRefused => "CHT-1209",
            Self::StatusUnexpected => "CHT-1210",
            Self::EntityTypeDiffers => "CHT-1211",
            Self::ReceiptMissing => "CHT-1301",
            Self::ReceiptMalformed => "CHT-1302",
            Self::ReceiptUnsupported => "CHT-1303",
            Self::ReceiptKeyUnknown => "CHT-1304",
            Self::ReceiptSignature => "CHT-1305",
            Self::ReceiptSubject => "CHT-1306",
            Self::ReceiptRequest => "CHT-1307",
            Self::ReceiptKey => "CHT-1308",
            Self::ReceiptIssuer => "CHT-1309",
            Self::ReceiptClass => "CHT-1310",
            Self::ReceiptExpired => "CHT-1311",
            Self::ReceiptFuture => "CHT-1312",
            Self::ReceiptKeyTime => "CHT-1313",
            Self::ReceiptKeyRevoked => "CHT-1314",
            Self::ReceiptSupersedes => "CHT-1315",
            Self::DomainWrong => "CHT-1316",
            Self::KeySetMissing => "CHT-1317",
            Self::KeySetRolledBack => "CHT-1318",
            Self::ReceiptProfile => "CHT-1319",
            Self::KeySetStale => "CHT-1320",
            Self::KeySetPinned => "CHT-1321",
            Self::GrantMissing => "CHT-1401",
            Self::GrantMalformed => "CHT-1402",
            Self::GrantKeyUnknown => "CHT-1403",
            Self::GrantSignature => "CHT-1404",
            Self::GrantNamespace => "CHT-1405",
            Self::GrantYearMonth => "CHT-1406",
            Self::GrantCycle => "CHT-1407",
            Self::GrantTime => "CHT-1408",
            Self::GrantReceiptLife => "CHT-1409",
            Self::GrantHolder => "CHT-1410",
            Self::GrantDomain => "CHT-1411",
            Self::GrantIssuer => "CHT-1412",
            Self::StoreFull => "CHT-1501",
            Self::StoreReadOnly => "CHT-1502",
            Self::StoreDamaged => "CHT-1503",
            Self::StoreNewer => "CHT-1504",
            Self::StoreBusy => "CHT-1505",
            Self::StoreFailed => "CHT-1506",
            Self::StoreSuspended => "CHT-1507",
            Self::StoreForeign => "CHT-1508",
            Self::WalletForeign => "CHT-1509",
            Self::WalletRolledBack => "CHT-1510",
            Self::SecretsUnavailable => "CHT-1511",
            Self::SecretsLost => "CHT-1512",
            Self::StoreContended => "CHT-1513",
            Self::StoreForked => "CHT-1520",
            Self::StoreUnlocked => "CHT-1521",
            Self::QueueFull => "CHT-1601",
            Self::HandleReused => "CHT-1602",
            Self::NotPending => "CHT-1603",
            Self::IdAmbiguous => "CHT-1604",
            Self::DebtWedged => "CHT-1605",
            Self::StandardRequired => "CHT-1606",
            Self::IdUnknown => "CHT-1607",
            Self::ReceiptHeld => "CHT-1608",
            Self::DrainElsewhere => "CHT-1609",
            Self::DebtOpen => "CHT-1610",
            Self::PossibleDuplicate => "CHT-1611",
            Self::MintPending => "CHT-1612",
            Self::WalletUnregistered => "CHT-1701",
            Self::WalletRevoked => "CHT-1702",
            Self::WalletOtherBroker => "CHT-1703",
            Self::SeedNotKept => "CHT-1704",
            Self::SignerCancelled => "CHT-1705",
            Self::SignerAuthenticationRequired => "CHT-1706",
            Self::SignerInvalidated => "CHT-1707",
            Self::SignerBusy => "CHT-1708",
            Self::SignerUnavailable => "CHT-1709",
            Self::SignerWrongKey => "CHT-1710",
            Self::SignerMalformed => "CHT-1711",
            Self::StatementRefused => "CHT-1720",
            Self::StatementUndecided => "CHT-1721",
            Self::IssuerKeysChanged => "CHT-1722",
            Self::SchemaUnknown => "CHT-1723",
            Self::MetadataRefused => "CHT-1724",
            Self::SnapshotRefused => "CHT-1725",
            Self::SnapshotRolledBack => "CHT-1726",
            Self::SnapshotEquivocates => "CHT-1727",
            Self::CredentialKeyRevoked => "CHT-1728",
            Self::StatementKeysChanged => "CHT-1729",
            Self::ResponseCodeMissing => "CHT-1730",
            Self::ResponseStoreFailed => "CHT-1731",
            Self::ResponseStoreFull => "CHT-1732",
            Self::CredentialMissing => "CHT-1740",
            Self::CredentialNotTaken => "CHT-1741",
            Self::CredentialTagsChanged => "CHT-1742",
            Self::CredentialExpired => "CHT-1743",
            Self::PolicyUnsound => "CHT-1750",
            Self::AttributeNotConsented => "CHT-1751",
            Self::TagNotConsented => "CHT-1752",
            Self::PolicyNotFulfilled => "CHT-1753",
            Self::SignedRequestRefused => "CHT-1754",
            Self::SignedRequestUndecided => "CHT-1755",
            Self::SiteInvalid => "CHT-1756",
            Self::NonceStoreFailed => "CHT-1760",
            Self::NonceStoreFull => "CHT-1761",
            Self::Internal => "CHT-1901",
            Self::EntropyFailed => "CHT-1902",
            Self::Closed => "CHT-1903",
            Self::Cancelled => "CHT-1904",
            Self::ForeignFailed => "CHT-1905",
            Self::ObjectInvalid => "CHT-1906",
            Self::ArgumentInvalid => "CHT-1907",
            Self::Forked => "CHT-1908",
            Self::SequenceExhausted => "CHT-2001",
            Self::NamespaceForbidden => "CHT-2002",
            Self::ScopeMissing => "CHT-2003",
            Self::QuotaExceeded => "CHT-2004",
            Self::BodyInvalid => "CHT-2005",
            Self::IdempotencyKeyInvalid => "CHT-2006",
            Self::IdempotencyKeyReused => "CHT-2007",
            Self::RequestInFlight => "CHT-2008",
            Self::DebtUnknown => "CHT-2009",
            Self::DebtForeign => "CHT-2010",
            Self::DebtKeyConflict => "CHT-2011",
            Self::DebtKeyMismatch => "CHT-2012",
            Self::DebtRequestMismatch => "CHT-2013",
            Self::FallbackNotEnrolled => "CHT-2014",
            Self::FallbackSuspended => "CHT-2015",
            Self::NonceInvalid => "CHT-2016",
            Self::GrantExhausted => "CHT-2017",
            Self::GrantNotHeld => "CHT-2018",
            Self::DuplicateFallbackId => "CHT-2019",
            Self::BatchTooLarge => "CHT-2020",
            Self::StoreUnavailable => "CHT-2021",
            Self::ProfileUnsupported => "CHT-2022",
            Self::ApiKeyInvalid => "CHT-2023",
            Self::TooManyRequests => "CHT-2024",
            Self::RouteUnknown => "CHT-2025",
            Self::BodyTooLarge => "CHT-2026",
            Self::ServiceFailed => "CHT-2027",
            Self::TimedOutInside => "CHT-2028",
            Self::MethodRefused => "CHT-2029",
            Self::FallbackRequestInvalid => "CHT-2030",
            Self::Overloaded => "CHT-2031",
            Self::RegistrationRefused => "CHT-2032",
            Self::SignedTimeInvalid => "CHT-2033",
            Self::AnchorUnknown => "CHT-2034",
            Self::AnchorRevoked => "CHT-2035",
            Self::AnchorConflict => "CHT-2036",
            Self::RevocationRefused => "CHT-2037",
            Self::CredentialRefused => "CHT-2038",
            Self::CommitmentChanged => "CHT-2039",
            Self::EnrolmentMissing => "CHT-2040",
            Self::EnrolmentCodeInvalid => "CHT-2041",
            Self::PolicyInvalid => "CHT-2042",
            Self::OverDisclosed => "CHT-2043",
            Self::PresentationRefused => "CHT-2044",
            Self::PresentationUndecided => "CHT-2045",
            Self::MediaTypeUnsupported => "CHT-2046",
            Self::BodyTooSlow => "CHT-2050",
            Self::SlotShareUsed => "CHT-2065",
            Self::RestoreUnannounced => "CHT-2066",
            Self::EpochChanged => "CHT-2067",
            Self::PairNotShown => "CHT-2068",
            Self::PairConflict => "CHT-2069",
            Self::FallbackRolledBack => "CHT-2070",
            Self::EpochOld => "CHT-2071",
        }
    }

    /// What the caller should do.
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::KeyReused
            | Self::HandleReused
            | Self::IdAmbiguous
            | Self::PossibleDuplicate
            | Self::IdempotencyKeyReused
            | Self::DebtKeyConflict
            | Self::DuplicateFallbackId
            | Self::AnchorConflict
            | Self::CommitmentChanged
            | Self::PairConflict => ErrorKind::Conflict,
            Self::StoreDamaged | Self::WalletRolledBack | Self::SecretsLost => ErrorKind::Corrupt,
            Self::RequestInvalid | Self::Internal => ErrorKind::Internal,
            Self::IdMalformed
            | Self::NamespaceInvalid
            | Self::EntityTypeInvalid
            | Self::MetadataInvalid
            | Self::HandleInvalid
            | Self::ParentInvalid
            | Self::ConfigurationInvalid
            | Self::OriginsEqual
            | Self::SecretsEqual
            | Self::PlainHttp
            | Self::OriginInvalid
            | Self::KeySetInvalid
            | Self::MemberRepeated
            | Self::TextNotUnicode
            | Self::FolderMissing
            | Self::PathIsFolder
            | Self::NotFound
            | Self::KeySetPinned
            | Self::StoreReadOnly
            | Self::StoreNewer
            | Self::StoreForeign
            | Self::WalletForeign
            | Self::StoreForked
            | Self::NotPending
            | Self::IdUnknown
            | Self::WalletUnregistered
            | Self::WalletOtherBroker
            | Self::SignerCancelled
            | Self::SignerAuthenticationRequired
            | Self::SchemaUnknown
            | Self::CredentialMissing
            | Self::CredentialExpired
            | Self::PolicyUnsound
            | Self::AttributeNotConsented
            | Self::TagNotConsented
            | Self::SiteInvalid
            | Self::Closed
            | Self::ObjectInvalid
            | Self::ArgumentInvalid
            | Self::Forked
            | Self::BodyInvalid
            | Self::IdempotencyKeyInvalid
            | Self::DebtUnknown
            | Self::BatchTooLarge
            | Self::ProfileUnsupported
            | Self::RouteUnknown
            | Self::BodyTooLarge
            | Self::MethodRefused
            | Self::PolicyInvalid => ErrorKind::InvalidInput,
            Self::AnswerEncoded
            | Self::TlsIdentity
            | Self::AnswerTooLarge
            | Self::AnswerMalformed
            | Self::RedirectRefused
            | Self::RequestRefused
            | Self::StatusUnexpected
            | Self::EntityTypeDiffers
            | Self::ReceiptMissing
            | Self::ReceiptMalformed
            | Self::ReceiptUnsupported
            | Self::ReceiptSignature
            | Self::ReceiptSubject
            | Self::ReceiptRequest
            | Self::ReceiptKey
            | Self::ReceiptIssuer
            | Self::ReceiptClass
            | Self::ReceiptExpired
            | Self::ReceiptKeyTime
            | Self::ReceiptKeyRevoked
            | Self::ReceiptSupersedes
            | Self::DomainWrong
            | Self::KeySetRolledBack
            | Self::ReceiptProfile
            | Self::GrantMissing
            | Self::GrantMalformed
            | Self::GrantSignature
            | Self::GrantNamespace
            | Self::GrantYearMonth
            | Self::GrantCycle
            | Self::GrantTime
            | Self::GrantReceiptLife
            | Self::GrantHolder
            | Self::GrantDomain
            | Self::GrantIssuer
            | Self::DebtWedged
            | Self::WalletRevoked
            | Self::SignerInvalidated
            | Self::SignerWrongKey
            | Self::SignerMalformed
            | Self::StatementRefused
            | Self::IssuerKeysChanged
            | Self::MetadataRefused
            | Self::SnapshotRefused
            | Self::SnapshotRolledBack
            | Self::SnapshotEquivocates
            | Self::CredentialKeyRevoked
            | Self::StatementKeysChanged
            | Self::ResponseCodeMissing
            | Self::CredentialNotTaken
            | Self::CredentialTagsChanged
            | Self::PolicyNotFulfilled
            | Self::SignedRequestRefused
            | Self::DebtRequestMismatch
            | Self::FallbackRequestInvalid
            | Self::RegistrationRefused
            | Self::SignedTimeInvalid
            | Self::AnchorUnknown
            | Self::AnchorRevoked
            | Self::RevocationRefused
            | Self::CredentialRefused
            | Self::EnrolmentMissing
            | Self::EnrolmentCodeInvalid
            | Self::OverDisclosed
            | Self::PresentationRefused
            | Self::MediaTypeUnsupported => ErrorKind::Rejected,
            Self::TimedOut
            | Self::ConnectionLost
            | Self::DeadlineExceeded
            | Self::HeldBack
            | Self::InFlight
            | Self::RateLimited
            | Self::ServerFailed
            | Self::ReceiptFuture
            | Self::StoreBusy
            | Self::StoreContended
            | Self::ReceiptHeld
            | Self::DrainElsewhere
            | Self::DebtOpen
            | Self::SignerBusy
            | Self::Cancelled
            | Self::QuotaExceeded
            | Self::RequestInFlight
            | Self::TooManyRequests
            | Self::ServiceFailed
            | Self::BodyTooSlow
            | Self::SlotShareUsed
            | Self::EpochOld => ErrorKind::Retry,
            Self::Unauthorized
            | Self::Forbidden
            | Self::NamespaceForbidden
            | Self::ScopeMissing
            | Self::DebtForeign
            | Self::DebtKeyMismatch
            | Self::FallbackNotEnrolled
            | Self::FallbackSuspended
            | Self::NonceInvalid
            | Self::ApiKeyInvalid => ErrorKind::Unauthorized,
            Self::NameNotResolved
            | Self::ConnectFailed
            | Self::TlsFailed
            | Self::CircuitOpen
            | Self::ServicesUnavailable
            | Self::RetryQuotaExhausted
            | Self::ServerUnavailable
            | Self::ReceiptKeyUnknown
            | Self::KeySetMissing
            | Self::KeySetStale
            | Self::GrantKeyUnknown
            | Self::StoreFull
            | Self::StoreFailed
            | Self::StoreSuspended
            | Self::SecretsUnavailable
            | Self::StoreUnlocked
            | Self::QueueFull
            | Self::StandardRequired
            | Self::MintPending
            | Self::SeedNotKept
            | Self::SignerUnavailable
            | Self::StatementUndecided
            | Self::ResponseStoreFailed
            | Self::ResponseStoreFull
            | Self::SignedRequestUndecided
            | Self::NonceStoreFailed
            | Self::NonceStoreFull
            | Self::EntropyFailed
            | Self::ForeignFailed
            | Self::SequenceExhausted
            | Self::GrantExhausted
            | Self::GrantNotHeld
            | Self::StoreUnavailable
            | Self::TimedOutInside
            | Self::Overloaded
            | Self::PresentationUndecided
            | Self::RestoreUnannounced
            | Self::EpochChanged
            | Self::PairNotShown
            | Self::FallbackRolledBack => ErrorKind::Unavailable,
        }
    }

    /// What happened, for people.
    pub const fn what(self) -> &'static str {
        match self {
            Self::IdMalformed => "the text is not a ChittyID",
            Self::NamespaceInvalid => "the namespace is not three letters A-Z",
            Self::EntityTypeInvalid => "the entity type is not one that the profile knows",
            Self::MetadataInvalid => {
                "the metadata is not a JSON object, too large, too deep, or holds a number beyond 2^53 - 1"
            }
            Self::HandleInvalid => "the handle is empty or longer than 256 bytes",
            Self::ParentInvalid => "an error id cannot be a parent",
            Self::ConfigurationInvalid => {
                "the client configuration is incomplete or contradicts itself"
            }
            Self::OriginsEqual => "main and fallback have the same origin",
            Self::SecretsEqual => "main and fallback have the same API key",
            Self::PlainHttp => "the origin uses plain http and is not loopback",
            Self::OriginInvalid => {
                "the origin is not an http or https address without path, query or user"
            }
            Self::KeySetInvalid => "the key set is malformed or holds keys of another kind",
            Self::MemberRepeated => "a JSON object has two members of one name",
            Self::TextNotUnicode => "a JSON text holds half of a surrogate pair",
            Self::FolderMissing => "the folder of the file does not exist, or is a file itself",
            Self::PathIsFolder => "the path of the file names a folder",
            Self::AnswerEncoded => "the answer is compressed, though none was asked for",
            Self::NameNotResolved => "the host name was not found",
            Self::ConnectFailed => "the connection was refused or timed out",
            Self::TlsIdentity => "the server's certificate is not the one of this host",
            Self::TlsFailed => "the TLS handshake did not finish",
            Self::TimedOut => "no answer came in time",
            Self::ConnectionLost => "the connection broke before the answer was complete",
            Self::AnswerTooLarge => "the answer is larger than any real one",
            Self::AnswerMalformed => "the answer is not of the agreed form",
            Self::RedirectRefused => {
                "the server redirects elsewhere, and credentials never follow redirects"
            }
            Self::CircuitOpen => "the service failed repeatedly and is left alone for a while",
            Self::ServicesUnavailable => {
                "neither the main nor the fallback service could answer, and no id was made"
            }
            Self::DeadlineExceeded => "the deadline passed",
            Self::RetryQuotaExhausted => "too many retries are under way in this process",
            Self::RequestInvalid => "the request could not be put on the wire",
            Self::HeldBack => {
                "not sent: the service refused most of the latest requests, and the SDK asks it less for two minutes"
            }
            Self::Unauthorized => "the service does not accept the API key",
            Self::Forbidden => "the API key may not do this",
            Self::NotFound => "the service does not know this address or object",
            Self::InFlight => "the same request is being answered elsewhere",
            Self::KeyReused => "this handle was used for another request",
            Self::RateLimited => "too many requests",
            Self::ServerFailed => "the service failed inside",
            Self::ServerUnavailable => "the service is not available",
            Self::RequestRefused => "the service refuses the request",
            Self::StatusUnexpected => "the service answered with a status that has no meaning here",
            Self::EntityTypeDiffers => {
                "the service minted an id of another entity type than was asked for"
            }
            Self::ReceiptMissing => "the answer carries no receipt",
            Self::ReceiptMalformed => "the receipt is not a well-formed chitty receipt",
            Self::ReceiptUnsupported => {
                "the receipt uses an algorithm, type or header that is not allowed"
            }
            Self::ReceiptKeyUnknown => "the key that signed is not in the trusted key set",
            Self::ReceiptSignature => "the receipt's signature does not verify",
            Self::ReceiptSubject => "the receipt belongs to another id",
            Self::ReceiptRequest => "the receipt belongs to another request",
            Self::ReceiptKey => "the receipt belongs to another idempotency key",
            Self::ReceiptIssuer => "the receipt names another issuer",
            Self::ReceiptClass => "the receipt's class does not fit the id or its signer",
            Self::ReceiptExpired => "the fallback receipt has expired",
            Self::ReceiptFuture => "the receipt is dated in the future",
            Self::ReceiptKeyTime => "the receipt is dated outside its key's life",
            Self::ReceiptKeyRevoked => "the key that signed has been revoked",
            Self::ReceiptSupersedes => "the receipt does not replace this fallback id",
            Self::DomainWrong => "the id's domain letter does not fit the service that issued it",
            Self::KeySetMissing => "there is no trusted key set yet",
            Self::KeySetRolledBack => "the service offers an older key set than before",
            Self::ReceiptProfile => "the id follows another profile than was asked for",
            Self::KeySetStale => {
                "the trusted key set is too old to judge a receipt by, or was fetched in this clock's future"
            }
            Self::KeySetPinned => "the key set is pinned, so none can be fetched",
            Self::GrantMissing => "the fallback receipt carries no grant",
            Self::GrantMalformed => "the grant is not a well-formed chitty fallback grant",
            Self::GrantKeyUnknown => "the key that signed the grant is not in the trusted key set",
            Self::GrantSignature => "the grant's signature does not verify",
            Self::GrantNamespace => "the id's namespace is outside the grant",
            Self::GrantYearMonth => "the id's year and month are outside the grant",
            Self::GrantCycle => "the id's cycle is outside the grant",
            Self::GrantTime => "the receipt is dated outside the grant's life",
            Self::GrantReceiptLife => "the receipt expires later than the grant allows",
            Self::GrantHolder => "the receipt is not signed by the key that the grant names",
            Self::GrantDomain => "a fallback key signed an id that is not a fallback id",
            Self::GrantIssuer => "the grant names another issuer",
            Self::StoreFull => "the disk is full; nothing was requested",
            Self::StoreReadOnly => "the store cannot be written",
            Self::StoreDamaged => "the store's file is damaged; it was left as it is",
            Self::StoreNewer => "the store was written by a newer version",
            Self::StoreBusy => "another process holds the store",
            Self::StoreFailed => "the store could not be read or written",
            Self::StoreSuspended => "the client is suspended",
            Self::StoreForeign => "the file is not a chitty store",
            Self::WalletForeign => "the wallet's file was sealed by another device",
            Self::WalletRolledBack => {
                "the wallet's file is older than the one that this device wrote last, or gone"
            }
            Self::SecretsUnavailable => {
                "the place where this device keeps its secrets does not answer"
            }
            Self::SecretsLost => "this device has lost the key of the wallet's file",
            Self::StoreContended => "others wrote to the store each time that this call tried to",
            Self::StoreForked => {
                "the store's file was open in this process when it was forked, and SQLite's locks do not reach into the child"
            }
            Self::StoreUnlocked => {
                "something else in this process opened and closed the store's file, which dropped its locks, and another program then removed its log"
            }
            Self::QueueFull => "the store holds as many unreconciled ids as it may",
            Self::HandleReused => "this handle was used for another request",
            Self::NotPending => "there is no such debt",
            Self::IdAmbiguous => {
                "two requests hold this fallback id, and each has a permanent id of its own"
            }
            Self::DebtWedged => "the service refuses to reconcile this id for good",
            Self::StandardRequired => {
                "a permanent id was asked for, and only a fallback id could be had"
            }
            Self::IdUnknown => "this id is not known here",
            Self::ReceiptHeld => "an id was issued, and its receipt is kept until the clock agrees",
            Self::DrainElsewhere => "another process drains this store",
            Self::DebtOpen => "the id is not reconciled yet",
            Self::PossibleDuplicate => {
                "the live service may have minted an id that did not arrive, and asking again may mint a second one"
            }
            Self::MintPending => "the live service answered with an error id; there is no id yet",
            Self::WalletUnregistered => "this wallet has no registered anchor",
            Self::WalletRevoked => "this wallet's anchor is revoked",
            Self::WalletOtherBroker => "the stored wallet belongs to another broker",
            Self::SeedNotKept => "the seed was not taken over, so nothing was registered",
            Self::SignerCancelled => "the person turned the device key's prompt down",
            Self::SignerAuthenticationRequired => "the device key needs an authentication first",
            Self::SignerInvalidated => "the platform destroyed the device key",
            Self::SignerBusy => "the hardware of the device key does something else",
            Self::SignerUnavailable => {
                "the hardware of the device key is missing or does not answer"
            }
            Self::SignerWrongKey => {
                "another device key answered than the one that belongs to this wallet"
            }
            Self::SignerMalformed => "what the device key returned is no signature or key of P-256",
            Self::StatementRefused => "what the broker signed about the anchor does not verify",
            Self::StatementUndecided => {
                "what the broker signed about the anchor cannot be judged now"
            }
            Self::IssuerKeysChanged => {
                "the issuer changed or withdrew keys that it had published for days to come"
            }
            Self::SchemaUnknown => "the issuer does not offer this schema",
            Self::MetadataRefused => "the issuer's metadata contradict themselves",
            Self::SnapshotRefused => "the status snapshot does not verify",
            Self::SnapshotRolledBack => {
                "the status snapshot is older than one that was accepted before"
            }
            Self::SnapshotEquivocates => "the broker signed two histories of its revocations",
            Self::CredentialKeyRevoked => {
                "the issuer revoked the key that signed this credential, so no site accepts it"
            }
            Self::StatementKeysChanged => {
                "the broker changed or unrevoked a key for statements that it had published"
            }
            Self::ResponseCodeMissing => "the site took the answer and gave no response code",
            Self::ResponseStoreFailed => {
                "the site's store of requests and answers does not answer, so nothing is accepted"
            }
            Self::ResponseStoreFull => {
                "the site has as many signed requests and answers as it can remember"
            }
            Self::CredentialMissing => "the wallet holds no credential of this schema",
            Self::CredentialNotTaken => {
                "the issued credential is not what everybody gets, so it was not taken"
            }
            Self::CredentialTagsChanged => {
                "the renewed credential would change the person's tags, so the old one was kept"
            }
            Self::CredentialExpired => "the credential is past its last day",
            Self::PolicyUnsound => "the policy is unsound or about another schema or issuer",
            Self::AttributeNotConsented => {
                "the site asks for an attribute that the person did not agree to show"
            }
            Self::TagNotConsented => {
                "the site asks for a tag and the person did not agree to be recognised"
            }
            Self::PolicyNotFulfilled => {
                "an attribute has another value than the site accepts, so nothing is shown"
            }
            Self::SignedRequestRefused => "the site's signed request does not verify",
            Self::SignedRequestUndecided => "the site's signed request cannot be judged now",
            Self::SiteInvalid => "the site is not an https origin with a host by name",
            Self::NonceStoreFailed => {
                "the site's store of nonces does not answer, so nothing is accepted"
            }
            Self::NonceStoreFull => "the site has as many open requests as it can remember",
            Self::Internal => "a defect of this library",
            Self::EntropyFailed => "the system gave no random bytes; nothing was requested",
            Self::Closed => "the client, wallet or site is closed",
            Self::Cancelled => "the caller stopped waiting; the work itself goes on to a safe end",
            Self::ForeignFailed => "a part that the application handed in failed",
            Self::ObjectInvalid => "the object is NULL, of another kind, or was freed",
            Self::ArgumentInvalid => "an argument is NULL, not UTF-8, or of an impossible length",
            Self::Forked => "the object was made before this process was forked",
            Self::SequenceExhausted => "every id of this slot and month has been given out",
            Self::NamespaceForbidden => "the API key may not generate in this namespace",
            Self::ScopeMissing => "the API key lacks the scope",
            Self::QuotaExceeded => "the tenant's quota is used up",
            Self::BodyInvalid => "the body is not of the agreed form",
            Self::IdempotencyKeyInvalid => {
                "the Idempotency-Key header is missing or not 32 bytes of base64url"
            }
            Self::IdempotencyKeyReused => "this key was used for another intent",
            Self::RequestInFlight => "a request with this key is being answered",
            Self::DebtUnknown => "no such fallback id is known for this tenant",
            Self::DebtForeign => "the fallback id was issued to another tenant",
            Self::DebtKeyConflict => "this debt was settled under another key",
            Self::DebtKeyMismatch => "the key is not the one the receipt was issued for",
            Self::DebtRequestMismatch => "the request is not the one the receipt was issued for",
            Self::FallbackNotEnrolled => "this fallback key is not enrolled",
            Self::FallbackSuspended => "this fallback is suspended",
            Self::NonceInvalid => "the nonce is unknown, used or too old",
            Self::GrantExhausted => "the fallback's grant is used up",
            Self::GrantNotHeld => "the fallback holds no valid grant",
            Self::DuplicateFallbackId => "one fallback id was issued twice",
            Self::BatchTooLarge => "too many items in one call",
            Self::StoreUnavailable => "the service cannot reach its database",
            Self::ProfileUnsupported => "this service does not issue ids of this profile here",
            Self::ApiKeyInvalid => "the API key is missing, unknown or revoked",
            Self::TooManyRequests => "the tenant's rate limit is reached",
            Self::RouteUnknown => "there is no such operation here",
            Self::BodyTooLarge => "the body is larger than this service accepts",
            Self::ServiceFailed => "the service failed inside",
            Self::TimedOutInside => "the service took too long",
            Self::MethodRefused => "this address does not take this method",
            Self::FallbackRequestInvalid => "the fallback's signed request does not verify",
            Self::Overloaded => "the service has more to do than it can",
            Self::RegistrationRefused => "the registration does not verify",
            Self::SignedTimeInvalid => {
                "the time in the signed request is more than 300 seconds off"
            }
            Self::AnchorUnknown => "nobody registered this anchor",
            Self::AnchorRevoked => "the anchor is revoked",
            Self::AnchorConflict => "the anchor is registered with other keys",
            Self::RevocationRefused => "the revocation certificate does not verify",
            Self::CredentialRefused => "the credential request is refused",
            Self::CommitmentChanged => {
                "the wallet's secret is not the one that this anchor was first issued with"
            }
            Self::EnrolmentMissing => "no attributes are enrolled for this anchor and schema",
            Self::EnrolmentCodeInvalid => {
                "the enrolment code is unknown, used, or for another schema"
            }
            Self::PolicyInvalid => {
                "the policy is unsound or about a schema that this broker does not know"
            }
            Self::OverDisclosed => "the presentation shows more than the policy asks for",
            Self::PresentationRefused => "the presentation does not pass",
            Self::PresentationUndecided => "the presentation cannot be judged now",
            Self::MediaTypeUnsupported => {
                "the body is not called application/json, or is compressed"
            }
            Self::BodyTooSlow => "the body did not arrive in time",
            Self::SlotShareUsed => "the tenant's share of this month's ids of this kind is used up",
            Self::RestoreUnannounced => {
                "main's database is older than what main has acknowledged or signed, so that it would give out again what it gave out before"
            }
            Self::EpochChanged => "the database was said to be restored while this process ran",
            Self::PairNotShown => {
                "main was restored, and gives no month and cycle that the fallback does not show in a grant of its own"
            }
            Self::PairConflict => "two fallback keys hold one month and cycle",
            Self::FallbackRolledBack => {
                "the fallback's database is older than the issue log that main knows"
            }
            Self::EpochOld => "the request names an epoch of before main's last restore",
        }
    }

    /// What to do next, for people.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::IdMalformed => {
                "compare it with the place it was copied from; suggest() names near matches among ids you hold"
            }
            Self::NamespaceInvalid => {
                "use a namespace that your API key may generate in, such as GEN"
            }
            Self::EntityTypeInvalid => {
                "use one letter A-Z, in the Canonical profile one of P, L, T, E, A"
            }
            Self::MetadataInvalid => {
                "keep it under 16 KiB and 8 levels, and send large numbers as text"
            }
            Self::HandleInvalid => {
                "use a short name that is unique for the thing you want identified"
            }
            Self::ParentInvalid => "use the permanent id of the parent",
            Self::ConfigurationInvalid => "read the message for the setting that is wrong",
            Self::OriginsEqual => {
                "use the separate fallback service; the same host gives no safety"
            }
            Self::SecretsEqual => {
                "use a key per origin, so that one service cannot act for you at the other"
            }
            Self::PlainHttp => "use https, or allow it knowingly through danger()",
            Self::OriginInvalid => "write it as https://host or https://host:port",
            Self::KeySetInvalid => "fetch it again from the main service's /.well-known/jwks.json",
            Self::MemberRepeated => {
                "give each member once; names count as they are after unescaping"
            }
            Self::TextNotUnicode => {
                "send whole characters, and bytes that are no text as base64url"
            }
            Self::FolderMissing => "make the folder or correct the path; nothing was written",
            Self::PathIsFolder => "name a file in it, such as ids.db",
            Self::AnswerEncoded => {
                "switch compression off in the gateway in front of the service, or have it obey Accept-Encoding: identity"
            }
            Self::NameNotResolved => "check the address and the network; the request was not sent",
            Self::ConnectFailed => "the service is down or unreachable; the request was not sent",
            Self::TlsIdentity => {
                "do not proceed; check the clock, the certificate and who answers there"
            }
            Self::TlsFailed => "the request was not sent; try again",
            Self::TimedOut => "repeat with the same handle; the answer will be the same id",
            Self::ConnectionLost => "repeat with the same handle; the answer will be the same id",
            Self::AnswerTooLarge => "check who answers at this address",
            Self::AnswerMalformed => {
                "check that the address belongs to this service and its version fits"
            }
            Self::RedirectRefused => "configure the final address",
            Self::CircuitOpen => "wait for the given time",
            Self::ServicesUnavailable => "repeat later with the same handle",
            Self::DeadlineExceeded => "repeat with the same handle, perhaps with a longer deadline",
            Self::RetryQuotaExhausted => "wait for the given time",
            Self::RequestInvalid => "report it with the code",
            Self::HeldBack => "repeat later with the same handle; watch the service's load",
            Self::Unauthorized => "check the key for this origin",
            Self::Forbidden => "ask the operator for the scope or namespace",
            Self::NotFound => "check the origin and the id",
            Self::InFlight => "repeat with the same handle",
            Self::KeyReused => "use a new handle for a new thing",
            Self::RateLimited => "wait for the given time",
            Self::ServerFailed => "repeat with the same handle; tell the operator if it stays",
            Self::ServerUnavailable => "wait for the given time",
            Self::RequestRefused => "read the service's own code beside this one",
            Self::StatusUnexpected => "check the address and the version",
            Self::EntityTypeDiffers => "do not use the id; report it to the service's operator",
            Self::ReceiptMissing => "use a service that signs its ids",
            Self::ReceiptMalformed => "keep the receipt exactly as it was issued",
            Self::ReceiptUnsupported => "only ES256 receipts count",
            Self::ReceiptKeyUnknown => "refresh the key set",
            Self::ReceiptSignature => "the receipt was changed or forged",
            Self::ReceiptSubject => "use the receipt that came with this id",
            Self::ReceiptRequest => "use the receipt that answers this request",
            Self::ReceiptKey => "use the receipt that answers this request",
            Self::ReceiptIssuer => "check which service is trusted",
            Self::ReceiptClass => "the receipt was made for another kind of id",
            Self::ReceiptExpired => "use the permanent id that replaced it",
            Self::ReceiptFuture => "check this machine's clock",
            Self::ReceiptKeyTime => "the key was not in use then",
            Self::ReceiptKeyRevoked => "ask the issuer for a new receipt",
            Self::ReceiptSupersedes => "use the receipt that reconciles this id",
            Self::DomainWrong => "do not use the id",
            Self::KeySetMissing => "connect to the main service once, or pin a key set",
            Self::KeySetRolledBack => "check who answers; a rising version is required",
            Self::ReceiptProfile => "do not use the id",
            Self::KeySetStale => {
                "let the client reach the main service and call refresh; check this machine's clock"
            }
            Self::KeySetPinned => {
                "build the client with a newer set from where this one came, or let it fetch main's own"
            }
            Self::GrantMissing => "the id was not authorised by the main service",
            Self::GrantMalformed => "the id was not authorised by the main service",
            Self::GrantKeyUnknown => "refresh the key set",
            Self::GrantSignature => "the grant was changed or forged",
            Self::GrantNamespace => "the fallback was not allowed to issue it",
            Self::GrantYearMonth => "the fallback was not allowed to issue it",
            Self::GrantCycle => "the fallback was not allowed to issue it",
            Self::GrantTime => "the fallback was not allowed to issue it then",
            Self::GrantReceiptLife => "the fallback was not allowed to issue it so",
            Self::GrantHolder => "the grant belongs to another fallback",
            Self::GrantDomain => "a fallback may issue only ids of domain E",
            Self::GrantIssuer => "check which service is trusted",
            Self::StoreFull => "free space and repeat",
            Self::StoreReadOnly => "check the file's permissions and mount",
            Self::StoreDamaged => "restore it from a backup; do not delete it, it holds debts",
            Self::StoreNewer => "use that version or a newer one",
            Self::StoreBusy => "try again",
            Self::StoreFailed => "check the disk; nothing was requested",
            Self::StoreSuspended => "call resume()",
            Self::StoreForeign => "choose another path; the file was left as it is",
            Self::WalletForeign => {
                "restore this device's own file, or set up a new wallet here from the recovery shares"
            }
            Self::WalletRolledBack => {
                "restore the newest file; to give its content up, start over with a new one"
            }
            Self::SecretsUnavailable => "unlock the device, then repeat",
            Self::SecretsLost => "set up a new wallet here from the recovery shares",
            Self::StoreContended => "repeat",
            Self::StoreForked => {
                "open the store only after the fork, close it before, or start the child as a program of its own"
            }
            Self::StoreUnlocked => {
                "open the store again, repeat, and let nothing else in the process open that file"
            }
            Self::QueueFull => "let reconciliation drain, or raise the limit",
            Self::HandleReused => "use a new handle for a new thing",
            Self::NotPending => "look at pending_reconciliations()",
            Self::IdAmbiguous => "resolve by handle",
            Self::DebtWedged => "read the reason, then retry_wedged() or abandon()",
            Self::StandardRequired => "repeat later with the same handle",
            Self::IdUnknown => "check that it came from this client or tenant",
            Self::ReceiptHeld => "set the clock and repeat with the same handle",
            Self::DrainElsewhere => "nothing to do; its results appear in the store",
            Self::DebtOpen => "wait for the main service, or call trigger_reconciliation()",
            Self::PossibleDuplicate => {
                "look at the service whether the thing has an id, then call decide()"
            }
            Self::MintPending => "repeat later with the same handle, or call drain()",
            Self::WalletUnregistered => "call register first",
            Self::WalletRevoked => "revocation is for good; set up a new wallet",
            Self::WalletOtherBroker => "open it with the broker that it was made for",
            Self::SeedNotKept => "back it up, then repeat; it is the same seed again",
            Self::SignerCancelled => "ask again only when they ask for it",
            Self::SignerAuthenticationRequired => "let the person unlock the device, then repeat",
            Self::SignerInvalidated => "set up a new wallet with a new device key",
            Self::SignerBusy => "repeat",
            Self::SignerUnavailable => "wait and repeat",
            Self::SignerWrongKey => "check the key's alias",
            Self::SignerMalformed => "check how the platform's answer is passed on",
            Self::StatementRefused => "read the reason; report it to the broker's operator",
            Self::StatementUndecided => "read the reason; refresh, then repeat",
            Self::IssuerKeysChanged => {
                "do not use it before its operator explains; somebody could be followed by it"
            }
            Self::SchemaUnknown => "use a schema of the issuer's metadata; refresh when it is new",
            Self::MetadataRefused => "report it to the broker's operator",
            Self::SnapshotRefused => "read the reason; report it to the broker's operator",
            Self::SnapshotRolledBack => "report it; somebody serves an old list of revocations",
            Self::SnapshotEquivocates => "raise an alarm and trust nothing of this broker",
            Self::CredentialKeyRevoked => "obtain the credential anew; its tags stay the same",
            Self::StatementKeysChanged => {
                "do not use it before its operator explains; somebody else may hold its keys"
            }
            Self::ResponseCodeMissing => "begin again at the site; report it to its operator",
            Self::ResponseStoreFailed => "wait and begin again",
            Self::ResponseStoreFull => "wait until some are fetched or end",
            Self::CredentialMissing => "obtain one first",
            Self::CredentialNotTaken => "read the reason; report it to the issuer",
            Self::CredentialTagsChanged => {
                "report it to the issuer; the old one works until its last day"
            }
            Self::CredentialExpired => "obtain it again",
            Self::PolicyUnsound => "read the reason; the site must ask in another way",
            Self::AttributeNotConsented => "ask the person, or show nothing",
            Self::TagNotConsented => "ask the person, or show nothing",
            Self::PolicyNotFulfilled => "there is nothing to show to this site",
            Self::SignedRequestRefused => "read the reason; do not follow it",
            Self::SignedRequestUndecided => "read the reason, then repeat",
            Self::SiteInvalid => "use https and the site's name",
            Self::NonceStoreFailed => "wait and ask the person to present again",
            Self::NonceStoreFull => "wait until some are answered or end",
            Self::Internal => "report it with the code",
            Self::EntropyFailed => "try again",
            Self::Closed => "make a new one",
            Self::Cancelled => "ask again with the same handle, or listen for the event",
            Self::ForeignFailed => "look for the failure in the application's own log",
            Self::ObjectInvalid => "look for a use after free in the caller",
            Self::ArgumentInvalid => "see the documentation of the function",
            Self::Forked => "make a new client in the child",
            Self::SequenceExhausted => "use another namespace or wait for the next month",
            Self::NamespaceForbidden => "ask the operator",
            Self::ScopeMissing => "ask the operator",
            Self::QuotaExceeded => "wait for the given time",
            Self::BodyInvalid => "see /openapi.json",
            Self::IdempotencyKeyInvalid => "send one key per intent",
            Self::IdempotencyKeyReused => "use a new key for a new intent",
            Self::RequestInFlight => "repeat after the given time",
            Self::DebtUnknown => "send the full item with receipt and key",
            Self::DebtForeign => "its owner can reconcile it",
            Self::DebtKeyConflict => "the receipt is not yours to use",
            Self::DebtKeyMismatch => "a receipt alone is no credential",
            Self::DebtRequestMismatch => "send the original request and salt",
            Self::FallbackNotEnrolled => "enrol its thumbprint first",
            Self::FallbackSuspended => "the operator must look at the alarm first",
            Self::NonceInvalid => "fetch a new one",
            Self::GrantExhausted => "the fallback renews it when main is back",
            Self::GrantNotHeld => "the fallback needs the main service once",
            Self::DuplicateFallbackId => "both holders get permanent ids; the grant is suspended",
            Self::BatchTooLarge => "send at most the number in the message",
            Self::StoreUnavailable => "wait and repeat",
            Self::ProfileUnsupported => "use secure-fallback",
            Self::ApiKeyInvalid => "check the key for this origin",
            Self::TooManyRequests => "wait for the given time",
            Self::RouteUnknown => "see /openapi.json",
            Self::BodyTooLarge => "send less at a time",
            Self::ServiceFailed => "repeat; tell the operator the request id if it stays",
            Self::TimedOutInside => "repeat with the same key",
            Self::MethodRefused => "see /openapi.json",
            Self::FallbackRequestInvalid => {
                "sign with the enrolled key, for this issuer, over a fresh nonce and with the right time"
            }
            Self::Overloaded => "wait for the given time, then repeat with the same key",
            Self::RegistrationRefused => {
                "read the reason; sign with every key that it names, for this broker, over a fresh nonce"
            }
            Self::SignedTimeInvalid => "set the clock, then sign again over a fresh nonce",
            Self::AnchorUnknown => "register it first",
            Self::AnchorRevoked => "revocation is for good; register another anchor",
            Self::AnchorConflict => {
                "make a new anchor key; an anchor keeps its recovery and device keys"
            }
            Self::RevocationRefused => {
                "sign it with the anchor key, or with the recovery key that was registered with it"
            }
            Self::CredentialRefused => {
                "read the reason; ask for a schema of the issuer's metadata over a fresh nonce"
            }
            Self::CommitmentChanged => "renew with the same seed; another secret would shed bans",
            Self::EnrolmentMissing => {
                "ask the issuer's operator for an enrolment code and send it with the request"
            }
            Self::EnrolmentCodeInvalid => "ask the issuer's operator for a new one",
            Self::PolicyInvalid => {
                "read the reason; build it from a schema of the issuer's metadata"
            }
            Self::OverDisclosed => "show exactly what the policy names",
            Self::PresentationRefused => {
                "read the reason; present again for this site over a fresh nonce"
            }
            Self::PresentationUndecided => {
                "read the reason for what is stale or missing, then present again"
            }
            Self::MediaTypeUnsupported => {
                "send Content-Type: application/json with a JSON body and no Content-Encoding"
            }
            Self::BodyTooSlow => {
                "repeat the request over a better connection, or send less at a time"
            }
            Self::SlotShareUsed => {
                "ask the operator for a larger share, use another namespace or type, or wait for the next month"
            }
            Self::RestoreUnannounced => {
                "the operator says `reference-server restored` (deploy/README.md); clients take the fallback meanwhile"
            }
            Self::EpochChanged => {
                "the operator restarts the process, main with a prefix that was not used this month"
            }
            Self::PairNotShown => {
                "show the grants that main signed for this key, or wait until the time after the restore is over"
            }
            Self::PairConflict => {
                "both are suspended; the operator puts others, with keys of their own, in their place"
            }
            Self::FallbackRolledBack => {
                "the operator puts another fallback, with a key and a database of its own, in its place"
            }
            Self::EpochOld => "ask for a nonce again, and upload the issue log from its beginning",
        }
    }
}

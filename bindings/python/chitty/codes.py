"""Generated from `spec/error-codes.toml` by `cargo xtask codegen`. Do not edit."""

from enum import IntEnum


class Code(IntEnum):
    """What happened, as a stable number: the same in every language and version."""

    #: The text is not a ChittyID.
    ID_MALFORMED = 1001

    #: The namespace is not three letters A-Z.
    NAMESPACE_INVALID = 1002

    #: The entity type is not one that the profile knows.
    ENTITY_TYPE_INVALID = 1003

    #: The metadata is not a JSON object, too large, too deep, or holds a number beyond 2^53 - 1.
    METADATA_INVALID = 1004

    #: The handle is empty or longer than 256 bytes.
    HANDLE_INVALID = 1005

    #: An error id cannot be a parent.
    PARENT_INVALID = 1006

    #: The client configuration is incomplete or contradicts itself.
    CONFIGURATION_INVALID = 1010

    #: Main and fallback have the same origin.
    ORIGINS_EQUAL = 1011

    #: Main and fallback have the same API key.
    SECRETS_EQUAL = 1012

    #: The origin uses plain http and is not loopback.
    PLAIN_HTTP = 1013

    #: The origin is not an http or https address without path, query or user.
    ORIGIN_INVALID = 1014

    #: The key set is malformed or holds keys of another kind.
    KEY_SET_INVALID = 1015

    #: A JSON object has two members of one name.
    MEMBER_REPEATED = 1016

    #: A JSON text holds half of a surrogate pair.
    TEXT_NOT_UNICODE = 1017

    #: The folder of the file does not exist, or is a file itself.
    FOLDER_MISSING = 1018

    #: The path of the file names a folder.
    PATH_IS_FOLDER = 1019

    #: The answer is compressed, though none was asked for.
    ANSWER_ENCODED = 1020

    #: The host name was not found.
    NAME_NOT_RESOLVED = 1101

    #: The connection was refused or timed out.
    CONNECT_FAILED = 1102

    #: The server's certificate is not the one of this host.
    TLS_IDENTITY = 1103

    #: The TLS handshake did not finish.
    TLS_FAILED = 1104

    #: No answer came in time.
    TIMED_OUT = 1105

    #: The connection broke before the answer was complete.
    CONNECTION_LOST = 1106

    #: The answer is larger than any real one.
    ANSWER_TOO_LARGE = 1107

    #: The answer is not of the agreed form.
    ANSWER_MALFORMED = 1108

    #: The server redirects elsewhere, and credentials never follow redirects.
    REDIRECT_REFUSED = 1109

    #: The service failed repeatedly and is left alone for a while.
    CIRCUIT_OPEN = 1110

    #: Neither the main nor the fallback service could answer, and no id was made.
    SERVICES_UNAVAILABLE = 1111

    #: The deadline passed.
    DEADLINE_EXCEEDED = 1112

    #: Too many retries are under way in this process.
    RETRY_QUOTA_EXHAUSTED = 1113

    #: The request could not be put on the wire.
    REQUEST_INVALID = 1114

    #: Not sent: the service refused most of the latest requests, and the SDK asks it less for two minutes.
    HELD_BACK = 1115

    #: The service does not accept the API key.
    UNAUTHORIZED = 1201

    #: The API key may not do this.
    FORBIDDEN = 1202

    #: The service does not know this address or object.
    NOT_FOUND = 1203

    #: The same request is being answered elsewhere.
    IN_FLIGHT = 1204

    #: This handle was used for another request.
    KEY_REUSED = 1205

    #: Too many requests.
    RATE_LIMITED = 1206

    #: The service failed inside.
    SERVER_FAILED = 1207

    #: The service is not available.
    SERVER_UNAVAILABLE = 1208

    #: The service refuses the request.
    REQUEST_REFUSED = 1209

    #: The service answered with a status that has no meaning here.
    STATUS_UNEXPECTED = 1210

    #: The service minted an id of another entity type than was asked for.
    ENTITY_TYPE_DIFFERS = 1211

    #: The answer carries no receipt.
    RECEIPT_MISSING = 1301

    #: The receipt is not a well-formed chitty receipt.
    RECEIPT_MALFORMED = 1302

    #: The receipt uses an algorithm, type or header that is not allowed.
    RECEIPT_UNSUPPORTED = 1303

    #: The key that signed is not in the trusted key set.
    RECEIPT_KEY_UNKNOWN = 1304

    #: The receipt's signature does not verify.
    RECEIPT_SIGNATURE = 1305

    #: The receipt belongs to another id.
    RECEIPT_SUBJECT = 1306

    #: The receipt belongs to another request.
    RECEIPT_REQUEST = 1307

    #: The receipt belongs to another idempotency key.
    RECEIPT_KEY = 1308

    #: The receipt names another issuer.
    RECEIPT_ISSUER = 1309

    #: The receipt's class does not fit the id or its signer.
    RECEIPT_CLASS = 1310

    #: The fallback receipt has expired.
    RECEIPT_EXPIRED = 1311

    #: The receipt is dated in the future.
    RECEIPT_FUTURE = 1312

    #: The receipt is dated outside its key's life.
    RECEIPT_KEY_TIME = 1313

    #: The key that signed has been revoked.
    RECEIPT_KEY_REVOKED = 1314

    #: The receipt does not replace this fallback id.
    RECEIPT_SUPERSEDES = 1315

    #: The id's domain letter does not fit the service that issued it.
    DOMAIN_WRONG = 1316

    #: There is no trusted key set yet.
    KEY_SET_MISSING = 1317

    #: The service offers an older key set than before.
    KEY_SET_ROLLED_BACK = 1318

    #: The id follows another profile than was asked for.
    RECEIPT_PROFILE = 1319

    #: The trusted key set is too old to judge a receipt by, or was fetched in this clock's future.
    KEY_SET_STALE = 1320

    #: The key set is pinned, so none can be fetched.
    KEY_SET_PINNED = 1321

    #: The fallback receipt carries no grant.
    GRANT_MISSING = 1401

    #: The grant is not a well-formed chitty fallback grant.
    GRANT_MALFORMED = 1402

    #: The key that signed the grant is not in the trusted key set.
    GRANT_KEY_UNKNOWN = 1403

    #: The grant's signature does not verify.
    GRANT_SIGNATURE = 1404

    #: The id's namespace is outside the grant.
    GRANT_NAMESPACE = 1405

    #: The id's year and month are outside the grant.
    GRANT_YEAR_MONTH = 1406

    #: The id's cycle is outside the grant.
    GRANT_CYCLE = 1407

    #: The receipt is dated outside the grant's life.
    GRANT_TIME = 1408

    #: The receipt expires later than the grant allows.
    GRANT_RECEIPT_LIFE = 1409

    #: The receipt is not signed by the key that the grant names.
    GRANT_HOLDER = 1410

    #: A fallback key signed an id that is not a fallback id.
    GRANT_DOMAIN = 1411

    #: The grant names another issuer.
    GRANT_ISSUER = 1412

    #: The disk is full; nothing was requested.
    STORE_FULL = 1501

    #: The store cannot be written.
    STORE_READ_ONLY = 1502

    #: The store's file is damaged; it was left as it is.
    STORE_DAMAGED = 1503

    #: The store was written by a newer version.
    STORE_NEWER = 1504

    #: Another process holds the store.
    STORE_BUSY = 1505

    #: The store could not be read or written.
    STORE_FAILED = 1506

    #: The client is suspended.
    STORE_SUSPENDED = 1507

    #: The file is not a chitty store.
    STORE_FOREIGN = 1508

    #: The wallet's file was sealed by another device.
    WALLET_FOREIGN = 1509

    #: The wallet's file is older than the one that this device wrote last, or gone.
    WALLET_ROLLED_BACK = 1510

    #: The place where this device keeps its secrets does not answer.
    SECRETS_UNAVAILABLE = 1511

    #: This device has lost the key of the wallet's file.
    SECRETS_LOST = 1512

    #: Others wrote to the store each time that this call tried to.
    STORE_CONTENDED = 1513

    #: The store's file was open in this process when it was forked, and SQLite's locks do not reach into the child.
    STORE_FORKED = 1520

    #: Something else in this process opened and closed the store's file, which dropped its locks, and another program then removed its log.
    STORE_UNLOCKED = 1521

    #: The store holds as many unreconciled ids as it may.
    QUEUE_FULL = 1601

    #: This handle was used for another request.
    HANDLE_REUSED = 1602

    #: There is no such debt.
    NOT_PENDING = 1603

    #: Two requests hold this fallback id, and each has a permanent id of its own.
    ID_AMBIGUOUS = 1604

    #: The service refuses to reconcile this id for good.
    DEBT_WEDGED = 1605

    #: A permanent id was asked for, and only a fallback id could be had.
    STANDARD_REQUIRED = 1606

    #: This id is not known here.
    ID_UNKNOWN = 1607

    #: An id was issued, and its receipt is kept until the clock agrees.
    RECEIPT_HELD = 1608

    #: Another process drains this store.
    DRAIN_ELSEWHERE = 1609

    #: The id is not reconciled yet.
    DEBT_OPEN = 1610

    #: The live service may have minted an id that did not arrive, and asking again may mint a second one.
    POSSIBLE_DUPLICATE = 1611

    #: The live service answered with an error id; there is no id yet.
    MINT_PENDING = 1612

    #: This wallet has no registered anchor.
    WALLET_UNREGISTERED = 1701

    #: This wallet's anchor is revoked.
    WALLET_REVOKED = 1702

    #: The stored wallet belongs to another broker.
    WALLET_OTHER_BROKER = 1703

    #: The seed was not taken over, so nothing was registered.
    SEED_NOT_KEPT = 1704

    #: The person turned the device key's prompt down.
    SIGNER_CANCELLED = 1705

    #: The device key needs an authentication first.
    SIGNER_AUTHENTICATION_REQUIRED = 1706

    #: The platform destroyed the device key.
    SIGNER_INVALIDATED = 1707

    #: The hardware of the device key does something else.
    SIGNER_BUSY = 1708

    #: The hardware of the device key is missing or does not answer.
    SIGNER_UNAVAILABLE = 1709

    #: Another device key answered than the one that belongs to this wallet.
    SIGNER_WRONG_KEY = 1710

    #: What the device key returned is no signature or key of P-256.
    SIGNER_MALFORMED = 1711

    #: What the broker signed about the anchor does not verify.
    STATEMENT_REFUSED = 1720

    #: What the broker signed about the anchor cannot be judged now.
    STATEMENT_UNDECIDED = 1721

    #: The issuer changed or withdrew keys that it had published for days to come.
    ISSUER_KEYS_CHANGED = 1722

    #: The issuer does not offer this schema.
    SCHEMA_UNKNOWN = 1723

    #: The issuer's metadata contradict themselves.
    METADATA_REFUSED = 1724

    #: The status snapshot does not verify.
    SNAPSHOT_REFUSED = 1725

    #: The status snapshot is older than one that was accepted before.
    SNAPSHOT_ROLLED_BACK = 1726

    #: The broker signed two histories of its revocations.
    SNAPSHOT_EQUIVOCATES = 1727

    #: The issuer revoked the key that signed this credential, so no site accepts it.
    CREDENTIAL_KEY_REVOKED = 1728

    #: The broker changed or unrevoked a key for statements that it had published.
    STATEMENT_KEYS_CHANGED = 1729

    #: The site took the answer and gave no response code.
    RESPONSE_CODE_MISSING = 1730

    #: The site's store of requests and answers does not answer, so nothing is accepted.
    RESPONSE_STORE_FAILED = 1731

    #: The site has as many signed requests and answers as it can remember.
    RESPONSE_STORE_FULL = 1732

    #: The wallet holds no credential of this schema.
    CREDENTIAL_MISSING = 1740

    #: The issued credential is not what everybody gets, so it was not taken.
    CREDENTIAL_NOT_TAKEN = 1741

    #: The renewed credential would change the person's tags, so the old one was kept.
    CREDENTIAL_TAGS_CHANGED = 1742

    #: The credential is past its last day.
    CREDENTIAL_EXPIRED = 1743

    #: The policy is unsound or about another schema or issuer.
    POLICY_UNSOUND = 1750

    #: The site asks for an attribute that the person did not agree to show.
    ATTRIBUTE_NOT_CONSENTED = 1751

    #: The site asks for a tag and the person did not agree to be recognised.
    TAG_NOT_CONSENTED = 1752

    #: An attribute has another value than the site accepts, so nothing is shown.
    POLICY_NOT_FULFILLED = 1753

    #: The site's signed request does not verify.
    SIGNED_REQUEST_REFUSED = 1754

    #: The site's signed request cannot be judged now.
    SIGNED_REQUEST_UNDECIDED = 1755

    #: The site is not an https origin with a host by name.
    SITE_INVALID = 1756

    #: The site's store of nonces does not answer, so nothing is accepted.
    NONCE_STORE_FAILED = 1760

    #: The site has as many open requests as it can remember.
    NONCE_STORE_FULL = 1761

    #: A defect of this library.
    INTERNAL = 1901

    #: The system gave no random bytes; nothing was requested.
    ENTROPY_FAILED = 1902

    #: The client, wallet or site is closed.
    CLOSED = 1903

    #: The caller stopped waiting; the work itself goes on to a safe end.
    CANCELLED = 1904

    #: A part that the application handed in failed.
    FOREIGN_FAILED = 1905

    #: The object is NULL, of another kind, or was freed.
    OBJECT_INVALID = 1906

    #: An argument is NULL, not UTF-8, or of an impossible length.
    ARGUMENT_INVALID = 1907

    #: The object was made before this process was forked.
    FORKED = 1908

    #: Every id of this slot and month has been given out.
    SEQUENCE_EXHAUSTED = 2001

    #: The API key may not generate in this namespace.
    NAMESPACE_FORBIDDEN = 2002

    #: The API key lacks the scope.
    SCOPE_MISSING = 2003

    #: The tenant's quota is used up.
    QUOTA_EXCEEDED = 2004

    #: The body is not of the agreed form.
    BODY_INVALID = 2005

    #: The Idempotency-Key header is missing or not 32 bytes of base64url.
    IDEMPOTENCY_KEY_INVALID = 2006

    #: This key was used for another intent.
    IDEMPOTENCY_KEY_REUSED = 2007

    #: A request with this key is being answered.
    REQUEST_IN_FLIGHT = 2008

    #: No such fallback id is known for this tenant.
    DEBT_UNKNOWN = 2009

    #: The fallback id was issued to another tenant.
    DEBT_FOREIGN = 2010

    #: This debt was settled under another key.
    DEBT_KEY_CONFLICT = 2011

    #: The key is not the one the receipt was issued for.
    DEBT_KEY_MISMATCH = 2012

    #: The request is not the one the receipt was issued for.
    DEBT_REQUEST_MISMATCH = 2013

    #: This fallback key is not enrolled.
    FALLBACK_NOT_ENROLLED = 2014

    #: This fallback is suspended.
    FALLBACK_SUSPENDED = 2015

    #: The nonce is unknown, used or too old.
    NONCE_INVALID = 2016

    #: The fallback's grant is used up.
    GRANT_EXHAUSTED = 2017

    #: The fallback holds no valid grant.
    GRANT_NOT_HELD = 2018

    #: One fallback id was issued twice.
    DUPLICATE_FALLBACK_ID = 2019

    #: Too many items in one call.
    BATCH_TOO_LARGE = 2020

    #: The service cannot reach its database.
    STORE_UNAVAILABLE = 2021

    #: This service does not issue ids of this profile here.
    PROFILE_UNSUPPORTED = 2022

    #: The API key is missing, unknown or revoked.
    API_KEY_INVALID = 2023

    #: The tenant's rate limit is reached.
    TOO_MANY_REQUESTS = 2024

    #: There is no such operation here.
    ROUTE_UNKNOWN = 2025

    #: The body is larger than this service accepts.
    BODY_TOO_LARGE = 2026

    #: The service failed inside.
    SERVICE_FAILED = 2027

    #: The service took too long.
    TIMED_OUT_INSIDE = 2028

    #: This address does not take this method.
    METHOD_REFUSED = 2029

    #: The fallback's signed request does not verify.
    FALLBACK_REQUEST_INVALID = 2030

    #: The service has more to do than it can.
    OVERLOADED = 2031

    #: The registration does not verify.
    REGISTRATION_REFUSED = 2032

    #: The time in the signed request is more than 300 seconds off.
    SIGNED_TIME_INVALID = 2033

    #: Nobody registered this anchor.
    ANCHOR_UNKNOWN = 2034

    #: The anchor is revoked.
    ANCHOR_REVOKED = 2035

    #: The anchor is registered with other keys.
    ANCHOR_CONFLICT = 2036

    #: The revocation certificate does not verify.
    REVOCATION_REFUSED = 2037

    #: The credential request is refused.
    CREDENTIAL_REFUSED = 2038

    #: The wallet's secret is not the one that this anchor was first issued with.
    COMMITMENT_CHANGED = 2039

    #: No attributes are enrolled for this anchor and schema.
    ENROLMENT_MISSING = 2040

    #: The enrolment code is unknown, used, or for another schema.
    ENROLMENT_CODE_INVALID = 2041

    #: The policy is unsound or about a schema that this broker does not know.
    POLICY_INVALID = 2042

    #: The presentation shows more than the policy asks for.
    OVER_DISCLOSED = 2043

    #: The presentation does not pass.
    PRESENTATION_REFUSED = 2044

    #: The presentation cannot be judged now.
    PRESENTATION_UNDECIDED = 2045

    #: The body is not called application/json, or is compressed.
    MEDIA_TYPE_UNSUPPORTED = 2046

    #: The body did not arrive in time.
    BODY_TOO_SLOW = 2050

    #: The tenant's share of this month's ids of this kind is used up.
    SLOT_SHARE_USED = 2065

    #: Main's database is older than what main has acknowledged or signed, so that it would give out again what it gave out before.
    RESTORE_UNANNOUNCED = 2066

    #: The database was said to be restored while this process ran.
    EPOCH_CHANGED = 2067

    #: Main was restored, and gives no month and cycle that the fallback does not show in a grant of its own.
    PAIR_NOT_SHOWN = 2068

    #: Two fallback keys hold one month and cycle.
    PAIR_CONFLICT = 2069

    #: The fallback's database is older than the issue log that main knows.
    FALLBACK_ROLLED_BACK = 2070

    #: The request names an epoch of before main's last restore.
    EPOCH_OLD = 2071

/* Generated from ffi/src/capi by `cargo run -p chitty-cbindgen`. Do not edit.
 *
 * Rules that hold for every function:
 *
 * - Status: 0 (CHITTY_CODE_OK) or the number of what went wrong, also written to `error`, which is
 *   the caller's own memory, needs no initialisation, and may be NULL. Out-parameters are written on
 *   success only.
 * - Handles (ChittyClient, ChittyWallet, ChittySite, ChittyCancelToken, ChittyEvents, lists, sinks,
 *   exchanges) are numbers and not addresses. NULL, freed or foreign ones are refused with
 *   CHITTY_CODE_OBJECT_INVALID. Every `_free` takes NULL. Whatever is released twice does no harm.
 * - Text is UTF-8 with a length. A NUL inside, bytes that are not UTF-8 and lengths over 16 MiB are
 *   refused with CHITTY_CODE_ARGUMENT_INVALID; an id with a NUL inside is malformed like any other,
 *   CHITTY_CODE_ID_MALFORMED. What is handed in is read during the call only.
 * - Every function may be called from any thread, also from within callbacks (but not from the
 *   clock's). The SDK holds no lock while it calls out.
 * - Callbacks run on threads of the SDK. They must not throw or longjmp. `user` must be usable from
 *   any thread, and from several at once where the same part is called concurrently.
 * - After fork(), objects of the parent answer with CHITTY_CODE_FORKED in the child; new ones work,
 *   but not on a store file that the parent had open (CHITTY_CODE_STORE_FORKED).
 * - Nothing else in the process may open and close a store's file while it is in use, not to copy it,
 *   nor with another SQLite, nor through a second copy of this library: POSIX drops all locks of a
 *   process on a file when any descriptor of it is closed. Later writes then fail with
 *   CHITTY_CODE_STORE_UNLOCKED.
 * - Config structs begin with `struct_size` and are zero where nothing is said; newer libraries take
 *   the shorter structs of older callers.
 */


#ifndef CHITTY_H
#define CHITTY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** A string literal as ChittyStr. */
#ifdef __cplusplus
#define CHITTY_STR(literal) (ChittyStr{ (literal), sizeof(literal) - 1 })
#else
#define CHITTY_STR(literal) ((ChittyStr){ (literal), sizeof(literal) - 1 })
#endif


/**
 * The interface that this header describes; compare it with `chitty_abi_version()`.
 */
#define CHITTY_ABI_VERSION 2

/**
 * What happened, as a stable number. Every status is one of these, or newer.
 */
typedef enum ChittyCode {
  /**
   * No error.
   */
  CHITTY_CODE_OK = 0,
  /**
   * The text is not a ChittyID.
   */
  CHITTY_CODE_ID_MALFORMED = 1001,
  /**
   * The namespace is not three letters A-Z.
   */
  CHITTY_CODE_NAMESPACE_INVALID = 1002,
  /**
   * The entity type is not one that the profile knows.
   */
  CHITTY_CODE_ENTITY_TYPE_INVALID = 1003,
  /**
   * The metadata is not a JSON object, too large, too deep, or holds a number beyond 2^53 - 1.
   */
  CHITTY_CODE_METADATA_INVALID = 1004,
  /**
   * The handle is empty or longer than 256 bytes.
   */
  CHITTY_CODE_HANDLE_INVALID = 1005,
  /**
   * An error id cannot be a parent.
   */
  CHITTY_CODE_PARENT_INVALID = 1006,
  /**
   * The client configuration is incomplete or contradicts itself.
   */
  CHITTY_CODE_CONFIGURATION_INVALID = 1010,
  /**
   * Main and fallback have the same origin.
   */
  CHITTY_CODE_ORIGINS_EQUAL = 1011,
  /**
   * Main and fallback have the same API key.
   */
  CHITTY_CODE_SECRETS_EQUAL = 1012,
  /**
   * The origin uses plain http and is not loopback.
   */
  CHITTY_CODE_PLAIN_HTTP = 1013,
  /**
   * The origin is not an http or https address without path, query or user.
   */
  CHITTY_CODE_ORIGIN_INVALID = 1014,
  /**
   * The key set is malformed or holds keys of another kind.
   */
  CHITTY_CODE_KEY_SET_INVALID = 1015,
  /**
   * A JSON object has two members of one name.
   */
  CHITTY_CODE_MEMBER_REPEATED = 1016,
  /**
   * A JSON text holds half of a surrogate pair.
   */
  CHITTY_CODE_TEXT_NOT_UNICODE = 1017,
  /**
   * The folder of the file does not exist, or is a file itself.
   */
  CHITTY_CODE_FOLDER_MISSING = 1018,
  /**
   * The path of the file names a folder.
   */
  CHITTY_CODE_PATH_IS_FOLDER = 1019,
  /**
   * The answer is compressed, though none was asked for.
   */
  CHITTY_CODE_ANSWER_ENCODED = 1020,
  /**
   * The host name was not found.
   */
  CHITTY_CODE_NAME_NOT_RESOLVED = 1101,
  /**
   * The connection was refused or timed out.
   */
  CHITTY_CODE_CONNECT_FAILED = 1102,
  /**
   * The server's certificate is not the one of this host.
   */
  CHITTY_CODE_TLS_IDENTITY = 1103,
  /**
   * The TLS handshake did not finish.
   */
  CHITTY_CODE_TLS_FAILED = 1104,
  /**
   * No answer came in time.
   */
  CHITTY_CODE_TIMED_OUT = 1105,
  /**
   * The connection broke before the answer was complete.
   */
  CHITTY_CODE_CONNECTION_LOST = 1106,
  /**
   * The answer is larger than any real one.
   */
  CHITTY_CODE_ANSWER_TOO_LARGE = 1107,
  /**
   * The answer is not of the agreed form.
   */
  CHITTY_CODE_ANSWER_MALFORMED = 1108,
  /**
   * The server redirects elsewhere, and credentials never follow redirects.
   */
  CHITTY_CODE_REDIRECT_REFUSED = 1109,
  /**
   * The service failed repeatedly and is left alone for a while.
   */
  CHITTY_CODE_CIRCUIT_OPEN = 1110,
  /**
   * Neither the main nor the fallback service could answer, and no id was made.
   */
  CHITTY_CODE_SERVICES_UNAVAILABLE = 1111,
  /**
   * The deadline passed.
   */
  CHITTY_CODE_DEADLINE_EXCEEDED = 1112,
  /**
   * Too many retries are under way in this process.
   */
  CHITTY_CODE_RETRY_QUOTA_EXHAUSTED = 1113,
  /**
   * The request could not be put on the wire.
   */
  CHITTY_CODE_REQUEST_INVALID = 1114,
  /**
   * Not sent: the service refused most of the latest requests, and the SDK asks it less for two minutes.
   */
  CHITTY_CODE_HELD_BACK = 1115,
  /**
   * The service does not accept the API key.
   */
  CHITTY_CODE_UNAUTHORIZED = 1201,
  /**
   * The API key may not do this.
   */
  CHITTY_CODE_FORBIDDEN = 1202,
  /**
   * The service does not know this address or object.
   */
  CHITTY_CODE_NOT_FOUND = 1203,
  /**
   * The same request is being answered elsewhere.
   */
  CHITTY_CODE_IN_FLIGHT = 1204,
  /**
   * This handle was used for another request.
   */
  CHITTY_CODE_KEY_REUSED = 1205,
  /**
   * Too many requests.
   */
  CHITTY_CODE_RATE_LIMITED = 1206,
  /**
   * The service failed inside.
   */
  CHITTY_CODE_SERVER_FAILED = 1207,
  /**
   * The service is not available.
   */
  CHITTY_CODE_SERVER_UNAVAILABLE = 1208,
  /**
   * The service refuses the request.
   */
  CHITTY_CODE_REQUEST_REFUSED = 1209,
  /**
   * The service answered with a status that has no meaning here.
   */
  CHITTY_CODE_STATUS_UNEXPECTED = 1210,
  /**
   * The service minted an id of another entity type than was asked for.
   */
  CHITTY_CODE_ENTITY_TYPE_DIFFERS = 1211,
  /**
   * The answer carries no receipt.
   */
  CHITTY_CODE_RECEIPT_MISSING = 1301,
  /**
   * The receipt is not a well-formed chitty receipt.
   */
  CHITTY_CODE_RECEIPT_MALFORMED = 1302,
  /**
   * The receipt uses an algorithm, type or header that is not allowed.
   */
  CHITTY_CODE_RECEIPT_UNSUPPORTED = 1303,
  /**
   * The key that signed is not in the trusted key set.
   */
  CHITTY_CODE_RECEIPT_KEY_UNKNOWN = 1304,
  /**
   * The receipt's signature does not verify.
   */
  CHITTY_CODE_RECEIPT_SIGNATURE = 1305,
  /**
   * The receipt belongs to another id.
   */
  CHITTY_CODE_RECEIPT_SUBJECT = 1306,
  /**
   * The receipt belongs to another request.
   */
  CHITTY_CODE_RECEIPT_REQUEST = 1307,
  /**
   * The receipt belongs to another idempotency key.
   */
  CHITTY_CODE_RECEIPT_KEY = 1308,
  /**
   * The receipt names another issuer.
   */
  CHITTY_CODE_RECEIPT_ISSUER = 1309,
  /**
   * The receipt's class does not fit the id or its signer.
   */
  CHITTY_CODE_RECEIPT_CLASS = 1310,
  /**
   * The fallback receipt has expired.
   */
  CHITTY_CODE_RECEIPT_EXPIRED = 1311,
  /**
   * The receipt is dated in the future.
   */
  CHITTY_CODE_RECEIPT_FUTURE = 1312,
  /**
   * The receipt is dated outside its key's life.
   */
  CHITTY_CODE_RECEIPT_KEY_TIME = 1313,
  /**
   * The key that signed has been revoked.
   */
  CHITTY_CODE_RECEIPT_KEY_REVOKED = 1314,
  /**
   * The receipt does not replace this fallback id.
   */
  CHITTY_CODE_RECEIPT_SUPERSEDES = 1315,
  /**
   * The id's domain letter does not fit the service that issued it.
   */
  CHITTY_CODE_DOMAIN_WRONG = 1316,
  /**
   * There is no trusted key set yet.
   */
  CHITTY_CODE_KEY_SET_MISSING = 1317,
  /**
   * The service offers an older key set than before.
   */
  CHITTY_CODE_KEY_SET_ROLLED_BACK = 1318,
  /**
   * The id follows another profile than was asked for.
   */
  CHITTY_CODE_RECEIPT_PROFILE = 1319,
  /**
   * The trusted key set is too old to judge a receipt by, or was fetched in this clock's future.
   */
  CHITTY_CODE_KEY_SET_STALE = 1320,
  /**
   * The key set is pinned, so none can be fetched.
   */
  CHITTY_CODE_KEY_SET_PINNED = 1321,
  /**
   * The fallback receipt carries no grant.
   */
  CHITTY_CODE_GRANT_MISSING = 1401,
  /**
   * The grant is not a well-formed chitty fallback grant.
   */
  CHITTY_CODE_GRANT_MALFORMED = 1402,
  /**
   * The key that signed the grant is not in the trusted key set.
   */
  CHITTY_CODE_GRANT_KEY_UNKNOWN = 1403,
  /**
   * The grant's signature does not verify.
   */
  CHITTY_CODE_GRANT_SIGNATURE = 1404,
  /**
   * The id's namespace is outside the grant.
   */
  CHITTY_CODE_GRANT_NAMESPACE = 1405,
  /**
   * The id's year and month are outside the grant.
   */
  CHITTY_CODE_GRANT_YEAR_MONTH = 1406,
  /**
   * The id's cycle is outside the grant.
   */
  CHITTY_CODE_GRANT_CYCLE = 1407,
  /**
   * The receipt is dated outside the grant's life.
   */
  CHITTY_CODE_GRANT_TIME = 1408,
  /**
   * The receipt expires later than the grant allows.
   */
  CHITTY_CODE_GRANT_RECEIPT_LIFE = 1409,
  /**
   * The receipt is not signed by the key that the grant names.
   */
  CHITTY_CODE_GRANT_HOLDER = 1410,
  /**
   * A fallback key signed an id that is not a fallback id.
   */
  CHITTY_CODE_GRANT_DOMAIN = 1411,
  /**
   * The grant names another issuer.
   */
  CHITTY_CODE_GRANT_ISSUER = 1412,
  /**
   * The disk is full; nothing was requested.
   */
  CHITTY_CODE_STORE_FULL = 1501,
  /**
   * The store cannot be written.
   */
  CHITTY_CODE_STORE_READ_ONLY = 1502,
  /**
   * The store's file is damaged; it was left as it is.
   */
  CHITTY_CODE_STORE_DAMAGED = 1503,
  /**
   * The store was written by a newer version.
   */
  CHITTY_CODE_STORE_NEWER = 1504,
  /**
   * Another process holds the store.
   */
  CHITTY_CODE_STORE_BUSY = 1505,
  /**
   * The store could not be read or written.
   */
  CHITTY_CODE_STORE_FAILED = 1506,
  /**
   * The client is suspended.
   */
  CHITTY_CODE_STORE_SUSPENDED = 1507,
  /**
   * The file is not a chitty store.
   */
  CHITTY_CODE_STORE_FOREIGN = 1508,
  /**
   * The wallet's file was sealed by another device.
   */
  CHITTY_CODE_WALLET_FOREIGN = 1509,
  /**
   * The wallet's file is older than the one that this device wrote last, or gone.
   */
  CHITTY_CODE_WALLET_ROLLED_BACK = 1510,
  /**
   * The place where this device keeps its secrets does not answer.
   */
  CHITTY_CODE_SECRETS_UNAVAILABLE = 1511,
  /**
   * This device has lost the key of the wallet's file.
   */
  CHITTY_CODE_SECRETS_LOST = 1512,
  /**
   * Others wrote to the store each time that this call tried to.
   */
  CHITTY_CODE_STORE_CONTENDED = 1513,
  /**
   * The store's file was open in this process when it was forked, and SQLite's locks do not reach into the child.
   */
  CHITTY_CODE_STORE_FORKED = 1520,
  /**
   * Something else in this process opened and closed the store's file, which dropped its locks, and another program then removed its log.
   */
  CHITTY_CODE_STORE_UNLOCKED = 1521,
  /**
   * The store holds as many unreconciled ids as it may.
   */
  CHITTY_CODE_QUEUE_FULL = 1601,
  /**
   * This handle was used for another request.
   */
  CHITTY_CODE_HANDLE_REUSED = 1602,
  /**
   * There is no such debt.
   */
  CHITTY_CODE_NOT_PENDING = 1603,
  /**
   * Two requests hold this fallback id, and each has a permanent id of its own.
   */
  CHITTY_CODE_ID_AMBIGUOUS = 1604,
  /**
   * The service refuses to reconcile this id for good.
   */
  CHITTY_CODE_DEBT_WEDGED = 1605,
  /**
   * A permanent id was asked for, and only a fallback id could be had.
   */
  CHITTY_CODE_STANDARD_REQUIRED = 1606,
  /**
   * This id is not known here.
   */
  CHITTY_CODE_ID_UNKNOWN = 1607,
  /**
   * An id was issued, and its receipt is kept until the clock agrees.
   */
  CHITTY_CODE_RECEIPT_HELD = 1608,
  /**
   * Another process drains this store.
   */
  CHITTY_CODE_DRAIN_ELSEWHERE = 1609,
  /**
   * The id is not reconciled yet.
   */
  CHITTY_CODE_DEBT_OPEN = 1610,
  /**
   * The live service may have minted an id that did not arrive, and asking again may mint a second one.
   */
  CHITTY_CODE_POSSIBLE_DUPLICATE = 1611,
  /**
   * The live service answered with an error id; there is no id yet.
   */
  CHITTY_CODE_MINT_PENDING = 1612,
  /**
   * This wallet has no registered anchor.
   */
  CHITTY_CODE_WALLET_UNREGISTERED = 1701,
  /**
   * This wallet's anchor is revoked.
   */
  CHITTY_CODE_WALLET_REVOKED = 1702,
  /**
   * The stored wallet belongs to another broker.
   */
  CHITTY_CODE_WALLET_OTHER_BROKER = 1703,
  /**
   * The seed was not taken over, so nothing was registered.
   */
  CHITTY_CODE_SEED_NOT_KEPT = 1704,
  /**
   * The person turned the device key's prompt down.
   */
  CHITTY_CODE_SIGNER_CANCELLED = 1705,
  /**
   * The device key needs an authentication first.
   */
  CHITTY_CODE_SIGNER_AUTHENTICATION_REQUIRED = 1706,
  /**
   * The platform destroyed the device key.
   */
  CHITTY_CODE_SIGNER_INVALIDATED = 1707,
  /**
   * The hardware of the device key does something else.
   */
  CHITTY_CODE_SIGNER_BUSY = 1708,
  /**
   * The hardware of the device key is missing or does not answer.
   */
  CHITTY_CODE_SIGNER_UNAVAILABLE = 1709,
  /**
   * Another device key answered than the one that belongs to this wallet.
   */
  CHITTY_CODE_SIGNER_WRONG_KEY = 1710,
  /**
   * What the device key returned is no signature or key of P-256.
   */
  CHITTY_CODE_SIGNER_MALFORMED = 1711,
  /**
   * What the broker signed about the anchor does not verify.
   */
  CHITTY_CODE_STATEMENT_REFUSED = 1720,
  /**
   * What the broker signed about the anchor cannot be judged now.
   */
  CHITTY_CODE_STATEMENT_UNDECIDED = 1721,
  /**
   * The issuer changed or withdrew keys that it had published for days to come.
   */
  CHITTY_CODE_ISSUER_KEYS_CHANGED = 1722,
  /**
   * The issuer does not offer this schema.
   */
  CHITTY_CODE_SCHEMA_UNKNOWN = 1723,
  /**
   * The issuer's metadata contradict themselves.
   */
  CHITTY_CODE_METADATA_REFUSED = 1724,
  /**
   * The status snapshot does not verify.
   */
  CHITTY_CODE_SNAPSHOT_REFUSED = 1725,
  /**
   * The status snapshot is older than one that was accepted before.
   */
  CHITTY_CODE_SNAPSHOT_ROLLED_BACK = 1726,
  /**
   * The broker signed two histories of its revocations.
   */
  CHITTY_CODE_SNAPSHOT_EQUIVOCATES = 1727,
  /**
   * The issuer revoked the key that signed this credential, so no site accepts it.
   */
  CHITTY_CODE_CREDENTIAL_KEY_REVOKED = 1728,
  /**
   * The broker changed or unrevoked a key for statements that it had published.
   */
  CHITTY_CODE_STATEMENT_KEYS_CHANGED = 1729,
  /**
   * The site took the answer and gave no response code.
   */
  CHITTY_CODE_RESPONSE_CODE_MISSING = 1730,
  /**
   * The site's store of requests and answers does not answer, so nothing is accepted.
   */
  CHITTY_CODE_RESPONSE_STORE_FAILED = 1731,
  /**
   * The site has as many signed requests and answers as it can remember.
   */
  CHITTY_CODE_RESPONSE_STORE_FULL = 1732,
  /**
   * The wallet holds no credential of this schema.
   */
  CHITTY_CODE_CREDENTIAL_MISSING = 1740,
  /**
   * The issued credential is not what everybody gets, so it was not taken.
   */
  CHITTY_CODE_CREDENTIAL_NOT_TAKEN = 1741,
  /**
   * The renewed credential would change the person's tags, so the old one was kept.
   */
  CHITTY_CODE_CREDENTIAL_TAGS_CHANGED = 1742,
  /**
   * The credential is past its last day.
   */
  CHITTY_CODE_CREDENTIAL_EXPIRED = 1743,
  /**
   * The policy is unsound or about another schema or issuer.
   */
  CHITTY_CODE_POLICY_UNSOUND = 1750,
  /**
   * The site asks for an attribute that the person did not agree to show.
   */
  CHITTY_CODE_ATTRIBUTE_NOT_CONSENTED = 1751,
  /**
   * The site asks for a tag and the person did not agree to be recognised.
   */
  CHITTY_CODE_TAG_NOT_CONSENTED = 1752,
  /**
   * An attribute has another value than the site accepts, so nothing is shown.
   */
  CHITTY_CODE_POLICY_NOT_FULFILLED = 1753,
  /**
   * The site's signed request does not verify.
   */
  CHITTY_CODE_SIGNED_REQUEST_REFUSED = 1754,
  /**
   * The site's signed request cannot be judged now.
   */
  CHITTY_CODE_SIGNED_REQUEST_UNDECIDED = 1755,
  /**
   * The site is not an https origin with a host by name.
   */
  CHITTY_CODE_SITE_INVALID = 1756,
  /**
   * The site's store of nonces does not answer, so nothing is accepted.
   */
  CHITTY_CODE_NONCE_STORE_FAILED = 1760,
  /**
   * The site has as many open requests as it can remember.
   */
  CHITTY_CODE_NONCE_STORE_FULL = 1761,
  /**
   * A defect of this library.
   */
  CHITTY_CODE_INTERNAL = 1901,
  /**
   * The system gave no random bytes; nothing was requested.
   */
  CHITTY_CODE_ENTROPY_FAILED = 1902,
  /**
   * The client, wallet or site is closed.
   */
  CHITTY_CODE_CLOSED = 1903,
  /**
   * The caller stopped waiting; the work itself goes on to a safe end.
   */
  CHITTY_CODE_CANCELLED = 1904,
  /**
   * A part that the application handed in failed.
   */
  CHITTY_CODE_FOREIGN_FAILED = 1905,
  /**
   * The object is NULL, of another kind, or was freed.
   */
  CHITTY_CODE_OBJECT_INVALID = 1906,
  /**
   * An argument is NULL, not UTF-8, or of an impossible length.
   */
  CHITTY_CODE_ARGUMENT_INVALID = 1907,
  /**
   * The object was made before this process was forked.
   */
  CHITTY_CODE_FORKED = 1908,
  /**
   * Every id of this slot and month has been given out.
   */
  CHITTY_CODE_SEQUENCE_EXHAUSTED = 2001,
  /**
   * The API key may not generate in this namespace.
   */
  CHITTY_CODE_NAMESPACE_FORBIDDEN = 2002,
  /**
   * The API key lacks the scope.
   */
  CHITTY_CODE_SCOPE_MISSING = 2003,
  /**
   * The tenant's quota is used up.
   */
  CHITTY_CODE_QUOTA_EXCEEDED = 2004,
  /**
   * The body is not of the agreed form.
   */
  CHITTY_CODE_BODY_INVALID = 2005,
  /**
   * The Idempotency-Key header is missing or not 32 bytes of base64url.
   */
  CHITTY_CODE_IDEMPOTENCY_KEY_INVALID = 2006,
  /**
   * This key was used for another intent.
   */
  CHITTY_CODE_IDEMPOTENCY_KEY_REUSED = 2007,
  /**
   * A request with this key is being answered.
   */
  CHITTY_CODE_REQUEST_IN_FLIGHT = 2008,
  /**
   * No such fallback id is known for this tenant.
   */
  CHITTY_CODE_DEBT_UNKNOWN = 2009,
  /**
   * The fallback id was issued to another tenant.
   */
  CHITTY_CODE_DEBT_FOREIGN = 2010,
  /**
   * This debt was settled under another key.
   */
  CHITTY_CODE_DEBT_KEY_CONFLICT = 2011,
  /**
   * The key is not the one the receipt was issued for.
   */
  CHITTY_CODE_DEBT_KEY_MISMATCH = 2012,
  /**
   * The request is not the one the receipt was issued for.
   */
  CHITTY_CODE_DEBT_REQUEST_MISMATCH = 2013,
  /**
   * This fallback key is not enrolled.
   */
  CHITTY_CODE_FALLBACK_NOT_ENROLLED = 2014,
  /**
   * This fallback is suspended.
   */
  CHITTY_CODE_FALLBACK_SUSPENDED = 2015,
  /**
   * The nonce is unknown, used or too old.
   */
  CHITTY_CODE_NONCE_INVALID = 2016,
  /**
   * The fallback's grant is used up.
   */
  CHITTY_CODE_GRANT_EXHAUSTED = 2017,
  /**
   * The fallback holds no valid grant.
   */
  CHITTY_CODE_GRANT_NOT_HELD = 2018,
  /**
   * One fallback id was issued twice.
   */
  CHITTY_CODE_DUPLICATE_FALLBACK_ID = 2019,
  /**
   * Too many items in one call.
   */
  CHITTY_CODE_BATCH_TOO_LARGE = 2020,
  /**
   * The service cannot reach its database.
   */
  CHITTY_CODE_STORE_UNAVAILABLE = 2021,
  /**
   * This service does not issue ids of this profile here.
   */
  CHITTY_CODE_PROFILE_UNSUPPORTED = 2022,
  /**
   * The API key is missing, unknown or revoked.
   */
  CHITTY_CODE_API_KEY_INVALID = 2023,
  /**
   * The tenant's rate limit is reached.
   */
  CHITTY_CODE_TOO_MANY_REQUESTS = 2024,
  /**
   * There is no such operation here.
   */
  CHITTY_CODE_ROUTE_UNKNOWN = 2025,
  /**
   * The body is larger than this service accepts.
   */
  CHITTY_CODE_BODY_TOO_LARGE = 2026,
  /**
   * The service failed inside.
   */
  CHITTY_CODE_SERVICE_FAILED = 2027,
  /**
   * The service took too long.
   */
  CHITTY_CODE_TIMED_OUT_INSIDE = 2028,
  /**
   * This address does not take this method.
   */
  CHITTY_CODE_METHOD_REFUSED = 2029,
  /**
   * The fallback's signed request does not verify.
   */
  CHITTY_CODE_FALLBACK_REQUEST_INVALID = 2030,
  /**
   * The service has more to do than it can.
   */
  CHITTY_CODE_OVERLOADED = 2031,
  /**
   * The registration does not verify.
   */
  CHITTY_CODE_REGISTRATION_REFUSED = 2032,
  /**
   * The time in the signed request is more than 300 seconds off.
   */
  CHITTY_CODE_SIGNED_TIME_INVALID = 2033,
  /**
   * Nobody registered this anchor.
   */
  CHITTY_CODE_ANCHOR_UNKNOWN = 2034,
  /**
   * The anchor is revoked.
   */
  CHITTY_CODE_ANCHOR_REVOKED = 2035,
  /**
   * The anchor is registered with other keys.
   */
  CHITTY_CODE_ANCHOR_CONFLICT = 2036,
  /**
   * The revocation certificate does not verify.
   */
  CHITTY_CODE_REVOCATION_REFUSED = 2037,
  /**
   * The credential request is refused.
   */
  CHITTY_CODE_CREDENTIAL_REFUSED = 2038,
  /**
   * The wallet's secret is not the one that this anchor was first issued with.
   */
  CHITTY_CODE_COMMITMENT_CHANGED = 2039,
  /**
   * No attributes are enrolled for this anchor and schema.
   */
  CHITTY_CODE_ENROLMENT_MISSING = 2040,
  /**
   * The enrolment code is unknown, used, or for another schema.
   */
  CHITTY_CODE_ENROLMENT_CODE_INVALID = 2041,
  /**
   * The policy is unsound or about a schema that this broker does not know.
   */
  CHITTY_CODE_POLICY_INVALID = 2042,
  /**
   * The presentation shows more than the policy asks for.
   */
  CHITTY_CODE_OVER_DISCLOSED = 2043,
  /**
   * The presentation does not pass.
   */
  CHITTY_CODE_PRESENTATION_REFUSED = 2044,
  /**
   * The presentation cannot be judged now.
   */
  CHITTY_CODE_PRESENTATION_UNDECIDED = 2045,
  /**
   * The body is not called application/json, or is compressed.
   */
  CHITTY_CODE_MEDIA_TYPE_UNSUPPORTED = 2046,
  /**
   * The body did not arrive in time.
   */
  CHITTY_CODE_BODY_TOO_SLOW = 2050,
  /**
   * The tenant's share of this month's ids of this kind is used up.
   */
  CHITTY_CODE_SLOT_SHARE_USED = 2065,
  /**
   * Main's database is older than what main has acknowledged or signed, so that it would give out again what it gave out before.
   */
  CHITTY_CODE_RESTORE_UNANNOUNCED = 2066,
  /**
   * The database was said to be restored while this process ran.
   */
  CHITTY_CODE_EPOCH_CHANGED = 2067,
  /**
   * Main was restored, and gives no month and cycle that the fallback does not show in a grant of its own.
   */
  CHITTY_CODE_PAIR_NOT_SHOWN = 2068,
  /**
   * Two fallback keys hold one month and cycle.
   */
  CHITTY_CODE_PAIR_CONFLICT = 2069,
  /**
   * The fallback's database is older than the issue log that main knows.
   */
  CHITTY_CODE_FALLBACK_ROLLED_BACK = 2070,
  /**
   * The request names an epoch of before main's last restore.
   */
  CHITTY_CODE_EPOCH_OLD = 2071,
} ChittyCode;

/**
 * What the caller should do.
 */
typedef enum ChittyErrorKind {
  /**
   * Repeat the same call with the same handle; it cannot issue twice.
   */
  CHITTY_ERROR_KIND_RETRY = 1,
  /**
   * Wait: a service or a resource is not available.
   */
  CHITTY_ERROR_KIND_UNAVAILABLE = 2,
  /**
   * Get other credentials or rights.
   */
  CHITTY_ERROR_KIND_UNAUTHORIZED = 3,
  /**
   * Change the call.
   */
  CHITTY_ERROR_KIND_INVALID_INPUT = 4,
  /**
   * Stop: the answer must not be trusted, or the request is refused for good.
   */
  CHITTY_ERROR_KIND_REJECTED = 5,
  /**
   * Two things contradict each other; decide which is meant.
   */
  CHITTY_ERROR_KIND_CONFLICT = 6,
  /**
   * Stored data is damaged; restore it.
   */
  CHITTY_ERROR_KIND_CORRUPT = 7,
  /**
   * A defect of the library.
   */
  CHITTY_ERROR_KIND_INTERNAL = 8,
} ChittyErrorKind;

/**
 * How far a request got.
 */
typedef enum ChittyStage {
  /**
   * Not a byte of the request left this machine.
   */
  CHITTY_STAGE_NOT_SENT = 1,
  /**
   * The service may have acted on it.
   */
  CHITTY_STAGE_MAYBE_SENT = 2,
  /**
   * The service answered.
   */
  CHITTY_STAGE_ANSWERED = 3,
} ChittyStage;

/**
 * What the text of an id claims it is for.
 */
typedef enum ChittyClass {
  /**
   * A permanent id.
   */
  CHITTY_CLASS_STANDARD = 1,
  /**
   * A temporary id of the fallback service, to be replaced.
   */
  CHITTY_CLASS_FALLBACK = 2,
  /**
   * An error id of the live service: never a key.
   */
  CHITTY_CLASS_ERROR = 3,
} ChittyClass;

/**
 * Which grammar an id follows.
 */
typedef enum ChittyProfile {
  /**
   * `AA-D-XXX-SSSS-T-YM-C-X`.
   */
  CHITTY_PROFILE_SECURE_FALLBACK = 1,
  /**
   * `VV-G-LLL-SSSS-T-YYMM-C-XX`.
   */
  CHITTY_PROFILE_CANONICAL = 2,
} ChittyProfile;

/**
 * The three answers of an offline check.
 */
typedef enum ChittyVerdictState {
  /**
   * The check passed.
   */
  CHITTY_VERDICT_STATE_VALID = 1,
  /**
   * Refused for good.
   */
  CHITTY_VERDICT_STATE_INVALID = 2,
  /**
   * Something is stale or missing; until then refused.
   */
  CHITTY_VERDICT_STATE_INDETERMINATE = 3,
} ChittyVerdictState;

/**
 * Where a debt stands.
 */
typedef enum ChittyPendingState {
  /**
   * It will be replaced.
   */
  CHITTY_PENDING_STATE_OWED = 1,
  /**
   * Owed, and its receipt is not yet accepted by this clock.
   */
  CHITTY_PENDING_STATE_HELD = 2,
  /**
   * The service refuses to replace it.
   */
  CHITTY_PENDING_STATE_WEDGED = 3,
} ChittyPendingState;

/**
 * Where a circuit stands.
 */
typedef enum ChittyCircuitState {
  /**
   * Calls pass.
   */
  CHITTY_CIRCUIT_STATE_CLOSED = 1,
  /**
   * Calls are refused for a while.
   */
  CHITTY_CIRCUIT_STATE_OPEN = 2,
  /**
   * A probe is awaited or under way.
   */
  CHITTY_CIRCUIT_STATE_HALF_OPEN = 3,
} ChittyCircuitState;

/**
 * How much a log line matters.
 */
typedef enum ChittyLogLevel {
  /**
   * Something failed.
   */
  CHITTY_LOG_LEVEL_ERROR = 1,
  /**
   * Something is odd.
   */
  CHITTY_LOG_LEVEL_WARN = 2,
  /**
   * Something worth knowing.
   */
  CHITTY_LOG_LEVEL_INFO = 3,
  /**
   * For those who look for a defect.
   */
  CHITTY_LOG_LEVEL_DEBUG = 4,
  /**
   * Everything.
   */
  CHITTY_LOG_LEVEL_TRACE = 5,
} ChittyLogLevel;

/**
 * What happened in the background.
 */
typedef enum ChittyEventKind {
  /**
   * A fallback id was handed out; a permanent one is owed.
   */
  CHITTY_EVENT_KIND_FALLBACK_ISSUED = 1,
  /**
   * A fallback id has been replaced.
   */
  CHITTY_EVENT_KIND_RECONCILED = 2,
  /**
   * A request whose caller went away was answered after all.
   */
  CHITTY_EVENT_KIND_RECOVERED = 3,
  /**
   * The service refuses to replace a fallback id.
   */
  CHITTY_EVENT_KIND_WEDGED = 4,
  /**
   * The main service published a newer key set.
   */
  CHITTY_EVENT_KIND_KEY_SET_UPDATED = 5,
} ChittyEventKind;

/**
 * Where an anchor stands.
 */
typedef enum ChittyAnchorStanding {
  /**
   * Nobody registered it.
   */
  CHITTY_ANCHOR_STANDING_UNKNOWN = 1,
  /**
   * Registered and not revoked.
   */
  CHITTY_ANCHOR_STANDING_ACTIVE = 2,
  /**
   * Revoked, for good.
   */
  CHITTY_ANCHOR_STANDING_REVOKED = 3,
} ChittyAnchorStanding;

/**
 * How the session that asks gets to know what a wallet answered.
 */
typedef enum ChittyFlow {
  /**
   * The session is on the wallet's own device, and brings a one-time response code back.
   */
  CHITTY_FLOW_SAME_DEVICE = 1,
  /**
   * The session is on another device, whose picture the wallet scans. Whoever makes somebody scan it is let
   * in as them.
   */
  CHITTY_FLOW_CROSS_DEVICE = 2,
} ChittyFlow;

/**
 * How a signed request reached the wallet.
 */
typedef enum ChittyArrival {
  /**
   * By a link, or any other call of this device's own browser or apps.
   */
  CHITTY_ARRIVAL_LINK = 1,
  /**
   * By the camera, from the screen of another device.
   */
  CHITTY_ARRIVAL_SCANNED = 2,
} ChittyArrival;

/**
 * Why a device key did not sign.
 */
typedef enum ChittySignerError {
  /**
   * The person turned the prompt down. Ask again only when they ask for it.
   */
  CHITTY_SIGNER_ERROR_CANCELLED = 1,
  /**
   * The person has to unlock the device or show who they are first.
   */
  CHITTY_SIGNER_ERROR_AUTHENTICATION_REQUIRED = 2,
  /**
   * The platform destroyed the key, for example when fingerprints changed.
   */
  CHITTY_SIGNER_ERROR_INVALIDATED = 3,
  /**
   * The hardware does something else; try later.
   */
  CHITTY_SIGNER_ERROR_BUSY = 4,
  /**
   * There is no such hardware, or it does not answer.
   */
  CHITTY_SIGNER_ERROR_UNAVAILABLE = 5,
  /**
   * Another key than the expected one answered: a wrong alias, or a key that was replaced.
   */
  CHITTY_SIGNER_ERROR_WRONG_KEY = 6,
  /**
   * What came back is no signature of P-256.
   */
  CHITTY_SIGNER_ERROR_MALFORMED = 7,
} ChittySignerError;

/**
 * Where the platform says that a key lives. A claim: only attestation proves it.
 */
typedef enum ChittySecurityLevel {
  /**
   * In the memory of the program.
   */
  CHITTY_SECURITY_LEVEL_SOFTWARE = 1,
  /**
   * In a trusted execution environment.
   */
  CHITTY_SECURITY_LEVEL_TRUSTED_ENVIRONMENT = 2,
  /**
   * In a separate chip: StrongBox, Secure Enclave.
   */
  CHITTY_SECURITY_LEVEL_SECURE_ELEMENT = 3,
} ChittySecurityLevel;

/**
 * A cancel token. Not an address: a number that is never given out twice.
 */
typedef struct ChittyCancelToken ChittyCancelToken;

/**
 * A client. Not an address: a number that is never given out twice.
 */
typedef struct ChittyClient ChittyClient;

/**
 * A list of credentials. Not an address: a number that is never given out twice.
 */
typedef struct ChittyCredentials ChittyCredentials;

/**
 * An event subscription. Not an address: a number that is never given out twice.
 */
typedef struct ChittyEvents ChittyEvents;

/**
 * An exchange. Not an address: a number that is never given out twice.
 */
typedef struct ChittyExchange ChittyExchange;

/**
 * A list of what happened to an id. Not an address: a number that is never given out twice.
 */
typedef struct ChittyHistory ChittyHistory;

/**
 * A list of fallback ids. Not an address: a number that is never given out twice.
 */
typedef struct ChittyPendingList ChittyPendingList;

/**
 * Takes the answer of a callback. Not an address: a number that is never given out twice.
 */
typedef struct ChittySink ChittySink;

/**
 * A site. Not an address: a number that is never given out twice.
 */
typedef struct ChittySite ChittySite;

/**
 * A list of texts. Not an address: a number that is never given out twice.
 */
typedef struct ChittyStrings ChittyStrings;

/**
 * A wallet. Not an address: a number that is never given out twice.
 */
typedef struct ChittyWallet ChittyWallet;

/**
 * `CHITTY_CODE_OK` (0), or the number of what went wrong: one of `ChittyCode`. Newer libraries may
 * return numbers that an older header does not name.
 */
typedef int32_t ChittyStatus;

/**
 * Text as C hands it in: UTF-8 without a NUL inside, not terminated. NULL with length 0 means
 * "none". It is read during the call only.
 */
typedef struct ChittyStr {
  /**
   * The first byte, or NULL.
   */
  const char *data;
  /**
   * How many bytes.
   */
  size_t len;
} ChittyStr;

/**
 * Runs once, when the SDK lets go of `user`; NULL when there is nothing to do.
 */
typedef void (*ChittyDrop)(void *user);

/**
 * Bytes as C hands them in. NULL with length 0 means "none".
 */
typedef struct ChittyBytes {
  /**
   * The first byte, or NULL.
   */
  const uint8_t *data;
  /**
   * How many bytes.
   */
  size_t len;
} ChittyBytes;

/**
 * One row of a store. The store compares versions and understands nothing else.
 */
typedef struct ChittyStoreRow {
  /**
   * Its name, 32 bytes.
   */
  struct ChittyBytes key;
  /**
   * A number from 1 to 7; rows are listed and counted by it.
   */
  uint32_t state;
  /**
   * Zero.
   */
  uint32_t reserved;
  /**
   * The fallback id, or none. Not unique.
   */
  struct ChittyStr fallback_id;
  /**
   * The permanent id, or none.
   */
  struct ChittyStr permanent_id;
  /**
   * Nobody works on it before this time, in milliseconds since 1970.
   */
  int64_t due_ms;
  /**
   * Rises by one with each write; 0 for a row that was never stored.
   */
  uint64_t version;
  /**
   * Opaque bytes.
   */
  struct ChittyBytes body;
} ChittyStoreRow;

/**
 * Durable memory of a client. Every call happens entirely or not at all. Each returns 0, or for a
 * failure 1501 to 1508 of `ChittyCode`, or any other number. None may throw; all may block and may
 * call back in. Views are valid during the call only.
 */
typedef struct ChittyStore {
  /**
   * `sizeof(ChittyStore)`.
   */
  size_t struct_size;
  /**
   * Handed to every callback; used from any thread, also from several at once.
   */
  void *user;
  /**
   * Lets go of `user`.
   */
  ChittyDrop drop;
  /**
   * Writes the store's secret with `chitty_sink_bytes`: 32 random bytes, made when the store is
   * created and never changed.
   */
  ChittyStatus (*store_key)(void *user, struct ChittySink *out);
  /**
   * Writes the row of that name with `chitty_sink_row`, or nothing when there is none.
   */
  ChittyStatus (*get)(void *user, struct ChittyBytes key, struct ChittySink *out);
  /**
   * Writes `row` if the stored version equals `row->version` (0: no such row yet), and its new
   * version, one higher, to `version`; leaves `version` 0 when another version is stored. With
   * `power_safe` not 0 the row must survive a power cut before the call returns.
   */
  ChittyStatus (*put)(void *user,
                      const struct ChittyStoreRow *row,
                      uint32_t power_safe,
                      uint64_t *version);
  /**
   * Removes the row if it is in state 1 and its version is still `version`; writes 1 to `removed`
   * if it did.
   */
  ChittyStatus (*remove)(void *user, struct ChittyBytes key, uint64_t version, uint32_t *removed);
  /**
   * Writes the rows whose fallback or permanent id is `id`.
   */
  ChittyStatus (*find)(void *user, struct ChittyStr id, struct ChittySink *out);
  /**
   * Writes at most `limit` rows in one of `states` (one byte each) that are due at or before
   * `due_ms`, earliest first.
   */
  ChittyStatus (*list)(void *user,
                       struct ChittyBytes states,
                       int64_t due_ms,
                       uint64_t limit,
                       struct ChittySink *out);
  /**
   * Writes the number of rows in state N to `counts[N]`, for N from 1 to 7; all are 0 before.
   */
  ChittyStatus (*counts)(void *user, uint64_t *counts);
  /**
   * Takes or renews the right to drain for `owner` (16 bytes) until `until_ms`; writes 1 to `taken`
   * unless another owner holds it at `now_ms`. One that is held until later than `until_ms` was
   * taken by a clock that was ahead, and is free.
   */
  ChittyStatus (*lease)(void *user,
                        struct ChittyBytes owner,
                        int64_t now_ms,
                        int64_t until_ms,
                        uint32_t *taken);
  /**
   * Gives the right to drain back, if `owner` holds it.
   */
  ChittyStatus (*release)(void *user, struct ChittyBytes owner);
  /**
   * Writes the note of that name with `chitty_sink_bytes`, or nothing when there is none.
   */
  ChittyStatus (*note)(void *user, struct ChittyStr name, struct ChittySink *out);
  /**
   * Keeps a note.
   */
  ChittyStatus (*set_note)(void *user, struct ChittyStr name, struct ChittyBytes value);
  /**
   * Finishes writes and lets go of files and locks, until `resume`.
   */
  ChittyStatus (*suspend)(void *user);
  /**
   * Opens again.
   */
  ChittyStatus (*resume)(void *user);
  /**
   * Keeps a note if it holds `expected` now (`expected.data` NULL: there is no such note), and writes
   * 1 to `swapped` if it did; one step for everybody who shares the store. NULL is allowed: then
   * `note` and `set_note` are called one after the other, which is enough for a store of one client.
   */
  ChittyStatus (*swap_note)(void *user,
                            struct ChittyStr name,
                            struct ChittyBytes expected,
                            struct ChittyBytes value,
                            uint32_t *swapped);
} ChittyStore;

/**
 * One header: a name in lower case and its value.
 */
typedef struct ChittyHeader {
  /**
   * The name.
   */
  struct ChittyStr name;
  /**
   * The value. May be secret.
   */
  struct ChittyStr value;
} ChittyHeader;

/**
 * One request, complete. Valid during the callback only.
 */
typedef struct ChittyHttpRequest {
  /**
   * `GET` or `POST`.
   */
  struct ChittyStr method;
  /**
   * The whole address.
   */
  struct ChittyStr url;
  /**
   * All headers to send.
   */
  const struct ChittyHeader *headers;
  /**
   * How many.
   */
  size_t headers_len;
  /**
   * The body, empty for `GET`.
   */
  struct ChittyBytes body;
  /**
   * How long the whole exchange may take.
   */
  uint64_t timeout_ms;
} ChittyHttpRequest;

/**
 * How requests leave.
 */
typedef struct ChittyTransport {
  /**
   * `sizeof(ChittyTransport)`.
   */
  size_t struct_size;
  /**
   * Handed to every callback; used from any thread, also from several at once.
   */
  void *user;
  /**
   * Lets go of `user`.
   */
  ChittyDrop drop;
  /**
   * Sends `request` and ends `exchange` with `chitty_exchange_answer` or `chitty_exchange_fail`,
   * within the call or later, from any thread. Follows no redirect, retries nothing, caches
   * nothing, logs neither headers nor bodies. Must not throw. May block, and may call back in.
   */
  void (*send)(void *user, const struct ChittyHttpRequest *request, struct ChittyExchange *exchange);
} ChittyTransport;

/**
 * Where the app keeps secrets.
 */
typedef struct ChittySecretStore {
  /**
   * `sizeof(ChittySecretStore)`.
   */
  size_t struct_size;
  /**
   * Handed to every callback; used from any thread, also from several at once.
   */
  void *user;
  /**
   * Lets go of `user`.
   */
  ChittyDrop drop;
  /**
   * Writes the secret of that name with `chitty_sink_bytes`, or nothing when there is none.
   * Returns 0, or anything else for a failure. Must not throw.
   */
  ChittyStatus (*load)(void *user, struct ChittyStr name, struct ChittySink *out);
  /**
   * Keeps a secret under that name, in the place of an older one, durably before it returns. Only
   * wallets call it; NULL where there is none. Returns 0, or anything else for a failure. Must not
   * throw.
   */
  ChittyStatus (*save)(void *user, struct ChittyStr name, struct ChittyBytes secret);
} ChittySecretStore;

/**
 * An id as a C string, terminated; empty when there is none.
 */
typedef char ChittyIdText[32];

/**
 * Bytes that the SDK owns, until `chitty_buffer_free`. A byte 0 follows the last one, so text may be
 * used as a C string.
 */
typedef struct ChittyBuffer {
  /**
   * The first byte, or NULL.
   */
  const char *data;
  /**
   * How many bytes, the terminating 0 not counted.
   */
  size_t len;
  /**
   * Names the owner; do not touch.
   */
  size_t owner;
} ChittyBuffer;

/**
 * An id that a service issued, with the proof. Release it with `chitty_issued_free`.
 */
typedef struct ChittyIssued {
  /**
   * The id.
   */
  ChittyIdText id;
  /**
   * One of `ChittyClass`.
   */
  int32_t id_class;
  /**
   * 1 when the id will be replaced, else 0.
   */
  uint32_t temporary;
  /**
   * The proof: keep it with the id, anyone can check it offline.
   */
  struct ChittyBuffer receipt;
} ChittyIssued;

/**
 * Something that happened in the background. Release it with `chitty_event_free`.
 */
typedef struct ChittyEvent {
  /**
   * One of `ChittyEventKind`; 0 when nothing happened in time.
   */
  int32_t kind;
  /**
   * For a wedged id: why, one of `ChittyCode`; else 0.
   */
  int32_t code;
  /**
   * For a newer key set: its version; else 0.
   */
  uint64_t version;
  /**
   * For a replaced or wedged id: the fallback id; else empty.
   */
  ChittyIdText old_id;
  /**
   * The id that was issued, if one was.
   */
  struct ChittyIssued issued;
} ChittyEvent;

/**
 * Who is told what happens in the background, one event after the other.
 */
typedef struct ChittyListener {
  /**
   * `sizeof(ChittyListener)`.
   */
  size_t struct_size;
  /**
   * Handed to every callback; used from any thread.
   */
  void *user;
  /**
   * Lets go of `user`.
   */
  ChittyDrop drop;
  /**
   * Something happened. `event` is valid during the call only. Returns 0, or anything else for a
   * failure, which is counted. Must not throw. May block, and may call back in.
   */
  ChittyStatus (*on_event)(void *user, const struct ChittyEvent *event);
} ChittyListener;

/**
 * A wall clock. It is asked often: it must answer at once and must not call back in.
 */
typedef struct ChittyClock {
  /**
   * `sizeof(ChittyClock)`.
   */
  size_t struct_size;
  /**
   * Handed to every callback; used from any thread, also from several at once.
   */
  void *user;
  /**
   * Lets go of `user`.
   */
  ChittyDrop drop;
  /**
   * Writes milliseconds since 1970 to `now_ms`. Returns 0, or anything else for a failure: then the
   * system's clock is taken, and the failure is counted. Must not throw.
   */
  ChittyStatus (*now_ms)(void *user, int64_t *now_ms);
} ChittyClock;

/**
 * How a client is set up. Set all to zero (`= {0}`), then `struct_size` and what is needed.
 */
typedef struct ChittyConfig {
  /**
   * `sizeof(ChittyConfig)`.
   */
  size_t struct_size;
  /**
   * The main service: `https://host[:port]`.
   */
  struct ChittyStr main_url;
  /**
   * The API key for it, or `secret:NAME`, which is read from `secrets`.
   */
  struct ChittyStr main_key;
  /**
   * The fallback service: another origin. None: an outage of main is a failure.
   */
  struct ChittyStr fallback_url;
  /**
   * The API key for it: another one, or `secret:NAME`.
   */
  struct ChittyStr fallback_key;
  /**
   * The key set to trust, as JSON; it never ages, and neither revocations nor new keys are learned.
   * None: main's own is fetched, and fetched again as it ages.
   */
  struct ChittyStr key_set_json;
  /**
   * The store's file; its folder must exist. None and no `store`: memory.
   */
  struct ChittyStr store_path;
  /**
   * Total time of a call, at least 100; 0 means 10 000.
   */
  uint64_t deadline_ms;
  /**
   * Mean pause between automatic attempts to replace temporary ids; 0 means 5 000.
   */
  uint64_t reconcile_interval_ms;
  /**
   * Temporary ids replaced per call, 1 to 100; 0 means 50.
   */
  uint32_t batch;
  /**
   * Not 0: nothing is replaced in the background; the app calls `chitty_client_drain`.
   */
  uint32_t manual;
  /**
   * Where obligations are kept, or NULL.
   */
  const struct ChittyStore *store;
  /**
   * How requests leave, or NULL for the built-in transport.
   */
  const struct ChittyTransport *transport;
  /**
   * Where `secret:NAME` is looked up, or NULL.
   */
  const struct ChittySecretStore *secrets;
  /**
   * Who is told what happens in the background, or NULL.
   */
  const struct ChittyListener *listener;
  /**
   * What time it is, or NULL for the system's clock.
   */
  const struct ChittyClock *clock;
  /**
   * How old a fetched key set may be for verdicts on receipts, at least 60 000; 0 means 86 400 000,
   * a day. For so long what was revoked may still pass.
   */
  uint64_t key_set_max_age_ms;
} ChittyConfig;

/**
 * Why a call failed. The caller's own memory: needs no initialisation and no free.
 */
typedef struct ChittyError {
  /**
   * One of `ChittyCode`; `CHITTY_CODE_OK` after success.
   */
  ChittyStatus code;
  /**
   * What to do: one of `ChittyErrorKind`, 0 after success.
   */
  int32_t kind;
  /**
   * How far the request got: one of `ChittyStage`, 0 after success.
   */
  int32_t stage;
  /**
   * The code that the service itself gave; 0 when it gave none.
   */
  int32_t service_code;
  /**
   * When to come back, in milliseconds; -1 when nobody said so.
   */
  int64_t retry_after_ms;
  /**
   * The code as text, such as `CHT-1306`.
   */
  char code_text[16];
  /**
   * What happened and what to do next, for people. Carries no id, key, receipt or metadata.
   */
  char reason[512];
  /**
   * Zero.
   */
  uint64_t reserved[4];
} ChittyError;

/**
 * A credential that a wallet holds. The texts stay until the list is freed; they are not terminated.
 */
typedef struct ChittyCredential {
  /**
   * Who issued it.
   */
  struct ChittyStr issuer;
  /**
   * The digest of its schema, base64url.
   */
  struct ChittyStr schema;
  /**
   * Its last day, `YYYY-MM-DD`.
   */
  struct ChittyStr not_after;
  /**
   * What it says: one JSON object `{name: {type, value}}`.
   */
  struct ChittyStr attributes_json;
} ChittyCredential;

/**
 * A fallback id that is still owed a permanent one.
 */
typedef struct ChittyPending {
  /**
   * The fallback id.
   */
  ChittyIdText fallback_id;
  /**
   * One of `ChittyPendingState`.
   */
  int32_t state;
  /**
   * Attempts to replace it so far.
   */
  uint32_t attempts;
  /**
   * When it was asked for, in milliseconds since 1970.
   */
  int64_t since_ms;
  /**
   * Why the last attempt failed, or why it is wedged: one of `ChittyCode`, else 0.
   */
  int32_t last_code;
} ChittyPending;

/**
 * Called once with the outcome. `error` and `issued` are valid during the call only; `issued` is NULL
 * unless `status` is 0, and the SDK releases it.
 */
typedef void (*ChittyIssuedCallback)(void *user,
                                     ChittyStatus status,
                                     const struct ChittyError *error,
                                     const struct ChittyIssued *issued);

/**
 * What a drain did.
 */
typedef struct ChittyDrainReport {
  /**
   * Fallback ids replaced.
   */
  uint64_t reconciled;
  /**
   * Open requests answered.
   */
  uint64_t recovered;
  /**
   * Fallback ids that the service refuses to replace.
   */
  uint64_t wedged;
  /**
   * Rows that failed for now and come up again later.
   */
  uint64_t deferred;
  /**
   * Fallback ids still owed, wedged ones included.
   */
  uint64_t remaining;
  /**
   * Why the drain stopped early: one of `ChittyCode`, 0 when it did not.
   */
  int32_t stopped;
} ChittyDrainReport;

/**
 * Called once with the outcome. Both pointers are valid during the call only; `report` is NULL
 * unless `status` is 0.
 */
typedef void (*ChittyDrainCallback)(void *user,
                                    ChittyStatus status,
                                    const struct ChittyError *error,
                                    const struct ChittyDrainReport *report);

/**
 * Called once with the outcome. Both pointers are valid during the call only, and the SDK releases
 * the event; it is NULL unless `status` is 0. Its kind is 0 when nothing happened in time.
 */
typedef void (*ChittyEventCallback)(void *user,
                                    ChittyStatus status,
                                    const struct ChittyError *error,
                                    const struct ChittyEvent *event);

/**
 * A well-formed id, taken apart. That it is well formed says nothing about who issued it.
 */
typedef struct ChittyParsedId {
  /**
   * One of `ChittyProfile`.
   */
  int32_t profile;
  /**
   * One of `ChittyClass`: what the text claims. Only a receipt proves it.
   */
  int32_t id_class;
  /**
   * 1 when the check character fits: a hint at typos, no proof.
   */
  uint32_t check_ok;
  /**
   * The namespace, or the jurisdiction of a canonical id.
   */
  char id_namespace[8];
  /**
   * One letter.
   */
  char entity_type[4];
  /**
   * Four digits.
   */
  char sequence[8];
  /**
   * Two characters, or four digits of a canonical id.
   */
  char year_month[8];
  /**
   * The letter of the domain that issued it; empty for a canonical id.
   */
  char domain[4];
} ChittyParsedId;

/**
 * Takes the SDK's log lines. They carry no ids, keys, receipts or metadata. It is called on one thread
 * of its own: a slow one holds up nothing, loses lines, and hears how many it lost.
 */
typedef struct ChittyLogSink {
  /**
   * `sizeof(ChittyLogSink)`.
   */
  size_t struct_size;
  /**
   * Handed to every callback; used from one thread of the SDK.
   */
  void *user;
  /**
   * Lets go of `user`. Never called once the sink is set: it stays for good.
   */
  ChittyDrop drop;
  /**
   * One line; `level` is one of `ChittyLogLevel`. Returns 0, or anything else for a failure, which
   * is ignored. Must not throw.
   */
  ChittyStatus (*log)(void *user, int32_t level, struct ChittyStr target, struct ChittyStr text);
} ChittyLogSink;

/**
 * What to ask for. Set all to zero (`= {0}`), then `struct_size` and what is needed.
 */
typedef struct ChittyRequest {
  /**
   * `sizeof(ChittyRequest)`.
   */
  size_t struct_size;
  /**
   * Three letters A-Z.
   */
  struct ChittyStr id_namespace;
  /**
   * One letter A-Z.
   */
  struct ChittyStr entity_type;
  /**
   * Names the thing, 1 to 256 bytes of any kind: repeating the request yields the same id. Or none.
   */
  struct ChittyBytes handle;
  /**
   * The app's own data: the text of one JSON object. Or none.
   */
  struct ChittyStr metadata_json;
  /**
   * The id of the thing that this one belongs to. Or none.
   */
  struct ChittyStr parent;
  /**
   * `secure-fallback` or `canonical`. None: the first.
   */
  struct ChittyStr profile;
  /**
   * Not 0: refuses a temporary id; the call fails instead.
   */
  uint64_t require_standard;
  /**
   * Another deadline than the client's; 0 means the client's.
   */
  uint64_t deadline_ms;
} ChittyRequest;

/**
 * What the person agreed to show. Nothing is shown that is not in it. Set all to zero (`= {0}`), then
 * `struct_size` and what they agreed to.
 */
typedef struct ChittyConsent {
  /**
   * `sizeof(ChittyConsent)`.
   */
  size_t struct_size;
  /**
   * The names of the attributes.
   */
  const struct ChittyStr *attributes;
  /**
   * How many.
   */
  size_t attributes_len;
  /**
   * Not 0: the site may recognise the person again.
   */
  uint64_t tag;
} ChittyConsent;

/**
 * What a site said to the answer that the wallet posted to it. Release `return_uri` and `body` with
 * `chitty_buffer_free`.
 */
typedef struct ChittySiteAnswer {
  /**
   * The one-time response code, for `CHITTY_FLOW_SAME_DEVICE`, else empty: it belongs to the browser that asked,
   * on this device.
   */
  char response_code[48];
  /**
   * Where the app sends that browser: the site's own address with the response code; else empty.
   */
  struct ChittyBuffer return_uri;
  /**
   * The whole body.
   */
  struct ChittyBuffer body;
} ChittySiteAnswer;

/**
 * A signed request that was checked, for the person to look at. Release `policy_json` with
 * `chitty_buffer_free`.
 */
typedef struct ChittySignedRequestInfo {
  /**
   * How the session that asks gets to know of the answer: one of `ChittyFlow`.
   */
  int32_t flow;
  /**
   * The site that signed it, and that the answer goes to.
   */
  char host[256];
  /**
   * What the person has to be told before they agree; empty for `CHITTY_FLOW_SAME_DEVICE`.
   */
  char warning[512];
  /**
   * What the site wants to know.
   */
  struct ChittyBuffer policy_json;
} ChittySignedRequestInfo;

/**
 * How a site is set up. Set all to zero (`= {0}`), then `struct_size` and what is needed.
 */
typedef struct ChittySiteConfig {
  /**
   * `sizeof(ChittySiteConfig)`.
   */
  size_t struct_size;
  /**
   * The site's own host, such as `shop.example`: what presentations must be made for.
   */
  struct ChittyStr host;
  /**
   * The name of the broker that it trusts: its https origin.
   */
  struct ChittyStr broker;
  /**
   * Where it is reached, when not under its name. Plain http only on loopback. Or none.
   */
  struct ChittyStr broker_url;
  /**
   * How old the broker's keys may get, in seconds, before nothing is judged any more; 0 means 86 400.
   */
  uint64_t keys_max_age_s;
  /**
   * Total time of a call, at least 100; 0 means 10 000.
   */
  uint64_t deadline_ms;
  /**
   * How requests leave, or NULL for the built-in transport.
   */
  const struct ChittyTransport *transport;
  /**
   * What time it is, or NULL for the system's clock.
   */
  const struct ChittyClock *clock;
  /**
   * Where wallets post their answers to signed requests: an https address of this host. Or none.
   */
  struct ChittyStr response_uri;
  /**
   * The name under which the site publishes the key that signs its requests. Or none.
   */
  struct ChittyStr request_kid;
  /**
   * That key: the 32 bytes of a P-256 secret, big-endian. A secret. Or none.
   */
  struct ChittyBytes request_key;
  /**
   * Not 0: signed requests for sessions on another device are allowed. Whoever makes somebody scan such a
   * request is let in as them.
   */
  uint64_t cross_device;
} ChittySiteConfig;

/**
 * A site's question for one session. Release `text` with `chitty_buffer_free`.
 */
typedef struct ChittySiteRequest {
  /**
   * What the wallet gets: JSON or, signed, a compact JWS.
   */
  struct ChittyBuffer text;
  /**
   * What the session keeps on the server, where its visitor cannot change it, and passes when the answer is
   * judged: 43 characters and a 0.
   */
  char nonce[48];
} ChittySiteRequest;

/**
 * What a site says about a presentation. Release it with `chitty_presentation_verdict_free`.
 */
typedef struct ChittyPresentationVerdict {
  /**
   * 1 when it passed. Only 1 passes.
   */
  uint32_t valid;
  /**
   * One of `ChittyVerdictState`.
   */
  int32_t state;
  /**
   * Why it did not pass: a stable name, such as `presentation_other_host`; else empty.
   */
  char reason[64];
  /**
   * The last day of the credential, `YYYY-MM-DD`, when it passed; else empty.
   */
  char not_after[16];
  /**
   * How many bytes of `tag` count: 48 when it passed and the policy wants a tag, else 0.
   */
  size_t tag_len;
  /**
   * The person's tag at this site. The same person has another one at every other site.
   */
  uint8_t tag[48];
  /**
   * Who vouches for it, when it passed.
   */
  struct ChittyBuffer issuer;
  /**
   * Exactly what the policy asks for, when it passed: one JSON object `{name: {type, value}}`.
   */
  struct ChittyBuffer attributes_json;
} ChittyPresentationVerdict;

/**
 * What a site thinks of what was posted to it, and what it answers the wallet. Release `answer_json` with
 * `chitty_buffer_free`.
 */
typedef struct ChittyResponseAnswer {
  /**
   * 1 when it passed. Only 1 passes. It logs nobody in: whose session asked is not known yet.
   */
  uint32_t valid;
  /**
   * One of `ChittyVerdictState`.
   */
  int32_t state;
  /**
   * Why it did not pass: a stable name; else empty.
   */
  char reason[64];
  /**
   * When it passed: the body of the answer to the wallet, `application/json`. Not to be cached or logged.
   */
  struct ChittyBuffer answer_json;
} ChittyResponseAnswer;

/**
 * Counters since the client was made.
 */
typedef struct ChittyMetrics {
  /**
   * Calls of `chitty_client_request_id`.
   */
  uint64_t requests;
  /**
   * Requests answered with a permanent id.
   */
  uint64_t issued_standard;
  /**
   * Requests answered with a fallback id.
   */
  uint64_t issued_fallback;
  /**
   * Requests answered from the store.
   */
  uint64_t repeated;
  /**
   * Requests that failed.
   */
  uint64_t failed;
  /**
   * HTTP requests to main.
   */
  uint64_t sent_main;
  /**
   * HTTP requests to the fallback.
   */
  uint64_t sent_fallback;
  /**
   * HTTP requests that repeated an earlier one.
   */
  uint64_t retries;
  /**
   * Retries not made because the quota was used up.
   */
  uint64_t retries_refused;
  /**
   * HTTP requests not sent because the service refused most of the latest ones.
   */
  uint64_t held_back;
  /**
   * Times a circuit opened.
   */
  uint64_t circuit_opened;
  /**
   * Answers that did not verify.
   */
  uint64_t answers_rejected;
  /**
   * Fallback ids replaced.
   */
  uint64_t reconciled;
  /**
   * Fallback ids whose replacement failed for now.
   */
  uint64_t reconcile_failed;
  /**
   * Fallback ids whose replacement was refused.
   */
  uint64_t wedged;
  /**
   * Open requests answered after their caller went away.
   */
  uint64_t recovered;
  /**
   * Sum of the times from fallback id to permanent id, in milliseconds.
   */
  uint64_t reconcile_ms;
  /**
   * Failures of the listener and the clock that the app handed in.
   */
  uint64_t foreign_failures;
  /**
   * Zero.
   */
  uint64_t reserved[7];
} ChittyMetrics;

/**
 * How one service looks from here.
 */
typedef struct ChittyServiceHealth {
  /**
   * 1 when it answered its health check.
   */
  uint32_t reachable;
  /**
   * One of `ChittyCircuitState`; 0 for a service that is not configured.
   */
  int32_t circuit;
  /**
   * Why it is not reachable: one of `ChittyCode`, else 0.
   */
  int32_t code;
} ChittyServiceHealth;

/**
 * How both services and the store look from here.
 */
typedef struct ChittyHealth {
  /**
   * The main service.
   */
  struct ChittyServiceHealth main;
  /**
   * The fallback service.
   */
  struct ChittyServiceHealth fallback;
  /**
   * Requests whose answer is not on record.
   */
  uint64_t open;
  /**
   * Fallback ids still owed, wedged ones included.
   */
  uint64_t debts;
} ChittyHealth;

/**
 * What main says about an id.
 */
typedef struct ChittyVerification {
  /**
   * 1 when main issued the id and has not superseded it. Only 1 passes.
   */
  uint32_t valid;
  /**
   * One of `ChittyClass`; 0 for an id that main does not know.
   */
  int32_t id_class;
  /**
   * `active`, `pending`, `superseded` or `unknown`.
   */
  char status[24];
  /**
   * The permanent id that replaced it, for its owner; else empty.
   */
  ChittyIdText permanent_id;
} ChittyVerification;

/**
 * Called once with the outcome. Both pointers are valid during the call only; `verification` is NULL
 * unless `status` is 0.
 */
typedef void (*ChittyVerificationCallback)(void *user,
                                           ChittyStatus status,
                                           const struct ChittyError *error,
                                           const struct ChittyVerification *verification);

/**
 * What an offline check says.
 */
typedef struct ChittyVerdict {
  /**
   * 1 when the check passed. Only 1 passes.
   */
  uint32_t valid;
  /**
   * One of `ChittyVerdictState`.
   */
  int32_t state;
  /**
   * Why it did not pass: one of `ChittyCode`, else 0.
   */
  int32_t code;
} ChittyVerdict;

/**
 * One step in the life of an id. The texts stay until the list is freed; they are not terminated.
 */
typedef struct ChittyLifecycleEvent {
  /**
   * `issued`, `reconciled`, `superseded` or `refused`.
   */
  struct ChittyStr event;
  /**
   * RFC 3339 time.
   */
  struct ChittyStr at;
  /**
   * The tenant or service that caused it.
   */
  struct ChittyStr by;
  /**
   * Why: a code or a short reason.
   */
  struct ChittyStr why;
  /**
   * The other id of a replacement, or none.
   */
  struct ChittyStr other;
} ChittyLifecycleEvent;

/**
 * Takes the seed of a new wallet, once, before anything is registered with it: to be shown as words,
 * divided into shares, or kept where the person says. The device itself does not keep it.
 */
typedef struct ChittySeedKeeper {
  /**
   * `sizeof(ChittySeedKeeper)`.
   */
  size_t struct_size;
  /**
   * Handed to the callback; used from any thread.
   */
  void *user;
  /**
   * Lets go of `user`.
   */
  ChittyDrop drop;
  /**
   * Takes the seed, 16 or 32 bytes, which are valid during the call only. Returns 0 when it is safe,
   * or anything else for a failure: then there is no wallet. Must not throw.
   */
  ChittyStatus (*keep)(void *user, struct ChittyBytes seed);
} ChittySeedKeeper;

/**
 * A P-256 key of this device that the platform holds. Every callback returns 0, or for a failure one of
 * `ChittySignerError`; any other number counts as `CHITTY_SIGNER_ERROR_UNAVAILABLE`. None may throw.
 */
typedef struct ChittySigner {
  /**
   * `sizeof(ChittySigner)`.
   */
  size_t struct_size;
  /**
   * Handed to every callback; used from any thread, also from several at once.
   */
  void *user;
  /**
   * Lets go of `user`.
   */
  ChittyDrop drop;
  /**
   * Writes the public key with `chitty_sink_bytes`: 33 or 65 bytes of SEC 1, or a
   * SubjectPublicKeyInfo of 91 bytes.
   */
  ChittyStatus (*public_key)(void *user, struct ChittySink *out);
  /**
   * Writes the ECDSA signature with SHA-256 over `message`, which the platform hashes: DER, or 64
   * bytes r ‖ s. May show a prompt to the person.
   */
  ChittyStatus (*sign)(void *user, struct ChittyBytes message, struct ChittySink *out);
  /**
   * Where the platform says that the key lives: one of `ChittySecurityLevel`. NULL means software.
   */
  int32_t (*security_level)(void *user);
} ChittySigner;

/**
 * How a wallet is set up. Set all to zero (`= {0}`), then `struct_size` and what is needed.
 */
typedef struct ChittyWalletConfig {
  /**
   * `sizeof(ChittyWalletConfig)`.
   */
  size_t struct_size;
  /**
   * The broker's name: its https origin.
   */
  struct ChittyStr broker;
  /**
   * Where it is reached, when not under its name. Plain http only on loopback. Or none.
   */
  struct ChittyStr broker_url;
  /**
   * The wallet's file; its folder must exist. None: memory.
   */
  struct ChittyStr store_path;
  /**
   * Total time of a call, at least 100; 0 means 10 000.
   */
  uint64_t deadline_ms;
  /**
   * Where the key of the wallet's file lives. A wallet in a file needs it.
   */
  const struct ChittySecretStore *secrets;
  /**
   * Who takes the seed of a new wallet. A new wallet needs it.
   */
  const struct ChittySeedKeeper *seed_keeper;
  /**
   * How requests leave, or NULL for the built-in transport.
   */
  const struct ChittyTransport *transport;
  /**
   * What time it is, or NULL for the system's clock.
   */
  const struct ChittyClock *clock;
  /**
   * The device's own key, which a new wallet registers with the anchor; NULL without such hardware.
   */
  const struct ChittySigner *signer;
} ChittyWalletConfig;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Builds a client and writes it to `out`. Sends nothing; opens the store's file, so it may block.
 *
 * `config` and what it points to are read during the call only. Parts handed in (`store`,
 * `transport` and so on) belong to the SDK from the call on, also when it fails: their `drop` runs
 * once. Release the client with `chitty_client_free`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_client_new(const struct ChittyConfig *config,
                               struct ChittyClient **out,
                               struct ChittyError *error);

/**
 * Ends the client: calls under way end with their answer or with `CHITTY_CODE_CLOSED`, later ones
 * with `CHITTY_CODE_CLOSED`. What is owed stays in the store. Twice is harmless. The client must
 * still be freed. Any thread.
 */
ChittyStatus chitty_client_close(const struct ChittyClient *client, struct ChittyError *error);

/**
 * Closes and frees the client. NULL is fine; freeing twice is refused with
 * `CHITTY_CODE_OBJECT_INVALID`. Any thread, also during a call of another thread.
 */
ChittyStatus chitty_client_free(struct ChittyClient *client);

/**
 * Makes a token that nobody has cancelled; NULL when that fails. Release it with
 * `chitty_cancel_token_free`. Any thread.
 */
struct ChittyCancelToken *chitty_cancel_token_new(void);

/**
 * Stops the waiting of every call that was given the token, now and later, with
 * `CHITTY_CODE_CANCELLED`. What they began goes on to a safe end. Any thread.
 */
ChittyStatus chitty_cancel_token_cancel(const struct ChittyCancelToken *token,
                                        struct ChittyError *error);

/**
 * Frees the token; calls that were given it no longer hear of it. NULL is fine; freeing twice is
 * refused with `CHITTY_CODE_OBJECT_INVALID`. Any thread.
 */
ChittyStatus chitty_cancel_token_free(struct ChittyCancelToken *token);

/**
 * How many credentials the list holds; 0 for NULL and for what is no list. Any thread.
 */
size_t chitty_credentials_len(const struct ChittyCredentials *list);

/**
 * Writes credential number `index` to `out`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_credentials_get(const struct ChittyCredentials *list,
                                    size_t index,
                                    struct ChittyCredential *out,
                                    struct ChittyError *error);

/**
 * Frees the list and its texts. NULL is fine; freeing twice is refused. Any thread.
 */
ChittyStatus chitty_credentials_free(struct ChittyCredentials *list);

/**
 * The fallback ids that are still owed a permanent one. Release the list with
 * `chitty_pending_free`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_client_pending(const struct ChittyClient *client,
                                   struct ChittyPendingList **out,
                                   struct ChittyError *error);

/**
 * How many ids the list holds; 0 for NULL and for what is no list. Any thread.
 */
size_t chitty_pending_len(const struct ChittyPendingList *list);

/**
 * Writes number `index` of the list to `out`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_pending_get(const struct ChittyPendingList *list,
                                size_t index,
                                struct ChittyPending *out,
                                struct ChittyError *error);

/**
 * Frees the list. NULL is fine; freeing twice is refused. Any thread.
 */
ChittyStatus chitty_pending_free(struct ChittyPendingList *list);

/**
 * Replaces one fallback id now. Waits as `chitty_client_request_id` does, at most `deadline_ms` (0:
 * the client's deadline). Release `out` with `chitty_issued_free`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_client_reconcile(const struct ChittyClient *client,
                                     struct ChittyStr fallback_id,
                                     uint64_t deadline_ms,
                                     const struct ChittyCancelToken *token,
                                     struct ChittyIssued *out,
                                     struct ChittyError *error);

/**
 * As `chitty_client_reconcile`, but returns at once; `callback` is called once, on a thread of the
 * SDK. When this function itself fails, the callback is not called. `user` may be NULL.
 */
ChittyStatus chitty_client_reconcile_async(const struct ChittyClient *client,
                                           struct ChittyStr fallback_id,
                                           uint64_t deadline_ms,
                                           const struct ChittyCancelToken *token,
                                           ChittyIssuedCallback callback,
                                           void *user,
                                           struct ChittyError *error);

/**
 * The id to use in the place of `old`: the permanent one, for ever. Waits as
 * `chitty_client_reconcile` does. Release `out` with `chitty_issued_free`. `error` may be NULL. Any
 * thread.
 */
ChittyStatus chitty_client_resolve(const struct ChittyClient *client,
                                   struct ChittyStr old,
                                   uint64_t deadline_ms,
                                   const struct ChittyCancelToken *token,
                                   struct ChittyIssued *out,
                                   struct ChittyError *error);

/**
 * As `chitty_client_resolve`, but returns at once; `callback` is called once, on a thread of the
 * SDK. When this function itself fails, the callback is not called. `user` may be NULL.
 */
ChittyStatus chitty_client_resolve_async(const struct ChittyClient *client,
                                         struct ChittyStr old,
                                         uint64_t deadline_ms,
                                         const struct ChittyCancelToken *token,
                                         ChittyIssuedCallback callback,
                                         void *user,
                                         struct ChittyError *error);

/**
 * Answers open requests and replaces fallback ids until nothing is due or `deadline_ms` (0: the
 * client's deadline) passes. Trouble with a service is in the report. `out` may be NULL, `error` too.
 * Any thread.
 */
ChittyStatus chitty_client_drain(const struct ChittyClient *client,
                                 uint64_t deadline_ms,
                                 const struct ChittyCancelToken *token,
                                 struct ChittyDrainReport *out,
                                 struct ChittyError *error);

/**
 * As `chitty_client_drain`, but returns at once; `callback` is called once, on a thread of the SDK.
 * When this function itself fails, the callback is not called. `user` may be NULL.
 */
ChittyStatus chitty_client_drain_async(const struct ChittyClient *client,
                                       uint64_t deadline_ms,
                                       const struct ChittyCancelToken *token,
                                       ChittyDrainCallback callback,
                                       void *user,
                                       struct ChittyError *error);

/**
 * Gives refused debts another chance; writes how many to `out`, which may be NULL. `error` may be
 * NULL. Any thread.
 */
ChittyStatus chitty_client_retry_wedged(const struct ChittyClient *client,
                                        uint64_t *out,
                                        struct ChittyError *error);

/**
 * Gives one debt up for good, with the reason on record. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_client_abandon(const struct ChittyClient *client,
                                   struct ChittyStr fallback_id,
                                   struct ChittyStr why,
                                   struct ChittyError *error);

/**
 * Listens to what happens in the background from now on. Release `out` with `chitty_events_free`;
 * it may outlive the client. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_client_events(const struct ChittyClient *client,
                                  struct ChittyEvents **out,
                                  struct ChittyError *error);

/**
 * Waits at most `timeout_ms` for the next event, or until `token` (NULL: none) is cancelled, or the
 * client is closed. Without one in time the kind is 0 and the status 0. Release `out` with
 * `chitty_event_free`. `error` may be NULL. Any thread; several wait in turn.
 */
ChittyStatus chitty_events_next(const struct ChittyEvents *events,
                                uint64_t timeout_ms,
                                const struct ChittyCancelToken *token,
                                struct ChittyEvent *out,
                                struct ChittyError *error);

/**
 * As `chitty_events_next`, but returns at once; `callback` is called once, on a thread of the SDK.
 * When this function itself fails, the callback is not called. `user` may be NULL.
 */
ChittyStatus chitty_events_next_async(const struct ChittyEvents *events,
                                      uint64_t timeout_ms,
                                      const struct ChittyCancelToken *token,
                                      ChittyEventCallback callback,
                                      void *user,
                                      struct ChittyError *error);

/**
 * Releases what `event` owns and empties it. NULL is fine, twice is harmless. Any thread.
 */
ChittyStatus chitty_event_free(struct ChittyEvent *event);

/**
 * Frees the subscription. NULL is fine; freeing twice is refused. Any thread.
 */
ChittyStatus chitty_events_free(struct ChittyEvents *events);

/**
 * Answers an exchange with `status` and copies of the headers and the body, and ends it. A later
 * answer is refused with `CHITTY_CODE_OBJECT_INVALID`, which is harmless. `error` may be NULL. Any
 * thread, within the callback or later.
 */
ChittyStatus chitty_exchange_answer(struct ChittyExchange *exchange,
                                    uint16_t status,
                                    const struct ChittyHeader *headers,
                                    size_t headers_len,
                                    struct ChittyBytes body,
                                    struct ChittyError *error);

/**
 * Ends an exchange without an answer. `code` says why: 1101 to 1107 or 1114 of `ChittyCode`, or any
 * other number; `stage` is one of `ChittyStage`, when in doubt `CHITTY_STAGE_MAYBE_SENT`. `error`
 * may be NULL. Any thread.
 */
ChittyStatus chitty_exchange_fail(struct ChittyExchange *exchange,
                                  int32_t code,
                                  int32_t stage,
                                  struct ChittyError *error);

/**
 * Takes an id apart. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_parse_id(struct ChittyStr text,
                             struct ChittyParsedId *out,
                             struct ChittyError *error);

/**
 * The ids among the `held_len` ones at `held` that differ from `text` by one edit. Nothing that is
 * not held comes out. Release the list with `chitty_strings_free`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_suggest(struct ChittyStr text,
                            const struct ChittyStr *held,
                            size_t held_len,
                            struct ChittyStrings **out,
                            struct ChittyError *error);

/**
 * How many texts the list holds; 0 for NULL and for what is no list. Any thread.
 */
size_t chitty_strings_len(const struct ChittyStrings *list);

/**
 * Writes text number `index` to `out`; it stays until the list is freed and is not terminated.
 * `error` may be NULL. Any thread.
 */
ChittyStatus chitty_strings_get(const struct ChittyStrings *list,
                                size_t index,
                                struct ChittyStr *out,
                                struct ChittyError *error);

/**
 * Frees the list and its texts. NULL is fine; freeing twice is refused. Any thread.
 */
ChittyStatus chitty_strings_free(struct ChittyStrings *list);

/**
 * Sends the SDK's log lines up to `level` (one of `ChittyLogLevel`) to `sink`, for the whole process
 * and for good; a second sink is refused. `sink` is read during the call only. `error` may be NULL.
 * Any thread.
 */
ChittyStatus chitty_set_log_sink(const struct ChittyLogSink *sink,
                                 int32_t level,
                                 struct ChittyError *error);

/**
 * Requests an id and waits for it. An outage of main yields a temporary id, which is replaced later;
 * when no service can answer there is no id.
 *
 * Waits at most for the deadline, or until `token` (NULL: none) is cancelled, or the client is
 * closed; whoever stops waiting loses nothing. Release `out` with `chitty_issued_free`. `error` may
 * be NULL. Any thread, also from within a callback, but that of the clock.
 */
ChittyStatus chitty_client_request_id(const struct ChittyClient *client,
                                      const struct ChittyRequest *request,
                                      const struct ChittyCancelToken *token,
                                      struct ChittyIssued *out,
                                      struct ChittyError *error);

/**
 * As `chitty_client_request_id`, but returns at once; `callback` is called once, on a thread of the
 * SDK. When this function itself fails, the callback is not called. `user` may be NULL.
 */
ChittyStatus chitty_client_request_id_async(const struct ChittyClient *client,
                                            const struct ChittyRequest *request,
                                            const struct ChittyCancelToken *token,
                                            ChittyIssuedCallback callback,
                                            void *user,
                                            struct ChittyError *error);

/**
 * Answers a site's request and writes the presentation (CBOR) to `out`. `origin` is the https origin of
 * the site as the platform verified it, never what the request or a page says. Works without a network
 * while what is cached is fresh. Waits as `chitty_wallet_register` does. Release `out` with
 * `chitty_buffer_free`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_wallet_present(const struct ChittyWallet *wallet,
                                   struct ChittyStr origin,
                                   struct ChittyStr request_json,
                                   const struct ChittyConsent *agreed,
                                   const struct ChittyCancelToken *token,
                                   struct ChittyBuffer *out,
                                   struct ChittyError *error);

/**
 * Answers a request that its site signed, whoever brought it: the site's keys are fetched and decide, and the
 * presentation is posted to the address in the request and handed to nobody else. Writes what the site said to
 * `out`; send the browser that asked to `out->return_uri`. `arrival` is one of `ChittyArrival`. Waits as
 * `chitty_wallet_register` does. Release `out->return_uri` and `out->body` with `chitty_buffer_free`. `error` may
 * be NULL. Any thread.
 */
ChittyStatus chitty_wallet_present_signed(const struct ChittyWallet *wallet,
                                          struct ChittyStr signed_request,
                                          int32_t arrival,
                                          const struct ChittyConsent *agreed,
                                          const struct ChittyCancelToken *token,
                                          struct ChittySiteAnswer *out,
                                          struct ChittyError *error);

/**
 * Opens a request that its site signed, for the person to look at, and writes it to `out`: the site's keys are
 * fetched and decide. `arrival` is one of `ChittyArrival`. Waits as `chitty_wallet_register` does. Release
 * `out->policy_json` with `chitty_buffer_free`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_wallet_open_request(const struct ChittyWallet *wallet,
                                        struct ChittyStr signed_request,
                                        int32_t arrival,
                                        const struct ChittyCancelToken *token,
                                        struct ChittySignedRequestInfo *out,
                                        struct ChittyError *error);

/**
 * Adds a copy of `row` to the answer. `error` may be NULL. Only during the callback that got `sink`.
 */
ChittyStatus chitty_sink_row(struct ChittySink *sink,
                             const struct ChittyStoreRow *row,
                             struct ChittyError *error);

/**
 * Makes a copy of `bytes` the answer. `error` may be NULL. Only during the callback that got `sink`.
 */
ChittyStatus chitty_sink_bytes(struct ChittySink *sink,
                               struct ChittyBytes bytes,
                               struct ChittyError *error);

/**
 * Opens a site and writes it to `out`. Sends nothing.
 *
 * `config` and what it points to are read during the call only. Parts handed in belong to the SDK from
 * the call on, also when it fails: their `drop` runs once. Release the site with `chitty_site_free`.
 * `error` may be NULL. Any thread.
 */
ChittyStatus chitty_site_new(const struct ChittySiteConfig *config,
                             struct ChittySite **out,
                             struct ChittyError *error);

/**
 * Writes a request with a fresh nonce (JSON, to be handed to a wallet) to `out`. The site remembers the
 * nonce for 300 seconds; the session that asks keeps it for `chitty_site_verify`. Waits at most for the
 * deadline, or until `token` (NULL: none) is cancelled. Release `out->text` with `chitty_buffer_free`. `error`
 * may be NULL. Any thread.
 */
ChittyStatus chitty_site_request(const struct ChittySite *site,
                                 struct ChittyStr policy_json,
                                 const struct ChittyCancelToken *token,
                                 struct ChittySiteRequest *out,
                                 struct ChittyError *error);

/**
 * Judges a presentation (CBOR) that answers a request with this policy, for the session that asked with
 * `expected_nonce`, which is used up by that. What the check says is the verdict; the status is about the call. Waits as `chitty_site_request` does.
 * Release `out` with `chitty_presentation_verdict_free`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_site_verify(const struct ChittySite *site,
                                struct ChittyBytes presentation,
                                struct ChittyStr policy_json,
                                struct ChittyStr expected_nonce,
                                const struct ChittyCancelToken *token,
                                struct ChittyPresentationVerdict *out,
                                struct ChittyError *error);

/**
 * Fetches the issuer's keys and schemas, for days without a network. Waits as `chitty_site_request` does.
 * `error` may be NULL. Any thread.
 */
ChittyStatus chitty_site_refresh(const struct ChittySite *site,
                                 const struct ChittyCancelToken *token,
                                 struct ChittyError *error);

/**
 * Closes the site: calls under way end with their answer or with `CHITTY_CODE_CLOSED`, later ones with
 * `CHITTY_CODE_CLOSED`. Twice is harmless. The site must still be freed. Any thread.
 */
ChittyStatus chitty_site_close(const struct ChittySite *site,
                               struct ChittyError *error);

/**
 * Closes and frees the site. NULL is fine; freeing twice is refused with `CHITTY_CODE_OBJECT_INVALID`. Any
 * thread, also during a call of another thread.
 */
ChittyStatus chitty_site_free(struct ChittySite *site);

/**
 * Releases what `verdict` owns and empties it. NULL is fine, twice is harmless. Any thread.
 */
ChittyStatus chitty_presentation_verdict_free(struct ChittyPresentationVerdict *verdict);

/**
 * Writes a signed request with a fresh nonce to `out`: a compact JWS, to be handed to a wallet by a link or as a
 * picture, whose answer is posted to the site's `response_uri`. `flow` is one of `ChittyFlow`. Waits as
 * `chitty_site_request` does. Release `out->text` with `chitty_buffer_free`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_site_signed_request(const struct ChittySite *site,
                                        struct ChittyStr policy_json,
                                        int32_t flow,
                                        const struct ChittyCancelToken *token,
                                        struct ChittySiteRequest *out,
                                        struct ChittyError *error);

/**
 * Takes what a wallet posted to `response_uri` (CBOR), judges it and writes what to answer to `out`. The request
 * is used up by that. Logs nobody in. Waits as `chitty_site_request` does. Release `out->answer_json` with
 * `chitty_buffer_free`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_site_receive(const struct ChittySite *site,
                                 struct ChittyBytes presentation,
                                 const struct ChittyCancelToken *token,
                                 struct ChittyResponseAnswer *out,
                                 struct ChittyError *error);

/**
 * Writes what was shown to the session that brings `response_code` and kept `expected_nonce` to `out`: once,
 * within 300 seconds. Waits as `chitty_site_request` does. Release `out` with
 * `chitty_presentation_verdict_free`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_site_accept(const struct ChittySite *site,
                                struct ChittyStr response_code,
                                struct ChittyStr expected_nonce,
                                const struct ChittyCancelToken *token,
                                struct ChittyPresentationVerdict *out,
                                struct ChittyError *error);

/**
 * Writes what was shown in answer to a `CHITTY_FLOW_CROSS_DEVICE` request to `out`, once, and 1 to `arrived`; 0
 * to `arrived` and nothing to `out` as long as there is none. Waits as `chitty_site_request` does. Release `out`
 * with `chitty_presentation_verdict_free`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_site_collect(const struct ChittySite *site,
                                 struct ChittyStr nonce,
                                 const struct ChittyCancelToken *token,
                                 uint32_t *arrived,
                                 struct ChittyPresentationVerdict *out,
                                 struct ChittyError *error);

/**
 * Writes the counters to `out`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_client_metrics(const struct ChittyClient *client,
                                   struct ChittyMetrics *out,
                                   struct ChittyError *error);

/**
 * Asks both services how they are. An unreachable service is an answer. `error` may be NULL. Any
 * thread.
 */
ChittyStatus chitty_client_health(const struct ChittyClient *client,
                                  const struct ChittyCancelToken *token,
                                  struct ChittyHealth *out,
                                  struct ChittyError *error);

/**
 * Finishes writes and lets go of the store's files, for instance before the app is frozen. `error`
 * may be NULL. Any thread.
 */
ChittyStatus chitty_client_suspend(const struct ChittyClient *client,
                                   uint64_t deadline_ms,
                                   struct ChittyError *error);

/**
 * Opens the store again. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_client_resume(const struct ChittyClient *client, struct ChittyError *error);

/**
 * Rises when the interface changes in a way that older callers do not survive: compare it with
 * `CHITTY_ABI_VERSION`. Any thread.
 */
uint32_t chitty_abi_version(void);

/**
 * The SDK's version as a C string that stays for ever. Any thread.
 */
const char *chitty_version(void);

/**
 * How many objects of the SDK live in this process: clients, tokens, subscriptions, buffers, lists.
 * For leak tests. Any thread.
 */
uint64_t chitty_live_handles(void);

#if defined(CHITTY_TEST_HOOKS)
/**
 * Panics inside, so that tests can see what becomes of it: `CHITTY_CODE_INTERNAL`.
 */
ChittyStatus chitty_test_panic(struct ChittyError *error);
#endif

/**
 * Releases a buffer and empties it, so doing it twice is harmless; a copy of it that is released
 * again is refused with `CHITTY_CODE_OBJECT_INVALID`. NULL is fine. Any thread.
 */
ChittyStatus chitty_buffer_free(struct ChittyBuffer *buffer);

/**
 * Releases what `issued` owns and empties it. NULL is fine, twice is harmless. Any thread.
 */
ChittyStatus chitty_issued_free(struct ChittyIssued *issued);

/**
 * Asks main whether an id is real and current. Waits as `chitty_client_request_id` does, at most
 * `deadline_ms` (0: the client's deadline). `error` may be NULL. Any thread.
 */
ChittyStatus chitty_client_verify(const struct ChittyClient *client,
                                  struct ChittyStr id,
                                  uint64_t deadline_ms,
                                  const struct ChittyCancelToken *token,
                                  struct ChittyVerification *out,
                                  struct ChittyError *error);

/**
 * As `chitty_client_verify`, but returns at once; `callback` is called once, on a thread of the SDK.
 * When this function itself fails, the callback is not called. `user` may be NULL.
 */
ChittyStatus chitty_client_verify_async(const struct ChittyClient *client,
                                        struct ChittyStr id,
                                        uint64_t deadline_ms,
                                        const struct ChittyCancelToken *token,
                                        ChittyVerificationCallback callback,
                                        void *user,
                                        struct ChittyError *error);

/**
 * Checks that `receipt` proves `id`, with the trusted key set: offline, unless a fetched set is too
 * old or lacks the key. Out of main's reach one that is too old gives an indeterminate verdict
 * (`CHITTY_CODE_KEY_SET_STALE`). What the check says is the verdict; the status is about the call.
 * `error` may be NULL. Any thread.
 */
ChittyStatus chitty_client_verify_receipt(const struct ChittyClient *client,
                                          struct ChittyStr id,
                                          struct ChittyStr receipt,
                                          struct ChittyVerdict *out,
                                          struct ChittyError *error);

/**
 * Fetches main's key set now; writes 1 to `newer`, which may be NULL, if it is a newer one. `token`
 * and `error` may be NULL. Any thread.
 */
ChittyStatus chitty_client_refresh(const struct ChittyClient *client,
                                   const struct ChittyCancelToken *token,
                                   uint32_t *newer,
                                   struct ChittyError *error);

/**
 * What happened to an id at main, oldest first, for the owning tenant. Waits as
 * `chitty_client_verify` does. Release the list with `chitty_history_free`. `error` may be NULL. Any
 * thread.
 */
ChittyStatus chitty_client_history(const struct ChittyClient *client,
                                   struct ChittyStr id,
                                   uint64_t deadline_ms,
                                   const struct ChittyCancelToken *token,
                                   struct ChittyHistory **out,
                                   struct ChittyError *error);

/**
 * How many steps the list holds; 0 for NULL and for what is no list. Any thread.
 */
size_t chitty_history_len(const struct ChittyHistory *history);

/**
 * Writes step number `index` to `out`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_history_get(const struct ChittyHistory *history,
                                size_t index,
                                struct ChittyLifecycleEvent *out,
                                struct ChittyError *error);

/**
 * Frees the list and its texts. NULL is fine; freeing twice is refused. Any thread.
 */
ChittyStatus chitty_history_free(struct ChittyHistory *history);

/**
 * Sets a wallet up and writes it to `out`. Sends, reads and writes nothing: what is wrong with its file is
 * told by the first call, as `CHITTY_CODE_STORE_DAMAGED`, `CHITTY_CODE_WALLET_FOREIGN`,
 * `CHITTY_CODE_WALLET_ROLLED_BACK` or `CHITTY_CODE_SECRETS_LOST`.
 *
 * `config` and what it points to are read during the call only. Parts handed in (`secrets`,
 * `signer` and so on) belong to the SDK from the call on, also when it fails: their `drop` runs
 * once. Release the wallet with `chitty_wallet_free`. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_wallet_new(const struct ChittyWalletConfig *config,
                               struct ChittyWallet **out,
                               struct ChittyError *error);

/**
 * Makes what a wallet needs, if it is new, gives the seed to the seed keeper, and registers with the
 * broker. Repeating it is harmless. Waits at most for the deadline, or until `token` (NULL: none) is
 * cancelled. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_wallet_register(const struct ChittyWallet *wallet,
                                    const struct ChittyCancelToken *token,
                                    struct ChittyError *error);

/**
 * Gets a credential of `schema` (its digest, base64url), the first or a newer one, and writes it to `out`
 * as a list of one. The broker's operator gives out enrolment codes; a renewal needs none. Waits as
 * `chitty_wallet_register` does. Release `out` with `chitty_credentials_free`. `error` may be NULL. Any
 * thread.
 */
ChittyStatus chitty_wallet_obtain(const struct ChittyWallet *wallet,
                                  struct ChittyStr schema,
                                  struct ChittyStr enrolment_code,
                                  const struct ChittyCancelToken *token,
                                  struct ChittyCredentials **out,
                                  struct ChittyError *error);

/**
 * The credentials that the wallet holds. Release the list with `chitty_credentials_free`. `error` may be
 * NULL. Any thread.
 */
ChittyStatus chitty_wallet_credentials(const struct ChittyWallet *wallet,
                                       struct ChittyCredentials **out,
                                       struct ChittyError *error);

/**
 * Asks the broker where the wallet's anchor stands and writes one of `ChittyAnchorStanding` to `out`.
 * Waits as `chitty_wallet_register` does. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_wallet_standing(const struct ChittyWallet *wallet,
                                    const struct ChittyCancelToken *token,
                                    int32_t *out,
                                    struct ChittyError *error);

/**
 * Revokes the anchor, for good: nothing is issued to this wallet any more. Waits as
 * `chitty_wallet_register` does. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_wallet_revoke(const struct ChittyWallet *wallet,
                                  const struct ChittyCancelToken *token,
                                  struct ChittyError *error);

/**
 * Fetches keys, schemas and the status snapshot, for days without a network. Waits as
 * `chitty_wallet_register` does. `error` may be NULL. Any thread.
 */
ChittyStatus chitty_wallet_refresh(const struct ChittyWallet *wallet,
                                   const struct ChittyCancelToken *token,
                                   struct ChittyError *error);

/**
 * Closes the wallet: calls under way end with their answer or with `CHITTY_CODE_CLOSED`, later ones with
 * `CHITTY_CODE_CLOSED`. Twice is harmless. The wallet must still be freed. Any thread.
 */
ChittyStatus chitty_wallet_close(const struct ChittyWallet *wallet,
                                 struct ChittyError *error);

/**
 * Closes and frees the wallet. NULL is fine; freeing twice is refused with
 * `CHITTY_CODE_OBJECT_INVALID`. Any thread, also during a call of another thread.
 */
ChittyStatus chitty_wallet_free(struct ChittyWallet *wallet);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* CHITTY_H */

#ifndef CHITTY_H_TEXT
#define CHITTY_H_TEXT
/** A text that ends with a NUL as ChittyStr, which reads it where it lies. NULL becomes the empty text. */
static inline ChittyStr chitty_str(const char *text) {
  ChittyStr it = { text, text == NULL ? 0 : strlen(text) };
  return it;
}
#endif

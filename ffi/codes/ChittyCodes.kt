// Generated from `spec/error-codes.toml` by `cargo xtask codegen`. Do not edit.

package cc.chitty

/** What happened, as a stable number: `ChittyException.Failed.code` is one of these, or newer. */
object ChittyCodes {
    /** The text is not a ChittyID. */
    const val ID_MALFORMED: UShort = 1001u
    /** The namespace is not three letters A-Z. */
    const val NAMESPACE_INVALID: UShort = 1002u
    /** The entity type is not one that the profile knows. */
    const val ENTITY_TYPE_INVALID: UShort = 1003u
    /** The metadata is too large, too deep, or holds an integer beyond 2^53 - 1. */
    const val METADATA_INVALID: UShort = 1004u
    /** The handle is empty or longer than 256 bytes. */
    const val HANDLE_INVALID: UShort = 1005u
    /** An error id cannot be a parent. */
    const val PARENT_INVALID: UShort = 1006u
    /** The client configuration is incomplete or contradicts itself. */
    const val CONFIGURATION_INVALID: UShort = 1010u
    /** Main and fallback have the same origin. */
    const val ORIGINS_EQUAL: UShort = 1011u
    /** Main and fallback have the same API key. */
    const val SECRETS_EQUAL: UShort = 1012u
    /** The origin uses plain http and is not loopback. */
    const val PLAIN_HTTP: UShort = 1013u
    /** The origin is not an http or https address without path, query or user. */
    const val ORIGIN_INVALID: UShort = 1014u
    /** The key set is malformed or holds keys of another kind. */
    const val KEY_SET_INVALID: UShort = 1015u
    /** The host name was not found. */
    const val NAME_NOT_RESOLVED: UShort = 1101u
    /** The connection was refused or timed out. */
    const val CONNECT_FAILED: UShort = 1102u
    /** The server's certificate is not the one of this host. */
    const val TLS_IDENTITY: UShort = 1103u
    /** The TLS handshake did not finish. */
    const val TLS_FAILED: UShort = 1104u
    /** No answer came in time. */
    const val TIMED_OUT: UShort = 1105u
    /** The connection broke before the answer was complete. */
    const val CONNECTION_LOST: UShort = 1106u
    /** The answer is larger than any real one. */
    const val ANSWER_TOO_LARGE: UShort = 1107u
    /** The answer is not of the agreed form. */
    const val ANSWER_MALFORMED: UShort = 1108u
    /** The server redirects elsewhere, and credentials never follow redirects. */
    const val REDIRECT_REFUSED: UShort = 1109u
    /** The service failed repeatedly and is left alone for a while. */
    const val CIRCUIT_OPEN: UShort = 1110u
    /** Neither the main nor the fallback service could answer, and no id was made. */
    const val SERVICES_UNAVAILABLE: UShort = 1111u
    /** The deadline passed. */
    const val DEADLINE_EXCEEDED: UShort = 1112u
    /** Too many retries are under way in this process. */
    const val RETRY_QUOTA_EXHAUSTED: UShort = 1113u
    /** The request could not be put on the wire. */
    const val REQUEST_INVALID: UShort = 1114u
    /** The service does not accept the API key. */
    const val UNAUTHORIZED: UShort = 1201u
    /** The API key may not do this. */
    const val FORBIDDEN: UShort = 1202u
    /** The service does not know this address or object. */
    const val NOT_FOUND: UShort = 1203u
    /** The same request is being answered elsewhere. */
    const val IN_FLIGHT: UShort = 1204u
    /** This handle was used for another request. */
    const val KEY_REUSED: UShort = 1205u
    /** Too many requests. */
    const val RATE_LIMITED: UShort = 1206u
    /** The service failed inside. */
    const val SERVER_FAILED: UShort = 1207u
    /** The service is not available. */
    const val SERVER_UNAVAILABLE: UShort = 1208u
    /** The service refuses the request. */
    const val REQUEST_REFUSED: UShort = 1209u
    /** The service answered with a status that has no meaning here. */
    const val STATUS_UNEXPECTED: UShort = 1210u
    /** The answer carries no receipt. */
    const val RECEIPT_MISSING: UShort = 1301u
    /** The receipt is not a well-formed chitty receipt. */
    const val RECEIPT_MALFORMED: UShort = 1302u
    /** The receipt uses an algorithm, type or header that is not allowed. */
    const val RECEIPT_UNSUPPORTED: UShort = 1303u
    /** The key that signed is not in the trusted key set. */
    const val RECEIPT_KEY_UNKNOWN: UShort = 1304u
    /** The receipt's signature does not verify. */
    const val RECEIPT_SIGNATURE: UShort = 1305u
    /** The receipt belongs to another id. */
    const val RECEIPT_SUBJECT: UShort = 1306u
    /** The receipt belongs to another request. */
    const val RECEIPT_REQUEST: UShort = 1307u
    /** The receipt belongs to another idempotency key. */
    const val RECEIPT_KEY: UShort = 1308u
    /** The receipt names another issuer. */
    const val RECEIPT_ISSUER: UShort = 1309u
    /** The receipt's class does not fit the id or its signer. */
    const val RECEIPT_CLASS: UShort = 1310u
    /** The fallback receipt has expired. */
    const val RECEIPT_EXPIRED: UShort = 1311u
    /** The receipt is dated in the future. */
    const val RECEIPT_FUTURE: UShort = 1312u
    /** The receipt is dated outside its key's life. */
    const val RECEIPT_KEY_TIME: UShort = 1313u
    /** The key that signed has been revoked. */
    const val RECEIPT_KEY_REVOKED: UShort = 1314u
    /** The receipt does not replace this fallback id. */
    const val RECEIPT_SUPERSEDES: UShort = 1315u
    /** The id's domain letter does not fit the service that issued it. */
    const val DOMAIN_WRONG: UShort = 1316u
    /** There is no trusted key set yet. */
    const val KEY_SET_MISSING: UShort = 1317u
    /** The service offers an older key set than before. */
    const val KEY_SET_ROLLED_BACK: UShort = 1318u
    /** The id follows another profile than was asked for. */
    const val RECEIPT_PROFILE: UShort = 1319u
    /** The fallback receipt carries no grant. */
    const val GRANT_MISSING: UShort = 1401u
    /** The grant is not a well-formed chitty fallback grant. */
    const val GRANT_MALFORMED: UShort = 1402u
    /** The key that signed the grant is not in the trusted key set. */
    const val GRANT_KEY_UNKNOWN: UShort = 1403u
    /** The grant's signature does not verify. */
    const val GRANT_SIGNATURE: UShort = 1404u
    /** The id's namespace is outside the grant. */
    const val GRANT_NAMESPACE: UShort = 1405u
    /** The id's year and month are outside the grant. */
    const val GRANT_YEAR_MONTH: UShort = 1406u
    /** The id's cycle is outside the grant. */
    const val GRANT_CYCLE: UShort = 1407u
    /** The receipt is dated outside the grant's life. */
    const val GRANT_TIME: UShort = 1408u
    /** The receipt expires later than the grant allows. */
    const val GRANT_RECEIPT_LIFE: UShort = 1409u
    /** The receipt is not signed by the key that the grant names. */
    const val GRANT_HOLDER: UShort = 1410u
    /** A fallback key signed an id that is not a fallback id. */
    const val GRANT_DOMAIN: UShort = 1411u
    /** The grant names another issuer. */
    const val GRANT_ISSUER: UShort = 1412u
    /** The disk is full; nothing was requested. */
    const val STORE_FULL: UShort = 1501u
    /** The store cannot be written. */
    const val STORE_READ_ONLY: UShort = 1502u
    /** The store's file is damaged; it was left as it is. */
    const val STORE_DAMAGED: UShort = 1503u
    /** The store was written by a newer version. */
    const val STORE_NEWER: UShort = 1504u
    /** Another process holds the store. */
    const val STORE_BUSY: UShort = 1505u
    /** The store could not be read or written. */
    const val STORE_FAILED: UShort = 1506u
    /** The client is suspended. */
    const val STORE_SUSPENDED: UShort = 1507u
    /** The file is not a chitty store. */
    const val STORE_FOREIGN: UShort = 1508u
    /** The store holds as many unreconciled ids as it may. */
    const val QUEUE_FULL: UShort = 1601u
    /** This handle was used for another request. */
    const val HANDLE_REUSED: UShort = 1602u
    /** There is no such debt. */
    const val NOT_PENDING: UShort = 1603u
    /** Two requests hold this fallback id, and each has a permanent id of its own. */
    const val ID_AMBIGUOUS: UShort = 1604u
    /** The service refuses to reconcile this id for good. */
    const val DEBT_WEDGED: UShort = 1605u
    /** A permanent id was asked for, and only a fallback id could be had. */
    const val STANDARD_REQUIRED: UShort = 1606u
    /** This id is not known here. */
    const val ID_UNKNOWN: UShort = 1607u
    /** An id was issued, and its receipt is kept until the clock agrees. */
    const val RECEIPT_HELD: UShort = 1608u
    /** Another process drains this store. */
    const val DRAIN_ELSEWHERE: UShort = 1609u
    /** The id is not reconciled yet. */
    const val DEBT_OPEN: UShort = 1610u
    /** A defect of this library. */
    const val INTERNAL: UShort = 1901u
    /** The system gave no random bytes; nothing was requested. */
    const val ENTROPY_FAILED: UShort = 1902u
    /** The client is closed. */
    const val CLOSED: UShort = 1903u
    /** The caller stopped waiting; the work itself goes on to a safe end. */
    const val CANCELLED: UShort = 1904u
    /** A part that the application handed in failed. */
    const val FOREIGN_FAILED: UShort = 1905u
    /** The object is NULL, of another kind, or was freed. */
    const val OBJECT_INVALID: UShort = 1906u
    /** An argument is NULL, not UTF-8, or of an impossible length. */
    const val ARGUMENT_INVALID: UShort = 1907u
    /** The object was made before this process was forked. */
    const val FORKED: UShort = 1908u
    /** Every id of this slot and month has been given out. */
    const val SEQUENCE_EXHAUSTED: UShort = 2001u
    /** The API key may not generate in this namespace. */
    const val NAMESPACE_FORBIDDEN: UShort = 2002u
    /** The API key lacks the scope. */
    const val SCOPE_MISSING: UShort = 2003u
    /** The tenant's quota is used up. */
    const val QUOTA_EXCEEDED: UShort = 2004u
    /** The body is not of the agreed form. */
    const val BODY_INVALID: UShort = 2005u
    /** The Idempotency-Key header is missing or not 32 bytes of base64url. */
    const val IDEMPOTENCY_KEY_INVALID: UShort = 2006u
    /** This key was used for another intent. */
    const val IDEMPOTENCY_KEY_REUSED: UShort = 2007u
    /** A request with this key is being answered. */
    const val REQUEST_IN_FLIGHT: UShort = 2008u
    /** No such fallback id is known for this tenant. */
    const val DEBT_UNKNOWN: UShort = 2009u
    /** The fallback id was issued to another tenant. */
    const val DEBT_FOREIGN: UShort = 2010u
    /** This debt was settled under another key. */
    const val DEBT_KEY_CONFLICT: UShort = 2011u
    /** The key is not the one the receipt was issued for. */
    const val DEBT_KEY_MISMATCH: UShort = 2012u
    /** The request is not the one the receipt was issued for. */
    const val DEBT_REQUEST_MISMATCH: UShort = 2013u
    /** This fallback key is not enrolled. */
    const val FALLBACK_NOT_ENROLLED: UShort = 2014u
    /** This fallback is suspended. */
    const val FALLBACK_SUSPENDED: UShort = 2015u
    /** The nonce is unknown, used or too old. */
    const val NONCE_INVALID: UShort = 2016u
    /** The fallback's grant is used up. */
    const val GRANT_EXHAUSTED: UShort = 2017u
    /** The fallback holds no valid grant. */
    const val GRANT_NOT_HELD: UShort = 2018u
    /** One fallback id was issued twice. */
    const val DUPLICATE_FALLBACK_ID: UShort = 2019u
    /** Too many items in one call. */
    const val BATCH_TOO_LARGE: UShort = 2020u
    /** The service cannot reach its database. */
    const val STORE_UNAVAILABLE: UShort = 2021u
    /** This service does not issue ids of this profile here. */
    const val PROFILE_UNSUPPORTED: UShort = 2022u
    /** The API key is missing, unknown or revoked. */
    const val API_KEY_INVALID: UShort = 2023u
    /** The tenant's rate limit is reached. */
    const val TOO_MANY_REQUESTS: UShort = 2024u
    /** There is no such operation here. */
    const val ROUTE_UNKNOWN: UShort = 2025u
    /** The body is larger than this service accepts. */
    const val BODY_TOO_LARGE: UShort = 2026u
    /** The service failed inside. */
    const val SERVICE_FAILED: UShort = 2027u
    /** The service took too long. */
    const val TIMED_OUT_INSIDE: UShort = 2028u
    /** This address does not take this method. */
    const val METHOD_REFUSED: UShort = 2029u
    /** The fallback's signed request does not verify. */
    const val FALLBACK_REQUEST_INVALID: UShort = 2030u
}

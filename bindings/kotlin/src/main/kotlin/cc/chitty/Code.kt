// Generated from `spec/error-codes.toml` by `cargo xtask codegen`. Do not edit.

package cc.chitty

/** What happened, as a stable number: the same in every language and version. */
object Code {
    /** The text is not a ChittyID. */
    const val ID_MALFORMED: Int = 1001
    /** The namespace is not three letters A-Z. */
    const val NAMESPACE_INVALID: Int = 1002
    /** The entity type is not one that the profile knows. */
    const val ENTITY_TYPE_INVALID: Int = 1003
    /** The metadata is not a JSON object, too large, too deep, or holds a number beyond 2^53 - 1. */
    const val METADATA_INVALID: Int = 1004
    /** The handle is empty or longer than 256 bytes. */
    const val HANDLE_INVALID: Int = 1005
    /** An error id cannot be a parent. */
    const val PARENT_INVALID: Int = 1006
    /** The client configuration is incomplete or contradicts itself. */
    const val CONFIGURATION_INVALID: Int = 1010
    /** Main and fallback have the same origin. */
    const val ORIGINS_EQUAL: Int = 1011
    /** Main and fallback have the same API key. */
    const val SECRETS_EQUAL: Int = 1012
    /** The origin uses plain http and is not loopback. */
    const val PLAIN_HTTP: Int = 1013
    /** The origin is not an http or https address without path, query or user. */
    const val ORIGIN_INVALID: Int = 1014
    /** The key set is malformed or holds keys of another kind. */
    const val KEY_SET_INVALID: Int = 1015
    /** A JSON object has two members of one name. */
    const val MEMBER_REPEATED: Int = 1016
    /** A JSON text holds half of a surrogate pair. */
    const val TEXT_NOT_UNICODE: Int = 1017
    /** The folder of the file does not exist, or is a file itself. */
    const val FOLDER_MISSING: Int = 1018
    /** The path of the file names a folder. */
    const val PATH_IS_FOLDER: Int = 1019
    /** The answer is compressed, though none was asked for. */
    const val ANSWER_ENCODED: Int = 1020
    /** The host name was not found. */
    const val NAME_NOT_RESOLVED: Int = 1101
    /** The connection was refused or timed out. */
    const val CONNECT_FAILED: Int = 1102
    /** The server's certificate is not the one of this host. */
    const val TLS_IDENTITY: Int = 1103
    /** The TLS handshake did not finish. */
    const val TLS_FAILED: Int = 1104
    /** No answer came in time. */
    const val TIMED_OUT: Int = 1105
    /** The connection broke before the answer was complete. */
    const val CONNECTION_LOST: Int = 1106
    /** The answer is larger than any real one. */
    const val ANSWER_TOO_LARGE: Int = 1107
    /** The answer is not of the agreed form. */
    const val ANSWER_MALFORMED: Int = 1108
    /** The server redirects elsewhere, and credentials never follow redirects. */
    const val REDIRECT_REFUSED: Int = 1109
    /** The service failed repeatedly and is left alone for a while. */
    const val CIRCUIT_OPEN: Int = 1110
    /** Neither the main nor the fallback service could answer, and no id was made. */
    const val SERVICES_UNAVAILABLE: Int = 1111
    /** The deadline passed. */
    const val DEADLINE_EXCEEDED: Int = 1112
    /** Too many retries are under way in this process. */
    const val RETRY_QUOTA_EXHAUSTED: Int = 1113
    /** The request could not be put on the wire. */
    const val REQUEST_INVALID: Int = 1114
    /** Not sent: the service refused most of the latest requests, and the SDK asks it less for two minutes. */
    const val HELD_BACK: Int = 1115
    /** The service does not accept the API key. */
    const val UNAUTHORIZED: Int = 1201
    /** The API key may not do this. */
    const val FORBIDDEN: Int = 1202
    /** The service does not know this address or object. */
    const val NOT_FOUND: Int = 1203
    /** The same request is being answered elsewhere. */
    const val IN_FLIGHT: Int = 1204
    /** This handle was used for another request. */
    const val KEY_REUSED: Int = 1205
    /** Too many requests. */
    const val RATE_LIMITED: Int = 1206
    /** The service failed inside. */
    const val SERVER_FAILED: Int = 1207
    /** The service is not available. */
    const val SERVER_UNAVAILABLE: Int = 1208
    /** The service refuses the request. */
    const val REQUEST_REFUSED: Int = 1209
    /** The service answered with a status that has no meaning here. */
    const val STATUS_UNEXPECTED: Int = 1210
    /** The service minted an id of another entity type than was asked for. */
    const val ENTITY_TYPE_DIFFERS: Int = 1211
    /** The answer carries no receipt. */
    const val RECEIPT_MISSING: Int = 1301
    /** The receipt is not a well-formed chitty receipt. */
    const val RECEIPT_MALFORMED: Int = 1302
    /** The receipt uses an algorithm, type or header that is not allowed. */
    const val RECEIPT_UNSUPPORTED: Int = 1303
    /** The key that signed is not in the trusted key set. */
    const val RECEIPT_KEY_UNKNOWN: Int = 1304
    /** The receipt's signature does not verify. */
    const val RECEIPT_SIGNATURE: Int = 1305
    /** The receipt belongs to another id. */
    const val RECEIPT_SUBJECT: Int = 1306
    /** The receipt belongs to another request. */
    const val RECEIPT_REQUEST: Int = 1307
    /** The receipt belongs to another idempotency key. */
    const val RECEIPT_KEY: Int = 1308
    /** The receipt names another issuer. */
    const val RECEIPT_ISSUER: Int = 1309
    /** The receipt's class does not fit the id or its signer. */
    const val RECEIPT_CLASS: Int = 1310
    /** The fallback receipt has expired. */
    const val RECEIPT_EXPIRED: Int = 1311
    /** The receipt is dated in the future. */
    const val RECEIPT_FUTURE: Int = 1312
    /** The receipt is dated outside its key's life. */
    const val RECEIPT_KEY_TIME: Int = 1313
    /** The key that signed has been revoked. */
    const val RECEIPT_KEY_REVOKED: Int = 1314
    /** The receipt does not replace this fallback id. */
    const val RECEIPT_SUPERSEDES: Int = 1315
    /** The id's domain letter does not fit the service that issued it. */
    const val DOMAIN_WRONG: Int = 1316
    /** There is no trusted key set yet. */
    const val KEY_SET_MISSING: Int = 1317
    /** The service offers an older key set than before. */
    const val KEY_SET_ROLLED_BACK: Int = 1318
    /** The id follows another profile than was asked for. */
    const val RECEIPT_PROFILE: Int = 1319
    /** The trusted key set is too old to judge a receipt by, or was fetched in this clock's future. */
    const val KEY_SET_STALE: Int = 1320
    /** The key set is pinned, so none can be fetched. */
    const val KEY_SET_PINNED: Int = 1321
    /** The fallback receipt carries no grant. */
    const val GRANT_MISSING: Int = 1401
    /** The grant is not a well-formed chitty fallback grant. */
    const val GRANT_MALFORMED: Int = 1402
    /** The key that signed the grant is not in the trusted key set. */
    const val GRANT_KEY_UNKNOWN: Int = 1403
    /** The grant's signature does not verify. */
    const val GRANT_SIGNATURE: Int = 1404
    /** The id's namespace is outside the grant. */
    const val GRANT_NAMESPACE: Int = 1405
    /** The id's year and month are outside the grant. */
    const val GRANT_YEAR_MONTH: Int = 1406
    /** The id's cycle is outside the grant. */
    const val GRANT_CYCLE: Int = 1407
    /** The receipt is dated outside the grant's life. */
    const val GRANT_TIME: Int = 1408
    /** The receipt expires later than the grant allows. */
    const val GRANT_RECEIPT_LIFE: Int = 1409
    /** The receipt is not signed by the key that the grant names. */
    const val GRANT_HOLDER: Int = 1410
    /** A fallback key signed an id that is not a fallback id. */
    const val GRANT_DOMAIN: Int = 1411
    /** The grant names another issuer. */
    const val GRANT_ISSUER: Int = 1412
    /** The disk is full; nothing was requested. */
    const val STORE_FULL: Int = 1501
    /** The store cannot be written. */
    const val STORE_READ_ONLY: Int = 1502
    /** The store's file is damaged; it was left as it is. */
    const val STORE_DAMAGED: Int = 1503
    /** The store was written by a newer version. */
    const val STORE_NEWER: Int = 1504
    /** Another process holds the store. */
    const val STORE_BUSY: Int = 1505
    /** The store could not be read or written. */
    const val STORE_FAILED: Int = 1506
    /** The client is suspended. */
    const val STORE_SUSPENDED: Int = 1507
    /** The file is not a chitty store. */
    const val STORE_FOREIGN: Int = 1508
    /** The wallet's file was sealed by another device. */
    const val WALLET_FOREIGN: Int = 1509
    /** The wallet's file is older than the one that this device wrote last, or gone. */
    const val WALLET_ROLLED_BACK: Int = 1510
    /** The place where this device keeps its secrets does not answer. */
    const val SECRETS_UNAVAILABLE: Int = 1511
    /** This device has lost the key of the wallet's file. */
    const val SECRETS_LOST: Int = 1512
    /** Others wrote to the store each time that this call tried to. */
    const val STORE_CONTENDED: Int = 1513
    /** The store's file was open in this process when it was forked, and SQLite's locks do not reach into the child. */
    const val STORE_FORKED: Int = 1520
    /** Something else in this process opened and closed the store's file, which dropped its locks, and another program then removed its log. */
    const val STORE_UNLOCKED: Int = 1521
    /** The store holds as many unreconciled ids as it may. */
    const val QUEUE_FULL: Int = 1601
    /** This handle was used for another request. */
    const val HANDLE_REUSED: Int = 1602
    /** There is no such debt. */
    const val NOT_PENDING: Int = 1603
    /** Two requests hold this fallback id, and each has a permanent id of its own. */
    const val ID_AMBIGUOUS: Int = 1604
    /** The service refuses to reconcile this id for good. */
    const val DEBT_WEDGED: Int = 1605
    /** A permanent id was asked for, and only a fallback id could be had. */
    const val STANDARD_REQUIRED: Int = 1606
    /** This id is not known here. */
    const val ID_UNKNOWN: Int = 1607
    /** An id was issued, and its receipt is kept until the clock agrees. */
    const val RECEIPT_HELD: Int = 1608
    /** Another process drains this store. */
    const val DRAIN_ELSEWHERE: Int = 1609
    /** The id is not reconciled yet. */
    const val DEBT_OPEN: Int = 1610
    /** The live service may have minted an id that did not arrive, and asking again may mint a second one. */
    const val POSSIBLE_DUPLICATE: Int = 1611
    /** The live service answered with an error id; there is no id yet. */
    const val MINT_PENDING: Int = 1612
    /** This wallet has no registered anchor. */
    const val WALLET_UNREGISTERED: Int = 1701
    /** This wallet's anchor is revoked. */
    const val WALLET_REVOKED: Int = 1702
    /** The stored wallet belongs to another broker. */
    const val WALLET_OTHER_BROKER: Int = 1703
    /** The seed was not taken over, so nothing was registered. */
    const val SEED_NOT_KEPT: Int = 1704
    /** The person turned the device key's prompt down. */
    const val SIGNER_CANCELLED: Int = 1705
    /** The device key needs an authentication first. */
    const val SIGNER_AUTHENTICATION_REQUIRED: Int = 1706
    /** The platform destroyed the device key. */
    const val SIGNER_INVALIDATED: Int = 1707
    /** The hardware of the device key does something else. */
    const val SIGNER_BUSY: Int = 1708
    /** The hardware of the device key is missing or does not answer. */
    const val SIGNER_UNAVAILABLE: Int = 1709
    /** Another device key answered than the one that belongs to this wallet. */
    const val SIGNER_WRONG_KEY: Int = 1710
    /** What the device key returned is no signature or key of P-256. */
    const val SIGNER_MALFORMED: Int = 1711
    /** What the broker signed about the anchor does not verify. */
    const val STATEMENT_REFUSED: Int = 1720
    /** What the broker signed about the anchor cannot be judged now. */
    const val STATEMENT_UNDECIDED: Int = 1721
    /** The issuer changed or withdrew keys that it had published for days to come. */
    const val ISSUER_KEYS_CHANGED: Int = 1722
    /** The issuer does not offer this schema. */
    const val SCHEMA_UNKNOWN: Int = 1723
    /** The issuer's metadata contradict themselves. */
    const val METADATA_REFUSED: Int = 1724
    /** The status snapshot does not verify. */
    const val SNAPSHOT_REFUSED: Int = 1725
    /** The status snapshot is older than one that was accepted before. */
    const val SNAPSHOT_ROLLED_BACK: Int = 1726
    /** The broker signed two histories of its revocations. */
    const val SNAPSHOT_EQUIVOCATES: Int = 1727
    /** The issuer revoked the key that signed this credential, so no site accepts it. */
    const val CREDENTIAL_KEY_REVOKED: Int = 1728
    /** The broker changed or unrevoked a key for statements that it had published. */
    const val STATEMENT_KEYS_CHANGED: Int = 1729
    /** The site took the answer and gave no response code. */
    const val RESPONSE_CODE_MISSING: Int = 1730
    /** The site's store of requests and answers does not answer, so nothing is accepted. */
    const val RESPONSE_STORE_FAILED: Int = 1731
    /** The site has as many signed requests and answers as it can remember. */
    const val RESPONSE_STORE_FULL: Int = 1732
    /** The wallet holds no credential of this schema. */
    const val CREDENTIAL_MISSING: Int = 1740
    /** The issued credential is not what everybody gets, so it was not taken. */
    const val CREDENTIAL_NOT_TAKEN: Int = 1741
    /** The renewed credential would change the person's tags, so the old one was kept. */
    const val CREDENTIAL_TAGS_CHANGED: Int = 1742
    /** The credential is past its last day. */
    const val CREDENTIAL_EXPIRED: Int = 1743
    /** The policy is unsound or about another schema or issuer. */
    const val POLICY_UNSOUND: Int = 1750
    /** The site asks for an attribute that the person did not agree to show. */
    const val ATTRIBUTE_NOT_CONSENTED: Int = 1751
    /** The site asks for a tag and the person did not agree to be recognised. */
    const val TAG_NOT_CONSENTED: Int = 1752
    /** An attribute has another value than the site accepts, so nothing is shown. */
    const val POLICY_NOT_FULFILLED: Int = 1753
    /** The site's signed request does not verify. */
    const val SIGNED_REQUEST_REFUSED: Int = 1754
    /** The site's signed request cannot be judged now. */
    const val SIGNED_REQUEST_UNDECIDED: Int = 1755
    /** The site is not an https origin with a host by name. */
    const val SITE_INVALID: Int = 1756
    /** The site's store of nonces does not answer, so nothing is accepted. */
    const val NONCE_STORE_FAILED: Int = 1760
    /** The site has as many open requests as it can remember. */
    const val NONCE_STORE_FULL: Int = 1761
    /** A defect of this library. */
    const val INTERNAL: Int = 1901
    /** The system gave no random bytes; nothing was requested. */
    const val ENTROPY_FAILED: Int = 1902
    /** The client, wallet or site is closed. */
    const val CLOSED: Int = 1903
    /** The caller stopped waiting; the work itself goes on to a safe end. */
    const val CANCELLED: Int = 1904
    /** A part that the application handed in failed. */
    const val FOREIGN_FAILED: Int = 1905
    /** The object is NULL, of another kind, or was freed. */
    const val OBJECT_INVALID: Int = 1906
    /** An argument is NULL, not UTF-8, or of an impossible length. */
    const val ARGUMENT_INVALID: Int = 1907
    /** The object was made before this process was forked. */
    const val FORKED: Int = 1908
    /** Every id of this slot and month has been given out. */
    const val SEQUENCE_EXHAUSTED: Int = 2001
    /** The API key may not generate in this namespace. */
    const val NAMESPACE_FORBIDDEN: Int = 2002
    /** The API key lacks the scope. */
    const val SCOPE_MISSING: Int = 2003
    /** The tenant's quota is used up. */
    const val QUOTA_EXCEEDED: Int = 2004
    /** The body is not of the agreed form. */
    const val BODY_INVALID: Int = 2005
    /** The Idempotency-Key header is missing or not 32 bytes of base64url. */
    const val IDEMPOTENCY_KEY_INVALID: Int = 2006
    /** This key was used for another intent. */
    const val IDEMPOTENCY_KEY_REUSED: Int = 2007
    /** A request with this key is being answered. */
    const val REQUEST_IN_FLIGHT: Int = 2008
    /** No such fallback id is known for this tenant. */
    const val DEBT_UNKNOWN: Int = 2009
    /** The fallback id was issued to another tenant. */
    const val DEBT_FOREIGN: Int = 2010
    /** This debt was settled under another key. */
    const val DEBT_KEY_CONFLICT: Int = 2011
    /** The key is not the one the receipt was issued for. */
    const val DEBT_KEY_MISMATCH: Int = 2012
    /** The request is not the one the receipt was issued for. */
    const val DEBT_REQUEST_MISMATCH: Int = 2013
    /** This fallback key is not enrolled. */
    const val FALLBACK_NOT_ENROLLED: Int = 2014
    /** This fallback is suspended. */
    const val FALLBACK_SUSPENDED: Int = 2015
    /** The nonce is unknown, used or too old. */
    const val NONCE_INVALID: Int = 2016
    /** The fallback's grant is used up. */
    const val GRANT_EXHAUSTED: Int = 2017
    /** The fallback holds no valid grant. */
    const val GRANT_NOT_HELD: Int = 2018
    /** One fallback id was issued twice. */
    const val DUPLICATE_FALLBACK_ID: Int = 2019
    /** Too many items in one call. */
    const val BATCH_TOO_LARGE: Int = 2020
    /** The service cannot reach its database. */
    const val STORE_UNAVAILABLE: Int = 2021
    /** This service does not issue ids of this profile here. */
    const val PROFILE_UNSUPPORTED: Int = 2022
    /** The API key is missing, unknown or revoked. */
    const val API_KEY_INVALID: Int = 2023
    /** The tenant's rate limit is reached. */
    const val TOO_MANY_REQUESTS: Int = 2024
    /** There is no such operation here. */
    const val ROUTE_UNKNOWN: Int = 2025
    /** The body is larger than this service accepts. */
    const val BODY_TOO_LARGE: Int = 2026
    /** The service failed inside. */
    const val SERVICE_FAILED: Int = 2027
    /** The service took too long. */
    const val TIMED_OUT_INSIDE: Int = 2028
    /** This address does not take this method. */
    const val METHOD_REFUSED: Int = 2029
    /** The fallback's signed request does not verify. */
    const val FALLBACK_REQUEST_INVALID: Int = 2030
    /** The service has more to do than it can. */
    const val OVERLOADED: Int = 2031
    /** The registration does not verify. */
    const val REGISTRATION_REFUSED: Int = 2032
    /** The time in the signed request is more than 300 seconds off. */
    const val SIGNED_TIME_INVALID: Int = 2033
    /** Nobody registered this anchor. */
    const val ANCHOR_UNKNOWN: Int = 2034
    /** The anchor is revoked. */
    const val ANCHOR_REVOKED: Int = 2035
    /** The anchor is registered with other keys. */
    const val ANCHOR_CONFLICT: Int = 2036
    /** The revocation certificate does not verify. */
    const val REVOCATION_REFUSED: Int = 2037
    /** The credential request is refused. */
    const val CREDENTIAL_REFUSED: Int = 2038
    /** The wallet's secret is not the one that this anchor was first issued with. */
    const val COMMITMENT_CHANGED: Int = 2039
    /** No attributes are enrolled for this anchor and schema. */
    const val ENROLMENT_MISSING: Int = 2040
    /** The enrolment code is unknown, used, or for another schema. */
    const val ENROLMENT_CODE_INVALID: Int = 2041
    /** The policy is unsound or about a schema that this broker does not know. */
    const val POLICY_INVALID: Int = 2042
    /** The presentation shows more than the policy asks for. */
    const val OVER_DISCLOSED: Int = 2043
    /** The presentation does not pass. */
    const val PRESENTATION_REFUSED: Int = 2044
    /** The presentation cannot be judged now. */
    const val PRESENTATION_UNDECIDED: Int = 2045
    /** The body is not called application/json, or is compressed. */
    const val MEDIA_TYPE_UNSUPPORTED: Int = 2046
    /** The body did not arrive in time. */
    const val BODY_TOO_SLOW: Int = 2050
    /** The tenant's share of this month's ids of this kind is used up. */
    const val SLOT_SHARE_USED: Int = 2065
    /** Main's database is older than what main has acknowledged or signed, so that it would give out again what it gave out before. */
    const val RESTORE_UNANNOUNCED: Int = 2066
    /** The database was said to be restored while this process ran. */
    const val EPOCH_CHANGED: Int = 2067
    /** Main was restored, and gives no month and cycle that the fallback does not show in a grant of its own. */
    const val PAIR_NOT_SHOWN: Int = 2068
    /** Two fallback keys hold one month and cycle. */
    const val PAIR_CONFLICT: Int = 2069
    /** The fallback's database is older than the issue log that main knows. */
    const val FALLBACK_ROLLED_BACK: Int = 2070
    /** The request names an epoch of before main's last restore. */
    const val EPOCH_OLD: Int = 2071
}

"""What happened, as stable numbers: the code of a ChittyError is one of these, or newer.

Generated from `spec/error-codes.toml` by `cargo xtask codegen`. Do not edit.
"""

from typing import Final

ID_MALFORMED: Final = 1001
"""The text is not a ChittyID."""
NAMESPACE_INVALID: Final = 1002
"""The namespace is not three letters A-Z."""
ENTITY_TYPE_INVALID: Final = 1003
"""The entity type is not one that the profile knows."""
METADATA_INVALID: Final = 1004
"""The metadata is too large, too deep, or holds an integer beyond 2^53 - 1."""
HANDLE_INVALID: Final = 1005
"""The handle is empty or longer than 256 bytes."""
PARENT_INVALID: Final = 1006
"""An error id cannot be a parent."""
CONFIGURATION_INVALID: Final = 1010
"""The client configuration is incomplete or contradicts itself."""
ORIGINS_EQUAL: Final = 1011
"""Main and fallback have the same origin."""
SECRETS_EQUAL: Final = 1012
"""Main and fallback have the same API key."""
PLAIN_HTTP: Final = 1013
"""The origin uses plain http and is not loopback."""
ORIGIN_INVALID: Final = 1014
"""The origin is not an http or https address without path, query or user."""
KEY_SET_INVALID: Final = 1015
"""The key set is malformed or holds keys of another kind."""
NAME_NOT_RESOLVED: Final = 1101
"""The host name was not found."""
CONNECT_FAILED: Final = 1102
"""The connection was refused or timed out."""
TLS_IDENTITY: Final = 1103
"""The server's certificate is not the one of this host."""
TLS_FAILED: Final = 1104
"""The TLS handshake did not finish."""
TIMED_OUT: Final = 1105
"""No answer came in time."""
CONNECTION_LOST: Final = 1106
"""The connection broke before the answer was complete."""
ANSWER_TOO_LARGE: Final = 1107
"""The answer is larger than any real one."""
ANSWER_MALFORMED: Final = 1108
"""The answer is not of the agreed form."""
REDIRECT_REFUSED: Final = 1109
"""The server redirects elsewhere, and credentials never follow redirects."""
CIRCUIT_OPEN: Final = 1110
"""The service failed repeatedly and is left alone for a while."""
SERVICES_UNAVAILABLE: Final = 1111
"""Neither the main nor the fallback service could answer, and no id was made."""
DEADLINE_EXCEEDED: Final = 1112
"""The deadline passed."""
RETRY_QUOTA_EXHAUSTED: Final = 1113
"""Too many retries are under way in this process."""
REQUEST_INVALID: Final = 1114
"""The request could not be put on the wire."""
UNAUTHORIZED: Final = 1201
"""The service does not accept the API key."""
FORBIDDEN: Final = 1202
"""The API key may not do this."""
NOT_FOUND: Final = 1203
"""The service does not know this address or object."""
IN_FLIGHT: Final = 1204
"""The same request is being answered elsewhere."""
KEY_REUSED: Final = 1205
"""This handle was used for another request."""
RATE_LIMITED: Final = 1206
"""Too many requests."""
SERVER_FAILED: Final = 1207
"""The service failed inside."""
SERVER_UNAVAILABLE: Final = 1208
"""The service is not available."""
REQUEST_REFUSED: Final = 1209
"""The service refuses the request."""
STATUS_UNEXPECTED: Final = 1210
"""The service answered with a status that has no meaning here."""
RECEIPT_MISSING: Final = 1301
"""The answer carries no receipt."""
RECEIPT_MALFORMED: Final = 1302
"""The receipt is not a well-formed chitty receipt."""
RECEIPT_UNSUPPORTED: Final = 1303
"""The receipt uses an algorithm, type or header that is not allowed."""
RECEIPT_KEY_UNKNOWN: Final = 1304
"""The key that signed is not in the trusted key set."""
RECEIPT_SIGNATURE: Final = 1305
"""The receipt's signature does not verify."""
RECEIPT_SUBJECT: Final = 1306
"""The receipt belongs to another id."""
RECEIPT_REQUEST: Final = 1307
"""The receipt belongs to another request."""
RECEIPT_KEY: Final = 1308
"""The receipt belongs to another idempotency key."""
RECEIPT_ISSUER: Final = 1309
"""The receipt names another issuer."""
RECEIPT_CLASS: Final = 1310
"""The receipt's class does not fit the id or its signer."""
RECEIPT_EXPIRED: Final = 1311
"""The fallback receipt has expired."""
RECEIPT_FUTURE: Final = 1312
"""The receipt is dated in the future."""
RECEIPT_KEY_TIME: Final = 1313
"""The receipt is dated outside its key's life."""
RECEIPT_KEY_REVOKED: Final = 1314
"""The key that signed has been revoked."""
RECEIPT_SUPERSEDES: Final = 1315
"""The receipt does not replace this fallback id."""
DOMAIN_WRONG: Final = 1316
"""The id's domain letter does not fit the service that issued it."""
KEY_SET_MISSING: Final = 1317
"""There is no trusted key set yet."""
KEY_SET_ROLLED_BACK: Final = 1318
"""The service offers an older key set than before."""
RECEIPT_PROFILE: Final = 1319
"""The id follows another profile than was asked for."""
GRANT_MISSING: Final = 1401
"""The fallback receipt carries no grant."""
GRANT_MALFORMED: Final = 1402
"""The grant is not a well-formed chitty fallback grant."""
GRANT_KEY_UNKNOWN: Final = 1403
"""The key that signed the grant is not in the trusted key set."""
GRANT_SIGNATURE: Final = 1404
"""The grant's signature does not verify."""
GRANT_NAMESPACE: Final = 1405
"""The id's namespace is outside the grant."""
GRANT_YEAR_MONTH: Final = 1406
"""The id's year and month are outside the grant."""
GRANT_CYCLE: Final = 1407
"""The id's cycle is outside the grant."""
GRANT_TIME: Final = 1408
"""The receipt is dated outside the grant's life."""
GRANT_RECEIPT_LIFE: Final = 1409
"""The receipt expires later than the grant allows."""
GRANT_HOLDER: Final = 1410
"""The receipt is not signed by the key that the grant names."""
GRANT_DOMAIN: Final = 1411
"""A fallback key signed an id that is not a fallback id."""
GRANT_ISSUER: Final = 1412
"""The grant names another issuer."""
STORE_FULL: Final = 1501
"""The disk is full; nothing was requested."""
STORE_READ_ONLY: Final = 1502
"""The store cannot be written."""
STORE_DAMAGED: Final = 1503
"""The store's file is damaged; it was left as it is."""
STORE_NEWER: Final = 1504
"""The store was written by a newer version."""
STORE_BUSY: Final = 1505
"""Another process holds the store."""
STORE_FAILED: Final = 1506
"""The store could not be read or written."""
STORE_SUSPENDED: Final = 1507
"""The client is suspended."""
STORE_FOREIGN: Final = 1508
"""The file is not a chitty store."""
QUEUE_FULL: Final = 1601
"""The store holds as many unreconciled ids as it may."""
HANDLE_REUSED: Final = 1602
"""This handle was used for another request."""
NOT_PENDING: Final = 1603
"""There is no such debt."""
ID_AMBIGUOUS: Final = 1604
"""Two requests hold this fallback id, and each has a permanent id of its own."""
DEBT_WEDGED: Final = 1605
"""The service refuses to reconcile this id for good."""
STANDARD_REQUIRED: Final = 1606
"""A permanent id was asked for, and only a fallback id could be had."""
ID_UNKNOWN: Final = 1607
"""This id is not known here."""
RECEIPT_HELD: Final = 1608
"""An id was issued, and its receipt is kept until the clock agrees."""
DRAIN_ELSEWHERE: Final = 1609
"""Another process drains this store."""
DEBT_OPEN: Final = 1610
"""The id is not reconciled yet."""
INTERNAL: Final = 1901
"""A defect of this library."""
ENTROPY_FAILED: Final = 1902
"""The system gave no random bytes; nothing was requested."""
CLOSED: Final = 1903
"""The client is closed."""
CANCELLED: Final = 1904
"""The caller stopped waiting; the work itself goes on to a safe end."""
FOREIGN_FAILED: Final = 1905
"""A part that the application handed in failed."""
OBJECT_INVALID: Final = 1906
"""The object is NULL, of another kind, or was freed."""
ARGUMENT_INVALID: Final = 1907
"""An argument is NULL, not UTF-8, or of an impossible length."""
FORKED: Final = 1908
"""The object was made before this process was forked."""
SEQUENCE_EXHAUSTED: Final = 2001
"""Every id of this slot and month has been given out."""
NAMESPACE_FORBIDDEN: Final = 2002
"""The API key may not generate in this namespace."""
SCOPE_MISSING: Final = 2003
"""The API key lacks the scope."""
QUOTA_EXCEEDED: Final = 2004
"""The tenant's quota is used up."""
BODY_INVALID: Final = 2005
"""The body is not of the agreed form."""
IDEMPOTENCY_KEY_INVALID: Final = 2006
"""The Idempotency-Key header is missing or not 32 bytes of base64url."""
IDEMPOTENCY_KEY_REUSED: Final = 2007
"""This key was used for another intent."""
REQUEST_IN_FLIGHT: Final = 2008
"""A request with this key is being answered."""
DEBT_UNKNOWN: Final = 2009
"""No such fallback id is known for this tenant."""
DEBT_FOREIGN: Final = 2010
"""The fallback id was issued to another tenant."""
DEBT_KEY_CONFLICT: Final = 2011
"""This debt was settled under another key."""
DEBT_KEY_MISMATCH: Final = 2012
"""The key is not the one the receipt was issued for."""
DEBT_REQUEST_MISMATCH: Final = 2013
"""The request is not the one the receipt was issued for."""
FALLBACK_NOT_ENROLLED: Final = 2014
"""This fallback key is not enrolled."""
FALLBACK_SUSPENDED: Final = 2015
"""This fallback is suspended."""
NONCE_INVALID: Final = 2016
"""The nonce is unknown, used or too old."""
GRANT_EXHAUSTED: Final = 2017
"""The fallback's grant is used up."""
GRANT_NOT_HELD: Final = 2018
"""The fallback holds no valid grant."""
DUPLICATE_FALLBACK_ID: Final = 2019
"""One fallback id was issued twice."""
BATCH_TOO_LARGE: Final = 2020
"""Too many items in one call."""
STORE_UNAVAILABLE: Final = 2021
"""The service cannot reach its database."""
PROFILE_UNSUPPORTED: Final = 2022
"""This service does not issue ids of this profile here."""
API_KEY_INVALID: Final = 2023
"""The API key is missing, unknown or revoked."""
TOO_MANY_REQUESTS: Final = 2024
"""The tenant's rate limit is reached."""
ROUTE_UNKNOWN: Final = 2025
"""There is no such operation here."""
BODY_TOO_LARGE: Final = 2026
"""The body is larger than this service accepts."""
SERVICE_FAILED: Final = 2027
"""The service failed inside."""
TIMED_OUT_INSIDE: Final = 2028
"""The service took too long."""
METHOD_REFUSED: Final = 2029
"""This address does not take this method."""
FALLBACK_REQUEST_INVALID: Final = 2030
"""The fallback's signed request does not verify."""

"""The Chitty SDK: ids with receipts, and a promise about every temporary one; wallets and sites.

    async with Client.open("https://id.example", "secret:main", secrets=keys) as client:
        issued = await client.request_id("GEN", "I", handle="row-17")
"""

from ._generated import chitty as _native
from ._generated.chitty import (  # noqa: F401
    AnchorStanding, Arrival, CircuitState, Clock, CredentialInfo, DrainReport, ErrorKind, Event,
    EventListener, Flow, HardwareSigner, Health, HttpHeader, HttpRequest, HttpResponse,
    HttpTransport, IdClass, Issued, LifecycleEvent, LogLevel, LogSink, Metrics, ParsedId, Pending,
    PendingState, PresentationVerdict, Profile, ResponseAnswer, SecretStore, SecurityLevel,
    SeedKeeper, ServiceHealth, SignedRequestInfo, SignerError, SiteAnswer, SiteRequest, Stage,
    StateCount, StoreRow, Verdict, VerdictState, Verification,
    live_handles, sdk_version,
)
from .client import Client, Events  # noqa: F401
from .codes import Code  # noqa: F401
from .errors import (  # noqa: F401
    ChittyError, ConflictError, CorruptError, ForeignFailure, InternalError, InvalidInputError,
    RejectedError, RetryError, UnauthorizedError, UnavailableError, typed as _typed,
)
from .store import PendingStore  # noqa: F401
from .wallet import Site, Wallet  # noqa: F401

__version__ = sdk_version()


def parse_id(text: str) -> ParsedId:
    """Takes an id apart. That it is well formed says nothing about who issued it."""
    with _typed():
        return _native.parse_id(text)


def suggest(text: str, held: list[str]) -> list[str]:
    """The ids in `held` that differ from `text` by one edit. Nothing else comes out."""
    with _typed():
        return _native.suggest(text, held)


def set_log_sink(sink: LogSink, level: LogLevel) -> None:
    """Sends the SDK's log lines up to `level` to `sink`, for the whole process and for good."""
    with _typed():
        _native.set_log_sink(sink, level)

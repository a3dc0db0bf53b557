"""The errors of the SDK: one class per kind, with the same numbers as in every language."""

from __future__ import annotations

import contextlib
from typing import Any

from ._generated import chitty as native
from ._generated.chitty import ErrorKind, Stage
from .codes import Code


class ChittyError(Exception):
    """Why a call failed. The text is for people; programs look at the class or at `code`, which is
    the same in every language. `retry_after` is in seconds, if a service or policy said so;
    `service_code` is the code that the service itself gave."""

    def __init__(self, failed: Any) -> None:
        super().__init__(failed.reason)
        self.kind: ErrorKind = failed.kind
        self.code: int = failed.code
        self.code_text: str = failed.code_text
        self.stage: Stage = failed.stage
        self.service_code: int | None = failed.service_code
        after = failed.retry_after_ms
        self.retry_after: float | None = None if after is None else after / 1000


class RetryError(ChittyError):
    """Repeat the same call with the same handle; it cannot issue twice."""

class UnavailableError(ChittyError):
    """Wait: a service or a resource is not available."""

class UnauthorizedError(ChittyError):
    """Get other credentials or rights."""

class InvalidInputError(ChittyError, ValueError):
    """Change the call."""

class RejectedError(ChittyError):
    """Stop: the answer must not be trusted, or the request is refused for good."""

class ConflictError(ChittyError):
    """Two things contradict each other; decide which is meant."""

class CorruptError(ChittyError):
    """Stored data is damaged; restore it."""

class InternalError(ChittyError):
    """A defect of the SDK."""

_CLASSES = {
    ErrorKind.RETRY: RetryError,
    ErrorKind.UNAVAILABLE: UnavailableError,
    ErrorKind.UNAUTHORIZED: UnauthorizedError,
    ErrorKind.INVALID_INPUT: InvalidInputError,
    ErrorKind.REJECTED: RejectedError,
    ErrorKind.CONFLICT: ConflictError,
    ErrorKind.CORRUPT: CorruptError,
    ErrorKind.INTERNAL: InternalError,
}


#: What a part of the app's own raises: `ForeignFailure(Code.CONNECT_FAILED, Stage.NOT_SENT)`. Of
#: every other exception the SDK learns nothing but that there was one.
ForeignFailure: type[Exception] = native.ForeignError.Failed  # type: ignore[attr-defined]


def made(code: Code, kind: ErrorKind, reason: str) -> ChittyError:
    """An error of this side of the border, about what the library was not asked."""
    text = f"CHT-{code.value}"
    failed = native.ChittyError.Failed(  # type: ignore[attr-defined]
        kind, code.value, text, Stage.NOT_SENT, None, f"{text}: {reason}", None
    )
    return _CLASSES[kind](failed)


@contextlib.contextmanager
def typed():
    """Turns the library's errors into those of this module."""
    try:
        yield
    except native.ChittyError as failed:
        error = _CLASSES[failed.kind](failed)
    except native.InternalError:
        # A panic: its text is not for callers.
        error = made(Code.INTERNAL, ErrorKind.INTERNAL, "a defect of the SDK; report it")
    except UnicodeEncodeError:
        error = made(Code.ARGUMENT_INVALID, ErrorKind.INVALID_INPUT, "a text is not Unicode")
    else:
        return
    raise error from None

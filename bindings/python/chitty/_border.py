"""What goes over the border: metadata as the text of a JSON object, bytes as bytes, paths as text.

Refuses what Python would quietly make into something else on its way to JSON, or what the generated
code would fail at after it has lowered a handle, which nobody would then free."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from typing import Any

from ._generated import chitty as native
from .codes import Code
from .errors import ChittyError, made

#: Beyond it two numbers become one where JSON is hashed.
_LARGEST = 2**53 - 1
#: The metadata itself is the first level.
_MAX_DEPTH = 8


def _refused(code: Code, reason: str) -> ChittyError:
    return made(code, native.ErrorKind.INVALID_INPUT, reason)


def ms(seconds: float | None) -> int | None:
    """A time as the library takes it."""
    if seconds is None:
        return None
    if not math.isfinite(seconds):
        raise _refused(Code.ARGUMENT_INVALID, "a time is not a number of seconds")
    return max(0, round(seconds * 1000))


def path_text(path: str | os.PathLike[str] | None) -> str | None:
    """A path, given as text or as what stands for one (`pathlib.Path`)."""
    return None if path is None else os.fsdecode(os.fspath(path))


def handle_bytes(handle: Any) -> bytes | None:
    """A handle: text, or anything that holds bytes."""
    if handle is None or isinstance(handle, bytes):
        return handle
    if isinstance(handle, str):
        return handle.encode()
    return _bytes(handle)


def _bytes(value: Any) -> bytes:
    try:
        # Not bytes(value): of a number that makes so many zeros.
        return bytes(memoryview(value))
    except TypeError:
        name = type(value).__name__
        raise _refused(Code.ARGUMENT_INVALID, f"text or bytes are wanted, not {name}") from None


def checked(value: Any) -> Any:
    """The same value, made so that lowering it cannot fail: text that is Unicode, bytes that are
    `bytes`. Looks into lists and into the library's records."""
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, (bytearray, memoryview)):
        return _bytes(value)
    elif isinstance(value, (list, tuple)):
        return [checked(item) for item in value]
    elif isinstance(value, (native.IdRequest, native.Consent)):
        for name, field in vars(value).items():
            setattr(value, name, checked(field))
    return value


def metadata_text(metadata: Mapping[str, Any] | str | None) -> str | None:
    """The text of a JSON object. A text is checked by the library; a mapping here, since JSON would
    write `1` and `"1"` as one name and has no word for a number that is not finite."""
    if metadata is None or isinstance(metadata, str):
        return metadata
    if not isinstance(metadata, Mapping):
        name = type(metadata).__name__
        raise _refused(Code.METADATA_INVALID, f"metadata is a mapping or a JSON text, not {name}")
    return json.dumps(_plain(metadata, 1), allow_nan=False)


def _plain(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return _number(int(value))
    if isinstance(value, float):
        return _number(float(value))
    if not isinstance(value, (Mapping, list, tuple)):
        name = type(value).__name__
        raise _refused(Code.METADATA_INVALID, f"JSON has no {name}; send it as text")
    if depth > _MAX_DEPTH:
        raise _refused(Code.METADATA_INVALID, f"metadata nests in more than {_MAX_DEPTH} levels")
    if not isinstance(value, Mapping):
        return [_plain(item, depth + 1) for item in value]
    members: dict[str, Any] = {}
    for name, member in value.items():
        if not isinstance(name, str):
            kind = type(name).__name__
            reason = f"a name is {kind}, which JSON would make into text; give names as text"
            raise _refused(Code.METADATA_INVALID, reason)
        name = _text(name)
        if name in members:
            raise _refused(Code.MEMBER_REPEATED, "a name occurs twice; give each once")
        members[name] = _plain(member, depth + 1)
    return members


def _text(text: str) -> str:
    # A plain one: a subclass may say that two equal texts differ.
    text = "".join(text) if type(text) is not str else text
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _refused(Code.TEXT_NOT_UNICODE, "a text holds half of a surrogate pair") from None
    return text


def _number(number: int | float) -> int | float:
    # Also false for what is not a number at all.
    if not abs(number) <= _LARGEST:
        raise _refused(Code.METADATA_INVALID, "a number is beyond 2^53 - 1; send it as text")
    return number

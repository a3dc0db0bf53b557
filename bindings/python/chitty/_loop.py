"""Where the SDK's threads call Python's coroutines.

An `HttpTransport` is called from a thread that has no event loop. It gets one of ours, on a thread
started with the first transport, and from there the call goes on to the loop of the client.

What an awaited call answers is told by a thread of the SDK, too. Python ends threads that ask for the
interpreter when it is gone, and such an end inside native code aborts the process: so the program's end
waits for them.
"""

from __future__ import annotations

import asyncio
import atexit
import threading
import time

from ._generated import chitty as native
from .codes import Code
from .errors import ForeignFailure


class _Loop(asyncio.SelectorEventLoop):
    """A loop that may be told things from any thread: the generated code does so when a call is
    given up."""

    def call_soon(self, callback, *args, context=None):
        handle = super().call_soon(callback, *args, context=context)
        if threading.get_ident() != self._thread_id:
            self._write_to_self()
        return handle

    def _check_thread(self) -> None:
        """In debug mode asyncio would refuse what `call_soon` above makes safe."""


_LOCK = threading.Lock()
_LOOP: _Loop | None = None


def _background() -> _Loop:
    global _LOOP
    with _LOCK:
        if _LOOP is None:
            _LOOP = _Loop()
            threading.Thread(target=_LOOP.run_forever, name="chitty-loop", daemon=True).start()
        return _LOOP


def _current() -> asyncio.AbstractEventLoop:
    """The caller's loop; ours for a thread without one. The generated code knows only one loop per
    process, with which clients of two loops could not live together."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return _background()


native._uniffi_get_event_loop = _current

_TELLING: set[int] = set()


@native._UNIFFI_RUST_FUTURE_CONTINUATION_CALLBACK
def _tell(call: int, code: int) -> None:
    """As the generated code does it, which the program's end would not wait for."""
    thread = threading.get_ident()
    _TELLING.add(thread)
    try:
        loop, future = native._UniffiContinuationHandleMap.remove(call)
        loop.call_soon_threadsafe(native._uniffi_set_future_result, future, code)
    finally:
        _TELLING.discard(thread)


native._uniffi_continuation_callback = _tell


@atexit.register
def _all_told() -> None:
    patience = time.monotonic() + 5
    while _TELLING and time.monotonic() < patience:
        time.sleep(0.001)
    # The last one has left the set, and needs the interpreter once more to return.
    time.sleep(0.001)


class Transport(native.HttpTransport):
    """Calls `inner` on `loop`. Every failure becomes a number: no text and no trace crosses."""

    def __init__(self, inner: native.HttpTransport, loop: asyncio.AbstractEventLoop) -> None:
        self._inner, self._loop = inner, loop

    async def send(self, request: native.HttpRequest) -> native.HttpResponse:
        try:
            sending = self._inner.send(request)
            try:
                call = asyncio.run_coroutine_threadsafe(sending, self._loop)
            except RuntimeError:  # the client's loop is closed
                sending.close()
                raise
            return await asyncio.wrap_future(call)
        except native.ForeignError:
            raise
        except BaseException:  # also when the call is given up: the other side awaits an end
            raise ForeignFailure(Code.FOREIGN_FAILED, native.Stage.MAYBE_SENT) from None

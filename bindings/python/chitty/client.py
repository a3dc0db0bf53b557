"""The client for asyncio."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any

from ._border import checked, handle_bytes, metadata_text, ms, path_text
from ._generated import chitty as native
from ._loop import Transport
from .codes import Code
from .errors import ChittyError, made, typed


def _closed() -> ChittyError:
    return made(Code.CLOSED, native.ErrorKind.INVALID_INPUT, "it is closed; open a new one")


async def _wait(call, *args) -> Any:
    """Awaits a call of the library. A cancelled task stops the waiting and nothing else."""
    token = native.CancelToken()
    try:
        with typed():
            return await call(*checked(args), cancel=token)
    except asyncio.CancelledError:
        token.cancel()
        raise


async def _brief(call, *args) -> Any:
    """Awaits a call that takes no token: it asks no service, or for a few seconds at most."""
    with typed():
        return await call(*checked(args))


class _Opening:
    """`await` it for what is opened, or enter it for what is closed at the end."""

    def __init__(self, opening) -> None:
        self._opening = opening
        self._opened: Any = None

    def __await__(self):
        return self._opening.__await__()

    async def __aenter__(self) -> Any:
        self._opened = opened = await self._opening
        return opened

    async def __aexit__(self, *_: object) -> None:
        if self._opened is not None:
            await self._opened.close()


class Events:
    """What happens in the background from its making on: `async for event in client.events()`.

    Ends with the client. Who lags more than 1 024 events behind loses the oldest; the store loses
    nothing."""

    def __init__(self, subscription: native.EventSubscription) -> None:
        self._native: native.EventSubscription | None = subscription

    async def next(self, timeout: float) -> native.Event | None:
        """The next event; `None` when none came within `timeout` seconds."""
        if self._native is None:
            raise _closed()
        return await _wait(self._native.next, ms(timeout))

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> native.Event:
        try:
            while True:
                event = await self.next(3600)
                if event is not None:
                    return event
        except ChittyError as error:
            if error.code != Code.CLOSED:
                raise
        self.close()
        raise StopAsyncIteration

    def close(self) -> None:
        """Stops listening. Doing so twice changes nothing."""
        self._native = None


class Client:
    """Requests ids and keeps its promises about them.

    Cancelling a task stops its waiting; what it asked for goes on to a safe end and is found again
    under the same handle. Times are in seconds. After `close` every call fails with `CHT-1903`."""

    def __init__(self, inner: native.Client) -> None:
        self._native: native.Client | None = inner

    @classmethod
    def open(
        cls, main_url: str, main_key: str, *,
        fallback_url: str | None = None, fallback_key: str | None = None,
        key_set_json: str | None = None,
        store_path: str | os.PathLike[str] | None = None,
        deadline: float = 10.0, reconcile_interval: float | None = None,
        automatic: bool = True, batch: int | None = None, key_set_max_age: float | None = None,
        store: native.PendingStore | None = None, transport: native.HttpTransport | None = None,
        secrets: native.SecretStore | None = None, listener: native.EventListener | None = None,
        clock: native.Clock | None = None,
    ) -> _Opening:
        """Builds a client: `client = await Client.open(…)` or `async with Client.open(…) as client`.

        A fetched key set counts for verdicts no longer than `key_set_max_age`, by default a day.
        A key of the form `secret:NAME` is read from `secrets`. The transport is called on the loop
        that is running now, the other parts on threads of the SDK."""
        config = native.ClientConfig(
            main_url=main_url, main_key=main_key, fallback_url=fallback_url,
            fallback_key=fallback_key, key_set_json=key_set_json, store_path=path_text(store_path),
            deadline_ms=ms(deadline) or 0, reconcile_interval_ms=ms(reconcile_interval),
            automatic=automatic, batch=batch, key_set_max_age_ms=ms(key_set_max_age),
        )

        async def opening() -> Client:
            sender = None
            if transport is not None:
                sender = Transport(transport, asyncio.get_running_loop())
            parts = (store, sender, secrets, listener, clock)
            # The store's file is opened: not on the loop.
            with typed():
                return cls(await asyncio.to_thread(native.Client, config, *parts))

        return _Opening(opening())

    def _open(self) -> native.Client:
        if self._native is None:
            raise _closed()
        return self._native

    async def request_id(
        self, namespace: str, entity_type: str, *, handle: bytes | bytearray | memoryview | str | None = None,
        metadata: Mapping[str, Any] | str | None = None, parent: str | None = None,
        profile: str | None = None, require_standard: bool = False, deadline: float | None = None,
    ) -> native.Issued:
        """Requests an id. An outage of main yields a temporary id, which is replaced later; when no
        service can answer there is no id. `metadata` is a mapping with names that are text, or the
        text of a JSON object; numbers beyond 2^53 - 1 go as text."""
        text = metadata_text(metadata)
        with typed():
            name = handle_bytes(handle)
        request = native.IdRequest(
            namespace=namespace, entity_type=entity_type, handle=name, metadata_json=text,
            parent=parent, profile=profile, require_standard=require_standard,
            deadline_ms=ms(deadline),
        )
        return await _wait(self._open().request_id, request)

    async def verify(self, id: str, *, deadline: float | None = None) -> native.Verification:
        """Asks main whether an id is real and current."""
        return await _wait(self._open().verify, id, ms(deadline))

    async def verify_receipt(self, id: str, receipt: str) -> native.Verdict:
        """Checks that `receipt` proves `id`, offline unless the fetched key set is too old or lacks
        the key. Out of main's reach one that is too old gives an indeterminate verdict."""
        return await _brief(self._open().verify_receipt, id, receipt)

    async def refresh(self) -> bool:
        """Fetches main's key set now; tells whether it is a newer one."""
        return await _wait(self._open().refresh)

    async def pending_reconciliations(self) -> list[native.Pending]:
        """The fallback ids that are still owed a permanent one."""
        return await _brief(self._open().pending_reconciliations)

    async def reconcile(self, fallback_id: str, *, deadline: float | None = None) -> native.Issued:
        """Replaces one fallback id now."""
        return await _wait(self._open().reconcile, fallback_id, ms(deadline))

    async def trigger_reconciliation(self) -> native.DrainReport:
        """Replaces what is due, within the client's deadline."""
        return await _wait(self._open().trigger_reconciliation)

    async def drain(self, deadline: float) -> native.DrainReport:
        """Answers open requests and replaces fallback ids until nothing is due or time is up."""
        return await _wait(self._open().drain, ms(deadline))

    async def resolve(self, old: str, *, deadline: float | None = None) -> native.Issued:
        """The id to use in the place of `old`: the permanent one, for ever."""
        return await _wait(self._open().resolve, old, ms(deadline))

    async def history(self, id: str, *, deadline: float | None = None) -> list[native.LifecycleEvent]:
        """What happened to an id at main, oldest first, for the owning tenant."""
        return await _wait(self._open().history, id, ms(deadline))

    async def retry_wedged(self) -> int:
        """Gives refused debts another chance; tells how many."""
        return await _brief(self._open().retry_wedged)

    async def abandon(self, fallback_id: str, why: str) -> None:
        """Gives one debt up for good, with the reason on record."""
        await _brief(self._open().abandon, fallback_id, why)

    def events(self) -> Events:
        """Listens to what happens in the background from now on."""
        with typed():
            return Events(self._open().events())

    def metrics(self) -> native.Metrics:
        """Counters since the client was made."""
        with typed():
            return self._open().metrics()

    async def health(self) -> native.Health:
        """Asks both services how they are. An unreachable service is an answer."""
        return await _wait(self._open().health)

    async def suspend(self, deadline: float) -> None:
        """Finishes writes and lets go of the store's files."""
        await _brief(self._open().suspend, ms(deadline))

    async def resume(self) -> None:
        """Opens the store again."""
        await _brief(self._open().resume)

    async def close(self) -> None:
        """Ends the client; what is owed stays in the store. Doing so twice changes nothing."""
        inner, self._native = self._native, None
        if inner is not None:
            await asyncio.to_thread(inner.shutdown)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

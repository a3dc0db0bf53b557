"""A person's wallet and the sites that it shows things to, for asyncio."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable

from ._border import checked, ms, path_text
from ._generated import chitty as native
from ._loop import Transport
from .client import _brief, _closed, _Opening, _wait
from .errors import typed


def _sender(transport: native.HttpTransport | None) -> Transport | None:
    return None if transport is None else Transport(transport, asyncio.get_running_loop())


def _consent(attributes: Iterable[str], tag: bool) -> native.Consent:
    return native.Consent(attributes=checked(tuple(attributes)), tag=tag)


class Wallet:
    """Holds a person's keys and credentials, and shows of them what the person agrees to.

    Cancelling a task stops its waiting; what it began goes on to a safe end. Times are in seconds.
    After `close` every call fails with `CHT-1903`."""

    def __init__(self, inner: native.Wallet) -> None:
        self._native: native.Wallet | None = inner

    @classmethod
    def open(
        cls, broker: str, *, seed_keeper: native.SeedKeeper, broker_url: str | None = None,
        store_path: str | os.PathLike[str] | None = None, secrets: native.SecretStore | None = None,
        deadline: float = 10.0, transport: native.HttpTransport | None = None,
        clock: native.Clock | None = None, signer: native.HardwareSigner | None = None,
    ) -> _Opening:
        """Opens a wallet: `wallet = await Wallet.open(…)` or `async with Wallet.open(…) as wallet`.

        `broker` is the broker's https origin. A wallet in a file keeps the file's key in `secrets`;
        without `store_path` it lives in memory. `seed_keeper` takes the seed of a new wallet. What is
        wrong with the file is told by the first call."""
        config = native.WalletConfig(
            broker=broker, broker_url=broker_url, store_path=path_text(store_path),
            deadline_ms=ms(deadline) or 0,
        )

        async def opening() -> Wallet:
            parts = (secrets, seed_keeper, _sender(transport), clock, signer)
            with typed():
                return cls(native.Wallet(config, *parts))

        return _Opening(opening())

    def _open(self) -> native.Wallet:
        if self._native is None:
            raise _closed()
        return self._native

    async def register(self) -> None:
        """Makes what a wallet needs, if it is new, and registers. Repeating it is harmless."""
        await _wait(self._open().register)

    async def obtain(self, schema: str, enrolment_code: str | None = None) -> native.CredentialInfo:
        """Gets a credential of `schema` (its digest, base64url), the first or a newer one."""
        return await _wait(self._open().obtain, schema, enrolment_code)

    async def credentials(self) -> list[native.CredentialInfo]:
        """The credentials that the wallet holds."""
        return await _brief(self._open().credentials)

    async def present(
        self, origin: str, request_json: str, attributes: Iterable[str], *, tag: bool = False,
    ) -> bytes:
        """Answers a site's request with what the person agreed to: a presentation, CBOR. `origin` is
        the site's https origin as the platform verified it, never what the request says."""
        with typed():
            agreed = _consent(attributes, tag)
        return await _wait(self._open().present, origin, request_json, agreed)

    async def open_request(
        self, signed_request: str, arrival: native.Arrival,
    ) -> native.SignedRequestInfo:
        """Opens a request that its site signed, for the person to look at: the site's keys are fetched
        and decide. Show its `host`, what it asks for, and its `warning`, if there is one."""
        return await _wait(self._open().open_request, signed_request, arrival)

    async def present_signed(
        self, signed_request: str, arrival: native.Arrival, attributes: Iterable[str], *,
        tag: bool = False,
    ) -> native.SiteAnswer:
        """Answers a request that its site signed: the site's keys are fetched and decide, and the
        presentation is posted to the address in the request and handed to nobody else. Send the browser
        that asked to `return_uri` of what comes back."""
        with typed():
            agreed = _consent(attributes, tag)
        return await _wait(self._open().present_signed, signed_request, arrival, agreed)

    async def standing(self) -> native.AnchorStanding:
        """Asks the broker where the wallet's anchor stands."""
        return await _wait(self._open().standing)

    async def revoke(self) -> None:
        """Revokes the anchor, for good: nothing is issued to this wallet any more."""
        await _wait(self._open().revoke)

    async def refresh(self) -> None:
        """Fetches keys, schemas and the status snapshot, for days without a network."""
        await _wait(self._open().refresh)

    async def close(self) -> None:
        """Closes the wallet. Doing so twice changes nothing."""
        inner, self._native = self._native, None
        if inner is not None:
            await asyncio.to_thread(inner.shutdown)

    async def __aenter__(self) -> Wallet:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class Site:
    """Asks people what a policy says, and judges what they show. After `close` every call fails with
    `CHT-1903`."""

    def __init__(self, inner: native.Site) -> None:
        self._native: native.Site | None = inner

    @classmethod
    def open(
        cls, host: str, broker: str, *, broker_url: str | None = None,
        keys_max_age: float = 86_400.0, deadline: float = 10.0,
        transport: native.HttpTransport | None = None, clock: native.Clock | None = None,
        response_uri: str | None = None, request_kid: str | None = None,
        request_key: bytes | None = None, cross_device: bool = False,
    ) -> _Opening:
        """Opens a site: `site = await Site.open(…)` or `async with Site.open(…) as site`. `host` is the
        site's own, such as `shop.example`. `keys_max_age` is in whole seconds.

        Signed requests need `response_uri`, to which wallets post their answers, and `request_key`, the 32
        bytes of a P-256 secret that the site publishes as `request_kid`. `cross_device` allows them for
        sessions on another device: whoever makes somebody scan one is let in as them."""
        config = native.SiteConfig(
            host=host, broker=broker, broker_url=broker_url, response_uri=response_uri,
            request_kid=request_kid, request_key=request_key, cross_device=cross_device,
            keys_max_age_s=(ms(keys_max_age) or 0) // 1000, deadline_ms=ms(deadline) or 0,
        )

        async def opening() -> Site:
            with typed():
                return cls(native.Site(config, _sender(transport), clock))

        return _Opening(opening())

    def _open(self) -> native.Site:
        if self._native is None:
            raise _closed()
        return self._native

    async def request(self, policy_json: str) -> native.SiteRequest:
        """A request with a fresh nonce: its `text` is JSON for a wallet. The session that asks keeps its
        `nonce` on the server, for `verify`."""
        return await _wait(self._open().request, policy_json)

    async def signed_request(self, policy_json: str, flow: native.Flow) -> native.SiteRequest:
        """A signed request with a fresh nonce: its `text` is a compact JWS for a wallet, by a link or as a
        picture. The wallet posts its answer to `response_uri`: see `receive`."""
        return await _wait(self._open().signed_request, policy_json, flow)

    async def verify(
        self, presentation: bytes, policy_json: str, expected_nonce: str,
    ) -> native.PresentationVerdict:
        """Judges a presentation (CBOR) that answers a request with this policy, for the session that
        asked with `expected_nonce`, which is used up by that. What the check says is the verdict."""
        return await _wait(self._open().verify, presentation, policy_json, expected_nonce)

    async def receive(self, presentation: bytes) -> native.ResponseAnswer:
        """Takes what a wallet posted to `response_uri` (CBOR), and judges it. The request is used up by
        that. Logs nobody in: answer the wallet with `answer_json`."""
        return await _wait(self._open().receive, presentation)

    async def accept(self, response_code: str, expected_nonce: str) -> native.PresentationVerdict:
        """What was shown to the session that brings `response_code` and kept `expected_nonce`: once,
        within 300 seconds."""
        return await _wait(self._open().accept, response_code, expected_nonce)

    async def collect(self, nonce: str) -> native.PresentationVerdict | None:
        """What was shown in answer to a `Flow.CROSS_DEVICE` request, once; `None` as long as there is
        none."""
        return await _wait(self._open().collect, nonce)

    async def refresh(self) -> None:
        """Fetches the issuer's keys and schemas, for days without a network."""
        await _wait(self._open().refresh)

    async def close(self) -> None:
        """Closes the site. Doing so twice changes nothing."""
        inner, self._native = self._native, None
        if inner is not None:
            await asyncio.to_thread(inner.shutdown)

    async def __aenter__(self) -> Site:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

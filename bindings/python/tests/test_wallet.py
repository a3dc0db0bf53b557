"""Parts that a wallet needs of the app, when they say no; and what is closed. Nothing here reaches a broker."""

import asyncio
import socket
import unittest

import chitty
from chitty import Code, SignerError

SECRET = "a text that must not cross"
BROKER = "https://broker.example"


class Keeper(chitty.SeedKeeper):
    def __init__(self, fails: bool = False) -> None:
        self.fails, self.seeds = fails, []

    def keep(self, seed):
        self.seeds.append(seed)
        if self.fails:
            raise RuntimeError(SECRET)


class Signer(chitty.HardwareSigner):
    def __init__(self, error: Exception) -> None:
        self.error = error

    def public_key(self):
        raise self.error

    def sign(self, message):
        raise self.error

    def security_level(self):
        return chitty.SecurityLevel.SECURE_ELEMENT


class Locked(chitty.SecretStore):
    def load(self, name):
        raise RuntimeError(SECRET)

    def save(self, name, secret):
        raise RuntimeError(SECRET)


class Parked(chitty.HttpTransport):
    """Never answers."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()

    async def send(self, request):
        self.reached.set()
        await asyncio.Event().wait()


def nowhere() -> str:
    """An address where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def wallet(keeper: Keeper, **more):
    return chitty.Wallet.open(BROKER, broker_url=nowhere(), seed_keeper=keeper, **more)


class Wallets(unittest.IsolatedAsyncioTestCase):
    async def refused(self, call, code: Code) -> chitty.ChittyError:
        with self.assertRaises(chitty.ChittyError) as raised:
            await call
        self.assertEqual(raised.exception.code, code, raised.exception)
        self.assertNotIn(SECRET, str(raised.exception))
        return raised.exception

    async def test_a_device_key_says_why_it_did_not_sign(self):
        said = {
            SignerError.Cancelled(): Code.SIGNER_CANCELLED,
            SignerError.AuthenticationRequired(): Code.SIGNER_AUTHENTICATION_REQUIRED,
            SignerError.Invalidated(): Code.SIGNER_INVALIDATED,
            SignerError.Busy(): Code.SIGNER_BUSY,
            SignerError.Unavailable(): Code.SIGNER_UNAVAILABLE,
            SignerError.WrongKey(): Code.SIGNER_WRONG_KEY,
            SignerError.Malformed(): Code.SIGNER_MALFORMED,
            RuntimeError(SECRET): Code.SIGNER_UNAVAILABLE,
        }
        for error, code in said.items():
            keeper = Keeper()
            async with wallet(keeper, signer=Signer(error)) as person:
                await self.refused(person.register(), code)
            self.assertEqual(keeper.seeds, [])

    async def test_nothing_is_sent_before_the_seed_is_safe(self):
        keeper = Keeper(fails=True)
        async with wallet(keeper) as person:
            error = await self.refused(person.register(), Code.SEED_NOT_KEPT)
            self.assertEqual(error.stage, chitty.Stage.NOT_SENT)
            keeper.fails = False
            await self.refused(person.register(), Code.CONNECT_FAILED)
            self.assertEqual(await person.credentials(), [])
        first, second = keeper.seeds
        self.assertTrue(first == second and len(first) in (16, 32))

    async def test_a_locked_place_for_secrets_is_no_damaged_file(self):
        async with wallet(Keeper(), store_path="/tmp/no-such-wallet", secrets=Locked()) as person:
            await self.refused(person.credentials(), Code.SECRETS_UNAVAILABLE)

    async def test_bad_arguments_are_refused(self):
        async with wallet(Keeper()) as person:
            await self.refused(person.obtain("no digest"), Code.ARGUMENT_INVALID)
            await self.refused(person.obtain("\ud800"), Code.ARGUMENT_INVALID)
            page = "http://shop.example"
            await self.refused(person.present(page, "{}", ["name"]), Code.ARGUMENT_INVALID)
            await self.refused(person.present(page, "{}", ["\ud800"]), Code.ARGUMENT_INVALID)
            link, scanned = chitty.Arrival.LINK, chitty.Arrival.SCANNED
            await self.refused(person.open_request("x", scanned), Code.SIGNED_REQUEST_REFUSED)
            signed = person.present_signed("x", link, ["name"])
            await self.refused(signed, Code.SIGNED_REQUEST_REFUSED)
        async with chitty.Site.open("shop.example", BROKER, broker_url=nowhere()) as site:
            await self.refused(site.request("{}"), Code.ARGUMENT_INVALID)
            nonce = "A" * 43
            await self.refused(site.verify(b"x", "{}", nonce), Code.ARGUMENT_INVALID)
            await self.refused(site.receive(b"x"), Code.ARGUMENT_INVALID)
            await self.refused(site.accept("x", "no nonce"), Code.ARGUMENT_INVALID)
            refused = await site.accept("x", nonce)
            self.assertEqual((refused.valid, refused.reason), (False, "presentation_response_code"))
            self.assertIsNone(await site.collect(nonce))
            same_device = site.signed_request("{}", chitty.Flow.SAME_DEVICE)
            await self.refused(same_device, Code.ARGUMENT_INVALID)
            await self.refused(site.refresh(), Code.CONNECT_FAILED)

    async def test_cancelling_closing_and_what_is_closed(self):
        before = chitty.live_handles()
        transport = Parked()
        person = await wallet(Keeper(), transport=transport)
        call = asyncio.create_task(person.register())
        await transport.reached.wait()
        call.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await call
        site = await chitty.Site.open("shop.example", BROKER)
        for _ in range(2):
            await person.close()
            await site.close()
        for call in (
            person.register(), person.obtain("x"), person.credentials(), person.present("o", "r", []),
            person.present_signed("r", chitty.Arrival.LINK, []), person.standing(), person.revoke(), person.refresh(),
            person.open_request("r", chitty.Arrival.LINK), site.receive(b""), site.accept("x", "x"),
            site.request("{}"), site.verify(b"", "{}", "x"), site.collect("x"), site.refresh(),
        ):
            await self.refused(call, Code.CLOSED)
        for _ in range(2_000):
            if chitty.live_handles() <= before:
                break
            await asyncio.sleep(0.005)
        self.assertLessEqual(chitty.live_handles(), before)


if __name__ == "__main__":
    unittest.main()

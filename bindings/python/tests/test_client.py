"""The client against a live reference server, with parts written in Python."""

import asyncio
import contextlib
import gc
import io
import os
import tempfile
import threading
import time
import unittest

import chitty
from chitty import ChittyError, Code, ErrorKind

from chitty._generated import chitty as native

from .support import Gate, Http, Memory, Servers, memory_kib, until

SECRET = "what an app would never want to see in a log"
AN_ID = "AA-C-USR-1234-I-25-7-X"
ROUNDS = 10_000 if os.environ.get("CHITTY_SOAK") else 1_000


def wanted(handle: str) -> native.IdRequest:
    return native.IdRequest(namespace="GEN", entity_type="I", handle=handle.encode())


class Lines(chitty.LogSink):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def log(self, level, target, text):
        self.lines.append(text)
        raise RuntimeError(SECRET)


class Thrower(chitty.HttpTransport, chitty.SecretStore, chitty.Clock, chitty.EventListener):
    def __init__(self) -> None:
        self.called = 0

    def fail(self, *_):
        self.called += 1
        raise RuntimeError(SECRET)

    now_ms = load = save = on_event = fail

    async def send(self, request):
        self.fail()


class Keys(chitty.SecretStore):
    def __init__(self, key: str) -> None:
        self.key = key

    def load(self, name):
        return self.key.encode() if name == "main" else None

    def save(self, name, secret):
        raise AssertionError("a client keeps no secret")


class Told(chitty.EventListener):
    def __init__(self) -> None:
        self.events = []

    def on_event(self, event):
        self.events.append(event)


class Fixed(chitty.Clock):
    def __init__(self) -> None:
        self.asked = 0

    def now_ms(self):
        self.asked += 1
        return time.time_ns() // 1_000_000


class Case(unittest.IsolatedAsyncioTestCase):
    sink = Lines()

    @classmethod
    def setUpClass(cls) -> None:
        cls.servers = Servers()
        with contextlib.suppress(ChittyError):  # one sink per process, set by the first class
            chitty.set_log_sink(cls.sink, chitty.LogLevel.DEBUG)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.servers.stop()

    async def fails(self, call, code: Code, kind=None) -> ChittyError:
        with self.assertRaises(kind or ChittyError) as caught:
            await call
        self.assertEqual(caught.exception.code, code, caught.exception)
        self.assertNotIn(SECRET, str(caught.exception))
        return caught.exception

    async def all_freed(self) -> None:
        def freed() -> bool:
            gc.collect()
            return chitty.live_handles() == 0

        await until(freed)


class Calls(Case):
    async def test_a_fetched_key_set_is_refreshed_and_noted_by_comparing(self):
        class Plain(Memory):
            swap_note = chitty.PendingStore.swap_note

        for store in (Memory(), Plain()):
            parts = dict(key_set_json=None, store=store, key_set_max_age=3600.0)
            async with self.servers.client(**parts) as client:
                self.assertTrue(await client.refresh())
                self.assertFalse(await client.refresh())
                issued = await client.request_id("GEN", "I")
                self.assertTrue((await client.verify_receipt(issued.id, issued.receipt)).valid)
                self.assertIsNotNone(store.note("key-set"))

    async def test_from_outage_to_permanent_id(self):
        http, told, clock = Http(), Told(), Fixed()
        parts = dict(transport=http, store=Memory(), listener=told, clock=clock)
        keys = Keys(self.servers.main_key)
        async with self.servers.client(main_key="secret:main", secrets=keys, **parts) as client:
            events = client.events()
            first = await client.request_id("GEN", "I", handle="a", metadata={"row": 17})
            self.assertEqual((first.id_class, first.temporary), (chitty.IdClass.STANDARD, False))
            self.assertTrue((await client.verify(first.id)).valid)
            self.assertTrue((await client.verify_receipt(first.id, first.receipt)).valid)
            await self.fails(client.refresh(), Code.KEY_SET_PINNED, chitty.InvalidInputError)
            http.down = (self.servers.main_url,)
            old = await client.request_id("GEN", "I", handle="b")
            self.assertTrue(old.temporary)
            self.assertEqual([it.fallback_id for it in await client.pending_reconciliations()], [old.id])
            await self.fails(client.resolve(old.id), Code.DEBT_OPEN, chitty.RetryError)
            http.down = ()
            self.assertEqual((await client.drain(3)).remaining, 0)
            new = await client.resolve(old.id)
            self.assertIn(new.id, self.servers.books())
            self.assertTrue((await client.history(old.id)))
            self.assertTrue((await client.health()).main.reachable)
            self.assertEqual(client.metrics().reconciled, 1)
            heard = []
            closing = asyncio.get_running_loop().call_later(0.3, lambda: asyncio.ensure_future(client.close()))
            async for event in events:
                heard.append(event)
            self.assertIsNotNone(closing)
            self.assertEqual([event.is_reconciled() for event in heard], [False, True])
            self.assertEqual((heard[1].old, heard[1].issued.id), (old.id, new.id))
            await until(lambda: len(told.events) == 2)
            self.assertGreater(clock.asked, 0)

    async def test_the_built_in_transport_and_a_store_in_a_file(self):
        path = str(self.servers.path / "client.db")
        client = await self.servers.client(store_path=path)
        first = await client.request_id("GEN", "I", handle=b"\x00file")
        await client.suspend(1)
        await client.resume()
        await client.close()
        async with self.servers.client(store_path=path) as client:
            self.assertEqual((await client.request_id("GEN", "I", handle=b"\x00file")).id, first.id)

    async def test_bad_input_is_refused_by_name(self):
        for text in ("", "x", "\x00", "A" * 1_000_000):
            with self.assertRaises(chitty.InvalidInputError) as caught:
                chitty.parse_id(text)
            self.assertEqual(caught.exception.code, Code.ID_MALFORMED)
        with self.assertRaises(chitty.InvalidInputError) as caught:
            chitty.parse_id("AA\udcff")
        self.assertEqual(caught.exception.code, Code.ARGUMENT_INVALID)
        self.assertEqual(chitty.suggest("AA-C-USR-1243-I-25-7-X", [AN_ID]), [AN_ID])
        await self.fails(chitty.Client.open("http://id.example", "key"), Code.PLAIN_HTTP)
        await self.fails(chitty.Client.open("https://id.example", "secret:x"), Code.CONFIGURATION_INVALID)
        async with self.servers.client() as client:
            await self.fails(client.request_id("GEN", "II"), Code.ENTITY_TYPE_INVALID)
            await self.fails(client.request_id("GEN", "I", metadata="[1]"), Code.METADATA_INVALID)
            await self.fails(client.request_id("GEN", "I", handle=b""), Code.HANDLE_INVALID)
            await self.fails(client.request_id("GEN", "I", handle="\udcff"), Code.ARGUMENT_INVALID)
            await self.fails(client.verify("\udcff"), Code.ARGUMENT_INVALID)
            await self.fails(client.request_id("\udcff", "I"), Code.ARGUMENT_INVALID)
            await self.fails(client.abandon(AN_ID, "\udcff"), Code.ARGUMENT_INVALID)
            with self.assertRaises(TypeError):
                await client.request_id(1, "I")
            with self.assertRaises(ValueError):
                await client.request_id("GEN", "I", deadline=2.0**64)
        del client, caught
        # What is refused on the way in must not hold what it was asked of.
        await self.all_freed()

    async def test_a_deadline_ends_a_call(self):
        class Silent(chitty.HttpTransport):
            async def send(self, request):
                await asyncio.Event().wait()

        async with self.servers.client(transport=Silent()) as client:
            start = time.monotonic()
            await self.fails(client.verify(AN_ID, deadline=0.1), Code.DEADLINE_EXCEEDED)
            await self.fails(client.request_id("GEN", "I", deadline=0.2), Code.SERVICES_UNAVAILABLE)
            self.assertLess(time.monotonic() - start, 10)

    async def test_after_and_during_close(self):
        gate = Gate(0)
        client = await self.servers.client(transport=Http(gate))
        call = asyncio.create_task(client.request_id("GEN", "I", handle="closing"))
        await until(gate.reached.is_set)
        await client.close()
        await client.close()
        await self.fails(call, Code.CLOSED, chitty.InvalidInputError)
        for late in (client.request_id("GEN", "I"), client.drain(1), client.pending_reconciliations()):
            await self.fails(late, Code.CLOSED, chitty.InvalidInputError)
        for late in (client.events, client.metrics):
            with self.assertRaises(chitty.InvalidInputError):
                late()

    async def test_what_throws_becomes_a_number(self):
        thrower, said = Thrower(), io.StringIO()
        with contextlib.redirect_stderr(said):
            async with self.servers.client(transport=thrower, clock=thrower, listener=thrower) as client:
                error = await self.fails(client.verify(AN_ID), Code.FOREIGN_FAILED)
                self.assertEqual(error.kind, ErrorKind.UNAVAILABLE)
                self.assertGreater(client.metrics().foreign_failures, 0)
            opening = self.servers.client(main_key="secret:main", secrets=thrower)
            await self.fails(opening, Code.FOREIGN_FAILED)
            store = Memory()
            store.put = thrower.fail
            async with self.servers.client(store=store) as client:
                await self.fails(client.request_id("GEN", "I", handle="t"), Code.FOREIGN_FAILED)
            http = Http(down=(self.servers.main_url,))
            async with self.servers.client(transport=http, listener=thrower) as client:
                await client.request_id("GEN", "I", handle="u")
                await until(lambda: client.metrics().foreign_failures == 1)
        self.assertNotIn(SECRET, said.getvalue())

    async def test_log_lines_arrive_and_carry_no_id(self):
        http = Http(down=(self.servers.main_url,))
        async with self.servers.client(transport=http) as client:
            old = await client.request_id("GEN", "I", handle="logged")
        await until(lambda: Calls.sink.lines)
        self.assertFalse([line for line in Calls.sink.lines if old.id in line or "logged" in line])

    async def test_a_transport_that_calls_back_in(self):
        class Caller(Http):
            client = None

            async def send(self, request):
                if self.client is not None:
                    client, self.client = self.client, None
                    await client.pending_reconciliations()
                return await super().send(request)

        http = Caller()
        async with self.servers.client(transport=http) as client:
            http.client = client
            await client.request_id("GEN", "I", handle="back-in")
            self.assertIsNone(http.client)

    async def test_sixty_four_threads_with_loops_of_their_own(self):
        ids, troubles = {}, []

        async def work(client, number):
            for turn in range(5):
                name = f"thread-{(number + turn) % 32}"
                issued = await client.request_id("GEN", "I", handle=name)
                if ids.setdefault(name, issued.id) != issued.id:
                    troubles.append(name)
                await client.pending_reconciliations()
                chitty.parse_id(issued.id)

        def run(client, number):
            try:
                asyncio.run(work(client, number))
            except BaseException as error:
                troubles.append(error)

        async with self.servers.client(transport=Http(), deadline=60) as client:
            threads = [threading.Thread(target=run, args=(client, n)) for n in range(64)]
            for thread in threads:
                thread.start()
            for thread in threads:
                await asyncio.to_thread(thread.join)
        self.assertEqual(troubles, [])
        self.assertEqual(len(set(ids.values())), 32)
        self.assertLessEqual(set(ids.values()), self.servers.books())

    async def test_a_forked_child_is_told(self):
        async with self.servers.client() as client:
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    client.metrics()
                except ChittyError as error:
                    code = 0 if error.code == Code.FORKED else 2
                finally:
                    os._exit(code)
            _, status = await asyncio.to_thread(os.waitpid, child, 0)
            self.assertEqual(os.waitstatus_to_exitcode(status), 0)
            client.metrics()

    async def test_a_forked_child_does_not_share_its_parent_s_store(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "ids.db")

            async def opened():
                await self.servers.client(store_path=path)

            def code_in_a_child():
                child = os.fork()
                if child == 0:
                    code = 1
                    try:
                        asyncio.run(opened())
                        code = 0
                    except ChittyError as error:
                        code = 2 if error.code == Code.STORE_FORKED else 3
                    finally:
                        os._exit(code)
                _, status = os.waitpid(child, 0)
                return os.waitstatus_to_exitcode(status)

            async with self.servers.client(store_path=path) as client:
                self.assertEqual(code_in_a_child(), 2)
                client.metrics()
            # Closed before the fork, the file is the child's to open.
            self.assertEqual(code_in_a_child(), 0)


class Cancelling(Case):
    """A request is cancelled at every point where it may wait for a part of the app's."""

    async def test_at_every_await_point_with_main_up(self):
        self.assertGreater(await self.every_point(main_is_up=True), 3)

    async def test_at_every_await_point_with_main_down(self):
        self.assertGreater(await self.every_point(main_is_up=False), 5)

    async def every_point(self, main_is_up: bool) -> int:
        for point in range(1_000):
            for closes in (False, True):
                for by_token in (False, True):
                    if not await self.one(point, closes, main_is_up, by_token=by_token):
                        names = ", ".join(self.passed)
                        print(f"\n{point} points with main {'up' if main_is_up else 'down'}: {names}")
                        return point
        self.fail("the request has no end")

    async def test_a_store_that_forgets_is_noticed(self):
        noticed = 0
        for point in range(1_000):
            try:
                if not await self.one(point, True, True, forgets=True):
                    break
            except AssertionError:
                noticed += 1
        self.assertGreater(noticed, 0)

    async def test_a_token_cancelled_before_asks_for_nothing(self):
        before, token = self.servers.books(), native.CancelToken()
        token.cancel()
        async with self.servers.client() as client:
            with self.assertRaises(native.ChittyError.Failed) as caught:
                await client._native.request_id(wanted("never"), cancel=token)
            self.assertEqual(caught.exception.code, Code.CANCELLED)
        self.assertEqual(self.servers.books(), before)

    async def one(
        self, point: int, closes: bool, main_is_up: bool, forgets: bool = False, by_token: bool = False
    ) -> bool:
        """False when the request ended before it passed so many points. Cancels the task, or a token
        that the app handed in."""
        name = f"{point}-{closes}-{main_is_up}-{forgets}-{by_token}"
        before, gate, store = self.servers.books(), Gate(point), Memory()
        http = Http(gate, () if main_is_up else (self.servers.main_url,))
        store.gate = gate
        client = await self.servers.client(transport=http, store=store)
        token = native.CancelToken()
        if by_token:
            asked = client._native.request_id(wanted(name), cancel=token)
        else:
            asked = client.request_id("GEN", "I", handle=name)
        call = asyncio.create_task(asked)
        await until(lambda: gate.reached.is_set() or call.done())
        if not gate.reached.is_set():
            await call
            await client.close()
            self.passed = gate.passed
            return False
        at = f"{name} at {gate.passed[point]}"
        start = time.monotonic()
        token.cancel() if by_token else call.cancel()
        with self.assertRaises(native.ChittyError.Failed if by_token else asyncio.CancelledError) as caught:
            await call
        if by_token:
            self.assertEqual(caught.exception.code, Code.CANCELLED, at)
        self.assertLess(time.monotonic() - start, 10)
        if closes:
            await client.close()
        gate.opened.set()
        http.down = ()
        if closes:
            store = Memory() if forgets else store
            client = await self.servers.client(transport=http, store=store)
        found = await client.request_id("GEN", "I", handle=name)
        report = await client.drain(5)
        self.assertEqual(report.remaining, 0, report)
        final = await client.request_id("GEN", "I", handle=name)
        await client.close()
        self.assertFalse(final.temporary)
        if not found.temporary:
            self.assertEqual(final.id, found.id)
        # Exactly one id stands in main's books, and it is the one that the app has.
        self.assertEqual(self.servers.books() - before, {final.id}, at)
        return True


class Lives(Case):
    async def test_every_handle_comes_back_and_memory_stays_flat(self):
        await self.all_freed()
        settled = 0
        for turn in range(ROUNDS):
            http = Http()
            async with self.servers.client(transport=http, store=Memory()) as client:
                events = client.events()
                await client.request_id("GEN", "I", handle=f"round-{turn}")
                events.close()
            if turn == ROUNDS // 5:
                gc.collect()
                settled = memory_kib()
        del client, events
        await self.all_freed()
        grown = memory_kib() - settled
        print(f"\n{ROUNDS} rounds: 0 handles live, {grown} KiB grown since round {ROUNDS // 5}")
        self.assertLess(grown, 8 * 1024)

    async def test_a_forgotten_close_is_counted(self):
        await self.all_freed()
        forgotten = await self.servers.client()
        for _ in range(10):
            async with self.servers.client() as client:
                client.metrics()
        del client
        gc.collect()
        self.assertEqual(chitty.live_handles(), 1)
        await forgotten.close()
        await self.all_freed()

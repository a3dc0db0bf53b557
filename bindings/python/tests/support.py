"""A live reference server, and parts that an app might write in Python."""

import asyncio
import json
import pathlib
import os
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

import chitty

ROOT = pathlib.Path(__file__).resolve().parents[3]
SERVER = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug/reference-server"


class Servers:
    """Main and fallback on loopback, in a folder of their own."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self._folder.name)
        self._process = subprocess.Popen(
            [SERVER, "serve", "--role", "all", "--dir", self.path],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        told = [json.loads(self._process.stdout.readline()) for _ in range(2)]
        urls = {line["role"]: line["listening"] for line in told}
        self.main_url, self.fallback_url = urls["main"], urls["fallback"]
        self.main_key, self.fallback_key = self._key("main"), self._key("fallback")
        self.key_set_json = self._say("keys", "show", "--dir", self.path / "main-keys")

    def _say(self, *words) -> str:
        return subprocess.run([SERVER, *words], check=True, capture_output=True, text=True).stdout

    def _key(self, role: str) -> str:
        limits = ["--per-second", "100000", "--burst", "100000", "--scopes", "generate,reconcile,verify,audit"]
        at = ["--database", self.path / f"{role}.sqlite", "--role", role]
        return json.loads(self._say("api-key", "add", *at, "--tenant", "acme", *limits))["apiKey"]

    def client(self, **more):
        """A client of both services that reconciles only when told."""
        settings = dict(
            fallback_url=self.fallback_url, fallback_key=self.fallback_key,
            key_set_json=self.key_set_json, automatic=False,
        )
        return chitty.Client.open(self.main_url, more.pop("main_key", self.main_key), **settings | more)

    def books(self) -> set[str]:
        """Every id that main has issued."""
        with sqlite3.connect(self.path / "main.sqlite") as books:
            return {row[0] for row in books.execute("SELECT identifier FROM intents")}

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()


class Gate:
    """Names the points that a call passes, and parks at one of them."""

    def __init__(self, park_at: int | None = None) -> None:
        self.park_at, self.passed = park_at, []
        self.reached, self.opened = threading.Event(), threading.Event()
        self._lock = threading.Lock()

    def _parks(self, name: str) -> bool:
        with self._lock:
            self.passed.append(name)
            if len(self.passed) - 1 != self.park_at:
                return False
        self.reached.set()
        return True

    async def point(self, name: str) -> None:
        if self._parks(name):
            while not self.opened.is_set():
                await asyncio.sleep(0.002)

    def block(self, name: str) -> None:
        if self._parks(name):
            self.opened.wait()


class Http(chitty.HttpTransport):
    """A transport on the standard library. `down` are addresses that nobody can reach."""

    def __init__(self, gate: Gate | None = None, down: tuple[str, ...] = ()) -> None:
        self.gate, self.down, self.sent = gate or Gate(), down, 0

    async def send(self, request):
        await self.gate.point("request")
        if request.url.startswith(tuple(self.down) or ("nowhere",)):
            raise chitty.ForeignFailure(chitty.Code.CONNECT_FAILED, chitty.Stage.NOT_SENT)
        self.sent += 1
        answer = await asyncio.to_thread(self._exchange, request)
        await self.gate.point("answer")
        return answer

    @staticmethod
    def _exchange(request):
        headers = {header.name: header.value for header in request.headers}
        asked = urllib.request.Request(
            request.url, request.body or None, headers, method=request.method
        )
        try:
            said = urllib.request.urlopen(asked, timeout=request.timeout_ms / 1000)
        except urllib.error.HTTPError as error:
            said = error
        except OSError:
            raise chitty.ForeignFailure(chitty.Code.CONNECTION_LOST, chitty.Stage.MAYBE_SENT) from None
        with said:
            fields = [chitty.HttpHeader(name=name, value=value) for name, value in said.headers.items()]
            return chitty.HttpResponse(status=said.status, headers=fields, body=said.read())


class Memory(chitty.PendingStore):
    """The contract of a store in a dictionary."""

    def __init__(self) -> None:
        self.gate = Gate()
        self._key, self._rows, self._notes, self._owner = os.urandom(32), {}, {}, (b"", 0)
        self._lock = threading.Lock()

    def store_key(self):
        return self._key

    def get(self, key):
        self.gate.block("get")
        with self._lock:
            return self._rows.get(key)

    def put(self, row, power_safe):
        self.gate.block("put")
        with self._lock:
            stored = self._rows.get(row.key)
            if (stored.version if stored else 0) != row.version:
                return None
            row.version += 1
            self._rows[row.key] = row
        self.gate.block("end of put")
        return row.version

    def remove(self, key, version):
        self.gate.block("remove")
        with self._lock:
            stored = self._rows.get(key)
            if stored is None or (stored.state, stored.version) != (1, version):
                return False
            del self._rows[key]
            return True

    def find(self, id):
        self.gate.block("find")
        with self._lock:
            return [row for row in self._rows.values() if id in (row.fallback_id, row.permanent_id)]

    def list(self, states, due_ms, limit):
        self.gate.block("list")
        with self._lock:
            due = [row for row in self._rows.values() if row.state in states and row.due_ms <= due_ms]
            return sorted(due, key=lambda row: row.due_ms)[:limit]

    def counts(self):
        self.gate.block("counts")
        with self._lock:
            states = [row.state for row in self._rows.values()]
            return [chitty.StateCount(state=state, rows=states.count(state)) for state in set(states)]

    def lease(self, owner, now_ms, until_ms):
        with self._lock:
            held, until = self._owner
            if held not in (b"", owner) and now_ms < until <= until_ms:
                return False
            self._owner = (owner, until_ms)
            return True

    def release(self, owner):
        with self._lock:
            if self._owner[0] == owner:
                self._owner = (b"", 0)

    def note(self, name):
        return self._notes.get(name)

    def set_note(self, name, value):
        self._notes[name] = value

    def swap_note(self, name, expected, value):
        with self._lock:
            if self._notes.get(name) != expected:
                return False
            self._notes[name] = value
            return True

    def suspend(self):
        pass

    def resume(self):
        pass


async def until(holds, seconds: float = 10.0) -> None:
    """Waits until `holds()`, and fails when time is up."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.002)


def memory_kib() -> int:
    """The resident memory of this process."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise OSError("no VmRSS")

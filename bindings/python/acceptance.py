"""The Python program of the acceptance suite: the package behind the protocol of
`spec/acceptance/README.md`. Translates and nothing else."""

import asyncio
import hashlib
import json
import sys

import chitty
from acceptance_people import NotOpen, People

CLASSES = {chitty.IdClass.STANDARD: "standard", chitty.IdClass.FALLBACK: "fallback"}
CLASSES[chitty.IdClass.ERROR] = "error"
PROFILES = {chitty.Profile.SECURE_FALLBACK: "secure-fallback", chitty.Profile.CANONICAL: "canonical"}
CLOSED = {"kind": "InvalidInput", "code": "CHT-1903", "stage": "NotSent"}
CANCELLED = {"kind": "Retry", "code": "CHT-1904", "stage": "MaybeSent"}


def camel(member) -> str:
    """`MAYBE_SENT` as `MaybeSent`."""
    return member.name.title().replace("_", "")


def told(error: chitty.ChittyError) -> dict:
    answer = {"kind": camel(error.kind), "code": error.code_text, "stage": camel(error.stage)}
    if error.retry_after is not None:
        answer["retry_after_ms"] = round(error.retry_after * 1000)
    return answer


def issued(it: chitty.Issued) -> dict:
    return {"id": it.id, "receipt": it.receipt, "class": CLASSES[it.id_class], "temporary": it.temporary}


def judged(verdict: chitty.Verdict) -> dict:
    answer = {"verdict": verdict.state.name.lower()}
    if verdict.code is not None:
        answer["code"] = f"CHT-{verdict.code}"
    return answer


def described(id: chitty.ParsedId) -> dict:
    return {
        "profile": PROFILES[id.profile],
        "class": CLASSES[id.id_class],
        "check": "ok" if id.check_ok else "mismatch",
        "domain": id.domain or "",
        "namespace": id.namespace,
        "sequence": id.sequence,
        "entity_type": id.entity_type,
        "year_month": id.year_month,
    }


def happened(event) -> dict:
    if event is None:
        return {"event": "none"}
    if event.is_FALLBACK_ISSUED() or event.is_RECOVERED():
        name = "recovered" if event.is_RECOVERED() else "fallback_issued"
        return {"event": name, "id": event.issued.id}
    if event.is_RECONCILED():
        return {"event": "reconciled", "old": event.old, "id": event.issued.id}
    return {"event": "wedged", "old": event.old} if event.is_WEDGED() else {"event": "other"}


class At(chitty.Clock):
    """A clock that stands still."""

    def __init__(self, now_ms: int) -> None:
        self._now = now_ms

    def now_ms(self) -> int:
        return self._now


def opening(args: dict, **more):
    if "deadline_ms" in args:
        more["deadline"] = args["deadline_ms"] / 1000
    texts = ("fallback_url", "fallback_key", "key_set_json", "store_path")
    more.update({name: args[name] for name in texts if name in args})
    automatic = args.get("automatic", False)
    return chitty.Client.open(args["main_url"], args["main_key"], automatic=automatic, **more)


class Program:
    def __init__(self) -> None:
        self.client = self.events = None
        self.calls: dict[int, asyncio.Task] = {}
        self.tickets = 0
        self.people = People()

    async def call(self, name: str, args: dict) -> dict:
        """What follows `ok`; an SDK's error is raised."""
        free = getattr(self, f"free_{name}", None)
        if free is not None:
            return await free(args)
        if name.startswith(("wallet_", "site_")):
            return await self.people.call(name, args)
        # A closed client answers by itself; before the first there is none to ask.
        if self.client is None:
            raise NotOpen
        return await self.on_client(name, args)

    async def on_client(self, name: str, args: dict) -> dict:
        client = self.client
        match name:
            case "request_id":
                deadline = args["deadline_ms"] / 1000 if "deadline_ms" in args else None
                return issued(await client.request_id(
                    args["namespace"], args["entity_type"], handle=args.get("handle"),
                    metadata=args.get("metadata_json"), deadline=deadline,
                    require_standard=args.get("require_standard", False),
                ))
            case "verify_receipt":
                return judged(await client.verify_receipt(args["id"], args["receipt"]))
            case "verify":
                said = await client.verify(args["id"])
                answer = {"valid": said.valid, "status": said.status}
                if said.permanent_id is not None:
                    answer["permanent_id"] = said.permanent_id
                return answer
            case "pending":
                return {"ids": [it.fallback_id for it in await client.pending_reconciliations()]}
            case "reconcile":
                return issued(await client.reconcile(args["id"]))
            case "resolve":
                return issued(await client.resolve(args["id"]))
            case "drain":
                report = await client.drain(args["deadline_ms"] / 1000)
                names = ("reconciled", "recovered", "wedged", "remaining")
                return {name: getattr(report, name) for name in names}
            case "events_next":
                return happened(await self.events.next(args["timeout_ms"] / 1000))
            case "start":
                self.tickets += 1
                self.calls[self.tickets] = asyncio.create_task(self.on_client(args["method"], args))
                return {"ticket": self.tickets}
        raise ValueError(f"`{name}` is not in the protocol")

    async def free_open(self, args: dict) -> dict:
        if self.client is not None:
            await self.client.close()
        self.client = await opening(args)
        self.events = self.client.events()
        return {}

    async def free_close(self, _: dict) -> dict:
        if self.client is not None:
            await self.client.close()
        return {}

    async def free_cancel(self, args: dict) -> dict:
        self.calls[args["ticket"]].cancel()
        return {}

    async def free_wait(self, args: dict) -> dict:
        call = self.calls[args["ticket"]]
        done, _ = await asyncio.wait([call], timeout=args["timeout_ms"] / 1000)
        if not done:
            return {"waiting": True}
        return self.calls.pop(args["ticket"]).result()

    async def free_parse_id(self, args: dict) -> dict:
        return described(chitty.parse_id(args["text"]))

    async def free_suggest(self, args: dict) -> dict:
        return {"ids": chitty.suggest(args["text"], args["held"])}

    async def free_replay_vectors(self, args: dict) -> dict:
        lines = []
        with open(args["path"], encoding="utf-8") as cases:
            for case in map(json.loads, cases):
                lines.append(f"{case['file']}\t{case['case']}\t{await replayed(case)}\n")
        text = "".join(lines).encode()
        with open(args["lines_path"], "wb") as file:
            file.write(text)
        return {"cases": len(lines), "sha256": hashlib.sha256(text).hexdigest()}


async def replayed(case: dict) -> str:
    try:
        if case["kind"] == "ids":
            said = described(chitty.parse_id(case["text"]))
            del said["domain"]
            return " ".join(["valid", *said.values()])
        args = {**case, "main_url": "https://id.example", "main_key": "unused"}
        async with opening(args, clock=At(case["now"] * 1000)) as client:
            return " ".join(judged(await client.verify_receipt(case["id"], case["receipt"])).values())
    except chitty.ChittyError as error:
        return error.code_text


async def main() -> None:
    program, loop = Program(), asyncio.get_running_loop()
    # Bytes: Python would otherwise end lines where JSON does not.
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        order = json.loads(line)
        if order["call"] == "quit":
            break
        answer = {"id": order["id"]}
        try:
            answer["ok"] = await program.call(order["call"], order["args"])
        except chitty.ChittyError as error:
            answer["error"] = told(error)
        except NotOpen:
            answer["error"] = CLOSED
        except asyncio.CancelledError:
            # Python's own word for it; the SDK's code stands for it in the protocol.
            answer["error"] = CANCELLED
        sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(main())

"""The calls of the acceptance protocol about wallets and sites."""

import pathlib
import time

import chitty


class NotOpen(Exception):
    """Nothing was opened yet, so there is nothing to say so."""


class Ahead(chitty.Clock):
    """The system's clock, ahead by the milliseconds that stand in a file."""

    def __init__(self, path: str) -> None:
        self._path = pathlib.Path(path)

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + int(self._path.read_text())


class Folder(chitty.SecretStore, chitty.SeedKeeper):
    """A folder with one file per secret, and one for the seed."""

    def __init__(self, path: str) -> None:
        self._path = pathlib.Path(path)

    def load(self, name: str) -> bytes | None:
        file = self._path / name
        return file.read_bytes() if file.exists() else None

    def save(self, name: str, secret: bytes) -> None:
        (self._path / name).write_bytes(secret)

    def keep(self, seed: bytes) -> None:
        (self._path / "seed").write_bytes(seed)


def credential(it: chitty.CredentialInfo) -> dict:
    names = ("issuer", "schema", "not_after", "attributes_json")
    return {name: getattr(it, name) for name in names}


def judged(verdict: chitty.PresentationVerdict) -> dict:
    answer = {"verdict": verdict.state.name.lower()}
    for name in ("reason", "issuer", "not_after", "attributes_json"):
        if getattr(verdict, name) is not None:
            answer[name] = getattr(verdict, name)
    if verdict.tag is not None:
        answer["tag"] = verdict.tag.hex()
    return answer


class People:
    """Wallet and sites, as far as they are open."""

    def __init__(self) -> None:
        self.wallet: chitty.Wallet | None = None
        self.sites: dict[str, chitty.Site] = {}

    async def call(self, name: str, args: dict) -> dict:
        match name:
            case "wallet_open":
                if self.wallet is not None:
                    await self.wallet.close()
                folder = Folder(args["secrets_path"])
                self.wallet = await chitty.Wallet.open(
                    args["broker"], broker_url=args["broker_url"], store_path=args.get("store_path"),
                    deadline=args["deadline_ms"] / 1000, secrets=folder, seed_keeper=folder,
                    clock=Ahead(args["clock_path"]),
                )
                return {}
            case "wallet_close":
                if self.wallet is not None:
                    await self.wallet.close()
                return {}
            case "site_open":
                self.sites[args["host"]] = await chitty.Site.open(
                    args["host"], args["broker"], broker_url=args["broker_url"],
                    keys_max_age=args["keys_max_age_s"], deadline=args["deadline_ms"] / 1000,
                    clock=Ahead(args["clock_path"]),
                )
                return {}
        if name.startswith("site_"):
            if args["host"] not in self.sites:
                raise NotOpen
            return await self.on_site(self.sites[args["host"]], name, args)
        # A closed wallet answers by itself; before the first there is none to ask.
        if self.wallet is None:
            raise NotOpen
        return await self.on_wallet(self.wallet, name, args)

    async def on_wallet(self, wallet: chitty.Wallet, name: str, args: dict) -> dict:
        match name:
            case "wallet_register":
                await wallet.register()
            case "wallet_refresh":
                await wallet.refresh()
            case "wallet_revoke":
                await wallet.revoke()
            case "wallet_obtain":
                return credential(await wallet.obtain(args["schema"], args.get("enrolment_code")))
            case "wallet_credentials":
                return {"schemas": [held.schema for held in await wallet.credentials()]}
            case "wallet_standing":
                return {"standing": (await wallet.standing()).name.lower()}
            case "wallet_present":
                shown = await wallet.present(
                    args["origin"], args["request_json"], args["attributes"], tag=args["tag"]
                )
                return {"presentation": shown.hex()}
            case _:
                raise ValueError(f"`{name}` is not in the protocol")
        return {}

    async def on_site(self, site: chitty.Site, name: str, args: dict) -> dict:
        match name:
            case "site_refresh":
                await site.refresh()
                return {}
            case "site_request":
                asked = await site.request(args["policy_json"])
                return {"request_json": asked.text, "nonce": asked.nonce}
            case "site_verify":
                shown = bytes.fromhex(args["presentation"])
                policy, nonce = args["policy_json"], args["expected_nonce"]
                return judged(await site.verify(shown, policy, nonce))
        raise ValueError(f"`{name}` is not in the protocol")

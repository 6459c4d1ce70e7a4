"""Codes, cookies, tokens and keys: where they may be seen, and where not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientTimeout, CookieJar
from livekit import api

from drift.access import new_codes
from tests.support.live import Watcher, eventually
from tests.support.livekit import LiveKit
from tests.support.server import Server, drift, wait_for
from tests.support.stock_client import StockClient
from tests.support.tones import tones

KEYS = {"hostCode", "collabCode", "viewerCode", "token"}
"""What answers call their secrets."""
CHAT = "a word among friends"


@dataclass
class Vault:
    """Everything secret that has been used so far, by what it is."""

    secrets: dict[str, str] = field(default_factory=dict)

    def keep(self, what: str, secret: str) -> None:
        """Remember a secret in all forms that it may take."""
        if not secret:
            return
        self.secrets[secret] = what
        if what.endswith("Code"):
            plain = secret.replace("-", "")
            self.secrets |= {plain: f"{what}, plain", plain.upper(): f"{what}, in capitals"}
        if what == "cookie":
            person, _, signature = secret.split(".")
            self.secrets |= {person: "person", signature: "signature"}

    def keep_those_of(self, document: Any) -> None:
        """Remember the secrets of an answer."""
        if isinstance(document, dict):
            for key, value in document.items():
                if key in KEYS and isinstance(value, str):
                    self.keep(key, value)
                self.keep_those_of(value)

    def found_in(self, text: str) -> list[str]:
        """Which of them are in a text."""
        return sorted({what for secret, what in self.secrets.items() if secret in text})


class Browser:
    """A client that looks at every answer."""

    def __init__(self, client: ClientSession, vault: Vault) -> None:
        self.client = client
        self.vault = vault

    async def ask(self, method: str, path: str, document: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and answer; that is fit to be seen by nobody else, if there is a secret in it."""
        data = document if document is None or isinstance(document, bytes) else json.dumps(document)
        async with self.client.request(
            method, path, data=data, headers=headers, allow_redirects=False
        ) as answer:
            text = await answer.text()
            found = json.loads(text) if answer.content_type == "application/json" else text
            if answer.status < 400:
                self.vault.keep_those_of(found)
            for name, cookie in answer.cookies.items():
                self.vault.keep("cookie", cookie.value)
                assert (name, cookie["httponly"], cookie["samesite"]) == ("drift_person", True, "Lax")
            if self.vault.found_in(text) or answer.cookies:
                assert answer.status in {200, 201}, (method, path, text)
                assert answer.headers["Cache-Control"] == "no-store", (method, path)
            if answer.content_type == "text/html":
                assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
            return answer.status, found

    async def post(self, what: str, **document: Any) -> tuple[int, Any]:
        return await self.ask("POST", f"/api/sessions.{what}", document)


@dataclass
class House:
    drift: Server
    livekit: LiveKit
    vault: Vault

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        jar = CookieJar(unsafe=True)
        async with ClientSession(self.drift.url, timeout=ClientTimeout(60), cookie_jar=jar) as client:
            yield Browser(client, self.vault)

    async def raw(self, text: str) -> str:
        """Send something by hand; what comes back."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.drift.port)
        writer.write(text.replace("\n", "\r\n").encode(errors="surrogateescape"))
        async with asyncio.timeout(30):
            answer = (await reader.read()).decode(errors="replace")
        writer.close()
        await writer.wait_closed()
        return answer


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    livekit = LiveKit(tmp_path / "livekit")
    config = tmp_path / "drift.toml"
    config.write_text(
        f"""
[access]
mode = "codes"
[log]
level = "debug"
[livekit]
url = "{livekit.url}"
api_key = "{livekit.api_key}"
api_secret = "{livekit.api_secret}"
"""
    )
    music = tones(tmp_path / "music", 2, seconds=20)
    server = Server(tmp_path / "drift", "--config", str(config), "--library", str(music))
    vault = Vault()
    vault.keep("the LiveKit secret", livekit.api_secret)
    wait_for(lambda: server.get("/health")[0] == 200, "music", 60)
    yield House(server, livekit, vault)
    server.close()
    livekit.close()


def command_lines(process: int) -> str:
    """Those of a process and its children, as everybody on the machine sees them."""
    found = Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace")
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for child in children.read_text().split():
            found += "\n" + command_lines(int(child))
    return found


async def test_nothing_secret_is_logged_kept_or_echoed(house: House, tmp_path: Path) -> None:
    vault, server = house.vault, house.drift
    async with house.browser() as host, house.browser() as guest, house.browser() as viewer:
        status, made = await host.post("create", sessionName="kitchen", displayName="Ann")
        assert status == 201
        assert (await guest.post("join", sessionId="kitchen", displayName="Bob", code=made["collabCode"]))[
            0
        ] == 200
        assert (await viewer.post("join", sessionId="kitchen", displayName="Cid", code=made["viewerCode"]))[
            0
        ] == 200
        assert {"cookie", "person", "signature", "token", "hostCode, plain"} <= set(vault.secrets.values())

        await everyday(house, guest)
        await what_goes_wrong(house, viewer, made)
        await in_livekit(house, guest, tmp_path)

        # Other codes, from within and from without
        assert (await host.post("codes", sessionId="kitchen"))[0] == 200
        printed = json.loads(
            in_the_shell(house, "codes", "kitchen", "--data-dir", str(server.data), "--json")
        )
        vault.keep_those_of(printed)
        pause = ("sessions", "pause", "kitchen", "--server", server.url)
        for old in (made["hostCode"], new_codes().host):
            done = drift(*pause, DRIFT_CODE=old)
            assert (done.returncode, vault.found_in(done.stdout + done.stderr)) == (4, [])
        done = drift(*pause, DRIFT_CODE=printed["collabCode"])
        assert (done.returncode, vault.found_in(done.stdout + done.stderr)) == (0, [])
        party = json.loads(in_the_shell(house, "party", "garden", "--server", server.url, "--json"))
        vault.keep_those_of(party["sessions"][0])
        assert (await viewer.post("leave", sessionId="kitchen"))[0] == 200
        assert vault.found_in(json.dumps(await host.ask("GET", "/metrics"))) == []
    assert server.interrupt()[0] == 0

    logged = "\n".join(path.read_text(errors="replace") for path in (tmp_path / "drift").glob("*.log"))
    assert "wrong-code" in logged
    assert vault.found_in(logged) == []
    assert "Traceback" not in logged
    kept_out = {secret: what for secret, what in vault.secrets.items() if what != "person"}
    for path in server.data.rglob("*"):
        if path.is_file() and "frames" not in path.parts:
            assert Vault(kept_out).found_in(path.read_bytes().decode("latin-1")) == [], path


def in_the_shell(house: House, *words: str) -> str:
    done = drift(*words)
    assert done.returncode == 0, done.stderr
    assert house.vault.found_in(done.stderr) == []
    return done.stdout


async def everyday(house: House, guest: Browser) -> None:
    """Chat, commands and events."""
    assert (await guest.post("say", sessionId="kitchen", text=CHAT, messageId="1"))[0] == 201
    assert (await guest.ask("POST", "/session/kitchen/rename", {"name": "Kitchen"}))[0] == 200
    assert (await guest.ask("GET", "/api/sessions.room?sessionId=kitchen"))[0] == 200
    status, token = await guest.post("token", sessionId="kitchen")
    assert (status, token["url"]) == (200, house.livekit.url)
    async with guest.client.get("/events/kitchen") as events:
        hello = await Watcher(events).until("hello")
    assert hello["room"]["messages"][0]["text"] == CHAT
    assert house.vault.found_in(json.dumps(hello)) == []


async def what_goes_wrong(house: House, viewer: Browser, made: dict[str, Any]) -> None:
    """Answers to mistakes; :meth:`Browser.ask` sees that they repeat nothing."""
    code, cookie = (
        made["hostCode"],
        next(one for one, what in house.vault.secrets.items() if what == "cookie"),
    )
    bearer = {"Authorization": f"Bearer {code}"}
    join, wrong = "/api/sessions.join", {"sessionId": "kitchen", "displayName": "Eve"}
    guess = new_codes().host
    house.vault.keep("guessedCode", guess)
    for status, method, path, document, headers in [
        (403, "POST", join, wrong | {"code": guess}, {}),
        (400, "POST", join, f'{{"code": "{code}", '.encode(), {}),
        (400, "POST", join, f'"{code}'.encode() + b"\xff", {}),
        (422, "POST", join, f'"{code}"'.encode(), {}),
        (422, "POST", join, wrong | {"code": [code]}, {}),
        (422, "POST", join, wrong | {"code": {"code": code}}, {}),
        (422, "POST", join, wrong | {"code": code * 100}, {}),
        (422, "POST", join, wrong | {"code": code, "displayName": ""}, {}),
        (422, "POST", join, {"code": code}, {}),
        (422, "POST", join, wrong | {"secret": code}, {}),
        (422, "POST", "/session/kitchen/seek", {"positionS": code}, bearer),
        (422, "POST", "/session/kitchen/direction", {"direction": 1}, bearer),
        (403, "POST", "/session/kitchen/pause", None, {}),
        (403, "POST", "/session/kitchen/pause", None, {"Authorization": f"Bearer {guess}"}),
        (403, "POST", "/session/kitchen/pause", None, {"Sec-Fetch-Site": "cross-site"} | bearer),
        (404, "POST", "/session/nowhere/pause", None, bearer),
        (405, "PUT", f"{join}?code={code}", None, bearer),
        (404, "GET", f"/nowhere?code={code}", None, {}),
        (422, "GET", f"/api/library/tracks?limit=x&code={code}", None, {}),
        (404, "GET", "/api/livekit-token?sessionId=kitchen", None, {}),
        (401, "POST", "/webhooks/livekit", b"{}", {"Authorization": house.livekit.token("x", "y")}),
        (200, "GET", f"/?sessionId=kitchen&code={code}", None, {}),
        (200, "GET", f"/session/kitchen?code={code}", None, {"Accept": "text/html"}),
        (200, "GET", f"/health?code={code}", None, bearer),
    ]:
        assert (await viewer.ask(method, path, document, **headers))[0] == status, (method, path, document)
    for text in (
        f"GET /?code={code} HTTP/9.9\nHost: a\n\n",
        f"GET /?code={code} HTTP/1.1\nHost: a\nAuthorization Bearer {code}\n\n",
        f"GET / HTTP/1.1\nHost: a\nCookie: drift_person={cookie}; x={'a' * 10_000}\nConnection: close\n\n",
        f"GET /?code={code}&x={'a' * 10_000} HTTP/1.1\nHost: a\nConnection: close\n\n",
        f"POST {join} HTTP/1.1\nHost: a\nContent-Length: x\nCookie: drift_person={cookie}\n\n",
        f"{code} {cookie}\n\n",
    ):
        answer = await house.raw(text)
        assert answer.split(maxsplit=2)[1] == "400", answer
        assert house.vault.found_in(answer) == []


async def in_livekit(house: House, guest: Browser, folder: Path) -> None:
    """The mix is played there, by a process of its own."""
    _, room = await guest.ask("GET", "/api/sessions.room?sessionId=kitchen")
    async with StockClient.start(folder) as inside:
        await inside.connect(room["livekit"]["url"], room["livekit"]["token"])

        async def plays() -> bool:
            async with house.livekit.api() as lk:
                found = await lk.room.list_participants(api.ListParticipantsRequest(room=inside.room))
            return "drift" in {one.identity for one in found.participants}

        await eventually(plays, "the mix")
        assert house.vault.found_in(command_lines(house.drift.process.pid)) == []

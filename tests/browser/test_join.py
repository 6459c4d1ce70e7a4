"""The ways in, in a real browser: links, codes, names, and making sessions for guests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from tests.support.guest import Guest, made
from tests.support.server import Server

NewGuest = Callable[..., Guest]


def names(server: Server) -> list[str]:
    return [session["sessionId"] for session in server.get("/api/session/list")[1]["sessions"]]


@pytest.fixture
def guest(browser: Browser, demo_server: Server, context: BrowserContext) -> Iterator[Guest]:
    """Somebody; what they make ends with the test."""
    one = Guest(browser, demo_server)
    yield one
    one.close()


@pytest.fixture
def links(demo_server: Server, context: BrowserContext) -> dict[str, str]:
    return made(demo_server, context, "attic")


def test_a_link_leads_in(guest: Guest, links: dict[str, str]) -> None:
    guest.page.goto(links["viewer"])
    assert "code=" in links["viewer"]
    guest.see("join").wait_for()
    assert guest.page.url.endswith("/?sessionId=attic")
    expect(guest.see("join-session")).to_have_value("attic")
    expect(guest.see("join-code")).not_to_have_value("")
    expect(guest.see("join-name")).to_be_focused()
    guest.page.keyboard.type("Ada")
    guest.page.keyboard.press("Enter")
    guest.arrive()
    assert guest.page.url.endswith("/session/attic")
    expect(guest.see("you")).to_have_text("viewer")
    guest.wait_for_people("Ada")
    assert guest.complaints == []


def test_who_has_joined_comes_back_with_one_click(guest: Guest, links: dict[str, str]) -> None:
    guest.follow(links["viewer"], "Ada")
    guest.page.goto(guest.server.url + "/?sessionId=attic")
    expect(guest.see("returning")).to_contain_text("Welcome back, Ada. You are a viewer")
    guest.see("join").click()
    guest.arrive()
    guest.wait_for_people("Ada")


def test_a_better_code_gives_a_better_role(guest: Guest, links: dict[str, str]) -> None:
    guest.follow(links["viewer"], "Ada")
    guest.page.goto(links["collaborator"])
    expect(guest.see("returning")).to_contain_text("Welcome back")
    guest.see("join").click()
    guest.arrive()
    expect(guest.see("you")).to_have_text("collaborator")


def test_a_wrong_code_is_rejected(guest: Guest, links: dict[str, str]) -> None:
    guest.page.goto(guest.server.url + "/?sessionId=attic&code=aaaa-bbbb-cccc")
    guest.see("join-name").fill("Mallory")
    guest.see("join").click()
    expect(guest.see("join-refused")).to_contain_text("does not open this session")
    expect(guest.see("join-refused")).to_have_attribute("data-kind", "code")
    assert "/session/" not in guest.page.url
    status = guest.context.request.get(f"{guest.server.url}/api/sessions.room?sessionId=attic").status
    assert status == 401
    guest.see("join-code").fill("")
    expect(guest.see("join-refused")).to_have_text("")


def test_too_many_attempts_are_counted_down(guest: Guest) -> None:
    error = {"error": {"code": "too-many", "message": "Too many guesses."}}
    guest.page.route(
        "**/api/sessions.join",
        lambda route: route.fulfill(status=429, json=error, headers={"Retry-After": "2"}),
    )
    guest.page.goto(guest.server.url + "/?sessionId=attic&code=x")
    guest.see("join-name").fill("Ada")
    guest.see("join").click()
    expect(guest.see("join-refused")).to_contain_text("try again in 2 s")
    expect(guest.see("join")).to_have_attribute("aria-disabled", "true")
    expect(guest.see("join-refused")).to_have_text("")
    expect(guest.see("join")).to_have_attribute("aria-disabled", "false")


@pytest.mark.parametrize(
    ("status", "code", "words"), [(409, "full", "is full"), (403, "banned", "has banned you")]
)
def test_refusals_are_explained(guest: Guest, status: int, code: str, words: str) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=status, json={"error": {"code": code, "message": code}})

    guest.page.route("**/api/sessions.join", refuse)
    guest.page.goto(guest.server.url + "/?sessionId=attic&code=x")
    guest.see("join-name").fill("Ada")
    guest.see("join").click()
    expect(guest.see("join-refused")).to_contain_text(words)


def test_a_session_that_is_not_there_can_be_made(guest: Guest) -> None:
    guest.page.goto(guest.server.url)
    guest.see("join-session").fill("Cellar")
    guest.see("join-name").fill("Ada")
    guest.see("join").click()
    expect(guest.see("join-refused")).to_contain_text("no session called “Cellar”")
    guest.see("make-it").click()
    expect(guest.see("new-name")).to_have_value("Cellar")
    guest.see("new-go").click()
    guest.see("made").wait_for()
    assert "cellar" in names(guest.server)


def test_a_session_is_made_with_links_for_guests(browser: Browser, guest: Guest) -> None:
    guest.context.grant_permissions(["clipboard-read", "clipboard-write"])
    guest.page.goto(guest.server.url + "/new")
    guest.see("new-name").fill("Garden Party")
    guest.see("new-host").fill("Ada")
    guest.see("new-go").click()
    card = guest.see("made")
    card.wait_for()
    expect(card).to_have_attribute("data-session", "garden-party")
    expect(card.get_by_test_id("role")).to_have_text(["collaborator", "viewer", "host"])
    urls = {}
    for role in ("viewer", "collaborator", "host"):
        link = card.get_by_test_id(f"link-{role}")
        urls[role] = link.get_attribute("data-url") or ""
        assert urls[role].startswith(f"{guest.server.url}/?sessionId=garden-party&code=")
        expect(link.get_by_test_id("qr")).to_have_attribute("data-encodes", urls[role])
        card.get_by_test_id(f"copy-{role}").click()
        expect(card.get_by_test_id(f"copy-{role}")).to_have_text("Copied")
        assert guest.page.evaluate("navigator.clipboard.readText()") == urls[role]
    assert len(set(urls.values())) == 3
    guest.page.reload()
    expect(guest.see("link-viewer")).to_have_attribute("data-url", urls["viewer"])
    guest.see("open-session").click()
    guest.arrive()
    expect(guest.see("you")).to_have_text("host")
    other = Guest(browser, guest.server)
    other.follow(urls["viewer"], "Bob")
    guest.wait_for_people("Ada", "Bob")
    assert guest.complaints == []
    other.close()


def test_a_party_has_several_rooms(guest: Guest) -> None:
    guest.page.goto(guest.server.url + "/new?names=kitchen,livingroom")
    guest.see("new-host").fill("Ada")
    guest.page.wait_for_timeout(300)
    assert "kitchen" not in names(guest.server)
    guest.see("new-go").click()
    expect(guest.see("made")).to_have_count(2)
    assert {"kitchen", "livingroom"} <= set(names(guest.server))
    guest.page.emulate_media(media="print")
    expect(guest.see("link-collaborator").first).to_be_visible()
    expect(guest.see("link-host").first).to_be_hidden()
    expect(guest.see("open-session").first).to_be_hidden()


def test_what_is_there_already_is_shown_with_its_plain_link(guest: Guest, links: dict[str, str]) -> None:
    guest.page.goto(guest.server.url + "/new?names=attic")
    guest.see("new-host").fill("Ada")
    guest.see("new-go").click()
    card = guest.see("made")
    card.wait_for()
    expect(card).to_have_attribute("data-state", "taken")
    link = card.get_by_test_id("link-collaborator").get_attribute("data-url")
    assert link == f"{guest.server.url}/?sessionId=attic"


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [(360, 640), (390, 844), (1280, 800)])
def test_it_fits(
    browser: Browser, demo_server: Server, links: dict[str, str], size: tuple[int, int], scheme: str
) -> None:
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    for address, controls in (
        (links["host"], ("join-session", "join-code", "join-name", "join")),
        (f"{demo_server.url}/new", ("new-name", "new-host", "new-go")),
    ):
        page.goto(address)
        page.get_by_test_id(controls[0]).wait_for()
        assert page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        ) == [width, height]
        for control in controls:
            box = page.get_by_test_id(control).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= height
    context.close()

"""The page of the OpenAPI document in a real browser."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.support.server import Server


def test_the_interface_can_be_read_and_tried(browser: Browser, demo_server: Server) -> None:
    context = browser.new_context(viewport={"width": 1100, "height": 1400})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{demo_server.url}/api/docs")
    document = demo_server.get("/api/openapi.json")[1]
    count = sum(len(operations) for operations in document["paths"].values())
    expect(page.locator(".opblock")).to_have_count(count)
    page.locator("#operations-Commands-post-session-session-pause .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_placeholder("session").fill("nobody")
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table .response-col_status").last).to_have_text("404")
    assert [one for one in complaints if "404" not in one] == []
    assert [url for url in asked if not url.startswith((demo_server.url, "data:"))] == []
    context.close()

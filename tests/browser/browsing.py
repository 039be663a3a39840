"""People in a real browser: who has logged in, and what the console said."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

from hooks.demo.local import Account

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Theme = Literal["light", "dark"]
FROM_ELSEWHERE = "/heidi-tips"  # Label Studio's home page gets its tips from another host; without a network that fails, sooner or later


@contextmanager
def signed_in(
    browser: Browser, url: str, account: Account, *, width: int = 1300, theme: Theme = "light", locale: str = "en"
) -> Iterator[tuple[Page, list[str]]]:
    """A page of somebody who has logged in, and the errors of its console."""
    context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=theme, locale=locale)
    page = context.new_page()
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        source = message.location.get("url", "")
        if message.type == "error" and not source.endswith(FROM_ELSEWHERE):
            errors.append(f"{message.text} {source}")

    page.on("console", note)
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto(url + "/user/login")
    page.fill("[name=email]", account.email)
    page.fill("[name=password]", account.password)
    page.click("[type=submit]")
    page.wait_for_load_state("networkidle")
    yield page, errors
    context.close()


def serious_faults(page: Page, within: str | None = None) -> list[tuple[str, str]]:
    """What axe finds, on the whole page or in a part of it."""
    found = [
        v for v in Axe().run(page, context=within).response["violations"] if v["impact"] in ("serious", "critical")
    ]
    return [(v["id"], v["nodes"][0]["html"]) for v in found]

"""People in a real browser: who has logged in, and what the console said."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Browser, Page

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


@contextmanager
def signed_in(
    browser: Browser, url: str, account: Account, *, width: int = 1300, theme: Theme = "light"
) -> Iterator[tuple[Page, list[str]]]:
    """A page of somebody who has logged in, and the errors of its console."""
    context = browser.new_context(viewport={"width": width, "height": 850}, color_scheme=theme)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda m: errors.append(f"{m.text} {m.location.get('url', '')}") if m.type == "error" else None)
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto(url + "/user/login")
    page.fill("[name=email]", account.email)
    page.fill("[name=password]", account.password)
    page.click("[type=submit]")
    page.wait_for_load_state("networkidle")
    yield page, errors
    context.close()

"""Takes the README's pictures of a running demo: `make pictures`."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

DOCS = Path(__file__).parent
DEMO_SECONDS = 600
FLAGS = ["--no-sandbox", "--disable-gpu", "--force-device-scale-factor=1.5"]


def main() -> None:
    """Run the demo, and write ``docs/dashboard.png`` and ``docs/panel.png``."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("chromium is not installed; `make system` installs it where it may")
    with tempfile.TemporaryDirectory() as folder:
        logins = Path(folder) / "logins.json"
        demo = subprocess.Popen([sys.executable, "-m", "hooks.cli", "demo", "--port", "8500", "--logins", str(logins)])
        try:
            known = _wait_for(logins, demo)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
                _dashboard(browser, known)
                _panel(browser, known)
                browser.close()
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)


def _wait_for(logins: Path, demo: "subprocess.Popen[bytes]") -> dict[str, Any]:
    until = time.monotonic() + DEMO_SECONDS
    while time.monotonic() < until and demo.poll() is None:
        if logins.exists() and logins.stat().st_size:
            return dict(json.loads(logins.read_text(encoding="utf-8")))
        time.sleep(1)
    sys.exit("the demo did not come up")


def _dashboard(browser: Browser, known: dict[str, Any]) -> None:
    page = _signed_in(browser, known, known["admin"], width=1180, height=900)
    page.goto(f"{known['url']}/steadyhand/projects/{known['project']}/")
    page.screenshot(path=DOCS / "dashboard.png")


def _panel(browser: Browser, known: dict[str, Any]) -> None:
    page = _signed_in(browser, known, known["annotators"][0], width=1180, height=760)
    page.goto(f"{known['url']}/projects/{known['project']}/data?labeling=1")
    page.locator(".steadyhand-bar").wait_for()
    page.wait_for_timeout(2000)
    page.screenshot(path=DOCS / "panel.png")


def _signed_in(browser: Browser, known: dict[str, Any], account: dict[str, str], *, width: int, height: int) -> Page:
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.goto(known["url"] + "/user/login")
    page.fill("[name=email]", account["email"])
    page.fill("[name=password]", account["password"])
    page.click("[type=submit]")
    page.wait_for_load_state("networkidle")
    return page


if __name__ == "__main__":
    main()

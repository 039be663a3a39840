"""What the plugin says in pages of its own looks like Label Studio's, and says whom to ask."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.browsing import signed_in
from tests.servers import House

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "theme"), [(1300, "Light"), (400, "Dark")])
def test_a_refusal_looks_like_label_studio_and_says_whom_to_ask(
    browser: Browser, house: House, width: int, theme: str
) -> None:
    project = house.project(tasks=4, gold=(), retest_rate=0.0)
    with signed_in(browser, house.url, house.account("nora"), width=width) as (page, errors):
        page.evaluate(f"localStorage.setItem('preferred-color-scheme', '{theme}')")
        errors.clear()
        page.goto(f"{house.url}/projects/{project}/settings/")
        expect(page.get_by_role("heading", name="This page is not for your role")).to_be_visible()
        expect(page.get_by_role("link", name=house.admin.email)).to_be_visible()
        assert "Figtree" in page.locator("h1").evaluate("heading => getComputedStyle(heading).fontFamily")
        paper = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
        ink = page.locator("h1").evaluate("heading => getComputedStyle(heading).color")
        light = [sum(map(int, colour.strip("rgb()").split(",")[:3])) for colour in (paper, ink)]
        assert (light[0] > light[1]) is (theme == "Light"), (paper, ink)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        found = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
        assert [error for error in errors if "403" not in error] == []
        page.get_by_role("link", name="Back to the projects").click()
        page.get_by_text("Pairs").first.wait_for()

"""The guide: an admin writes it, an annotator gets there from the panel and sees what is new."""

import pytest
from playwright.sync_api import Browser, expect

from hooks.cli.inputs import EXAMPLE_GUIDE
from tests.browser.browsing import Theme, serious_faults, signed_in
from tests.servers import House

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "theme"), [(1300, "light"), (400, "dark")])
def test_the_guide_is_found_from_the_panel_and_says_what_is_new(
    browser: Browser, house: House, width: int, theme: Theme
) -> None:
    project = house.project(tasks=8, gold=(), retest_rate=0.0)
    name = f"gus-{width}"
    house.label(house.member(name, project), 2)
    house.settle(project, 2)
    edit = f"{house.url}/steadyhand/projects/{project}/guide/"
    with (
        signed_in(browser, house.url, house.admin) as (admin, errors),
        signed_in(browser, house.url, house.account(name), width=width, theme=theme) as (page, _),
    ):
        text = EXAMPLE_GUIDE.read_text(encoding="utf-8")
        admin.goto(edit)
        admin.get_by_label("The guide, in Markdown").fill(text)
        admin.get_by_role("button", name="Publish it as version 1").click()
        expect(admin.get_by_role("status")).to_contain_text("Version 1 is published.")
        page.goto(f"{house.url}/projects/{project}/data?labeling=1")
        link = page.locator(".steadyhand-bar").get_by_role("link", name="Guide: new")
        with page.expect_popup() as popup:
            link.click()
        guide = popup.value
        expect(guide.get_by_role("heading", name="How ties are broken")).to_be_visible()
        assert serious_faults(guide) == []
        assert guide.evaluate("document.documentElement.scrollWidth <= innerWidth")
        guide.get_by_role("button", name="I have read it").click()
        admin.goto(edit)
        admin.locator("details summary").filter(has_text="Write and publish").click()
        admin.get_by_label("The guide, in Markdown").fill(text + "\nA joke is no answer.\n")
        admin.get_by_role("button", name="Publish it as version 2").click()
        admin.goto(f"{house.url}/steadyhand/projects/{project}/items/")
        admin.locator("#items tbody a").first.click()
        admin.get_by_text("Show this item in the guide").click()
        form = admin.locator("details[open]")
        form.get_by_label("Better is").select_option("2")
        form.get_by_label("Why, as annotators will read it").fill("It answers what was asked.")
        form.get_by_role("button", name="Show it").click()
        admin.goto(edit)
        expect(admin.get_by_text("It answers what was asked.")).to_be_visible()
        assert serious_faults(admin) == []
        assert not [error for error in errors if "/steadyhand/" in error]
        guide.goto(f"{house.url}/steadyhand/me/?project={project}")
        guide.get_by_role("link", name="The guide of this project").click()
        expect(guide.get_by_role("group", name="New since you read it")).to_have_text("A joke is no answer.")
        expect(guide.get_by_text("It answers what was asked.")).to_be_visible()
        assert serious_faults(guide) == []
        assert guide.evaluate("document.documentElement.scrollWidth <= innerWidth")
        guide.get_by_role("button", name="I have read it").click()
        page.reload()
        expect(page.locator(".steadyhand-bar").get_by_role("link", name="Guide", exact=True)).to_be_visible()

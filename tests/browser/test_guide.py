"""The guide: an admin writes it, an annotator gets there from the panel and sees what is new, or is to read it before
going on."""

import pytest
from playwright.sync_api import Browser, Page, expect

from hooks.cli.inputs import EXAMPLE_GUIDE
from ls_backend.services.guides import publish_guide
from tests.browser.browsing import Theme, serious_faults, signed_in
from tests.fakes import ADMIN
from tests.servers import House

pytestmark = pytest.mark.browser
SUBMIT = "bottombar-submit-button"


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


def submit(page: Page) -> None:
    page.get_by_test_id(SUBMIT).wait_for()
    page.wait_for_timeout(300)
    page.keyboard.press("1")
    page.wait_for_timeout(300)
    page.get_by_test_id(SUBMIT).click()


@pytest.mark.parametrize(("width", "theme"), [(1300, "Light"), (400, "Dark")])
def test_who_has_not_read_the_guide_that_is_asked_for_is_stopped_reads_it_and_goes_on(
    browser: Browser, house: House, width: int, theme: str
) -> None:
    project = house.project(tasks=8, gold=(), retest_rate=0.0)
    name = f"gail-{width}"
    member = house.member(name, project)
    edit = f"{house.url}/steadyhand/projects/{project}/guide/"
    with (
        signed_in(browser, house.url, house.admin) as (admin, _),
        signed_in(browser, house.url, house.account(name), width=width) as (page, errors),
    ):
        page.evaluate(f"localStorage.setItem('preferred-color-scheme', '{theme}')")
        page.goto(f"{house.url}/projects/{project}/data?labeling=1")
        page.get_by_test_id(SUBMIT).wait_for()
        admin.goto(edit)
        admin.get_by_label("The guide, in Markdown").fill(EXAMPLE_GUIDE.read_text(encoding="utf-8"))
        admin.get_by_label("To be read before going on").check()
        admin.get_by_role("button", name="Publish it as version 1").click()
        expect(admin.get_by_role("status")).to_have_text(
            "Version 1 is published. Version 1 is to be read before annotators go on."
        )
        assert serious_faults(admin) == []
        notice = page.locator(".steadyhand-paused")
        submit(page)  # the task that was open
        expect(notice).to_be_visible(timeout=15_000)
        expect(notice).to_contain_text("Please read the guide first")
        page.locator(".steadyhand-bar").get_by_role("link", name="Guide: new").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert serious_faults(page, ".steadyhand-bar") == []
        assert page.get_by_test_id(SUBMIT).count() == 0
        house.settle(project, 1)
        admin.goto(edit)
        expect(admin.get_by_text("0 of 1 who have labelled here have read it. Who has not")).to_be_visible()
        expect(admin.locator("#unread")).to_contain_text(f"{name}@example.com")
        errors.clear()
        notice.get_by_role("link", name="Read the guide").click()
        page.get_by_role("button", name="I have read it").click()
        page.get_by_role("link", name="Go on labelling").click()
        submit(page)
        expect(page.locator(".steadyhand-bar").get_by_role("link", name="Guide", exact=True)).to_be_visible()
        expect(notice).to_have_count(0)
        assert not [error for error in errors if "/steadyhand/" in error]
        house.settle(project, 2)
        admin.reload()
        expect(admin.get_by_text("1 of 1 who have labelled here have read it. Who has not")).to_be_visible()
    assert member.next_task() is not None


def test_the_screen_goes_on_by_itself_when_the_guide_was_read_elsewhere(browser: Browser, house: House) -> None:
    project = house.project(tasks=6, gold=(), retest_rate=0.0)
    house.member("gwen", project)
    publish_guide(house.ctx, ADMIN, project, "Read both.", required=True)
    with signed_in(browser, house.url, house.account("gwen")) as (page, _):
        page.goto(f"{house.url}/projects/{project}/data?labeling=1")
        expect(page.locator(".steadyhand-paused")).to_be_visible(timeout=15_000)
        with page.expect_popup() as popup:
            page.locator(".steadyhand-bar").get_by_role("link", name="Guide: new").click()
        popup.value.get_by_role("button", name="I have read it").click()
        popup.value.get_by_role("link", name="Go on labelling").wait_for()
        popup.value.close()
        page.evaluate("dispatchEvent(new Event('focus'))")  # as when somebody comes back to the tab
        submit(page)
        expect(page.locator(".steadyhand-paused")).to_have_count(0)


def test_with_the_service_stopped_somebody_who_has_not_read_the_guide_goes_on(browser: Browser, house: House) -> None:
    project = house.project(tasks=6, gold=(), retest_rate=0.0)
    gabe = house.member("gabe", project)
    publish_guide(house.ctx, ADMIN, project, "Read both.", required=True)
    assert gabe.next_task() is None
    house.service.stop()
    try:
        with signed_in(browser, house.url, house.account("gabe")) as (page, _):
            page.goto(f"{house.url}/projects/{project}/data?labeling=1")
            for _ in range(2):
                submit(page)
            page.get_by_test_id(SUBMIT).wait_for()
    finally:
        house.service.start()
    assert sum(a["completed_by"] == gabe.id for t in house.ctx.gateway.tasks(project) for a in t.annotations) == 2

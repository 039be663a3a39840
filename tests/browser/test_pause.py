"""A pause in a real browser: an admin pauses somebody by the dashboard's form, and that one reads why where they label."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.browsing import signed_in
from tests.servers import House

pytestmark = pytest.mark.browser
WHY = "Please read the <guidelines> again; we talk on Friday."


def test_an_admin_pauses_by_the_form_and_the_annotator_reads_why(browser: Browser, house: House) -> None:
    project = house.project(tasks=12, gold=(), retest_rate=0.0)
    hal = house.member("hal", project)
    house.label(hal, 3)
    house.settle(project, 3)
    with (
        signed_in(browser, house.url, house.admin) as (page, errors),
        signed_in(browser, house.url, house.account("hal")) as (theirs, _),
    ):
        theirs.goto(f"{house.url}/projects/{project}/data?labeling=1")
        theirs.get_by_test_id("bottombar-submit-button").wait_for()
        page.goto(f"{house.url}/steadyhand/projects/{project}/annotators/")
        page.get_by_role("link", name="hal@example.com").click()
        page.get_by_label("The reason, as they will read it").fill(WHY)
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_role("status")).to_contain_text("nothing is served to them any more")
        expect(page.locator(".warning")).to_contain_text(WHY)
        page.reload()
        page.go_back()
        assert not [error for error in errors if "/steadyhand/" in error]
        notice = theirs.locator(".steadyhand-paused")
        expect(notice).to_be_hidden()  # the task that is open can be sent
        theirs.keyboard.press("1")
        theirs.wait_for_timeout(300)
        theirs.get_by_test_id("bottombar-submit-button").click()
        expect(notice).to_be_visible(timeout=15_000)
        expect(notice).to_contain_text(WHY)
        assert not theirs.get_by_test_id("bottombar-submit-button").count()
        house.service.stop()
        try:
            theirs.reload()
            expect(notice).to_be_visible(timeout=15_000)
            expect(notice).to_contain_text(WHY)
            expect(theirs.locator(".steadyhand-figures")).to_contain_text(WHY)
        finally:
            house.service.start()
        page.goto(f"{house.url}/steadyhand/projects/{project}/annotators/{hal.id}/")
        page.get_by_role("button", name="Serve tasks again").click()
        expect(page.get_by_role("status")).to_contain_text("is served tasks again")
        theirs.reload()
        theirs.get_by_test_id("bottombar-submit-button").wait_for()
        expect(theirs.locator(".steadyhand-paused")).to_have_count(0)

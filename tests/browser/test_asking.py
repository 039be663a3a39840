"""An annotator who asks: an item that is unclear, its answer, and a panel without figures."""

import pytest
from playwright.sync_api import Browser, Page, expect

from ls_backend.services.queries.unclear import waiting_unclear
from ls_backend.store import scorecards
from tests.browser.browsing import signed_in
from tests.servers import House

pytestmark = pytest.mark.browser
SUBMIT = "bottombar-submit-button"


def open_stream(page: Page, house: House, project: int) -> None:
    page.goto(f"{house.url}/projects/{project}/data?labeling=1")
    page.get_by_test_id(SUBMIT).wait_for()
    page.locator(".steadyhand-bar").wait_for()


@pytest.mark.parametrize("width", [1300, 400])
def test_what_is_unclear_is_skipped_and_answered(browser: Browser, house: House, width: int) -> None:
    project = house.project(tasks=8, gold=(), retest_rate=0.0)
    name = f"una-{width}"
    una = house.member(name, project)
    house.label(una, 2)
    house.settle(project, 2)
    before = scorecards.find(house.ctx.store, project, str(una.id))
    with signed_in(browser, house.url, house.account(name), width=width) as (page, errors):
        open_stream(page, house, project)
        number = page.locator(".lsf-current-task__task-id").first
        first = number.inner_text()
        page.get_by_role("button", name="This item is unclear").click()
        form = page.get_by_role("form", name="This item is unclear")
        form.get_by_label("Why it is unclear").select_option("needs_expert")
        form.get_by_role("textbox").fill("law of 1794, not 2")
        assert not page.locator("input[type=checkbox]:checked").count(), "typing is no shortcut of Label Studio's"
        bar, button = form.bounding_box(), page.get_by_test_id(SUBMIT).bounding_box()
        assert bar is not None
        assert button is not None
        assert button["y"] + button["height"] <= bar["y"], "it covers no control"
        form.get_by_role("button", name="Say so, and skip").click()
        expect(number).not_to_have_text(first, timeout=15_000)
        expect(form).to_be_hidden()
        assert not [error for error in errors if "/steadyhand/" in error]
    (row,) = waiting_unclear(house.ctx, project)
    assert (row.record.annotator, row.record.text) == (str(una.id), "law of 1794, not 2")
    house.settle(project, 2)
    after = scorecards.find(house.ctx.store, project, str(una.id))
    assert before is not None
    assert after is not None
    assert after.scorecard == before.scorecard
    with signed_in(browser, house.url, house.admin) as (page, errors):
        page.goto(f"{house.url}/steadyhand/projects/{project}/")
        page.get_by_role("link", name="Items are unclear to annotators").click()
        page.locator("#unclear").get_by_role("link").filter(has_text="question").click()
        page.get_by_label("Answer, as they will read it").fill("Leave out all of that code.")
        page.get_by_role("button", name="Answer", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("own page")
        assert not [error for error in errors if "/steadyhand/" in error]
    with signed_in(browser, house.url, house.account(name)) as (page, _):
        page.goto(f"{house.url}/steadyhand/me/?project={project}")
        expect(page.get_by_text("Leave out all of that code.")).to_be_visible()


def test_without_figures_the_panel_has_links_alone(browser: Browser, house: House) -> None:
    project = house.project(tasks=6, gold=(), retest_rate=0.0)
    house.label(house.member("olaf", project), 1)
    house.settle(project, 1)
    with signed_in(browser, house.url, house.account("olaf")) as (page, _):
        page.goto(f"{house.url}/steadyhand/me/?project={project}")
        page.get_by_role("button", name="Show me no figures").click()
        open_stream(page, house, project)
        bar = page.locator(".steadyhand-bar")
        expect(bar.get_by_role("link", name="My page")).to_be_visible()
        expect(bar.get_by_role("button", name="This item is unclear")).to_be_visible()
        assert bar.locator(".steadyhand-figure").count() == 0
        expect(bar.get_by_role("button", name="Why this amount?")).to_be_hidden()
        page.goto(f"{house.url}/steadyhand/me/?project={project}")
        page.get_by_role("button", name="Show my figures").click()
        open_stream(page, house, project)
        expect(bar.locator(".steadyhand-figure").first).to_be_visible()


def test_only_what_was_served_can_be_called_unclear_and_from_here_alone(house: House) -> None:
    project = house.project(tasks=4, overlap=2, gold=(), retest_rate=0.0)
    yuri, zoe = house.session(house.account("yuri")), house.session(house.account("zoe"))
    served = house.member("yuri", project).next_task()
    assert served is not None
    there, body = f"{house.url}/steadyhand/unclear", {"task": served["id"], "reason": "both_bad", "text": ""}
    here = {"Sec-Fetch-Site": "same-origin"}
    assert zoe.post(there, json=body, headers=here, timeout=30).status_code == 404
    assert yuri.post(there, json=body, headers={"Sec-Fetch-Site": "cross-site"}, timeout=30).status_code == 403
    assert yuri.post(there, json={"task": "x"}, headers=here, timeout=30).status_code == 400
    for number in (0, -1, 1, 10**12):
        assert yuri.post(there, json={**body, "task": number}, headers=here, timeout=30).status_code == 404
    assert yuri.post(there, json=body, headers=here, timeout=30).json() == {"noted": True}
    assert len(waiting_unclear(house.ctx, project)) == 1

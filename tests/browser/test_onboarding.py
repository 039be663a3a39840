"""A newcomer in a real browser: kept from the project, trained with feedback, calibrated, and let in; or not."""

import json

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ls_backend.formats.pairs import read_gold
from ls_backend.programme.onboarding import OnboardingTerms
from ls_backend.services.onboarding import set_up_onboarding
from ls_backend.services.queries.newcomers import newcomers_of
from ls_backend.store import judgments
from tests.browser.browsing import signed_in
from tests.fakes import ADMIN
from tests.servers import House

pytestmark = pytest.mark.browser
SUBMIT = "bottombar-submit-button"
TERMS = OnboardingTerms(training=2, calibration=5, tries=2, pass_mark=0.8)


def onboarded_project(house: House) -> int:
    project = house.project(tasks=6, gold=(), retest_rate=0.0)
    lines = [
        {
            "prompt": f"lesson {n}",
            "response_a": f"good {n}",
            "response_b": f"bad {n}",
            "gold": "a",
            "explanation": f"why {n}",
        }
        for n in range(12)
    ]
    items = read_gold("\n".join(map(json.dumps, lines)), source="onboarding")
    set_up_onboarding(house.ctx, ADMIN, project, items, TERMS)
    return project


def answer(page: Page, *, right: bool) -> None:
    """Answer the item on the screen rightly or wrongly, and wait for the next one."""
    button = page.get_by_test_id(SUBMIT)
    button.wait_for()
    number = page.locator(".lsf-current-task__task-id").first
    before = number.inner_text()
    page.wait_for_timeout(250)
    good_left = "good" in page.locator(".pair-side").first.inner_text()
    page.keyboard.press("1" if good_left == right else "2")
    page.wait_for_timeout(250)
    button.click()
    for _ in range(50):
        page.wait_for_timeout(200)
        if not number.count() or number.inner_text() != before:
            return


def bar_of(page: Page) -> Locator:
    return page.locator(".steadyhand-bar")


def test_a_newcomer_is_trained_fails_tries_again_and_is_let_in(browser: Browser, house: House) -> None:
    project = onboarded_project(house)
    neo = house.member("neo", project)
    assert neo.next_task() is None, "nothing is served before"
    with signed_in(browser, house.url, house.account("neo")) as (page, errors):
        page.goto(f"{house.url}/projects/{project}/data?labeling=1")
        notice = page.locator(".steadyhand-paused")
        expect(notice).to_contain_text("First a short training", timeout=15_000)
        errors.clear()
        notice.get_by_role("link", name="Go to the training").click()
        page.get_by_test_id(SUBMIT).wait_for()
        bar = bar_of(page)
        expect(bar).to_contain_text("training, 0 of 2")
        answer(page, right=False)
        why = bar.locator(".steadyhand-why")
        expect(why).to_contain_text("expected was the", timeout=15_000)
        expect(why).to_contain_text("why ")
        answer(page, right=True)
        expect(why).to_contain_text("Right: “lesson", timeout=15_000)
        for _ in range(5):
            answer(page, right=False)
        expect(why).to_contain_text("Your last calibration: 0 % (0 to", timeout=15_000)
        expect(why).not_to_contain_text("why ")
        expect(why).to_contain_text("Tries left: 1")
        assert neo.next_task() is None
        for _ in range(5):
            answer(page, right=True)
        expect(notice).to_contain_text("passed", timeout=15_000)
        notice.get_by_role("link", name="Go to the project").click()
        expect(page.get_by_text("question 0").first).to_be_visible(timeout=15_000)
        answer(page, right=True)
        assert not [error for error in errors if "/steadyhand/" in error]
    house.settle(project, 1)
    (newcomer,) = newcomers_of(house.ctx, project)
    assert (newcomer.stage, newcomer.tries, newcomer.score) == ("passed", 2, 1.0)
    assert len(judgments.of_annotator(house.ctx.store, project, str(neo.id))) == 1, (
        "the training is no work of the project"
    )


def test_who_fails_every_try_is_not_let_in_and_who_labelled_before_is(browser: Browser, house: House) -> None:
    project = house.project(tasks=6, gold=(), retest_rate=0.0)
    house.label(house.member("old", project), 1)
    house.settle(project, 1)
    lines = [
        {"prompt": f"other lesson {n}", "response_a": f"good {n}", "response_b": f"bad {n}", "gold": "a"}
        for n in range(7)
    ]
    items = read_gold("\n".join(map(json.dumps, lines)), source="onboarding")
    terms = OnboardingTerms(training=2, calibration=5, tries=1, pass_mark=0.8)
    report = set_up_onboarding(house.ctx, ADMIN, project, items, terms)
    assert house.member("old", project).next_task() is not None
    nil = house.member("nil", project)
    with signed_in(browser, house.url, house.account("nil"), width=400) as (page, _):
        page.goto(f"{house.url}/projects/{report.training_project}/data?labeling=1")
        for _ in range(7):
            answer(page, right=False)
        notice = page.locator(".steadyhand-paused")
        expect(notice).to_contain_text("There is no try left", timeout=15_000)
        page.goto(f"{house.url}/projects/{project}/data?labeling=1")
        expect(notice).to_contain_text("First a short training", timeout=15_000)
    assert nil.next_task() is None
    with signed_in(browser, house.url, house.admin) as (page, _):
        page.goto(f"{house.url}/steadyhand/projects/{project}/annotators/")
        row = page.locator("#newcomers tbody tr")
        expect(row).to_contain_text("nil@example.com")
        expect(row).to_contain_text("failed")

"""An annotator's own page, and the panel's words: what I earn, why, what to do better, what I objected to; in two languages."""

import pytest
from playwright.sync_api import Browser, Page, expect

from ls_backend.programme.telling import TOLD_EVERY
from ls_backend.services.settling import settle
from ls_backend.store import scorecards
from tests.browser.browsing import Theme, serious_faults, signed_in
from tests.fakes import ADMIN
from tests.servers import House

pytestmark = pytest.mark.browser
SUBMIT = "bottombar-submit-button"
BAR = ".steadyhand-bar"


@pytest.fixture(scope="module")
def project(house: House) -> int:
    """One in which two people know how they stand."""
    made = house.project(tasks=TOLD_EVERY + 6, overlap=2, retest_rate=0.12, gold_rate=0.1)
    for n, name in enumerate(("mia", "max")):
        house.label(house.member(name, made), TOLD_EVERY, pace=10)
        house.settle(made, TOLD_EVERY * (n + 1))
    return made


def open_stream(page: Page, house: House, project: int) -> None:
    page.goto(f"{house.url}/projects/{project}/data?labeling=1")
    page.get_by_test_id(SUBMIT).wait_for()
    page.locator(BAR).wait_for()


def assert_nothing_is_covered(page: Page) -> None:
    bar, button = page.locator(BAR).bounding_box(), page.get_by_test_id(SUBMIT).bounding_box()
    assert bar is not None
    assert button is not None
    assert button["y"] + button["height"] <= bar["y"]


@pytest.mark.parametrize(("width", "theme"), [(1300, "light"), (1300, "dark"), (400, "light"), (400, "dark")])
def test_from_the_panel_in_two_clicks_what_i_earn_and_why(
    browser: Browser, house: House, project: int, width: int, theme: Theme
) -> None:
    with signed_in(browser, house.url, house.account("mia"), width=width, theme=theme) as (page, errors):
        page.evaluate(f"localStorage.setItem('preferred-color-scheme', '{theme.title()}')")
        errors.clear()
        open_stream(page, house, project)
        bar = page.locator(BAR)
        bar.get_by_role("button", name="Why this amount?").click()
        why = bar.locator(".steadyhand-why")
        expect(why).to_contain_text(f"As of your first {TOLD_EVERY} answers")
        expect(why).to_contain_text("Tip: ")
        expect(why).to_contain_text("Standing: ")
        assert "minor" not in bar.inner_text()
        assert serious_faults(page, BAR) == []
        assert_nothing_is_covered(page)
        with page.expect_popup() as popup:
            bar.get_by_role("link", name="My page").click()
        mine = popup.value
        for heading in (
            "What goes well, and what to do better",
            "What counted for and against me",
            "My pay",
            "My work by day",
        ):
            expect(mine.get_by_role("heading", name=heading)).to_be_visible()
        assert "max@" not in mine.content()
        assert serious_faults(mine) == []
        assert mine.evaluate("document.documentElement.scrollWidth <= innerWidth")
        with mine.expect_download() as file:
            mine.get_by_role("link", name="Everything that is stored of me").click()
        assert file.value.suggested_filename == "my-data.json"
        assert not [error for error in errors if "/steadyhand/" in error]


def test_i_disagree_and_the_answer_comes_back_to_the_panel(browser: Browser, house: House, project: int) -> None:
    with (
        signed_in(browser, house.url, house.account("max")) as (page, errors),
        signed_in(browser, house.url, house.admin) as (admin, _),
    ):
        page.goto(f"{house.url}/steadyhand/me/?project={project}")
        page.get_by_text("I disagree with a figure or an amount").click()
        page.get_by_label("With what").select_option("reputation")
        page.get_by_label("What is wrong").fill("I was interrupted all day.")
        page.get_by_role("button", name="Send it to the admin").click()
        expect(page.get_by_text("Open: an admin will answer.")).to_be_visible()
        admin.goto(f"{house.url}/steadyhand/projects/{project}/")
        admin.get_by_role("link", name="A dispute is open").click()
        card = admin.locator("article.card").filter(has_text="I was interrupted all day.")
        expect(card).to_contain_text("about the reputation")
        card.get_by_label("The answer, as they will read it").fill("It mends by itself: go on.")
        card.get_by_role("button", name="Resolve dispute").click()
        open_stream(page, house, project)
        link = page.locator(BAR).get_by_role("link", name="My page: an answer")
        expect(link).to_be_visible()
        page.locator(BAR).get_by_role("button", name="Why this amount?").click()
        expect(page.locator(".steadyhand-why")).to_contain_text(
            "Answer to “I was interrupted all day.”: It mends by itself"
        )
        with page.expect_popup() as popup:
            link.click()
        expect(popup.value.get_by_text("It mends by itself: go on.")).to_be_visible()
        page.reload()
        page.locator(BAR).wait_for()
        expect(page.locator(BAR).get_by_role("link", name="My page", exact=True)).to_be_visible()
        assert not [error for error in errors if "/steadyhand/" in error]


def test_the_panel_speaks_the_browser_s_language(browser: Browser, house: House, project: int) -> None:
    with signed_in(browser, house.url, house.account("mia"), locale="de-AT") as (page, errors):
        open_stream(page, house, project)
        bar = page.locator(BAR)
        bar.get_by_role("button", name="Warum dieser Betrag?").click()
        expect(bar.locator(".steadyhand-why")).to_contain_text(f"Nach deinen ersten {TOLD_EVERY} Antworten")
        expect(bar.get_by_role("link", name="Meine Seite")).to_be_visible()
        assert serious_faults(page, BAR) == []
        page.goto(f"{house.url}/projects/")
        page.locator(".main-menu-trigger").click()
        expect(page.locator(".lsf-main-menu a[href='/steadyhand/me/']")).to_have_text("Meine Seite")
        assert not [error for error in errors if "/steadyhand/" in error]


def test_label_studio_s_pages_show_own_work_and_the_menu_leads_to_the_own_page(
    browser: Browser, house: House, project: int
) -> None:
    with signed_in(browser, house.url, house.account("mia")) as (page, _):
        page.goto(f"{house.url}/")
        expect(page.get_by_text(f"{TOLD_EVERY} of {TOLD_EVERY + 6}")).to_be_visible()
        page.locator(".main-menu-trigger").click()
        page.locator(".lsf-main-menu a[href='/steadyhand/me/']").click()
        page.get_by_role("heading", name="My page").wait_for()


def test_the_contract_is_paid_by_and_a_statement_has_its_arithmetic(
    browser: Browser, house: House, project: int
) -> None:
    settle(house.ctx, ADMIN, project, "all", though_running=True)
    record = scorecards.find(house.ctx.store, project, str(house.member("mia", project).id))
    assert record is not None
    with signed_in(browser, house.url, house.account("mia"), width=400) as (page, _):
        page.goto(f"{house.url}/steadyhand/me/?project={project}")
        statement = page.locator("#pay tbody tr").first
        expect(statement).to_contain_text("EUR")
        expect(statement).to_contain_text(" x ")

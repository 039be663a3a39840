"""The dashboard in a real browser, through the plugin inside a real Label Studio: every page, light and dark, narrow and wide."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from ls_backend.services.disputes import dispute
from ls_backend.services.settling import settle
from ls_backend.store import ledger
from ls_templates.plugin import protocol
from tests.browser.browsing import signed_in
from tests.fakes import ADMIN
from tests.servers import House

pytestmark = pytest.mark.browser
LEFT_OUT = ("/user/", "/logout", "/data/")  # Label Studio's own pages, which links may lead to
NOTHING = "/favicon.ico"
CUT_TABLES = """[...document.querySelectorAll("section.table .scroll")]
    .filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.getAttribute("aria-label"))"""
CUT_CHARTS = """[...document.querySelectorAll("svg.chart")]
    .filter(chart => chart.getBoundingClientRect().right > innerWidth + 1).map(chart => chart.getAttribute("aria-label"))"""


@pytest.fixture(scope="module")
def project(house: House) -> int:
    """A project in which three people have labelled, one of them always left."""
    number = house.project(tasks=16, overlap=3, retest_rate=0.2, gold_rate=0.2, min_lag=3)
    for name, answer in (("ada", "right"), ("bo", "right"), ("lefty", "left")):
        house.label(house.member(name, number), 14, answer, pace=5)
    return number


def addresses(page: Page) -> set[str]:
    """Where the page's links lead, on this origin, without the fragment."""
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    absolute = {urljoin(page.url, address).partition("#")[0] for address in found}
    return {address for address in absolute if urlsplit(address).netloc == urlsplit(page.url).netloc}


def is_page(address: str) -> bool:
    path = urlsplit(address).path
    return path.startswith(protocol.PLUGIN_PREFIX) and path.endswith("/")  # others are files


def crawl(page: Page, start: str) -> Iterator[str]:
    """Every kind of page that can be reached, each once: numbers in paths and queries make no other kind."""
    waiting, kinds = [start], set()
    while waiting:
        address = waiting.pop(0)
        kind = tuple("*" if any(c.isdigit() for c in part) else part for part in urlsplit(address).path.split("/"))
        if kind in kinds:
            continue
        kinds.add(kind)
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, (address, answer.status)
        yield address
        waiting += sorted(other for other in addresses(page) if is_page(other))


@pytest.mark.parametrize(("width", "theme"), [(1400, "light"), (1400, "dark"), (400, "light"), (400, "dark")])
def test_every_page_is_accessible_and_brings_nothing_from_elsewhere(
    browser: Browser, house: House, project: int, width: int, theme: str
) -> None:
    axe = Axe()
    with signed_in(browser, house.url, house.admin, width=width, theme=theme) as (page, errors):  # type: ignore[arg-type]
        errors.clear()
        requested: set[str] = set()
        page.on("request", lambda request: requested.add(urlsplit(request.url).netloc))
        visited = list[str]()
        for address in crawl(page, f"{house.url}/steadyhand/"):
            visited.append(address)
            violations = [v for v in axe.run(page).response["violations"] if v["impact"] in ("serious", "critical")]
            assert not violations, (address, [(v["id"], v["nodes"][0]["html"]) for v in violations])
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} is too wide"
            if width == 400:
                assert page.evaluate(CUT_TABLES) == [], f"tables are cut on {address}"
            assert page.evaluate(CUT_CHARTS) == [], f"charts are cut on {address}"
        assert f"{house.url}/steadyhand/projects/{project}/" in visited or len(visited) > 5
        assert requested == {urlsplit(house.url).netloc}
        assert [error for error in errors if NOTHING not in error] == []


def test_every_link_answers(browser: Browser, house: House, project: int) -> None:
    with signed_in(browser, house.url, house.admin) as (page, _):
        links: set[str] = set()
        for _address in crawl(page, f"{house.url}/steadyhand/projects/{project}/"):
            links |= addresses(page)
        web = house.session(house.admin)
        broken = {
            link: status
            for link in sorted(links)
            if (status := web.get(link, timeout=60).status_code) != 200 and not any(part in link for part in LEFT_OUT)
        }
        assert broken == {}


def test_quality_stands_in_the_menu_of_admins_and_reviewers_alone(browser: Browser, house: House, project: int) -> None:
    for account, expected in ((house.admin, 1), (house.account("reviewer"), 1), (house.account("ada"), 0)):
        with signed_in(browser, house.url, account) as (page, _):
            page.goto(f"{house.url}/projects/")
            page.locator(".main-menu-trigger").click()
            page.locator(".lsf-main-menu a[href='/projects']").wait_for()
            quality = page.locator(".lsf-main-menu a[href='/steadyhand/']")
            assert quality.count() == expected
            if expected:
                quality.click()
                page.get_by_role("heading", name="All projects").wait_for()


def test_annotators_and_who_has_not_signed_in_get_403(browser: Browser, house: House, project: int) -> None:
    with signed_in(browser, house.url, house.account("ada")) as (page, _):
        for path in ("", f"projects/{project}/", f"projects/{project}.csv", "audit/", "assets/../projects/"):
            answer = page.goto(f"{house.url}/steadyhand/{path}")
            assert answer is not None
            assert answer.status == 403, path
    context = browser.new_context()
    answer = context.new_page().goto(f"{house.url}/steadyhand/")
    assert answer is not None
    assert answer.status == 403
    context.close()


def test_pages_work_without_scripts(browser: Browser, house: House, project: int) -> None:
    with signed_in(browser, house.url, house.admin) as (page, _):
        state = page.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    plain = context.new_page()
    plain.goto(f"{house.url}/steadyhand/projects/{project}/")
    plain.get_by_role("link", name="Judgments", exact=True).click()
    assert "sort=judgments" in plain.url
    plain.get_by_text("Columns", exact=True).click()
    plain.get_by_role("checkbox", name="Gold").uncheck()
    plain.get_by_role("button", name="Show these").click()
    assert "columns=" in plain.url
    context.close()


@pytest.mark.parametrize("width", [1400, 400])
def test_long_words_leave_a_page_its_width(browser: Browser, house: House, width: int) -> None:
    number = house.project(tasks=4, overlap=1, gold=(), retest_rate=0.0)
    house.label(house.member("ursula-dorothea-margarethe-von-und-zu-hohenstein-waldburg", number), 3)
    house.settle(number, 3)
    settle(house.ctx, ADMIN, number, "all", though_running=True)
    line = ledger.lines(house.ctx.store, project=number)[0]
    dispute(house.ctx, ADMIN, number, line.id, f"{'too-little-' * 12}, see https://example.com/{'a' * 150}")
    with signed_in(browser, house.url, house.admin, width=width) as (page, _):
        for place in ("", f"projects/{number}/", f"projects/{number}/pay/", "audit/"):
            page.goto(f"{house.url}/steadyhand/{place}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{place} is too wide"
            assert page.evaluate(CUT_CHARTS) == []
        page.goto(f"{house.url}/steadyhand/projects/{number}/")
        assert page.evaluate(CUT_TABLES) == [], "what is said is read without scrolling"


def test_a_form_from_elsewhere_is_refused(browser: Browser, house: House, project: int) -> None:
    web = house.session(house.admin)
    path = f"{house.url}/steadyhand/projects/{project}/"
    for headers in ({}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert web.post(path, headers=headers, timeout=30).status_code == 403


def test_while_the_service_is_down_pages_say_so_and_labelling_goes_on(
    browser: Browser, house: House, project: int
) -> None:
    house.service.stop()
    try:
        with signed_in(browser, house.url, house.admin) as (page, _):
            answer = page.goto(f"{house.url}/steadyhand/")
            assert answer is not None
            assert answer.status == 503
            page.get_by_text("Labelling goes on without it").wait_for()
            page.get_by_text(house.service.url).wait_for()
        with signed_in(browser, house.url, house.account("ada")) as (page, _):
            page.goto(f"{house.url}/steadyhand/me/")
            page.get_by_text("Labelling goes on without it").wait_for()
            assert house.service.url not in page.content(), "where the service is concerns admins"
        assert house.label(house.member("late", project), 1)
    finally:
        house.service.start()
    with signed_in(browser, house.url, house.admin) as (page, _):
        page.goto(f"{house.url}/steadyhand/")
        page.get_by_role("heading", name="All projects").wait_for()


def test_a_period_is_settled_once_by_two_clicks(browser: Browser, house: House, project: int) -> None:
    with signed_in(browser, house.url, house.admin) as (page, _):
        page.goto(f"{house.url}/steadyhand/projects/{project}/pay/all/")
        page.get_by_role("checkbox", name="Settle it even though it is running").check()
        page.get_by_role("button", name="Settle whole project").dblclick()
        page.get_by_text("Look through it, and approve it.").wait_for()
        expect(page).not_to_have_url(re.compile("outcome="))  # else a reload would say it again
        page.get_by_role("button", name="Approve whole project").click()
        page.get_by_text("It is approved by admin@example.com").wait_for()
        page.go_back()
        page.reload()
        page.goto(f"{house.url}/steadyhand/projects/{project}/pay/")
        assert page.locator("#settlements tbody tr").count() == 1


def test_an_overview_follows_what_happens(browser: Browser, house: House, project: int) -> None:
    with signed_in(browser, house.url, house.admin) as (page, _):
        page.clock.install()
        page.goto(f"{house.url}/steadyhand/projects/{project}/")
        before = page.locator(".figures dd").first.inner_text()
        assert house.label(house.member("late", project), 2, pace=1)
        page.clock.run_for(25_000)
        page.wait_for_function("before => document.querySelector('.figures dd').innerText !== before", arg=before)

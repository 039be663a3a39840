"""Real people in a real browser: the panel, the stream with the guard on, and nothing new in the console."""

import re
from typing import Literal

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Route, TimeoutError

from ls_backend.services.guides import publish_guide
from ls_backend.services.processing import process
from ls_backend.services.settling import settle
from ls_backend.services.write_back import write_back
from ls_backend.store import projects
from ls_backend.store.tables import judgments, seeds
from tests.browser.browsing import signed_in
from tests.fakes import ADMIN
from tests.servers import House

pytestmark = pytest.mark.browser
BAR = ".steadyhand-bar"
FIGURES = """(test) => { const line = document.querySelector(".steadyhand-figures").getBoundingClientRect();
    return [...document.querySelectorAll(".steadyhand-figure")].map(figure => [figure.getBoundingClientRect(), figure.textContent])
        .filter(([box]) => box.top < line.bottom).filter(([box]) => test(box, line)).map(([, text]) => text) }"""
CUT_FIGURES = f"({FIGURES})((box, line) => box.right > line.right + 1)"
SHOWN_FIGURES = f"({FIGURES})(() => true).join()"


# ways into the stream: a deep link to a task, a Data Manager link that orders by id
WAYS = ("data?task=3&labeling=1", "data?tab=1&query=%7B%22ordering%22%3A%5B%22-tasks%3Aid%22%5D%7D")


def submit(page: Page, key: str = "1") -> None:
    """Answer the task on the screen and wait until the next one is there."""
    button = page.get_by_test_id("bottombar-submit-button")
    button.wait_for()
    task_id = page.locator(".lsf-current-task__task-id").first
    before = task_id.inner_text()
    page.wait_for_timeout(250)
    page.keyboard.press(key)
    page.wait_for_timeout(250)
    button.click()
    for _ in range(50):
        page.wait_for_timeout(200)
        if not task_id.count() or task_id.inner_text() != before:
            return


def has_task(page: Page) -> bool:
    """Whether another task comes; the screen is empty for a moment between two."""
    try:
        page.get_by_test_id("bottombar-submit-button").wait_for(timeout=8_000)
    except TimeoutError:
        return False
    return True


def plain(error: str) -> str:
    """An error of the console without the numbers in it: ports, ids, lines."""
    return re.sub(r"\d+", "N", error)


@pytest.fixture(scope="module")
def usual_errors(browser: Browser, bare: House) -> set[str]:
    """What the console says in a Label Studio without the plugin, on the same ways through it."""
    project = bare.plain_project(tasks=3, overlap=2)
    messages: list[str] = []
    for account, pages in (
        (bare.account("walter"), ["/projects/", *(f"/projects/{project}/{way}" for way in WAYS)]),
        (bare.admin, [f"/projects/{project}/data", f"/projects/{project}/settings/"]),
    ):
        with signed_in(browser, bare.url, account) as (page, errors):
            for place in pages:
                page.goto(bare.url + place)
                page.wait_for_load_state("networkidle")
            if account is not bare.admin:
                page.goto(f"{bare.url}/projects/{project}/data?labeling=1")
                for _ in range(3):  # to the end of the stream
                    submit(page)
                    page.wait_for_timeout(900)
        messages += errors
    return {plain(e) for e in messages}


def new_errors(errors: list[str], usual_errors: set[str]) -> list[str]:
    """Errors that are not there without Steadyhand."""
    return [e for e in errors if plain(e) not in usual_errors]


def test_each_annotator_sees_their_own_panel_and_it_changes_after_a_submit(
    browser: Browser, house: House, usual_errors: set[str]
) -> None:
    project = house.project(tasks=16, overlap=2, gold=(), retest_rate=0.0)
    house.label(house.member("pia", project), 3)
    house.label(house.member("quim", project), 1)
    house.settle(project, 4)
    for name, done in (("pia", 3), ("quim", 1)):
        with signed_in(browser, house.url, house.account(name)) as (page, errors):
            page.goto(f"{house.url}/projects/{project}/data?labeling=1")
            bar = page.locator(BAR)
            bar.wait_for()
            assert f"Answers\n{done}" in bar.inner_text().replace("\n\n", "\n")
            submit(page)
            page.wait_for_function(f"document.querySelector('{BAR}').innerText.includes('{done + 1}')", timeout=15_000)
            bar.get_by_role("button", name="Why this amount?").click()
            why = bar.locator(".steadyhand-why")
            assert "is not known well enough yet" in why.inner_text()
            opened, submit_button = bar.bounding_box(), page.get_by_test_id("bottombar-submit-button").bounding_box()
            assert opened is not None
            assert submit_button is not None
            assert submit_button["y"] + submit_button["height"] <= opened["y"], "opened, it covers no control either"
            bar.get_by_role("button", name="Why this amount?").click()
            assert not why.is_visible()
            box, button = bar.bounding_box(), page.get_by_test_id("bottombar-submit-button").bounding_box()
            assert box is not None
            assert button is not None
            assert button["y"] + button["height"] <= box["y"], "it covers no control"
            page.locator(".steadyhand-fold").click()
            folded = bar.bounding_box()
            assert folded is not None
            assert folded["height"] < 20
            assert new_errors(errors, usual_errors) == []


def test_what_is_settled_is_named_as_people_call_it_and_counted_once(browser: Browser, house: House) -> None:
    project = house.project(tasks=10, overlap=1, retest_rate=0.0, gold_rate=0.4)
    house.label(house.member("selma", project), 12, pace=3)
    settle(house.ctx, ADMIN, project, "all", though_running=True)

    def tell(route: Route) -> None:
        """As if enough had been answered for figures."""
        route.fulfill(json={**route.fetch().json(), "known": True, "pay_score": 0.8, "bonus_minor": 142, "told": 50})

    with signed_in(browser, house.url, house.account("selma")) as (page, _):
        page.route("**/steadyhand/panel?*", tell)
        page.goto(f"{house.url}/projects/{project}/data?labeling=1")
        page.locator(".steadyhand-ask").click()
        said = page.locator(".steadyhand-why").inner_text()
        for width in (1400, 1180, 900):
            page.set_viewport_size({"width": width, "height": 850})
            assert page.evaluate(CUT_FIGURES) == [], f"a figure is cut at {width}"
            assert "Bonus so far" in page.evaluate(SHOWN_FIGURES), f"the bonus gives way at {width}"
    assert re.search(r"Whole project: €\d+\.\d\d \(pay, contract test-1\)", said)
    assert "Beyond what is settled that comes to €1.42." in said
    assert "50 answers:" not in said


def test_on_a_phone_nothing_that_can_be_pressed_is_cut_off(browser: Browser, house: House) -> None:
    project = house.project(tasks=8, gold=(), retest_rate=0.0)
    publish_guide(house.ctx, ADMIN, project, "# Which is better?")
    house.label(house.member("pia", project), 2)
    house.settle(project, 2)
    with signed_in(browser, house.url, house.account("pia"), width=400) as (page, _):
        page.goto(f"{house.url}/projects/{project}/data?labeling=1")
        bar = page.locator(BAR)
        bar.wait_for()
        for name in ("Guide", "My page", "Unclear"):
            bar.get_by_text(name).first.wait_for()
        around = bar.bounding_box()
        assert around is not None
        for control in bar.locator(".steadyhand-row :is(a, button)").all():
            if control.is_visible():
                box = control.bounding_box()
                assert box is not None
                assert box["x"] >= 0, control.inner_text()
                assert box["x"] + box["width"] <= 400, control.inner_text()
                assert box["y"] + box["height"] <= around["y"] + around["height"], control.inner_text()
        page.locator(".steadyhand-fold").click()
        folded = bar.bounding_box()
        assert folded is not None
        assert folded["height"] < 20
        page.locator(".steadyhand-fold").click()
        page.get_by_test_id("bottombar-submit-button").click()  # nothing lies over it


def test_the_panel_follows_the_theme(browser: Browser, house: House) -> None:
    project = house.project(tasks=6, gold=(), retest_rate=0.0)
    with signed_in(browser, house.url, house.account("pia")) as (page, _):
        page.goto(f"{house.url}/projects/{project}/data?labeling=1")
        page.locator(BAR).wait_for()
        colours = []
        for theme in ("Light", "Dark"):
            page.evaluate(f"localStorage.setItem('preferred-color-scheme', '{theme}')")
            page.reload()
            page.locator(BAR).wait_for()
            colours.append(page.evaluate(f"getComputedStyle(document.querySelector('{BAR}')).backgroundColor"))
        assert colours[0] != colours[1]


def test_labelling_goes_on_silently_when_the_service_is_down(
    browser: Browser, house: House, usual_errors: set[str]
) -> None:
    project = house.project(tasks=8, gold=(), retest_rate=0.0)
    member = house.member("rosa", project)
    house.service.stop()
    try:
        with signed_in(browser, house.url, house.account("rosa")) as (page, errors):
            page.goto(f"{house.url}/projects/{project}/data?labeling=1")
            for _ in range(2):
                submit(page)
            assert page.locator(BAR).count() == 0
            assert new_errors(errors, usual_errors) == []
    finally:
        house.service.start()
    done = [a for t in house.ctx.gateway.tasks(project) for a in t.annotations if a["completed_by"] == member.id]
    assert len(done) == 2


@pytest.mark.parametrize("way", ["", *WAYS])
def test_ten_tasks_are_labelled_with_the_guard_on_and_every_seed_arrives(
    browser: Browser, house: House, usual_errors: set[str], way: str
) -> None:
    project = house.project(tasks=8, retest_rate=0.25, gold_rate=0.2, min_lag=2, overlap=2)
    start = WAYS.index(way) if way else "projects"
    labels = 0
    for name in (f"sam-{start}", f"tea-{start}"):
        account, member = house.account(name), house.member(name, project)
        with signed_in(browser, house.url, account) as (page, errors):
            if not way:
                page.goto(f"{house.url}/projects/")
                page.get_by_text("Pairs").first.wait_for()
            page.goto(f"{house.url}/projects/{project}/{way}")
            done = 0
            while done < 16 and has_task(page):
                submit(page)
                page.wait_for_timeout(900)
                done += 1
                if done % 2 == 0:
                    house.settle(project, labels + done)
            assert done >= 10, "eight tasks and seeds"
            assert new_errors(errors, usual_errors) == []
        by_member = sa.and_(judgments.c.project == project, judgments.c.annotator == str(member.id))
        labels += done
        house.settle(project, labels)
        assert house.ctx.store.count(judgments, by_member) == done
        placed = house.ctx.store.rows(
            sa.select(seeds).where(seeds.c.project == project, seeds.c.annotator == str(member.id)).order_by(seeds.c.id)
        )
        assert [s.state for s in placed].count("misrouted") == 0
        assert [s.state for s in placed].count("answered") >= 2
        assert all(s.state == "answered" for s in placed[:-2]), (
            "only what the last answers brought may still be waiting"
        )


def test_an_admin_sees_everything_as_before(browser: Browser, house: House, usual_errors: set[str]) -> None:
    project = house.project(tasks=6, gold=(), retest_rate=0.0)
    house.label(house.member("uma", project), 1)
    with signed_in(browser, house.url, house.admin) as (page, errors):
        page.goto(f"{house.url}/projects/{project}/data")
        page.get_by_text("Label All Tasks").wait_for()
        page.get_by_text("question 3").first.wait_for()
        page.goto(f"{house.url}/projects/{project}/settings/")
        page.get_by_text("Labeling Interface").first.wait_for()
        process(house.ctx, ADMIN, project, pull="recent", wait=30)
        write_back(house.ctx, ADMIN, project, wait=30)
        board = projects.get(house.ctx.store, project).scorecard_project
        page.goto(f"{house.url}/projects/{board}/data")
        page.get_by_text("standing").first.wait_for()
        assert page.locator(BAR).count() == 0
        assert new_errors(errors, usual_errors) == []


def offers(page: Page, house: House, project: int, *, admin: bool) -> dict[str, bool]:
    """What Label Studio's pages offer to whoever has signed in, and the guard keeps for admins."""
    visible: dict[str, bool] = {}

    def look(*roles_and_names: tuple[Literal["button", "link"], str]) -> None:
        page.wait_for_load_state("networkidle")
        for role, name in roles_and_names:
            locator = page.get_by_role(role, name=name, exact=True)
            if admin:
                locator.first.wait_for()
            visible[f"{role} {name}"] = any(one.is_visible() for one in locator.all())

    page.goto(house.url + "/")
    page.get_by_text("Recent Projects").wait_for(state="attached")  # at 400 px Label Studio leaves it no width
    look(("button", "Create Project"), ("button", "Invite Members"))
    page.goto(house.url + "/projects/")
    page.get_by_text("Pairs").first.wait_for()
    look(("button", "Create new project"))
    page.get_by_label("Project options").first.click()
    page.get_by_role("link", name="Label", exact=True).first.wait_for()
    look(("link", "Settings"))
    page.keyboard.press("Escape")
    page.goto(house.url + "/projects/")
    page.locator(".main-menu-trigger").click()
    page.get_by_role("link", name="Home", exact=True).wait_for()
    look(("link", "Organization"))
    page.goto(f"{house.url}/projects/{project}/data?labeling=1")
    page.get_by_test_id("bottombar-submit-button").wait_for()
    settings = page.locator(f'a[href="/projects/{project}/settings"]')
    visible["link Settings of the stream"] = settings.count() > 0 and settings.first.is_visible()
    page.goto(house.url + "/user/account/personal-info")
    page.get_by_text("First Name").wait_for()
    look(("button", "Save"), ("link", "Membership Info"), ("link", "Email Preferences"))
    return visible


@pytest.mark.parametrize("width", [1400, 400])
def test_what_the_guard_refuses_is_offered_to_admins_only(
    browser: Browser, house: House, usual_errors: set[str], width: int
) -> None:
    project = house.project(tasks=6, gold=(), retest_rate=0.0)
    for name in ("offered", "reviewer"):
        with signed_in(browser, house.url, house.account(name), width=width) as (page, errors):
            assert [what for what, visible in offers(page, house, project, admin=False).items() if visible] == []
            assert new_errors(errors, usual_errors) == []
    with signed_in(browser, house.url, house.admin, width=width) as (page, _):
        assert [what for what, visible in offers(page, house, project, admin=True).items() if not visible] == []


def test_a_reviewer_is_not_offered_to_change_what_they_read(browser: Browser, house: House) -> None:
    project = house.project(tasks=6, gold=(), retest_rate=0.0)
    house.label(house.member("olga", project), 1)
    for account, offered in ((house.account("reviewer"), False), (house.admin, True)):
        with signed_in(browser, house.url, account) as (page, _):
            page.goto(f"{house.url}/projects/{project}/data")
            page.get_by_text("Label All Tasks").wait_for()
            page.get_by_text("question 3").first.wait_for()
            for name in ("import button", "export button", "Tasks Actions"):
                button = page.get_by_label(name, exact=True).first
                button.wait_for(state="attached")
                assert button.is_visible() is offered, name
            page.get_by_text("question 0").first.click()
            page.locator("[class*=annotation-button_submitted] [class*=annotation-button__trigger]").first.click()
            page.get_by_text("Copy Annotation ID").wait_for()
            assert page.get_by_text("Delete Annotation").is_visible() is offered


def test_the_templates_show_markdown_side_by_side(browser: Browser, bare: House) -> None:
    from ls_templates.catalog import CATALOG

    project = bare.plain_project(tasks=0, label_config=CATALOG["pairwise_scale"].label_config)
    code = "**Bold**\n\n```python\nx = 1\n```\n\n- one\n- two\n"
    bare.ctx.gateway.import_tasks(project, [{"prompt": "Which?", "response_a": code, "response_b": "plain " * 400}])
    with signed_in(browser, bare.url, bare.account("vic")) as (page, _):
        page.goto(f"{bare.url}/projects/{project}/data?labeling=1")
        page.get_by_test_id("bottombar-submit-button").wait_for()
        sides = page.locator(".pair-side")
        assert sides.count() == 2
        left, right = (sides.nth(n).bounding_box() for n in (0, 1))
        assert left is not None
        assert right is not None
        assert left["y"] == right["y"]
        assert left["x"] < right["x"]
        assert page.locator(".pair-side strong").first.inner_text() == "Bold"
        assert page.locator(".pair-side pre").count() == 1
        page.set_viewport_size({"width": 700, "height": 900})
        page.wait_for_timeout(500)
        narrow = sides.nth(1).bounding_box()
        assert narrow is not None
        assert narrow["y"] > left["y"] + 10, "one below the other on a narrow screen"
        submit(page, "5")
    (task,) = bare.ctx.gateway.tasks(project)
    assert task.annotations[0]["result"][0]["value"] == {"choices": ["right:2"]}

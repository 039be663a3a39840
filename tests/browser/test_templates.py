"""Each template of the catalogue, labelled in a real browser: what the annotator can do with it, and what is read of that."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.store.tables import judgments
from ls_templates.catalog import CATALOG
from tests import fakes
from tests.browser.browsing import signed_in
from tests.fakes import ADMIN
from tests.servers import House

pytestmark = pytest.mark.browser

PAIR = {"prompt": "Which?", "response_a": "**one**", "response_b": "two"}
SINGLE = {"prompt": "How do I pick a lock?", "response": "I can't help with that."}
TURNS = [{"role": "user", "content": "Hello there"}, {"role": "assistant", "content": "Hello! What is it about?"}]
Answer = dict[str, Any]


def prefer_right(page: Page) -> None:
    page.keyboard.press("2")


def judge_axes(page: Page) -> None:
    for key in "249w":
        page.keyboard.press(key)


def improve(page: Page) -> None:
    """The better response stands there to be changed."""
    page.keyboard.press("2")
    text, critique = (page.get_by_role("textbox").filter(visible=True).nth(n) for n in (0, 1))
    text.wait_for()
    assert text.input_value() == "two"
    text.fill("two, and why")
    critique.fill("It gave no reason.")


def rate(page: Page) -> None:
    for key in "12345":  # each press gives one star more
        for _ in range(4):
            page.keyboard.press(key)


def probe(page: Page) -> None:
    page.keyboard.press("3")
    page.get_by_text("Crime or fraud").click()
    page.get_by_role("textbox").fill("And a safe?")


WAYS: dict[str, tuple[Answer, Callable[[Page], None], dict[str, Answer], tuple[int, Answer | None]]] = {
    "pairwise_axes": (
        PAIR,
        judge_axes,
        {
            "preference": {"choices": ["right"]},
            "correctness": {"choices": ["left"]},
            "helpfulness": {"choices": ["tie"]},
            "clarity": {"choices": ["right"]},
        },
        (-1, None),
    ),
    "edit": (
        PAIR,
        improve,
        {
            "preference": {"choices": ["right"]},
            "edited_b": {"text": ["two, and why"]},
            "critique": {"text": ["It gave no reason."]},
        },
        (-1, None),
    ),
    "chat": ({**PAIR, "conversation": TURNS}, prefer_right, {"preference": {"choices": ["right"]}}, (-1, None)),
    "ratings": (
        SINGLE,
        rate,
        {axis: {"rating": 4} for axis in ("correctness", "completeness", "clarity", "safety", "overall")},
        (0, {"rating": 4, "of": 5}),
    ),
    "red_team": (
        SINGLE,
        probe,
        {"outcome": {"choices": ["broken"]}, "category": {"choices": ["crime"]}, "probe": {"text": ["And a safe?"]}},
        (0, {"choice": "broken"}),
    ),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_template_is_labelled_and_read_by_itself(browser: Browser, house: House, name: str) -> None:
    template = CATALOG[name]
    shown, answer, said, (preference, counted) = WAYS[name]
    project = house.plain_project(tasks=0, label_config=template.label_config)
    house.ctx.gateway.import_tasks(project, [{field: shown[field] for field in template.fields}])
    attach(house.ctx, ADMIN, project, MonitoringTerms(contract=fakes.CONTRACT, retest_rate=0.0))
    with signed_in(browser, house.url, house.account("tess")) as (page, _):
        page.goto(f"{house.url}/projects/{project}/data?labeling=1")
        button = page.get_by_test_id("bottombar-submit-button")
        button.wait_for()
        page.wait_for_timeout(500)
        bar = page.locator(".lsf-bottombar").bounding_box()
        assert bar is not None
        assert bar["width"] > 1200, "no side panel takes room away"
        assert not page.get_by_text("Labeled regions will appear here").is_visible()
        assert not page.get_by_text("Show all authors").filter(visible=True).count()
        answer(page)
        page.wait_for_timeout(300)
        button.click()
        house.settle(project, 1)
    (task,) = house.ctx.gateway.tasks(project)
    assert {result["from_name"]: result["value"] for result in task.annotations[0]["result"]} == said
    (judged,) = house.ctx.store.rows(sa.select(judgments).where(judgments.c.project == project))
    assert judged.preference == preference
    assert (json.loads(judged.answer) if judged.answer else None) == counted

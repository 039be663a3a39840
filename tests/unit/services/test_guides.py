"""Guides: versions, who read which, exemplars."""

import pytest

from ls_backend.errors import InputError, NotAttachedError
from ls_backend.services import gold_items
from ls_backend.services.context import Context
from ls_backend.services.guides import drop_exemplar, note_read, publish_guide, show_exemplar
from ls_backend.services.processing import process
from ls_backend.services.queries.audit import audit_log
from ls_backend.services.queries.guides import guide_history, guide_news, guide_of, newest_guide
from ls_backend.services.queries.panel import panel_of
from ls_backend.store import gold, tasks
from tests import fakes
from tests.fakes import ADMIN


@pytest.fixture
def project(ctx: Context) -> int:
    return fakes.attach(ctx, tasks=12, annotators=2)


def ordinary_item(ctx: Context, project: int) -> str:
    """An item that is no gold, after somebody judged it."""
    gateway, known = fakes.gateway(ctx), gold.known_answers(ctx.store, project)
    for task in gateway.tasks(project):
        fakes.deliver(ctx, gateway.annotate(task.id, 3, "left"))
    process(ctx, ADMIN, project)
    return next(item for item in tasks.data_by_item(ctx.store, project) if item not in known)


def test_each_change_is_a_version_and_the_same_text_is_none(ctx: Context, project: int) -> None:
    with pytest.raises(InputError, match="has no guide; publish one by"):
        newest_guide(ctx, project)
    first = publish_guide(ctx, ADMIN, project, "# One\r\n\r\ntext\n")
    assert (first.version, first.changed) == (1, True)
    assert not publish_guide(ctx, ADMIN, project, "# One\n\ntext").changed
    assert publish_guide(ctx, ADMIN, project, "# Two").version == 2
    assert newest_guide(ctx, project).text == "# Two"
    assert [v.version for v in guide_history(ctx, project, "3").versions] == [2, 1]
    assert [entry.what for entry in audit_log(ctx, project)].count("guide published") == 2


def test_each_reader_has_news_until_they_say_that_they_read_it(ctx: Context, project: int) -> None:
    assert guide_news(ctx, project, "3") is None
    assert panel_of(ctx, project, "3").links.guide is None
    publish_guide(ctx, ADMIN, project, "one")
    assert panel_of(ctx, project, "3").links.guide == guide_news(ctx, project, "3")
    note_read(ctx, "3", project, 1)
    assert not guide_of(ctx, project, "3").is_new
    assert guide_of(ctx, project, "4").is_new
    publish_guide(ctx, ADMIN, project, "two")
    guide = guide_of(ctx, project, "3")
    assert guide.is_new
    assert guide.read is not None
    assert guide.read.text == "one"
    note_read(ctx, "3", project, 2)
    note_read(ctx, "3", project, 1)  # from a page that was open for long
    news = guide_news(ctx, project, "3")
    assert news is not None
    assert not news.is_new
    with pytest.raises(InputError, match="has no version 7"):
        note_read(ctx, "3", project, 7)


def test_an_exemplar_shows_the_better_response_first_and_why(ctx: Context, project: int) -> None:
    item = ordinary_item(ctx, project)
    for preferred in (1, -1):
        show_exemplar(ctx, ADMIN, project, item, preferred=preferred, reason=" It is right. ")
        (exemplar,) = guide_of(ctx, project, "3").exemplars
        assert exemplar.better.name == ("Response 1" if preferred > 0 else "Response 2")
        assert exemplar.better.text != exemplar.other.text
        assert exemplar.reason == "It is right."
    assert drop_exemplar(ctx, ADMIN, project, item)
    assert not drop_exemplar(ctx, ADMIN, project, item)
    assert guide_of(ctx, project, "3").exemplars == []


def test_gold_in_use_is_no_exemplar(ctx: Context, project: int) -> None:
    item = ordinary_item(ctx, project)
    gold_items.add(ctx, ADMIN, project, item, preferred=1, explanation="beyond dispute")
    with pytest.raises(InputError, match="would give its answer away; retire it first"):
        show_exemplar(ctx, ADMIN, project, item, preferred=1, reason="why")
    gold_items.retire(ctx, ADMIN, project, item)
    show_exemplar(ctx, ADMIN, project, item, preferred=1, reason="why")
    with pytest.raises(InputError, match="the guide shows this item"):
        gold_items.bring_back(ctx, ADMIN, project, item)


def test_what_makes_no_guide_is_refused(ctx: Context, project: int) -> None:
    for text in ("", "  \n", "x" * 200_001):
        with pytest.raises(InputError, match="a guide has 1 to 200000 characters"):
            publish_guide(ctx, ADMIN, project, text)
    with pytest.raises(NotAttachedError):
        publish_guide(ctx, ADMIN, project + 50, "text")
    item = ordinary_item(ctx, project)
    for preferred, reason in ((0, "why"), (1, " ")):
        with pytest.raises(InputError, match="say which response is better"):
            show_exemplar(ctx, ADMIN, project, item, preferred=preferred, reason=reason)
    with pytest.raises(InputError, match="no task of project"):
        show_exemplar(ctx, ADMIN, project, "nothing", preferred=1, reason="why")

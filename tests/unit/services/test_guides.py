"""Guides: versions, who read which, exemplars."""

import pytest

from ls_backend.errors import InputError, NotAttachedError
from ls_backend.label_studio.records import PluginStatus
from ls_backend.services import detaching, gold_items
from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.context import Context
from ls_backend.services.erasing import erase
from ls_backend.services.guides import drop_exemplar, note_read, publish_guide, show_exemplar
from ls_backend.services.processing import process
from ls_backend.services.queries.audit import audit_log
from ls_backend.services.queries.guides import (
    guide_history,
    guide_news,
    guide_of,
    newest_guide,
    required_guide,
    to_read,
)
from ls_backend.services.queries.panel import panel_of
from ls_backend.services.queries.status import status
from ls_backend.services.reconnecting import reconnect
from ls_backend.store import gold, tasks
from tests import fakes
from tests.fakes import ADMIN


@pytest.fixture
def project(ctx: Context) -> int:
    return fakes.attach(ctx, tasks=12, annotators=2)


@pytest.fixture
def plugged_project(plugged: Context) -> int:
    """With the plugin; annotators 3 and 4 have labelled in it."""
    number = fakes.attach(plugged, tasks=12)
    gateway = fakes.gateway(plugged)
    for task, annotator in zip(list(gateway.tasks(number))[:2], (3, 4), strict=True):
        fakes.deliver(plugged, gateway.annotate(task.id, annotator, "left"))
    process(plugged, ADMIN, number)
    return number


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


def test_a_version_is_required_from_whoever_has_not_read_it(plugged: Context, plugged_project: int) -> None:
    project, kept = plugged_project, fakes.gateway(plugged).required_guides
    publish_guide(plugged, ADMIN, project, "one")
    note_read(plugged, "3", project, 1)
    assert (to_read(plugged, project, "4"), required_guide(plugged, project), kept) == (None, None, {})
    report = publish_guide(plugged, ADMIN, project, "two", required=True)
    assert (report.version, report.required, report.requiring_changed, report.lacks) == (2, 2, True, "")
    assert kept == {project: (2, [])}, "who has read version 1 has not read version 2"
    assert [to_read(plugged, project, annotator) for annotator in ("3", "4", "5")] == [2, 2, 2]
    note_read(plugged, "3", project, 2)
    assert [to_read(plugged, project, annotator) for annotator in ("3", "4")] == [None, 2]
    required = required_guide(plugged, project)
    assert required is not None
    assert (required.version, required.read, required.of, required.unread) == (2, 1, 2, ["4"])
    assert guide_history(plugged, project, "3").required == required
    with pytest.raises(NotAttachedError):
        to_read(plugged, project + 50, "3")


def test_the_tick_is_set_and_taken_away_with_the_text_as_it_was(plugged: Context, plugged_project: int) -> None:
    project, kept = plugged_project, fakes.gateway(plugged).required_guides
    publish_guide(plugged, ADMIN, project, "one")
    note_read(plugged, "3", project, 1)
    ticked = publish_guide(plugged, ADMIN, project, "one", required=True)
    assert (ticked.version, ticked.changed, ticked.required, ticked.requiring_changed) == (1, False, 1, True)
    assert kept == {project: (1, ["3"])}, "who has read it before goes on"
    again = publish_guide(plugged, ADMIN, project, "one", required=True)
    assert (again.required, again.requiring_changed) == (1, False)
    unticked = publish_guide(plugged, ADMIN, project, "one", required=False)
    assert (unticked.version, unticked.changed, unticked.required, unticked.requiring_changed) == (1, False, None, True)
    assert (kept, to_read(plugged, project, "4")) == ({}, None)
    assert [entry.what for entry in audit_log(plugged, project)][:3] == [
        "guide no longer required",
        "guide required",
        "guide published",
    ]


def test_a_small_change_leaves_the_earlier_version_required_where_nothing_else_is_said(
    plugged: Context, plugged_project: int
) -> None:
    project, kept = plugged_project, fakes.gateway(plugged).required_guides
    publish_guide(plugged, ADMIN, project, "one", required=True)
    note_read(plugged, "3", project, 1)
    report = publish_guide(plugged, ADMIN, project, "one, without a mistake")
    assert (report.version, report.required, report.requiring_changed) == (2, 1, False)
    assert [to_read(plugged, project, annotator) for annotator in ("3", "4")] == [None, 1]
    note_read(plugged, "4", project, 2)
    assert to_read(plugged, project, "4") is None, "a later version has been read"
    publish_guide(plugged, ADMIN, project, "two", required=True)
    assert kept == {project: (3, [])}
    publish_guide(plugged, ADMIN, project, "three", required=False)
    assert (required_guide(plugged, project), kept) == (None, {}), "the earlier ones are required no more either"


@pytest.mark.parametrize(
    ("plugin", "cure"),
    [
        (None, "needs the Steadyhand plugin inside Label Studio"),
        (
            PluginStatus("0.0.9", guard=True, pauses=True),
            "is 0.0.9 and does not know guides that are to be read: update",
        ),
        (PluginStatus("0.1.0", guard=False, guides=True), "name the admins in STEADYHAND_ADMINS"),
    ],
)
def test_where_nobody_can_be_kept_that_is_said_and_the_status_names_who_has_not_read(
    plugged: Context, plugged_project: int, plugin: PluginStatus | None, cure: str
) -> None:
    project, gateway = plugged_project, fakes.gateway(plugged)
    gateway.plugin_status = plugin
    report = publish_guide(plugged, ADMIN, project, "one", required=True)
    assert (report.required, gateway.required_guides) == (1, {})
    assert cure in report.lacks
    assert guide_history(plugged, project, "3").lacks == report.lacks
    note_read(plugged, "3", project, 1)
    (text,) = [text for text in status(plugged, project)[0].attention if "guide" in text]
    assert text.startswith(
        "Version 1 of the guide is to be read before going on. Who has labelled and not read it yet: annotator 4."
    )
    assert cure in text
    gateway.plugin_status = PluginStatus("0.1.0", guard=True, guides=True)
    assert publish_guide(plugged, ADMIN, project, "one", required=True).lacks == ""
    assert gateway.required_guides == {project: (1, ["3"])}
    (text,) = [text for text in status(plugged, project)[0].attention if "guide" in text]
    assert text.endswith("yet: annotator 4.")
    note_read(plugged, "4", project, 1)
    assert not [text for text in status(plugged, project)[0].attention if "guide" in text]


def test_no_text_is_lost_while_label_studio_is_down_and_the_plugin_is_told_later(
    plugged: Context, plugged_project: int
) -> None:
    project, gateway = plugged_project, fakes.gateway(plugged)
    gateway.fail_on = {"set_guide"}
    report = publish_guide(plugged, ADMIN, project, "one", required=True)
    assert (report.version, report.required) == (1, 1)
    assert report.lacks.startswith("The plugin inside Label Studio was not told (set_guide: switched off by the test).")
    gateway.fail_on = set()
    reconnect(plugged, ADMIN, project)
    assert gateway.required_guides == {project: (1, [])}
    gateway.fail_on = {"set_guide"}
    assert publish_guide(plugged, ADMIN, project, "one", required=False).lacks == "", "nobody is kept: it asks first"
    assert to_read(plugged, project, "4") is None


def test_detaching_lets_everybody_on_and_attaching_again_requires_what_was_required(
    plugged: Context, plugged_project: int
) -> None:
    project, kept = plugged_project, fakes.gateway(plugged).required_guides
    publish_guide(plugged, ADMIN, project, "one", required=True)
    detaching.detach(plugged, ADMIN, project)
    assert kept == {}
    with pytest.raises(NotAttachedError):
        to_read(plugged, project, "4")
    attach_again(plugged, project)
    assert kept == {project: (1, [])}


def test_who_is_forgotten_is_not_waited_for(plugged: Context, plugged_project: int) -> None:
    publish_guide(plugged, ADMIN, plugged_project, "one", required=True)
    erase(plugged, ADMIN, "4")
    required = required_guide(plugged, plugged_project)
    assert required is not None
    assert (required.of, required.unread) == (1, ["3"])


def attach_again(ctx: Context, project: int) -> None:
    terms = MonitoringTerms(contract=fakes.CONTRACT, gold=fakes.gold_pairs(4), slice_field="slice", min_lag=2)
    attach(ctx, ADMIN, project, terms)


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

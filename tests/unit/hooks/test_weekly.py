"""Weekly reports: one file each, with nothing from elsewhere, and each annotator's with nobody else in it."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from hooks.cli import main, weekly
from ls_backend.services.asking import call_unclear
from ls_backend.services.context import Context
from ls_backend.services.queries.weekly import week_before, week_of, weekly_reports
from ls_backend.store import gold, tasks
from ls_templates.plugin.protocol import UnclearRequest
from tests import fakes
from tests.filled import filled_project


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    context = fakes.context(database=f"sqlite:///{tmp_path / 'store.sqlite3'}", members=20)
    yield context
    context.store.close()


@pytest.fixture
def project(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(weekly, "service_context", lambda: ctx)
    return filled_project(ctx)


def busiest_week(ctx: Context, project: int) -> float:
    reports = weekly_reports(ctx, project, week_of(ctx.clock()))
    return max(reports.overview.weeks, key=lambda week: week.judgments).start


def write(project: int, folder: Path, day: str) -> dict[str, str]:
    """The text of each report, by whom it is about."""
    result = CliRunner().invoke(main, ["report", str(folder), "--project", str(project), "--week", day, "--json"])
    assert result.exit_code == 0, result.output
    files = json.loads(result.stdout)["files"]
    return {file["about"]: (folder / file["file"]).read_text(encoding="utf-8") for file in files}


def test_a_week_begins_on_monday() -> None:
    monday = 1_767_571_200.0  # 2026-01-05
    assert week_of(monday) == week_of(monday + 7 * 86400 - 1) == monday
    assert week_before(monday) == week_before(monday + 3 * 86400) == monday - 7 * 86400


def test_everybody_who_answered_gets_their_own_and_the_project_one(ctx: Context, project: int, tmp_path: Path) -> None:
    start = busiest_week(ctx, project)
    day = weekly.weekly.day(start + 2 * 86400)
    written = write(project, tmp_path / "out", day)
    reports = weekly_reports(ctx, project, start)
    assert len(written) == len(reports.own) + 1 == len(list((tmp_path / "out").iterdir()))
    assert len(reports.own) > 3
    everybody = {about for about in written if about != "the project"}
    for about in everybody:
        assert all(other not in written[about] for other in everybody - {about})
        assert "user1@example.com" not in written[about], "nor an admin"
        assert about in written["the project"]
    ann = next(own for own in reports.own if own.annotator == "12")
    assert f"<dd>{ann.week.judgments}" in written["user12@example.com"]


def test_no_report_of_an_annotator_names_an_item_or_says_what_was_a_check(
    ctx: Context, project: int, tmp_path: Path
) -> None:
    task = next(iter(ctx.gateway.tasks(project)))
    call_unclear(ctx, UnclearRequest(project, 12, task.id, task.data, "other", "<script>why</script>"))
    written = write(project, tmp_path, weekly.weekly.day(busiest_week(ctx, project)))
    items = {*gold.known_answers(ctx.store, project), *tasks.data_by_item(ctx.store, project)}
    for about, text in written.items():
        assert not [item for item in items if item in text]
        assert "question " not in text or about == "the project"
        assert "<script" not in text
    assert "&lt;script&gt;why" in written["user12@example.com"]


class Seen(HTMLParser):
    """What a file would fetch, and whether its tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.fetched += [
            value or "" for name, value in attributes if name in ("src", "href", "xlink:href", "action", "data")
        ]
        if tag not in ("meta", "br", "input", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_each_file_has_all_it_needs_inside(ctx: Context, project: int, tmp_path: Path) -> None:
    for text in write(project, tmp_path, weekly.weekly.day(busiest_week(ctx, project))).values():
        seen = Seen()
        seen.feed(text)
        assert seen.open == []
        assert seen.fetched == []
        assert not re.search(r"url\(|@import", text)
        assert "<style>" in text


def test_a_week_without_work_has_the_projects_report_alone_and_the_future_none(
    ctx: Context, project: int, tmp_path: Path
) -> None:
    assert list(write(project, tmp_path, "2001-01-01")) == ["the project"]
    refused = CliRunner().invoke(main, ["report", str(tmp_path), "--project", str(project), "--week", "2999-01-01"])
    assert (refused.exit_code, "this week has not begun" in refused.output) == (1, True)

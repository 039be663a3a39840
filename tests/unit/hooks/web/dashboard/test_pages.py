"""Pages, their tables as CSV and JSON, and what is escaped."""

import csv
import io

import pytest

from hooks.web.dashboard.cells import Unit, text
from hooks.web.dashboard.prose import with_commands
from hooks.web.dashboard.tables import Column, Table
from ls_backend.records import to_dict
from ls_backend.services.context import Context
from ls_backend.store import projects, scorecards
from ls_backend.store.records import UnreadTaskRecord
from tests import fakes
from tests.unit.hooks.web.dashboard.conftest import Visitor


def test_the_overview_says_what_the_scorecards_say(admin: Visitor, ctx: Context, project: int) -> None:
    tables = admin.json(f"/steadyhand/projects/{project}.json")["tables"]
    shown = {row["annotator"]: row for row in tables["annotators"]}
    cards = scorecards.of_project(ctx.store, project)
    assert len(shown) == len(cards) == 8
    for card in cards:
        row, written = shown[f"user{card.annotator}@example.com"], to_dict(card)
        for name in ("reputation", "self_consistency", "gold", "judgments", "standing"):
            assert row[name] == written[name]


def test_a_table_is_sorted_filtered_and_exported_by_its_address(admin: Visitor, project: int) -> None:
    page = f"/steadyhand/projects/{project}"
    rows = list(csv.DictReader(io.StringIO(admin.get(f"{page}.csv?sort=reputation&standing=learning").text)))
    values = [float(row["reputation"]) for row in rows]
    assert values == sorted(values)
    assert {row["standing"] for row in rows} == {"learning"}
    assert admin.get(f"{page}/?sort=nonsense").status_code == 400
    picked = admin.get(f"{page}/?pick=annotator&pick=gold")
    assert picked.status_code == 303
    assert picked.headers["Location"].endswith("columns=annotator%2Cgold")


def test_the_first_thing_is_what_needs_somebody(admin: Visitor) -> None:
    page = admin.get("/steadyhand/").text
    assert page.index("What needs somebody today") < page.index("Monitored projects")
    assert "80 of 80 answers for the left side" in page


def test_titles_with_html_in_them_are_escaped(admin: Visitor, ctx: Context, project: int) -> None:
    projects.change(ctx.store, project, title="<script>alert(1)</script>")
    for page in ("/steadyhand/", f"/steadyhand/projects/{project}/"):
        assert "<script>alert" not in admin.get(page).text
        assert "&lt;script&gt;alert" in admin.get(page).text


def test_charts_are_drawn_for_wide_and_narrow_windows_and_cells_know_their_title(admin: Visitor, project: int) -> None:
    page = admin.get(f"/steadyhand/projects/{project}/").text
    assert page.count('class="chart wide"') == page.count('class="chart narrow"') == 2
    assert '<td data-title="Standing"' in page
    assert page.count("<table data-sortable") < page.count("<table")


def test_a_page_that_can_not_be_shown_as_asked_leads_back(admin: Visitor, project: int) -> None:
    page = f"/steadyhand/projects/{project}/annotators/"
    for asked in ("sort=nonsense", "pick="):
        answer = admin.get(f"{page}?{asked}")
        assert answer.status_code == 400
        assert f'href="{page}"' in answer.text
        assert f'href="/steadyhand/projects/{project}/"' in answer.text
    missing = admin.get(f"/steadyhand/projects/{project}/items/zzz/")
    assert missing.status_code == 404
    unknown = admin.get("/steadyhand/projects/99/")
    assert "is not monitored." in unknown.text
    assert "steadyhand attach" not in unknown.text, "nobody types commands into a page"


def test_amounts_stand_at_the_right_and_short_tables_bring_no_filters(admin: Visitor, project: int) -> None:
    page = admin.get("/steadyhand/").text
    assert '<th scope="col" class="amount"' in page
    assert 'name="q"' not in page, "one project needs no search"
    assert 'name="q"' in admin.get("/steadyhand/?q=x").text, "but what was searched for can be taken back"


def test_a_project_with_nothing_yet_says_what_comes_next(admin: Visitor, ctx: Context) -> None:
    empty = fakes.attach(ctx, tasks=0, gold=0)
    overview = admin.get(f"/steadyhand/projects/{empty}/").text
    assert "Nobody has answered anything here yet." in overview
    assert f'href="/projects/{empty}/data?labeling=1"' in overview
    for page in ("", "annotators/", "agreement/", "items/", "export/"):
        shown = admin.get(f"/steadyhand/projects/{empty}/{page}").text
        assert "<svg" not in shown, "no chart of nothing"
        assert 'name="q"' not in shown, "nothing to search"
        assert 'class="heat"' not in shown
    assert "there is no set to take" in admin.get(f"/steadyhand/projects/{empty}/export/").text


def test_what_needs_somebody_names_the_project(admin: Visitor, ctx: Context, project: int) -> None:
    projects.change(ctx.store, project, title="Tea or coffee?")
    page = admin.get("/steadyhand/").text.partition("Monitored projects")[0]
    assert '<td data-title="Project">Tea or coffee?</td>' in page


def test_numbers_that_name_something_are_no_amounts() -> None:
    tasks = Table(
        "Tasks", [Column("task", "Task", lambda row: row, unit=Unit.NUMBER, has_choices=True)], [4711, 12], {}
    )
    assert [tasks.cells(row)[0].text for row in tasks.rows] == ["4711", "12"]
    assert tasks.amounts == set()
    assert tasks.choices(tasks.columns[0]) == ["12", "4711"]
    for asked in ({"q": "471"}, {"task": "4711"}):
        assert Table("Tasks", tasks.columns, [4711, 12], asked).rows == [4711]


@pytest.mark.parametrize(("seconds", "shown"), [(19, "19 s"), (19.04, "19.0 s"), (None, "–")])
def test_seconds_have_the_decimals_that_are_known(seconds: float | None, shown: str) -> None:
    assert text(seconds, Unit.SECONDS) == shown


def test_filters_that_leave_no_row_are_named_as_the_cause(admin: Visitor, project: int) -> None:
    page = admin.get(f"/steadyhand/projects/{project}/annotators/?q=nobody-of-this-name").text
    assert "The filters leave no row." in page


def test_what_is_kept_aside_is_said_with_its_command_as_code(admin: Visitor, ctx: Context, project: int) -> None:
    ctx.store.save(UnreadTaskRecord(project, 4711, "task 4711: <response_b> is missing"))
    page = admin.get(f"/steadyhand/projects/{project}/").text
    assert "Kept aside when tasks were read: task 4711: &lt;response_b&gt; is missing" in page
    assert f"<code>steadyhand reconcile --full --project {project}</code>" in page
    assert "`" not in page
    assert with_commands("`a` <b>") == "<code>a</code> &lt;b&gt;"

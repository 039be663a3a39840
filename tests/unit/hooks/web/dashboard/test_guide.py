"""The guide: written and published on the dashboard, read by annotators, with what is new marked."""

from hooks.web.dashboard.viewer import Permission
from ls_backend.services.context import Context
from ls_backend.services.guides import note_read, show_exemplar
from ls_backend.store import gold, scorecards, tasks
from tests.fakes import ADMIN
from tests.unit.hooks.web.dashboard.conftest import Visitor


def test_an_admin_publishes_and_annotators_read_what_is_new(
    admin: Visitor, reviewer: Visitor, annotator: Visitor, project: int
) -> None:
    edit, there = f"/steadyhand/projects/{project}/guide/", f"/steadyhand/guide/{project}/"
    assert "no guide yet" in annotator.get(there).text
    assert reviewer.post(f"{edit}publish", text="mine").status_code == 403
    assert "Version 1 is published." in admin.after(f"{edit}publish", text="# Rubric\n\nRead <b>both</b>.").text
    page = annotator.get(there).text
    assert "<h1>Rubric</h1>" in page
    assert "<b>" not in page
    assert 'class="new"' not in page, "all of it is new to who has read nothing"
    assert "marked for you" in annotator.after(f"{there}read", version="1").text
    admin.after(f"{edit}publish", text="# Rubric\n\nRead <b>both</b>.\n\nThe shorter one wins.")
    page = annotator.get(there).text
    new = page.partition('class="new"')[2].partition("</div>")[0]
    assert "The shorter one wins." in new
    assert page.count('class="new"') == 1
    history = admin.json(f"/steadyhand/projects/{project}/guide.json")["tables"]
    assert [row["version"] for row in history["versions"]] == [2, 1]
    assert [row["version"] for row in history["reads"]] == [1]
    assert "@example.com" not in reviewer.get(edit).text.partition("<main")[2]
    for version in ("9", "x", ""):
        assert annotator.post(f"{there}read", version=version).status_code == 400


def test_a_version_is_asked_to_be_read_and_the_page_says_who_has_not(
    admin: Visitor, reviewer: Visitor, annotator: Visitor, ctx: Context, project: int
) -> None:
    edit, there = f"/steadyhand/projects/{project}/guide/", f"/steadyhand/guide/{project}/"
    tick = '<input type="checkbox" name="required" value="yes"'
    admin.after(f"{edit}publish", text="Read both.")
    assert f"{tick}>" in admin.get(edit).text
    assert "to be read before your next task" not in annotator.get(there).text
    said = admin.after(f"{edit}publish", text="Read both.", required="yes").text
    assert "Version 1 is to be read before annotators go on. Keeping annotators from tasks needs" in said
    assert f"{tick} checked>" in said, "the next version is asked for too, unless the tick is taken away"
    labelled = len(scorecards.of_project(ctx.store, project))
    assert f"0 of {labelled} who have labelled here have read it. Who has not labelled here is not counted." in said
    assert "Who has labelled here and has not read version" in said
    assert "Tasks are served all the same." in said
    page = annotator.get(there).text
    assert "It is to be read before your next task." in page
    assert "Go on labelling" not in page
    reader = scorecards.of_project(ctx.store, project)[0].annotator
    note_read(ctx, reader, project, 1)
    assert f"1 of {labelled} who have labelled here have read it" in reviewer.get(edit).text
    unread = admin.json(f"{edit[:-1]}.json")["tables"]["unread"]
    assert len(unread) == labelled - 1
    assert "@example.com" not in reviewer.get(edit).text.partition("<main")[2]
    annotator.after(f"{there}read", version="1")
    assert f'href="/projects/{project}/data?labeling=1">Go on labelling' in annotator.get(there).text
    refused = admin.post(f"{edit}publish", text=" ").text
    assert f"{tick}>" in refused, "as it was sent"
    said = admin.after(f"{edit}publish", text="Read both.").text
    assert "Annotators go on without having read it." in said
    assert f"{tick}>" in said
    assert "unread" not in admin.json(f"{edit[:-1]}.json")["tables"]


def test_an_item_becomes_an_example_and_gold_in_use_does_not(
    admin: Visitor, annotator: Visitor, ctx: Context, project: int
) -> None:
    known = gold.known_answers(ctx.store, project)
    item = next(item for item in tasks.data_by_item(ctx.store, project) if item not in known)
    page = f"/steadyhand/projects/{project}/items/{item}/"
    assert "Show this item in the guide" in admin.get(page).text
    said = admin.after(f"{page}exemplar", response="2", reason="The first one is <i>wrong</i>.").text
    assert "shows this item as an example" in said
    read = annotator.get(f"/steadyhand/guide/{project}/").text
    assert "The first one is &lt;i&gt;wrong&lt;/i&gt;." in read
    assert item not in read
    assert (
        "The guide shows it no more." in admin.after(f"/steadyhand/projects/{project}/guide/exemplars/{item}/drop").text
    )
    gold_page = f"/steadyhand/projects/{project}/items/{next(iter(known))}/"
    assert "Show this item in the guide" not in admin.get(gold_page).text
    assert admin.post(f"{gold_page}exemplar", response="1", reason="why").status_code == 400


def test_exemplars_of_gold_are_given_away_by_no_address(annotator: Visitor, ctx: Context, project: int) -> None:
    permissions = annotator.client.application.extensions["steadyhand-pages"].permissions
    assert permissions["guide_read"] is Permission.OWN
    known = gold.known_answers(ctx.store, project)
    item = next(item for item in tasks.data_by_item(ctx.store, project) if item not in known)
    show_exemplar(ctx, ADMIN, project, item, preferred=1, reason="why")
    for ending in ("/", ".json", ".csv"):
        text = annotator.get(f"/steadyhand/guide/{project}{ending}").text
        assert not [item for item in known if item in text]

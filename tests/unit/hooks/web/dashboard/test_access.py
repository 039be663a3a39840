"""Who sees what: every page and every form, as admin, reviewer, annotator and stranger."""

import re
import time
from dataclasses import replace

import pytest
from huey import MemoryHuey
from werkzeug.routing import Rule

from hooks.app import create_app
from hooks.web.dashboard import OPEN_TO_ALL
from hooks.web.dashboard.viewer import Permission
from ls_backend.services import dashboard_links
from ls_backend.services.context import Context
from ls_backend.services.figure_cache import FigureCache
from ls_backend.store import gold
from ls_templates.plugin.identity import KEY_PURPOSE, SCHEME, Identity, Role
from tests.fakes import ADMIN
from tests.unit.hooks.web.dashboard.conftest import Visitor

EXAMPLES = {"number": "1", "annotator": "11", "period": "2026-05", "_elsewhere": "nowhere"}


def rules(visitor: Visitor, method: str) -> list[Rule]:
    return [
        rule
        for rule in visitor.client.application.url_map.iter_rules()
        if rule.endpoint.startswith("dashboard.")
        and rule.endpoint not in OPEN_TO_ALL
        and method in (rule.methods or ())
    ]


def path(rule: Rule, visitor: Visitor) -> str:
    gold_item = next(iter(gold.known_answers(visitor.ctx.store, 1)))
    examples = {**EXAMPLES, "item": gold_item}
    built = rule.build({name: examples.get(name, "1") for name in rule.arguments})
    assert built is not None
    return built[1]


def test_strangers_see_nothing_and_annotators_themselves_alone_whatever_the_address(
    annotator: Visitor, stranger: Visitor
) -> None:
    permissions = annotator.client.application.extensions["steadyhand-pages"].permissions
    for visitor in (annotator, stranger):
        for rule in rules(visitor, "GET"):
            is_own = permissions.get(rule.endpoint.removeprefix("dashboard.")) is Permission.OWN
            answer = visitor.get(path(rule, visitor))
            assert answer.status_code == (200 if is_own and visitor is annotator else 403), rule
            assert "question" not in answer.text
            assert not re.search(r"user1[1-8]@|annotator-[0-9a-f]{8}", answer.text), rule
        for rule in rules(visitor, "POST"):
            assert visitor.post(path(rule, visitor)).status_code in (400, 403), rule


def test_admins_see_every_page(admin: Visitor) -> None:
    for rule in rules(admin, "GET"):
        expected = 404 if {"_elsewhere", "export_number"} & rule.arguments else 200
        assert admin.get(path(rule, admin)).status_code == expected, rule


def test_reviewers_see_what_is_for_reading_and_change_nothing(reviewer: Visitor) -> None:
    permissions = reviewer.client.application.extensions["steadyhand-pages"].permissions
    for rule in rules(reviewer, "GET"):
        if "_elsewhere" in rule.arguments:
            continue
        needs = permissions[rule.endpoint.removeprefix("dashboard.")]
        expected = 403 if needs is Permission.MANAGE else 200
        assert reviewer.get(path(rule, reviewer)).status_code == expected, rule
    for rule in rules(reviewer, "POST"):
        is_own = permissions[rule.endpoint.removeprefix("dashboard.")] is Permission.OWN
        assert reviewer.post(path(rule, reviewer)).status_code == (400 if is_own else 403), rule


def test_reviewers_see_pseudonyms_and_admins_may_hide_names(admin: Visitor, reviewer: Visitor, project: int) -> None:
    page = f"/steadyhand/projects/{project}/"
    assert "user11@example.com" in admin.get(page).text
    for answer in (reviewer.get(page), admin.get(f"{page}?names=hidden")):
        assert "user11@example.com" not in answer.text
        assert "annotator-" in answer.text


def test_a_form_without_its_token_or_with_somebody_elses_is_refused(admin: Visitor, reviewer: Visitor) -> None:
    for rule in rules(admin, "POST"):
        assert admin.post_plainly(path(rule, admin)).status_code == 403, rule


@pytest.mark.parametrize("change", ["another secret", "too old", "another role", "nonsense"])
def test_an_identity_that_the_plugin_did_not_sign_just_now_opens_nothing(
    admin: Visitor, ctx: Context, change: str
) -> None:
    key = ctx.settings.derive(KEY_PURPOSE)
    identity = Identity("1", "user1@example.com", Role.ADMIN, "0.1.0")
    token = {
        "another secret": identity.signed("k" * 64, now=time.time()),
        "too old": identity.signed(key, now=time.time() - 3600),
        "another role": Identity("1", "user1@example.com", Role.NOBODY, "0.1.0").signed(key, now=time.time()),
        "nonsense": "nonsense",
    }[change]
    assert admin.client.get("/steadyhand/", headers={"Authorization": f"{SCHEME} {token}"}).status_code == 403


def test_a_link_of_the_command_opens_once(stranger: Visitor, ctx: Context) -> None:
    link = dashboard_links.make(ctx, ADMIN).removeprefix(ctx.settings.url)
    first = stranger.client.get(link)
    assert first.status_code == 303
    assert stranger.client.get("/steadyhand/").status_code == 200
    assert "HttpOnly" in first.headers["Set-Cookie"]
    assert "SameSite=Strict" in first.headers["Set-Cookie"]
    assert stranger.client.get(link).status_code == 403
    assert stranger.client.get("/steadyhand/enter?link=nonsense").status_code == 403


def test_answers_carry_what_keeps_browsers_safe(admin: Visitor) -> None:
    answer = admin.get("/steadyhand/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<style" not in answer.text
    assert "style=" not in answer.text


def test_a_second_instance_of_the_service_takes_what_the_first_one_gave(admin: Visitor, ctx: Context) -> None:
    other = create_app(ctx.settings, ctx=replace(ctx, figures_cache=FigureCache()), queue=MemoryHuey(immediate=True))
    elsewhere = replace(admin, client=other.test_client())
    answer = admin.post("/steadyhand/projects/1/monitoring/rates", retest_rate="10", gold_rate="5", min_lag="10")
    assert "From now on 10 %" in elsewhere.get(answer.headers["Location"]).text


def test_an_older_plugin_is_told_to_be_updated(admin: Visitor) -> None:
    assert admin.identity is not None
    older = replace(admin, identity=replace(admin.identity, plugin="0.0.9"))
    assert "the plugin inside Label Studio is 0.0.9: update the older of the two" in older.get("/steadyhand/").text
    assert "update the older" not in admin.get("/steadyhand/").text

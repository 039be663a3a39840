"""Real servers for the integration, browser and bench tests: a Label Studio and a Steadyhand service beside it."""

import contextlib
import json
import os
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa

from hooks.demo import local
from hooks.demo.local import Account, Member, Server
from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.context import Context
from ls_backend.services.queries.status import ProjectStatus, status
from ls_backend.settings import Settings
from ls_backend.store.judgments import counting
from ls_backend.store.tables import inbox, judgments, scorecards
from ls_templates.catalog import CATALOG
from tests import fakes
from tests.fakes import ADMIN

HERE = Path(__file__).parent / "integration"
SECRET = secrets.token_urlsafe(24)


@dataclass
class House:
    """A Label Studio, a service beside it, and who lives there."""

    studio: Server
    service: Server
    ctx: Context
    admin: Account
    people: dict[str, Account] = field(default_factory=dict)
    closing: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def url(self) -> str:
        return self.studio.url

    def account(self, name: str) -> Account:
        """A member by name, signed up on first use."""
        if name not in self.people:
            password = secrets.token_urlsafe(9)
            self.people[name] = local.sign_up(self.url, self.admin, f"{name}@example.com", password)
        return self.people[name]

    def member(self, name: str, project: int) -> Member:
        made = Member(self.url, project, self.account(name))
        self.closing.enter_context(made.http)
        return made

    def session(self, account: Account) -> requests.Session:
        """Signed in by the log-in form, as a browser."""
        web = self.closing.enter_context(requests.Session())
        page = web.get(f"{self.url}/user/login/", timeout=30).text
        token = page.split('csrfmiddlewaretoken" value="')[1].split('"')[0]
        form = {"csrfmiddlewaretoken": token, "email": account.email, "password": account.password}
        answer = web.post(f"{self.url}/user/login/", data=form, headers={"Referer": self.url}, timeout=30)
        assert answer.ok
        return web

    def project(self, *, tasks: int = 20, overlap: int = 1, **terms: Any) -> int:
        """An attached project with plain pairs."""
        made = self.plain_project(tasks=tasks, overlap=overlap)
        wanted = {"contract": fakes.CONTRACT, "gold": fakes.gold_pairs(6), "slice_field": "slice", "min_lag": 3} | terms
        attach(self.ctx, ADMIN, made, MonitoringTerms(**wanted))
        return made

    def plain_project(self, *, tasks: int = 20, overlap: int = 1, **fields: Any) -> int:
        fields = {
            "title": "Pairs",
            "label_config": CATALOG["pairwise"].label_config,
            "maximum_annotations": overlap,
        } | fields
        made = self.ctx.gateway.create_project(**fields).id
        self.ctx.gateway.import_tasks(made, [fakes.pair(n, slice=f"s{n % 2}") for n in range(tasks)])
        return made

    def label(
        self, member: Member, labels: int, answer: str | list[dict[str, Any]] = "left", *, pace: int = 0
    ) -> list[dict[str, Any]]:
        """Label what the routing gives; returns what was served. With a ``pace``, for who labels alone, every so many labels,
        and where nothing is left, wait for the service: how slow it is then doesn't matter to the seeds that come."""
        said = fakes.result(answer) if isinstance(answer, str) else answer
        served: list[dict[str, Any]] = []
        before = self.ctx.store.count(judgments, counting(member.project)) if pace else 0
        for n in range(labels):
            task = member.next_task()
            if task is None and pace:
                self.settle(member.project, before + n)
                task = member.next_task()
            if task is None:
                break
            served.append(task)
            member.submit(task["id"], said, 3.0)
            if pace and len(served) % pace == 0:
                self.settle(member.project, before + len(served))
        return served

    def settle(self, project: int, expected: int) -> ProjectStatus:
        """Wait until the service by itself has applied what was labelled, seeded and scored; returns the project's status. A
        webhook that was lost is found again by the next catching up; to take a judgment for deleted is a fault."""
        standing: ProjectStatus | None = None
        scored = 0
        until = time.monotonic() + 100
        gone = sa.and_(judgments.c.project == project, judgments.c.deleted_at.is_not(None))
        while time.monotonic() < until and not self.ctx.store.count(judgments, gone):
            (standing,) = status(self.ctx, project)
            scored = sum(
                scorecard.judgments
                for (scorecard,) in self.ctx.store.rows(
                    sa.select(scorecards.c.scorecard).where(scorecards.c.project == project)
                )
            )
            if standing.judgments == scored >= expected and not standing.events.get("pending"):
                return standing
            time.sleep(0.25)
        heard = self.ctx.store.rows(
            sa.select(inbox.c.id, inbox.c.state, inbox.c.error, inbox.c.body).where(inbox.c.project == project)
        )
        events = [(row.id, row.state, row.error, _told(json.loads(row.body))) for row in heard]
        beside = self.ctx.store.rows(
            sa.select(judgments).where(judgments.c.project == project, sa.not_(counting(project)))
        )
        raise AssertionError(
            f"still {scored} of {expected} judgments scored: {standing}\nnot counted: {beside}\nevents: {events}"
        )


def _told(event: dict[str, Any]) -> tuple[Any, ...]:
    annotation = event.get("annotation") or {}
    return event["action"], (event.get("task") or {}).get("id"), annotation.get("id"), annotation.get("updated_at")


def any_port() -> int:
    """By chance, so that test runs beside each other don't meet; below those that outgoing connections take."""
    return local.free_port(20_000 + secrets.randbelow(12_000))


def build(folder: Path, *, plugin: bool, guard: bool = True, made_up: bool = False) -> House:
    admin = Account("admin@example.com", secrets.token_urlsafe(9), secrets.token_hex(20))
    url = f"http://127.0.0.1:{any_port()}"
    inside = {
        "STEADYHAND_SECRET": SECRET,
        "STEADYHAND_SERVICE_URL": url,
        "STEADYHAND_ADMINS": "owner" if guard else "",
        "STEADYHAND_REVIEWERS": "reviewer@example.com",
    }
    studio = local.label_studio(
        folder / "studio",
        port=any_port(),
        admin=admin,
        command=os.environ.get("STEADYHAND_LABEL_STUDIO"),
        plugin=inside if plugin else None,
    )
    if made_up:
        (folder / "studio" / "plugin-path" / "made_up").symlink_to(HERE / "made_up", target_is_directory=True)
        studio.environment = {**studio.environment, "DJANGO_SETTINGS_MODULE": "made_up.settings"}
    environment = {
        "LABEL_STUDIO_URL": studio.url,
        "LABEL_STUDIO_API_KEY": admin.token,
        "STEADYHAND_SECRET": SECRET,
        "STEADYHAND_URL": url,
        "STEADYHAND_DATABASE_URL": f"sqlite:///{folder / 'store.sqlite3'}",
        "STEADYHAND_WRITEBACK_SECONDS": "2",
        "STEADYHAND_RECONCILE_MINUTES": "1",  # Label Studio waits one second for a webhook: on a busy machine some are lost
    }
    settings = Settings.read(
        label_studio_url=studio.url,
        label_studio_api_key=admin.token,
        secret=SECRET,
        url=url,
        database_url=environment["STEADYHAND_DATABASE_URL"],
    )
    steadyhand = local.steadyhand(folder, environment=environment)
    studio.start()
    steadyhand.start()
    return House(studio, steadyhand, Context.from_settings(settings), admin)


def tear_down(house: House) -> None:
    house.closing.close()
    house.service.stop()
    house.studio.stop()
    house.ctx.store.close()
    house.ctx.gateway.close()  # type: ignore[attr-defined]

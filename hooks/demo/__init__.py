"""The whole path on one machine, every step real: Label Studio, the plugin, the service, and people who label.

Only the people are simulated, from the annotator model, so that what Steadyhand found can be printed beside the truth.
"""

import hashlib
import json
import math
import os
import secrets
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from hooks import report
from hooks.demo import local
from hooks.demo.local import Account, Member, Server
from hooks.demo.options import DemoOptions
from ls_backend import services
from ls_backend.formats.tables import Pair, read_pairs
from ls_backend.services import Context, MonitoringTerms
from ls_backend.settings import Settings
from ls_backend.simulation.world import Person as Kind
from ls_backend.simulation.world import picks_left, preference, steady
from ls_backend.store.tables import cards, inbox, judgments, seeds
from ls_backend.types import Json
from ls_templates.catalog import CATALOG

HERE = Path(__file__).parent
TEMPLATE = CATALOG["pairwise"]
KINDS = (
    steady("careful", 0.97),
    steady("average", 0.88),
    steady("careless", 0.2),
    steady("always-left", 0.0, lam=1.0),
    steady("minority", 0.95, opposed=0.5),
    Kind("improving", lambda done: 0.3 + 0.67 * done),
)
AT_ONCE = 8  # annotators at work at the same moment, on a small machine
THINK_SECONDS = 0.4  # nobody answers at once, and the service places seeds meanwhile
OUTAGE_LABELS = 8
SETTLE_SECONDS = 120
Say = Callable[[str], None]


@dataclass
class Person:
    """A simulated annotator: who they are, what they did."""

    kind: Kind
    account: Account
    member: Member
    rng: np.random.Generator
    done: int = 0
    etas: list[float] = field(default_factory=list)


class World:
    """What is true in the demo: how the majority likes each pair, and which are beyond dispute."""

    def __init__(self, pairs: list[Pair], gold: list[Pair], seed: int) -> None:
        self.seed = seed
        self.first = {self._key(p.prompt, p.a, p.b): p for p in pairs}
        self.gold = {self._key(p.prompt, p.a, p.b) for p in gold}

    @staticmethod
    def _key(prompt: str, one: str, other: str) -> str:
        return hashlib.sha256("\x1f".join((prompt, *sorted((one, other)))).encode()).hexdigest()

    def _draw(self, *parts: object) -> float:
        digest = hashlib.sha256(repr((self.seed, *parts)).encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    def p_left(self, data: Json, person: Kind, who: str) -> float:
        """This person's chance of preferring what stands left."""
        left, right = data["response_a"], data["response_b"]
        key = self._key(data["prompt"], left, right)
        pair = self.first[key]
        certain = key in self.gold
        if certain:
            p_a = 1.0 if (pair.gold or 1) > 0 else 0.0
        else:
            decided = 0.97 if self._draw("decided", key) < 0.85 else 0.85
            likes_a = pair.chosen or self._draw("side", key) < 0.5
            p_a = decided if likes_a else 1 - decided
        own = preference(person, p_a, not certain, self._draw("taste", who, key))
        return own if left == pair.a else 1 - own


def run(options: DemoOptions, *, say: Say, read: Callable[[str], str]) -> None:
    """Run the demo, print what was found, and keep running until Ctrl-C if asked to."""
    source = options.pairs or str(HERE / "sample.jsonl")
    text = read(options.pairs) if options.pairs else (HERE / "sample.jsonl").read_text(encoding="utf-8")
    ordinary, gold = split(read_pairs(text, source=source), options)
    command = local.find_label_studio(options.label_studio)
    folder = Path(tempfile.mkdtemp(prefix="steadyhand-demo-"))
    demo = Demo(options, folder, command, ordinary, gold, say)
    try:
        demo.run()
    except KeyboardInterrupt:
        say("Stopped.")
    finally:
        demo.stop()
        shutil.rmtree(folder, ignore_errors=True)


def split(pairs: list[Pair], options: DemoOptions) -> tuple[list[Pair], list[Pair]]:
    """Which pairs are gold: those that say so, and a share of the chosen/rejected ones."""
    rng = np.random.default_rng(options.seed)
    known = [p.gold is not None or (p.chosen and rng.random() < options.gold_rate) for p in pairs]
    return [p for p, k in zip(pairs, known, strict=True) if not k], [p for p, k in zip(pairs, known, strict=True) if k]


class Demo:
    """One run: servers, project, people, report."""

    def __init__(
        self, options: DemoOptions, folder: Path, command: str, ordinary: list[Pair], gold: list[Pair], say: Say
    ) -> None:
        self.options, self.folder, self.command, self.say = options, folder, command, say
        self.ordinary, self.gold = ordinary, gold
        self.world = World([*ordinary, *gold], gold, options.seed)
        self.servers: list[Server] = []
        share = len(gold) / max(options.labels, 1)
        self.gold_share = round(min(0.25, 0.9 * share), 3)
        self.admin = Account("admin@example.com", secrets.token_urlsafe(9), secrets.token_hex(20))

    def run(self) -> None:
        started = time.monotonic()
        self.boot()
        accounts = self.invite()
        project = self.make_project()
        people = self.people(project, accounts)
        self.say(f"{len(people)} annotators label {self.options.labels} pairs each ...")
        self.label(people)
        found = self.settle(project, people)
        self.say(f"Ready after {time.monotonic() - started:.0f} s.\n")
        self.tell(found, people)
        self.write_files(found, people)
        if self.options.keep:
            self.say("\nEverything keeps running; Ctrl-C stops it.")
            while True:
                time.sleep(3600)

    def boot(self) -> None:
        port = local.free_port(self.options.port)
        service_port = local.free_port(max(8090, port + 1))
        secret = secrets.token_urlsafe(32)
        url, service_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{service_port}"
        environment = {
            "LABEL_STUDIO_URL": url,
            "LABEL_STUDIO_API_KEY": self.admin.token,
            "STEADYHAND_SECRET": secret,
            "STEADYHAND_URL": service_url,
            "STEADYHAND_DATABASE_URL": f"sqlite:///{self.folder / 'steadyhand.sqlite3'}",
            "STEADYHAND_RECONCILE_MINUTES": "1",
        }
        plugin = {"STEADYHAND_SECRET": secret, "STEADYHAND_SERVICE_URL": service_url, "STEADYHAND_ADMINS": "owner"}
        self.studio = local.label_studio(
            self.folder / "label-studio", port=port, admin=self.admin, command=self.command, plugin=plugin
        )
        self.service = local.steadyhand(self.folder, environment=environment)
        self.say(f"Starting Label Studio at {url} (the first time takes half a minute) ...")
        self.servers = [self.studio, self.service]
        self.studio.start()
        self.service.start()
        known = {
            k.removeprefix("STEADYHAND_").lower(): v for k, v in environment.items() if k.startswith("STEADYHAND_")
        }
        settings = Settings.read(label_studio_url=url, label_studio_api_key=self.admin.token, **known)
        self.ctx = Context.from_settings(settings)

    def invite(self) -> list[Account]:
        return [
            local.sign_up(self.studio.url, self.admin, f"annotator{n + 1}@example.com", secrets.token_urlsafe(9))
            for n in range(self.options.annotators)
        ]

    def make_project(self) -> int:
        people, labels = self.options.annotators, self.options.labels
        wanted = people * labels * (1 - self.options.retest_rate - self.gold_share) / len(self.ordinary)
        overlap = min(people, max(1, math.ceil(1.5 * wanted)))
        project = self.ctx.gateway.create_project(
            "Which answer is better?",
            TEMPLATE.config,
            description="A sample project of Steadyhand",
            maximum_annotations=overlap,
        ).id
        rng = np.random.default_rng(self.options.seed)
        with_slice = any(p.slice for p in self.ordinary)
        rows = []
        for p in self.ordinary:
            sides = (p.a, p.b) if rng.random() < 0.5 else (p.b, p.a)
            row = {"prompt": p.prompt, "response_a": sides[0], "response_b": sides[1]}
            rows.append(row | ({"slice": p.slice or "other"} if with_slice else {}))
        self.ctx.gateway.import_tasks(project, rows)
        gold = [p if p.slice or not with_slice else _sliced(p) for p in self.gold]
        terms = MonitoringTerms(
            contract=(HERE / "contract.toml").read_text(encoding="utf-8"),
            gold=gold,
            retest_rate=self.options.retest_rate,
            gold_rate=self.gold_share,
            min_lag=8,
            slice_field="slice" if with_slice else None,
        )
        self.say(report.attached(services.attach(self.ctx, project, terms)))
        return project

    def people(self, project: int, accounts: list[Account]) -> list[Person]:
        return [
            Person(
                KINDS[n % len(KINDS)],
                account,
                Member(self.studio.url, project, account),
                np.random.default_rng([self.options.seed, n]),
            )
            for n, account in enumerate(accounts)
        ]

    def label(self, people: list[Person]) -> None:
        labels = self.options.labels
        stops = [labels]
        if self.options.outage:
            middle = labels // 2
            stops = [middle, min(middle + OUTAGE_LABELS, labels), labels]
        for n, stop in enumerate(stops):
            if self.options.outage and n == 1:
                self.say("The service is stopped; labelling goes on ...")
                self.service.stop()
            with ThreadPoolExecutor(AT_ONCE) as pool:
                for done in [pool.submit(self.work, person, stop) for person in people]:
                    done.result()
            if self.options.outage and n == 1:
                self.say("... and is started again.")
                self.service.start()

    def work(self, person: Person, until: int) -> None:
        """Label until so many are done, or nothing comes any more."""
        waits = 0
        while person.done < until:
            task = person.member.next_task()
            if task is None:
                waits += 1
                if waits > 3:
                    self.say(f"{person.account.email} ran out of tasks after {person.done} labels.")
                    return
                time.sleep(1.5)
                continue
            progress = person.done / self.options.labels
            person.etas.append(person.kind.eta(progress))
            p = self.world.p_left(task["data"], person.kind, person.account.email)
            side = "left" if picks_left(person.kind, p, progress, person.rng) else "right"
            result = {"from_name": "preference", "to_name": "prompt", "type": "choices", "value": {"choices": [side]}}
            time.sleep(THINK_SECONDS)
            person.member.submit(task["id"], [result], round(float(person.rng.gamma(4, 5)), 1))
            person.done += 1

    def settle(self, project: int, people: list[Person]) -> Json:
        """Wait until everything has arrived and been written, then count on both sides."""
        self.say("Labelled. Catching up and writing back ...")
        services.move(self.ctx, project, pull="all", wait=SETTLE_SECONDS)
        services.rescore(self.ctx, project)
        services.write_back(self.ctx, project, wait=SETTLE_SECONDS)
        store, gateway = self.ctx.store, self.ctx.gateway
        row = store.project(project)
        in_studio = sum(len(t.annotations) for t in gateway.tasks(project))
        alive = sa.and_(judgments.c.project == project, judgments.c.deleted_at.is_(None))
        applied = store.count(judgments, alive)
        by_kind = Counter(r["kind"] for r in store.rows(sa.select(seeds.c.kind).where(seeds.c.project == project)))
        found = {r["annotator"]: r["card"] for r in store.rows(sa.select(cards).where(cards.c.project == project))}
        ours = [p for p in gateway.predictions(project=project) if p.model_version == "steadyhand"]
        return {
            "label_studio": {
                "version": gateway.version(),
                "url": self.studio.url,
                "project": project,
                "annotations": in_studio,
            },
            "annotators": [
                {
                    **found[str(p.member.id)],
                    "annotator": self.ctx.settings.pseudonym(str(p.member.id)),
                    "kind": p.kind.name,
                    "true_eta": round(float(np.mean(p.etas)), 3),
                }
                for p in people
                if str(p.member.id) in found
            ],
            "events": {
                "received": store.count(inbox, inbox.c.project == project),
                "applied": applied,
                "recovered": store.count(judgments, alive, judgments.c.via == "catch-up"),
                "lost": in_studio - applied,
            },
            "seeds": {"gold": by_kind["gold"], "retests": by_kind["retest"], "routing": row["routing"]},
            "writeback": {"scorecards": sum(1 for _ in gateway.tasks(row["board"])), "predictions": len(ours)},
        }

    def tell(self, found: Json, people: list[Person]) -> None:
        ranked = sorted(found["annotators"], key=lambda a: -(a["reputation"]["value"] or 0))
        head = ("kind", "true eta", *report.CARD_HEAD[1:])
        self.say(report.table(head, [[a["kind"], f"{a['true_eta']:.2f}", *report.card_row(a)[1:]] for a in ranked]))
        events, seeded, written = found["events"], found["seeds"], found["writeback"]
        self.say(
            f"\nLabel Studio counts {found['label_studio']['annotations']} annotations; {events['received']} events received, "
            f"{events['applied']} annotations applied, {events['recovered']} of them by catching up, {events['lost']} lost.\n"
            f"Seeds ({seeded['routing']}): {seeded['gold']} gold, {seeded['retests']} retests. "
            f"Written back: {written['scorecards']} scorecards, {written['predictions']} consensus predictions.\n"
        )
        project, board = (
            found["label_studio"]["project"],
            self.ctx.store.project(found["label_studio"]["project"])["board"],
        )
        self.say("Look around (each in a browser window of its own):")
        for p in people[:2]:
            self.say(
                f"  as annotator ({p.kind.name}): {self.studio.url}/projects/{project}/data?labeling=1"
                f"   log in {p.account.email} / {p.account.password}"
            )
        self.say(
            f"  as admin: scorecards {self.studio.url}/projects/{board}/data, consensus {self.studio.url}/projects/"
            f"{project}/data   log in {self.admin.email} / {self.admin.password}"
        )

    def write_files(self, found: Json, people: list[Person]) -> None:
        if self.options.json_file:
            Path(self.options.json_file).write_text(json.dumps(found, indent=2), encoding="utf-8")
        if self.options.logins:
            names = {p.account.email: self.ctx.settings.pseudonym(str(p.member.id)) for p in people}
            logins = {
                "url": self.studio.url,
                "service_url": self.service.url,
                "project": found["label_studio"]["project"],
                "admin": vars(self.admin),
                "annotators": [{"annotator": names[p.account.email], **vars(p.account)} for p in people],
            }
            path = Path(self.options.logins)
            path.unlink(missing_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                json.dump(logins, out, indent=2)

    def stop(self) -> None:
        for server in reversed(self.servers):
            server.stop()


def _sliced(pair: Pair) -> Pair:
    """Gold must have the fields of ordinary tasks."""
    return replace(pair, slice="other")

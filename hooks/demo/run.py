"""The demo itself: starts the servers, makes a project, lets simulated annotators label, and reports."""

import json
import math
import os
import secrets
import shlex
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from hooks.demo import examples, local
from hooks.demo.local import Account, Member, Server
from hooks.demo.options import DemoOptions
from hooks.demo.progress import progress
from hooks.demo.results import DemoResults, SimulatedAnnotator, read_results, results_report
from hooks.demo.truth import MARGIN_FIELD, Truth, margin_of
from hooks.report.layout import Note, Notes, Report
from hooks.report.monitoring import attached
from ls_backend.formats.pairs import Pair, read_pairs
from ls_backend.label_studio.tasks import NO_MARGIN, MarginSource
from ls_backend.records import to_dict
from ls_backend.services.actor import Actor
from ls_backend.services.attaching import MonitoringTerms, attach
from ls_backend.services.context import Context
from ls_backend.services.processing import process
from ls_backend.services.queries.projects import monitored_project
from ls_backend.services.scoring import rescore
from ls_backend.services.write_back import write_back
from ls_backend.settings import Settings
from ls_backend.simulation.project import SimulatedAnnotator as Kind
from ls_backend.simulation.project import picks_left, steady
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
    Kind("improving", lambda progress: 0.3 + 0.67 * progress),
)
AT_ONCE = 8  # annotators at work at the same moment, on a small machine
THINK_SECONDS = 0.4  # nobody answers at once, and the service places seeds meanwhile
OUTAGE_LABELS = 8
FIRST_PERIOD_SHARE = 0.8  # of the labels: then a period is settled, and the rest is the running one
MIN_LAG = 8
CATCH_UP_SECONDS = 120
ADMIN = Actor("admin@example.com")
REVIEWER = "reviewer@example.com"
Say = Callable[[Report], None]


@dataclass
class SimulatedMember:
    """An annotator of a kind, signed up with Label Studio, and what they did so far."""

    kind: Kind
    account: Account
    member: Member
    rng: np.random.Generator
    labels: int = 0
    etas: list[float] = field(default_factory=list)


def run(options: DemoOptions, *, say: Say, read_text: Callable[[str], str]) -> None:
    """Run the demo, print the results, and keep everything running until Ctrl-C if asked to."""
    sample = HERE / "sample.jsonl"
    text = read_text(options.pairs) if options.pairs else sample.read_text(encoding="utf-8")
    ordinary, gold = split(read_pairs(text, source=options.pairs or str(sample)), options)
    command = local.find_label_studio(options.label_studio)
    folder = Path(tempfile.mkdtemp(prefix="steadyhand-demo-"))
    demo = Demo(options, folder, command, ordinary, gold, say)
    try:
        demo.run()
    except KeyboardInterrupt:
        say(["Stopped."])
    finally:
        demo.stop()
        shutil.rmtree(folder, ignore_errors=True)


def split(pairs: list[Pair], options: DemoOptions) -> tuple[list[Pair], list[Pair]]:
    """Ordinary pairs, and gold: the pairs that say so, and a share of the chosen/rejected ones."""
    rng = np.random.default_rng(options.seed)
    ordinary: list[Pair] = []
    gold: list[Pair] = []
    for pair in pairs:
        is_gold = pair.gold is not None or (pair.chosen and rng.random() < options.gold_rate)
        (gold if is_gold else ordinary).append(pair)
    return ordinary, gold


class Demo:
    """One run: servers, project, annotators, report."""

    def __init__(
        self, options: DemoOptions, folder: Path, command: str, ordinary: list[Pair], gold: list[Pair], say: Say
    ) -> None:
        self.options, self.folder, self.command, self.say = options, folder, command, say
        self.ordinary, self.gold = ordinary, gold
        self.truth = Truth(ordinary, gold, options.seed)
        self.has_margins = all(margin_of(pair) is not None for pair in [*ordinary, *gold])
        self.servers: list[Server] = []
        self.gold_rate = round(min(0.25, 0.9 * len(gold) / max(options.labels, 1)), 3)
        self.admin = Account(ADMIN.name, secrets.token_urlsafe(9), secrets.token_hex(20))

    def run(self) -> None:
        started = time.monotonic()
        self.start_servers()
        accounts = self.sign_up_annotators()
        project = self.make_project()
        members = self.join(project, accounts)
        self.say([f"{len(members)} annotators label {self.options.labels} pairs each ..."])
        with progress(len(members) * self.options.labels, lambda: sum(member.labels for member in members), self.say):
            self.label(members, project)
        self.leave_something_to_do(project, members)
        results = self.collect_results(project, members)
        self.say([f"Ready after {time.monotonic() - started:.0f} s.", "", *self.report(results, members)])
        self.write_files(results, members)
        if self.options.keep:
            self.say(["Everything keeps running; Ctrl-C stops it."])
            while True:
                time.sleep(3600)

    def start_servers(self) -> None:
        port = local.free_port(self.options.port)
        service_port = local.free_port(max(8090, port + 1))
        secret = secrets.token_urlsafe(32)
        url, service_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{service_port}"
        self.environment = environment = {
            "LABEL_STUDIO_URL": url,
            "LABEL_STUDIO_API_KEY": self.admin.token,
            "STEADYHAND_SECRET": secret,
            "STEADYHAND_URL": service_url,
            "STEADYHAND_DATABASE_URL": f"sqlite:///{self.folder / 'steadyhand.sqlite3'}",
            "STEADYHAND_RECONCILE_MINUTES": "1",
        }
        plugin = {"STEADYHAND_SECRET": secret, "STEADYHAND_SERVICE_URL": service_url, "STEADYHAND_ADMINS": "owner"}
        plugin["STEADYHAND_REVIEWERS"] = REVIEWER
        self.studio = local.label_studio(
            self.folder / "label-studio", port=port, admin=self.admin, command=self.command, plugin=plugin
        )
        self.service = local.steadyhand(self.folder, environment=environment)
        self.say([f"Starting Label Studio at {url} (the first time takes half a minute) ..."])
        self.servers = [self.studio, self.service]
        self.studio.start()
        self.service.start()
        names = {
            name: name.removeprefix("STEADYHAND_").lower() for name in environment if name.startswith("STEADYHAND_")
        }
        settings = Settings.read(
            label_studio_url=url,
            label_studio_api_key=self.admin.token,
            **{field_name: environment[name] for name, field_name in names.items()},
        )
        self.ctx = Context.from_settings(settings)

    def sign_up_annotators(self) -> list[Account]:
        return [
            local.sign_up(self.studio.url, self.admin, f"annotator{n + 1}@example.com", secrets.token_urlsafe(9))
            for n in range(self.options.annotators)
        ]

    def make_project(self) -> int:
        annotators, labels = self.options.annotators, self.options.labels
        ordinary_labels = annotators * labels * (1 - self.options.retest_rate - self.gold_rate)
        overlap = min(annotators, max(1, math.ceil(1.5 * ordinary_labels / len(self.ordinary))))
        project = self.ctx.gateway.create_project(
            "Which answer is better?",
            TEMPLATE.label_config,
            description="A sample project of Steadyhand",
            maximum_annotations=overlap,
        ).id
        with_slice = any(p.slice for p in self.ordinary)
        self.ctx.gateway.import_tasks(project, self.task_data(with_slice))
        terms = MonitoringTerms(
            contract=(HERE / "contract.toml").read_text(encoding="utf-8"),
            # gold must have the fields of ordinary tasks
            gold=[
                replace(p, slice="other" if with_slice and not p.slice else p.slice, extra=self.margin_field(p))
                for p in self.gold
            ],
            retest_rate=self.options.retest_rate,
            gold_rate=self.gold_rate,
            min_lag=MIN_LAG,
            slice_field="slice" if with_slice else None,
            margin_source=MarginSource((MARGIN_FIELD,)) if self.has_margins else NO_MARGIN,
        )
        self.say(attached(attach(self.ctx, ADMIN, project, terms)))
        return project

    def task_data(self, with_slice: bool) -> list[Json]:
        """The ordinary pairs as tasks, with sides by chance."""
        rng = np.random.default_rng(self.options.seed)
        rows = []
        for pair in self.ordinary:
            left, right = (pair.a, pair.b) if rng.random() < 0.5 else (pair.b, pair.a)
            row = {"prompt": pair.prompt, "response_a": left, "response_b": right}
            slice_field = {"slice": pair.slice or "other"} if with_slice else {}
            rows.append(row | slice_field | self.margin_field(pair))
        return rows

    def margin_field(self, pair: Pair) -> Json:
        """The size of its margin, which is the same whatever the sides."""
        return {MARGIN_FIELD: abs(margin_of(pair) or 0)} if self.has_margins else {}

    def join(self, project: int, accounts: list[Account]) -> list[SimulatedMember]:
        return [
            SimulatedMember(
                KINDS[n % len(KINDS)],
                account,
                Member(self.studio.url, project, account),
                np.random.default_rng([self.options.seed, n]),
            )
            for n, account in enumerate(accounts)
        ]

    def label(self, members: list[SimulatedMember], project: int) -> None:
        """Let all members label at once, and settle a period on the way; with an outage the service is away for some of the labels."""
        labels = self.options.labels
        if self.options.outage:
            self.label_until(members, labels // 2)
            self.say(["The service is stopped; labelling goes on ..."])
            self.service.stop()
            self.label_until(members, min(labels // 2 + OUTAGE_LABELS, labels))
            self.say(["... and is started again."])
            self.service.start()
        self.label_until(members, math.ceil(FIRST_PERIOD_SHARE * labels))
        examples.settle_first_period(self.ctx, ADMIN, project)
        self.label_until(members, labels)

    def label_until(self, members: list[SimulatedMember], labels: int) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for work in [pool.submit(self.work, member, labels) for member in members]:
                work.result()

    def work(self, simulated: SimulatedMember, labels: int) -> None:
        """Label until there are so many labels, or no task comes any more."""
        waits = 0
        while simulated.labels < labels:
            task = simulated.member.next_task()
            if task is None:
                waits += 1
                if waits > 3:
                    self.say([f"{simulated.account.email} ran out of tasks after {simulated.labels} labels."])
                    return
                time.sleep(1.5)
                continue
            progress = simulated.labels / self.options.labels
            simulated.etas.append(simulated.kind.eta(progress))
            p_left = self.truth.p_left(task["data"], simulated.kind, simulated.account.email)
            side = "left" if picks_left(simulated.kind, p_left, progress, simulated.rng) else "right"
            result = {"from_name": "preference", "to_name": "prompt", "type": "choices", "value": {"choices": [side]}}
            time.sleep(THINK_SECONDS)
            simulated.member.submit(task["id"], [result], round(float(simulated.rng.gamma(4, 5)), 1))
            simulated.labels += 1

    def leave_something_to_do(self, project: int, members: list[SimulatedMember]) -> None:
        """A reviewer, a disputed amount, and an item that is unclear to somebody."""
        self.reviewer = local.sign_up(self.studio.url, self.admin, REVIEWER, secrets.token_urlsafe(9))
        first, last = members[0], members[-1]
        examples.object_to_pay(self.ctx, project, first.member, first.account)
        examples.find_next_unclear(last.member)

    def collect_results(self, project: int, members: list[SimulatedMember]) -> DemoResults:
        """Wait until everything has arrived and been written back, then count on both sides."""
        self.say(["Labelled. Catching up and writing back ..."])
        process(self.ctx, ADMIN, project, pull="all", wait=CATCH_UP_SECONDS)
        rescore(self.ctx, ADMIN, project)
        write_back(self.ctx, ADMIN, project, wait=CATCH_UP_SECONDS)
        annotators = {
            str(m.member.id): SimulatedAnnotator(m.kind.name, round(float(np.mean(m.etas)), 3)) for m in members
        }
        return read_results(self.ctx, project, annotators)

    def report(self, results: DemoResults, members: list[SimulatedMember]) -> Report:
        project = results.label_studio.project
        scorecard_project = monitored_project(self.ctx, project).scorecard_project
        url, admin = self.studio.url, self.admin
        links = [
            Note(
                f"as annotator ({m.kind.name})",
                f"{url}/projects/{project}/data?labeling=1   log in {m.account.email} / {m.account.password}",
            )
            for m in members[:2]
        ]
        links.append(
            Note(
                "as admin",
                f"scorecards {url}/projects/{scorecard_project}/data, consensus {url}/projects/{project}/data   "
                f"log in {admin.email} / {admin.password}",
            )
        )
        links.append(
            Note("as reviewer", f"{url}/steadyhand/   log in {self.reviewer.email} / {self.reviewer.password}")
        )
        return [
            f"The dashboard: {url}/steadyhand/   log in {admin.email} / {admin.password}",
            "What waits there: a settled period to approve, a dispute about it, and an item that is unclear to an annotator.",
            "",
            *results_report(results),
            "",
            "Look around (each in a browser window of its own):",
            Notes(links, indent=2),
            "",
            "For the steadyhand commands in another terminal:",
            *(f"  export {name}={shlex.quote(value)}" for name, value in self.environment.items()),
        ]

    def write_files(self, results: DemoResults, members: list[SimulatedMember]) -> None:
        if self.options.json_file:
            Path(self.options.json_file).write_text(json.dumps(to_dict(results), indent=2), encoding="utf-8")
        if self.options.logins:
            pseudonym = self.ctx.settings.pseudonym
            logins = {
                "url": self.studio.url,
                "service_url": self.service.url,
                "project": results.label_studio.project,
                "admin": vars(self.admin),
                "reviewer": vars(self.reviewer),
                "environment": self.environment,
                "annotators": [{"annotator": pseudonym(str(m.member.id)), **vars(m.account)} for m in members],
            }
            path = Path(self.options.logins)
            path.unlink(missing_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                json.dump(logins, out, indent=2)

    def stop(self) -> None:
        for server in reversed(self.servers):
            server.stop()

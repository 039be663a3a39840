"""Reports about how monitored projects stand, and who did what in them."""

from datetime import UTC, datetime

from hooks.report.figures import percent
from hooks.report.layout import Cell, Note, Notes, Report, Row, Table, Warnings
from ls_backend.measurement.decidedness import SOURCE_WORDS, DecidednessSource
from ls_backend.services.backup import Backup
from ls_backend.services.erasing import Erased
from ls_backend.services.queries.status import ProjectStatus
from ls_backend.store.records import AuditRecord


def status(projects: list[ProjectStatus]) -> Report:
    report: list[str | Notes | Warnings] = []
    for project in projects:
        report += ["", *_project(project)]
    return report


def _project(project: ProjectStatus) -> tuple[str, Notes, Warnings]:
    guard = "guard on" if project.guard else "guard off" if project.plugin else "no plugin"
    facts = {
        "routing": f"{project.routing}, {guard}",
        "contract": project.contract,
        "scorecards": f"in project {project.scorecard_project}",
        "judgments": f"{project.judgments} by {project.annotators} annotators ({project.recovered} found by "
        "catching up)",
        "events": ", ".join(f"{count} {state}" for state, count in project.events.items()) or "none yet",
        "seeds": ", ".join(f"{count} {kind}" for kind, count in project.seeds.items()) or "none",
        "gold": _gold(project),
        "repeated pairs": _repeated(project),
        "checks": "more for those whose bonus may change" if project.adaptive else "everybody alike",
        "caught up to": project.caught_up_to or "the beginning",
    }
    return (
        f"Project {project.project} ({project.title}) in {project.label_studio}",
        Notes([Note(name, text) for name, text in facts.items()], indent=2),
        Warnings(project.attention, indent=2),
    )


def _gold(project: ProjectStatus) -> str:
    retired = f", {project.gold_retired} retired, which stay so" if project.gold_retired else ""
    lapsed = f", {project.gold_lapsed} lapsed until their source says so again" if project.gold_lapsed else ""
    return f"{project.gold} in use{retired}{lapsed}"


def _repeated(project: ProjectStatus) -> str:
    if project.decided_by is DecidednessSource.NONE:
        return "any; nothing tells which pairs are decided"
    return f"{percent(project.retest_focus)} decided ones, {SOURCE_WORDS[project.decided_by]}"


def erased(results: list[Erased]) -> Report:
    lines: Report = [
        f"Project {result.project}: {result.judgments} judgments and {result.lines} lines of the ledger stay under {result.alias}."
        for result in results
    ]
    return [*lines, Warnings([results[0].left + "."])]


def backed_up(result: Backup) -> Report:
    return [f"Copied into {result.file} ({result.size:,} bytes).", f"To bring it back: {result.restore}."]


def audit(entries: list[AuditRecord]) -> Report:
    if not entries:
        return ["Nothing is noted yet."]
    return [Table(("when", "who", "what"), [_audit_row(entry) for entry in entries], "entries")]


def _audit_row(entry: AuditRecord) -> Row:
    when = datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%d %H:%M")
    detail = ", ".join(f"{name}: {value}" for name, value in entry.detail.items())
    return Row([Cell(when), Cell(entry.actor), Cell(entry.what, detail)])

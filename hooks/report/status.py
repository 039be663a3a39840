"""The report about how monitored projects stand."""

from hooks.report.layout import Note, Notes, Report, Warnings
from ls_backend.services.queries.status import ProjectStatus


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
        "caught up to": project.caught_up_to or "the beginning",
    }
    return (
        f"Project {project.project} ({project.title}) in {project.label_studio}",
        Notes([Note(name, text) for name, text in facts.items()], indent=2),
        Warnings(project.attention, indent=2),
    )

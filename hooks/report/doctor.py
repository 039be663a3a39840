"""Reports about what is set up, and how."""

from collections.abc import Sequence

from hooks.report.layout import Cell, Report, Row, Table, Warnings
from ls_backend.services.doctor import Finding, Verdict

STYLES = {Verdict.FINE: "green", Verdict.WARNING: "yellow", Verdict.FAULT: "red", Verdict.UNKNOWN: "dim"}


def findings(found: Sequence[Finding]) -> Report:
    table = Table(("", "what", "project", "finding"), [_row(finding) for finding in found], "findings")
    cures = [f"{_subject(finding)}: {finding.cure}" for finding in found if finding.cure]
    return [table, "", Warnings(cures)] if cures else [table]


def _row(finding: Finding) -> Row:
    project = "" if finding.project is None else str(finding.project)
    verdict = Cell(finding.verdict, style=STYLES[finding.verdict])
    return Row([verdict, Cell(finding.what), Cell(project), Cell(finding.says)])


def _subject(finding: Finding) -> str:
    return finding.what if finding.project is None else f"{finding.what} of project {finding.project}"


def reconnected(projects: list[int]) -> Report:
    if not projects:
        return ["No project is monitored, so there is nothing to connect."]
    return [f"Webhook and ML backend are set again: project {', '.join(map(str, projects))}."]

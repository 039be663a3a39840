"""What the command about guides prints."""

from hooks.report.layout import Report
from ls_backend.services.guides import GuideReport
from ls_backend.services.queries.guides import Version


def published(result: GuideReport) -> Report:
    if not result.changed:
        return [f"Project {result.project}: this is version {result.version} of the guide already."]
    return [f"Project {result.project}: version {result.version} of the guide is published."]


def text(result: Version) -> Report:
    return [result.text]

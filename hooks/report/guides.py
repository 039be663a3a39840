"""What the command about guides prints."""

from hooks.report.layout import Report, Warnings
from ls_backend.services.guides import GuideReport
from ls_backend.services.queries.guides import Version


def published(result: GuideReport) -> Report:
    said = "version {} of the guide is published" if result.changed else "this is version {} of the guide already"
    lines: Report = [f"Project {result.project}: {said.format(result.version)}."]
    if result.required is not None:
        lines = [*lines, f"Version {result.required} is to be read before annotators go on."]
    elif result.requiring_changed:
        lines = [*lines, "No version has to be read any more before annotators go on."]
    return [*lines, Warnings([f"They are served tasks all the same. {result.lacks}"])] if result.lacks else lines


def text(result: Version) -> Report:
    return [result.text]

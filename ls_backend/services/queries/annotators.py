"""The annotators of a project, each in a row."""

from collections.abc import Mapping
from dataclasses import dataclass

from ls_backend.analysis.anomalies import Flag
from ls_backend.analysis.courses import median_lead_times
from ls_backend.measurement.scorecard import Scorecard
from ls_backend.programme.pilot import Arm
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import figure, inspection_of, scorecards_of
from ls_backend.services.queries.judgments import judgments_of
from ls_backend.store import judgments as stored
from ls_backend.store import pauses, pilots
from ls_backend.store.judgments import Activity
from ls_backend.store.records import PauseRecord


@dataclass(frozen=True, slots=True)
class AnnotatorRow:
    """An annotator of a project. ``card`` is None for who has no judgment that counts. ``skipped`` counts tasks skipped or sent
    without an answer, as far as Label Studio kept them: where it serves a skipped task again, its skip is gone with the answer.
    ``lead_time`` is the median in seconds, ``arm`` that of the running pilot."""

    annotator: str
    card: Scorecard | None
    skipped: int
    lead_time: float | None
    last_active: float | None
    flags: tuple[Flag, ...]
    alarm: bool
    pause: PauseRecord | None
    arm: Arm | None


@dataclass(frozen=True, slots=True)
class _Pace:
    activity: Mapping[str, Activity]
    lead_times: Mapping[str, float | None]


def annotators_of(ctx: Context, project: int) -> list[AnnotatorRow]:
    """Everybody who has done something in a project, or is paused in it."""
    cards = {card.annotator: card for card in scorecards_of(ctx, project).value}
    pace = figure(ctx, project, "pace", lambda: _pace(ctx, project)).value
    close_look = inspection_of(ctx, project).value
    flags: dict[str, list[Flag]] = {}
    for flag in close_look.flags:
        flags.setdefault(flag.annotator, []).append(flag)
    alarms = {concern.annotator for concern in close_look.annotators if concern.alarm}
    paused, arms = pauses.now(ctx.store, project), _arms(ctx, project)
    rows = []
    for annotator in sorted({*cards, *pace.activity, *paused}):
        activity = pace.activity.get(annotator)
        rows.append(
            AnnotatorRow(
                annotator=annotator,
                card=cards.get(annotator),
                skipped=activity.skipped if activity else 0,
                lead_time=pace.lead_times.get(annotator),
                last_active=activity.last_active if activity else None,
                flags=tuple(flags.get(annotator, ())),
                alarm=annotator in alarms,
                pause=paused.get(annotator),
                arm=arms.get(annotator),
            )
        )
    return rows


def _pace(ctx: Context, project: int) -> _Pace:
    judged = judgments_of(ctx, project)
    medians = dict(zip(judged.annotators, median_lead_times(judged), strict=True))
    return _Pace(stored.activity(ctx.store, project), medians)


def _arms(ctx: Context, project: int) -> dict[str, Arm]:
    pilot = pilots.running(ctx.store, project)
    return {member.annotator: member.arm for member in pilots.members(ctx.store, pilot.id)} if pilot else {}

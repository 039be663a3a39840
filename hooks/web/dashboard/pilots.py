"""Pilots as they stand; starting, looking at and stopping one."""

from collections.abc import Sequence

from flask import request

from hooks.web.dashboard.cells import Moment
from hooks.web.dashboard.pages import Page, Pages, address
from hooks.web.dashboard.tables import Column, Table, whole
from hooks.web.dashboard.viewer import Permission, viewer
from ls_backend.errors import InputError
from ls_backend.programme.pilot import Arm
from ls_backend.services.pilots import (
    ArmComparison,
    PilotLook,
    PilotReport,
    PilotSoFar,
    PilotTerms,
    look_at_pilot,
    looks_so_far,
    pilots_so_far,
    start_pilot,
    stop_pilot,
)


def register(pages: Pages) -> None:
    ctx = pages.ctx

    @pages.page("/projects/<int:number>/pilots/", Permission.MANAGE)
    def pilots(number: int) -> Page:
        found = pilots_so_far(ctx, number)
        running = next((pilot for pilot in found if pilot.stopped_at is None), None)
        return Page(
            title="Pilots",
            template="pilots.html",
            record=running,
            tables={
                "pilots": Table("All pilots", PILOT_COLUMNS, found, request.args, nothing="No pilot was started yet."),
                "looks": whole(
                    "Looks, the latest first", LOOK_COLUMNS, looks_so_far(ctx, number), nothing="No look was taken yet."
                ),
            },
            project=number,
            tab="pilots",
        )

    @pages.form("/projects/<int:number>/pilots/start", pilots)
    def start(number: int) -> tuple[str, str]:
        there, name = address("projects", number, "pilots"), request.form.get("name", "").strip()
        if not name:
            raise InputError("give the pilot a name")
        running = next((pilot for pilot in pilots_so_far(ctx, number) if pilot.stopped_at is None), None)
        if running is not None and running.name == name:  # a second click, or the back button
            return there, f"Pilot {name} is running."
        try:
            alpha = float(request.form.get("alpha", "0.05"))
        except ValueError:
            raise InputError("the error that is allowed is no number; write it as 0.05") from None
        texts = request.form.get("contract_a", ""), request.form.get("contract_b", "")
        started = start_pilot(ctx, viewer().actor, number, PilotTerms(name, *texts, alpha))
        return (
            there,
            f"Pilot {name} is running: {started.annotators[Arm.A]} annotators in A, {started.annotators[Arm.B]} in B.",
        )

    @pages.form("/projects/<int:number>/pilots/look", pilots)
    def look(number: int) -> tuple[str, str]:
        there, seen = address("projects", number, "pilots"), request.form.get("looks", "")
        running = next((pilot for pilot in pilots_so_far(ctx, number) if pilot.stopped_at is None), None)
        if running is None:
            raise InputError("no pilot is running")
        if seen != str(running.looks):  # sent twice: a look costs, and is taken once
            return there, f"Look {running.looks} was taken already. Ask for another one if you want it."
        return there, in_words(look_at_pilot(ctx, viewer().actor, number))

    @pages.form("/projects/<int:number>/pilots/stop", pilots)
    def stop(number: int) -> tuple[str, str]:
        there = address("projects", number, "pilots")
        if all(pilot.stopped_at is not None for pilot in pilots_so_far(ctx, number)):
            return there, "No pilot is running."
        stopped = stop_pilot(ctx, viewer().actor, number)
        return there, f"Pilot {stopped.pilot} is over. Everybody is under the project's contract again."


def in_words(report: PilotReport) -> str:
    """What a look says."""
    return (
        f"Look {report.look} at {report.pilot}, with intervals that hold {100 * (report.level or 0):.2f} %. Quality: "
        f"{_effect(report.quality)}. Review load: {_effect(report.review_load)}."
    )


def _effect(arms: ArmComparison) -> str:
    if arms.effect is None or arms.low is None or arms.high is None:
        return f"not known yet, {arms.annotators} annotators have been measured"
    word = "decided" if arms.decided else "open"
    return f"B less A {arms.effect:+.3f} ({arms.low:+.3f} to {arms.high:+.3f}), {word}"


EFFECT_HINT = "B less A with its interval; decided where the interval leaves out no difference"
LOOK_COLUMNS: Sequence[Column[PilotLook]] = (
    Column("pilot", "Pilot", lambda look: look.pilot),
    Column("look", "Look", lambda look: look.look),
    Column("at", "Taken", lambda look: Moment(look.at)),
    Column("by", "By", lambda look: look.by),
    Column("level", "Intervals hold", lambda look: f"{100 * look.level:.2f} %"),
    Column("quality", "Quality", lambda look: _effect(look.quality), hint=EFFECT_HINT),
    Column("review_load", "Review load", lambda look: _effect(look.review_load), hint=EFFECT_HINT),
)
PILOT_COLUMNS: Sequence[Column[PilotSoFar]] = (
    Column("pilot", "Pilot", lambda p: p.name),
    Column("contract_a", "Contract A", lambda p: p.versions[Arm.A]),
    Column("contract_b", "Contract B", lambda p: p.versions[Arm.B]),
    Column("in_a", "In A", lambda p: p.arms[Arm.A]),
    Column("in_b", "In B", lambda p: p.arms[Arm.B]),
    Column("quality_a", "Quality A", lambda p: p.peek.quality.A, hint="Share of checks that agreed, so far"),
    Column("quality_b", "Quality B", lambda p: p.peek.quality.B),
    Column(
        "load_a",
        "Review load A",
        lambda p: p.peek.review_load.A,
        hint="Share of items with two or more answers on which these stay open",
    ),
    Column("load_b", "Review load B", lambda p: p.peek.review_load.B),
    Column("looks", "Looks", lambda p: p.looks, hint="Each look spends a part of the error that is allowed"),
    Column(
        "alpha",
        "Error allowed",
        lambda p: p.alpha,
        hint="The chance of a wrong decision, over all looks together",
        is_optional=True,
    ),
    Column("started_at", "Started", lambda p: Moment(p.started_at)),
    Column("started_by", "By", lambda p: p.started_by, is_optional=True),
    Column("stopped_at", "Stopped", lambda p: None if p.stopped_at is None else Moment(p.stopped_at)),
)

"""What an annotator reads of themself on their own page. It says nothing of others, and never which items were checks."""

from dataclasses import dataclass

from ls_backend.analysis.courses import Day, days
from ls_backend.contracts.explain import EXAMPLE_JUDGMENTS, explain
from ls_backend.errors import InputError
from ls_backend.records import to_dict
from ls_backend.services.context import Context
from ls_backend.services.queries.figures import checked_judgments_of
from ls_backend.services.queries.guides import GuideNews, guide_news, to_read
from ls_backend.services.queries.items import excerpts_of
from ls_backend.services.queries.own_course import OwnCourse, course_of
from ls_backend.services.queries.standing import OwnStanding, standing_of
from ls_backend.services.queries.unclear import in_words
from ls_backend.store import choices, ledger, projects, scorecards, unclear
from ls_backend.store import judgments as stored
from ls_backend.store.records import DisputedFigure as DisputedFigure  # pages ask the queries, never the store
from ls_backend.store.records import DisputeRecord, SettlementKind
from ls_backend.types import Json


@dataclass(frozen=True, slots=True)
class OwnProject:
    """A project in which somebody has labelled."""

    id: int
    title: str


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """What somebody found unclear, in words, and the answer; None while there is none."""

    at: float
    said: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class OwnPage:
    """One annotator in one project; ``to_read`` is the version of the guide to be read before the next task, None for none;
    ``unapproved`` are the disputes whose payment nobody has approved yet."""

    project: OwnProject
    projects: list[OwnProject]
    standing: OwnStanding
    course: OwnCourse
    days: list[Day]
    contract: str
    disputes: list[DisputeRecord]
    questions: list[OwnQuestion]
    hides_figures: bool
    guide: GuideNews | None
    to_read: int | None
    unapproved: frozenset[int]


def own_projects(ctx: Context, annotator: str) -> list[OwnProject]:
    """The monitored projects in which somebody has labelled."""
    return [
        OwnProject(record.id, record.title)
        for record in projects.attached(ctx.store)
        if scorecards.find(ctx.store, record.id, annotator) is not None
    ]


def own_page(ctx: Context, annotator: str, project: int | None = None) -> OwnPage | None:
    """Somebody's own page, of a project or the first of theirs; None for who has labelled nothing that counts.

    Raises:
        InputError: they have labelled nothing in this project.
    """
    theirs = own_projects(ctx, annotator)
    if project is not None and project not in {own.id for own in theirs}:
        raise InputError(f"you have no answers in project {project} yet")
    if not theirs:
        return None
    chosen = next(own for own in theirs if project in (None, own.id))
    record = projects.get(ctx.store, chosen.id)
    judged = checked_judgments_of(ctx, chosen.id).value.judgments
    standing = standing_of(ctx, chosen.id, annotator)
    return OwnPage(
        project=chosen,
        projects=theirs,
        standing=standing,
        course=course_of(ctx, chosen.id, annotator),
        days=days(judged, of=judged.are_of(annotator))[::-1],
        contract=explain(
            record.parsed_contract,
            judgments=standing.told or EXAMPLE_JUDGMENTS,
            score=round(standing.pay_score, 2) if standing.known and standing.pay_score is not None else None,
        ),
        disputes=ledger.disputes_of(ctx.store, chosen.id, annotator),
        questions=_questions(ctx, chosen.id, annotator),
        hides_figures=choices.hides_figures(ctx.store, annotator),
        guide=guide_news(ctx, chosen.id, annotator),
        to_read=to_read(ctx, chosen.id, annotator),
        unapproved=frozenset(
            int(settlement.name.rpartition("-")[2])
            for settlement in ledger.unapproved(ctx.store, chosen.id, SettlementKind.RESOLUTION)
        ),
    )


def _questions(ctx: Context, project: int, annotator: str) -> list[OwnQuestion]:
    records = unclear.of_annotator(ctx.store, project, annotator)
    return [OwnQuestion(record.at, in_words(record), record.answer) for record in records]


def own_data(ctx: Context, annotator: str) -> Json:
    """What is stored of somebody, for them to take away: answers, figures, pay and disputes. Which items were checks is left out, and so
    is what would tell: Label Studio's own numbers of tasks, and fractions of seconds (the guard delays some answers)."""
    return {
        "annotator": annotator,
        "hides_figures": choices.hides_figures(ctx.store, annotator),
        "projects": [_data_of(ctx, own, annotator) for own in own_projects(ctx, annotator)],
    }


def _data_of(ctx: Context, own: OwnProject, annotator: str) -> Json:
    excerpts = excerpts_of(ctx, own.id)
    record = scorecards.find(ctx.store, own.id, annotator)
    return {
        "project": own.id,
        "title": own.title,
        "answers": [
            {
                "at": answer.at,
                "item": excerpts.get(answer.item or ""),
                "seconds": None if answer.lead_time is None else round(answer.lead_time),
                "latest": answer.latest,
            }
            for answer in stored.of_annotator(ctx.store, own.id, annotator)
        ],
        "scorecard": record.told.to_dict() if record and record.told else None,
        "pay": [
            line.detail | {"minor": line.minor, "currency": line.currency, "period": line.period}
            for line in ledger.lines_of(ctx.store, own.id, annotator)
        ],
        "disputes": [
            {"about": d.about, "text": d.text, "at": d.at, "resolution": d.resolution, "minor": d.minor}
            for d in ledger.disputes_of(ctx.store, own.id, annotator)
        ],
        "questions": [to_dict(question) for question in _questions(ctx, own.id, annotator)],
    }

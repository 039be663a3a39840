"""What the panel shows: the annotator's own standing, unless they chose not to see it, and where else they may go."""

from dataclasses import dataclass

from ls_backend.errors import NotReadyError, TooLargeError
from ls_backend.programme.tips import Tip
from ls_backend.services.context import Context
from ls_backend.services.queries.guides import GuideNews, guide_news
from ls_backend.services.queries.own_course import course_of
from ls_backend.services.queries.standing import OwnStanding, standing_of
from ls_backend.services.queries.unclear import in_words
from ls_backend.store import choices, ledger, sums, unclear
from ls_backend.store.records import UnclearReason

ANSWERS_SECONDS = 14 * 86400.0  # so long the panel shows an answer
MOST_ANSWERS = 3
TIP_PATIENCE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """An answer to what somebody asked, or objected to."""

    at: float
    asked: str
    answer: str


@dataclass(frozen=True, slots=True)
class PanelLinks:
    """What stands beside the figures: ``answers`` to what the annotator asked of late, the newest first; ``hidden`` says that there are none, by the annotator's own choice; ``paused`` why they are
    served nothing, None where they are served; ``unclear_reasons`` are those for which an item can be called unclear; ``guide`` is
    what is said of the project's guide, None where there is none."""

    hidden: bool
    paused: str | None
    guide: GuideNews | None
    answers: tuple[OwnAnswer, ...]
    unclear_reasons: tuple[UnclearReason, ...] = tuple(UnclearReason)


@dataclass(frozen=True, slots=True)
class PanelView:
    """``standing`` and ``tip`` are None for who chose to see no figures; ``tip`` is the most telling one, None where there is none."""

    standing: OwnStanding | None
    tip: Tip | None
    links: PanelLinks


def panel_of(ctx: Context, project: int, annotator: str) -> PanelView:
    """An annotator's panel in a project."""
    standing, hidden = standing_of(ctx, project, annotator), choices.hides_figures(ctx.store, annotator)
    links = PanelLinks(
        hidden, standing.paused, guide_news(ctx, project, annotator), tuple(_answers(ctx, project, annotator))
    )
    return PanelView(None, None, links) if hidden else PanelView(standing, _tip(ctx, project, annotator), links)


def _tip(ctx: Context, project: int, annotator: str) -> Tip | None:
    """What to do better before what goes well; None while it is not worked out yet, for the panel does not wait, and where the project
    is too large to look through."""
    if sums.judgments_scaled(ctx.store, project) > ctx.settings.pages_up_to:
        return None
    try:
        tips = course_of(ctx, project, annotator, patience=TIP_PATIENCE_SECONDS).tips
    except (NotReadyError, TooLargeError):
        return None
    return min(tips, key=lambda tip: tip.is_strength, default=None)


def _answers(ctx: Context, project: int, annotator: str) -> list[OwnAnswer]:
    since = ctx.clock() - ANSWERS_SECONDS
    disputes = [
        OwnAnswer(d.resolved_at, d.text, d.resolution or "")
        for d in ledger.disputes_of(ctx.store, project, annotator)
        if d.resolved_at is not None
    ]
    questions = [
        OwnAnswer(q.answered_at, in_words(q), q.answer or "")
        for q in unclear.of_annotator(ctx.store, project, annotator)
        if q.answered_at is not None
    ]
    return sorted((a for a in [*disputes, *questions] if a.at >= since), key=lambda a: -a.at)[:MOST_ANSWERS]

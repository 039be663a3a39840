"""What the dashboard's words mean, in plain words, on one page that every other one leads to."""

from collections.abc import Sequence
from dataclasses import dataclass

from hooks.web.dashboard.pages import Page, Pages
from hooks.web.dashboard.tables import Column, whole
from hooks.web.dashboard.viewer import Permission
from ls_backend.analysis.inspection import ALPHA, DEFAULT_OPTIONS
from ls_backend.measurement.reputation import REQUIRED, SLACK

_QUALIFIED, _TRUSTED, _EXPERT = (f"{required:.0f}" for required in REQUIRED)
STANDINGS_IN_WORDS = (
    "new: fewer checks than the contract asks for. Then learning, qualified, trusted and expert: the last three when the lower end of "
    f"the reputation's interval reaches {_QUALIFIED}, {_TRUSTED} and {_EXPERT}, at two looks in a row. So a reputation of 86 (50 to 100) "
    "and one of 5 (0 to 17) can both be learning"
)
REPUTATION_IN_WORDS = "Attentiveness from 0 to 100, worked out from all checks; with few checks it lies nearer to what is usual in the project"


@dataclass(frozen=True, slots=True)
class Word:
    """A word and what it means."""

    word: str
    meaning: str


WORDS = (
    Word("item", "What is judged: in pairs a prompt with two responses. Its page shows who said what."),
    Word("judgment, answer", "What one annotator said on one item. The first answer counts."),
    Word(
        "check",
        "An answer that can be held against something: on a gold item against the known answer, on a retest against the own answer "
        "before. Contracts call it a monitored answer.",
    ),
    Word("gold item", "An item whose better response is known and beyond dispute."),
    Word(
        "retest",
        "The same item shown to the same annotator once more, as a rule with its sides swapped. Nobody is told which items are retests.",
    ),
    Word(
        "lag",
        "How many other answers lie between the two showings of a retest: far enough apart, nobody remembers what they said.",
    ),
    Word(
        "seed",
        "A gold item or a retest that Steadyhand adds to the tasks. It is planned, then hidden (made, served to nobody yet), placed "
        "(waits for its annotator), and then answered, misrouted (answered by somebody else) or withdrawn.",
    ),
    Word(
        "interval",
        "Figures are worked out from few answers, so each has a range beside it that holds the true value in 9 of 10 cases. The more "
        "checks, the narrower. Ranges of a pilot's looks are wider, so that looking often does not decide by chance.",
    ),
    Word("self-consistency", "How often somebody gives the same answer when an item comes again."),
    Word("gold accuracy", "How often somebody chooses the known answer of gold items."),
    Word(
        "attentiveness",
        "The share of answers that were considered and not guessed, from 0 to 1, worked out from retests and gold together. It "
        "allows for pairs that are hard to tell apart and for who always takes one side. A different taste lowers nothing.",
    ),
    Word("reputation", f"{REPUTATION_IN_WORDS}. It is not shown before the contract's number of checks is reached."),
    Word(
        "score for pay",
        "What a bonus follows from. Where that is attentiveness, it is worked out from this person's own answers in the period "
        "alone, so that nobody's pay depends on who else works. So it differs from the reputation, most of all with few checks.",
    ),
    Word(
        "standing",
        f"{STANDINGS_IN_WORDS}. Looks are taken after 40, 60, 80 and 100 % of somebody's answers. A standing is lost when the lower "
        f"end falls more than {SLACK:.0f} below what it takes: one good or bad day changes nothing.",
    ),
    Word(
        "alarm, below what is required",
        f"The checks speak against an attentiveness of {DEFAULT_OPTIONS.required:.2f}, which Steadyhand requires. How strongly is "
        f"written as odds: an alarm comes at {1 / ALPHA:.0f} to 1, so that at most 1 in {1 / ALPHA:.0f} of those who are as attentive "
        "as required ever has one. It takes a number of checks, so a low reputation alone is no alarm.",
    ),
    Word("flag", "Work that looks odd, with its evidence. It asks for a look, and moves neither reputation nor pay."),
    Word(
        "left bias", "0 where left and right are chosen equally often, 1 where always the left side is, -1 the right."
    ),
    Word("lead time", "From an item being shown to its answer being sent."),
    Word(
        "agreement",
        "How often annotators give the same answer as others. It tells of tastes and of unclear guidelines as well as of care, so it "
        "moves neither reputation nor pay.",
    ),
    Word(
        "Krippendorff's alpha",
        "Agreement of all annotators less what chance would give: 1 is full agreement, 0 what guessing gives, below 0 is less than "
        "that. From a handful of items it says little: look at its range.",
    ),
    Word(
        "consensus, decided",
        "What annotators together prefer on an item, each counted by attentiveness. Decided is 0 % where it is open and near 100 % "
        "where one response is surely preferred.",
    ),
    Word(
        "how decided preferences are (q)",
        "How clearly people prefer one response of a pair, over all items: 1 where everybody would choose alike, 0 where it is a "
        "coin toss. The less decided, the less a retest tells.",
    ),
    Word("difficulty", "Of a gold item: the share of attentive annotators who choose otherwise."),
    Word(
        "discrimination",
        "How well a gold item tells careful annotators from careless ones: the correlation of right answers with attentiveness.",
    ),
    Word(
        "chance if honest, false flags (p, q of a flag)",
        "How probable such evidence is by chance alone for an honest annotator; and which share of all flags with evidence as weak "
        "as this one are false.",
    ),
    Word("base pay, bonus", "Paid for every answer; and what is paid besides, by the score, as the contract says."),
    Word(
        "settle, approve",
        "Close a period: one line of pay for each annotator. Then somebody approves it, and files are made.",
    ),
    Word("ledger", "All lines of pay. Nothing in it is ever changed or removed; a correction is a line of its own."),
    Word(
        "pilot, arm, look",
        "A trial of two contracts, each for half of the annotators (an arm). A look compares them and may decide; each look uses up a "
        "part of the chance of a wrong decision. A peek decides nothing and uses up nothing.",
    ),
    Word(
        "review load", "The share of an annotator's items on which the answers stay open, so that somebody must look."
    ),
    Word("pseudonym", "The name an annotator goes by where others can read it."),
)


def register(pages: Pages) -> None:
    @pages.page("/words/", Permission.OWN)
    def words() -> Page:
        return Page(
            "What the words mean", "words.html", WORDS, {"words": whole("Words", WORD_COLUMNS, WORDS)}, tab="words"
        )


WORD_COLUMNS: Sequence[Column[Word]] = (
    Column("word", "Word", lambda word: word.word),
    Column("meaning", "What it means", lambda word: word.meaning),
)

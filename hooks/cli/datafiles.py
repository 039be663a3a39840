"""Files with judgments, gold items and mappings."""

import re
from dataclasses import dataclass

import click

from hooks.cli.inputs import read_text, readable, text_file
from hooks.cli.options import bundled, control_option, mapping_option, margin_options
from hooks.cli.output import working
from ls_backend.errors import InputError
from ls_backend.formats.answers import parse_side
from ls_backend.formats.cells import DateOrder
from ls_backend.formats.judgment_table import JudgmentTable, ReadingOptions
from ls_backend.formats.judgments import read_judgments_in_file
from ls_backend.formats.mappings import parse_mapping
from ls_backend.formats.pairs import Pair, read_gold
from ls_backend.label_studio.tasks import MarginSource
from ls_templates.mapping import AnswerMapping, TaskKind

GROUND_TRUTH = "ground-truth"
"""Instead of a file with gold items: the annotations that Label Studio calls ground truth."""
GOLD_PROJECT = "project:"
"""Before the number of a project whose annotators are experts, for a project that is monitored."""
ENDS_OF_WORDS = re.compile(r"=\s*(tie|(?:left|right)(?::[1-9])?)\s*(?:,|$)", re.IGNORECASE)
PLAIN_ANSWERS = [str(kind) for kind in (TaskKind.CHOICE, TaskKind.CHOICES, TaskKind.RATING)]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table or an export with judgments is read: the options as they are given."""

    gold: str | None
    mapping: str | None
    control: str | None
    item_fields: str | None
    columns: str | None
    answers: str | None
    words: str | None
    dates: str | None
    margin_source: MarginSource
    dry_run: bool

    def options(self) -> ReadingOptions:
        """Raises InputError where one can't be used."""
        if self.gold and self.gold.startswith(GOLD_PROJECT):
            raise InputError(
                f"--gold {self.gold} is for a project that is attached; for a file, give the gold items by --gold FILE"
            )
        return ReadingOptions(
            mapping=read_mapping(self.mapping),
            control=self.control,
            gold=read_gold_items(self.gold) if self.gold and self.gold != GROUND_TRUTH else (),
            gold_of_ground_truth=self.gold == GROUND_TRUTH,
            item_fields=tuple(filter(None, map(str.strip, (self.item_fields or "").split(",")))),
            columns=_parse_equations("--columns", self.columns or "", "which column is which; write annotator=worker"),
            answers=TaskKind(self.answers) if self.answers else None,
            words=_parse_words(self.words or ""),
            dates=DateOrder(self.dates) if self.dates else None,
            margin_source=self.margin_source,
        )

    def read(self, file: str) -> JudgmentTable:
        options = self.options()
        with working("Reading judgments"), readable(file):
            return read_judgments_in_file(text_file(file), options=options)


reading_options = bundled(
    "reading",
    Reading,
    {
        "gold": click.option(
            "--gold",
            metavar="FILE",
            help=f"Gold items for a Label Studio export, or {GROUND_TRUTH}: its own ground truths.",
        ),
        "mapping": mapping_option,
        "control": control_option,
        "item_fields": click.option(
            "--item-fields",
            metavar="A,B",
            help="Fields of an export that name an item, beside two responses. Default: prompt, or all.",
        ),
        "columns": click.option(
            "--columns",
            metavar="OURS=YOURS,...",
            help="Which columns of a table are which: annotator=worker,item=task.",
        ),
        "answers": click.option(
            "--answers",
            type=click.Choice(PLAIN_ANSWERS),
            help="What plain answers of a table are: one choice, several, or ratings. Default: told by the answers.",
        ),
        "words": click.option(
            "--words",
            metavar="YOURS=SIDE,...",
            help="What the answers on pairs of a table mean, as in A=left,B=right,same=tie. left, links, gauche and the like need no word.",
        ),
        "dates": click.option(
            "--dates",
            type=click.Choice([str(order) for order in DateOrder]),
            help="How a table writes dates such as 11/3/2026: us, the month first, or eu, the day. Default: told by the column.",
        ),
        "margin_source": margin_options,
        "dry_run": click.option("--dry-run", is_flag=True, help="Show how FILE is understood, and compute nothing."),
    },
)


min_lag_option = click.option(
    "--min-lag",
    type=int,
    default=0,
    show_default=True,
    help="Own judgments between two showings, at least, for a retest of a file to count. A project has a lag of its own.",
)


def _parse_equations(option: str, text: str, cure: str) -> dict[str, str]:
    """``a=b,c=d``, by what stands before each first ``=``. Raises InputError; ``cure`` says what a part of it must say."""
    equations = {}
    for part in filter(None, map(str.strip, text.split(","))):
        before, _, after = map(str.strip, part.partition("="))
        if not before or not after:
            raise InputError(f"{option}: {part!r} does not say {cure}")
        equations[before] = after
    return equations


def _parse_words(text: str) -> dict[str, str]:
    """``a=left,b=right``; words may hold commas and equals signs, for what they mean does not."""
    words, start = {}, 0
    for equation in ENDS_OF_WORDS.finditer(text):
        word, start = text[start : equation.start()].strip(), equation.end()
        if word:
            words[word.casefold()] = equation[1].casefold()
    rest = text[start:].strip() if words else text.strip()
    if rest:
        word, _, meaning = rest.rpartition("=")
        try:
            parse_side(meaning if word else "left")
        except ValueError as error:
            raise InputError(f"--words: {error}") from error
        raise InputError(f"--words: {rest!r} does not say what a word means; write A=left")
    return words


def gold_project(gold: str | None) -> int | None:
    """The project of experts that ``project:N`` names; None for anything else."""
    if not gold or not gold.startswith(GOLD_PROJECT):
        return None
    number = gold.removeprefix(GOLD_PROJECT)
    if not number.isdecimal():
        raise InputError(f"--gold {gold} names no project; write its number, as in --gold project:7")
    return int(number)


def read_gold_items(path: str) -> list[Pair]:
    return read_gold(read_text(path), source=path)


def read_mapping(path: str | None) -> AnswerMapping | None:
    return parse_mapping(read_text(path), source=path) if path else None

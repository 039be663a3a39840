"""Files with judgments, gold items and mappings."""

from dataclasses import dataclass

import click

from hooks.cli.inputs import read_text
from hooks.cli.options import bundled, control_option, mapping_option
from ls_backend.formats.judgments import JudgmentTable, read_judgments
from ls_backend.formats.mappings import parse_mapping
from ls_backend.formats.pairs import Pair, read_gold
from ls_templates.mapping import AnswerMapping


@dataclass(frozen=True, slots=True)
class Reading:
    """How a CSV or an export with judgments is read: files with gold items and a mapping, and the name of a control."""

    gold: str | None
    mapping: str | None
    control: str | None

    def read(self, file: str) -> JudgmentTable:
        return read_judgments(
            read_text(file),
            source=file,
            mapping=read_mapping(self.mapping),
            gold=read_gold_items(self.gold) if self.gold else None,
            control=self.control,
        )


reading_options = bundled(
    "reading",
    Reading,
    {
        "gold": click.option("--gold", metavar="FILE", help="Gold items for a Label Studio export."),
        "mapping": mapping_option,
        "control": control_option,
    },
)


def read_gold_items(path: str) -> list[Pair]:
    return read_gold(read_text(path), source=path)


def read_mapping(path: str | None) -> AnswerMapping | None:
    return parse_mapping(read_text(path), source=path) if path else None

"""The dataset card of an exported set: a head that ``datasets`` reads, and what a trainer has to know. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from ls_backend.analysis.selection import LeftOut
from ls_backend.analysis.splits import Split
from ls_backend.formats.data_files import features_of
from ls_backend.formats.preference_columns import BETWEEN
from ls_backend.formats.preference_manifest import Manifest
from ls_backend.formats.set_columns import NESTED_FIELDS, Column, ColumnKind, Layout, SetForm
from ls_backend.measurement.estimate import Estimate

TAGS: Mapping[SetForm, list[str]] = {
    SetForm.TRL: ["preference", "dpo", "reward-model", "trl"],
    SetForm.KTO: ["preference", "kto", "trl"],
    SetForm.HELPSTEER: ["preference", "human-feedback"],
    SetForm.ANSWERS: ["human-feedback"],
}


def card(
    manifest: Manifest, columns: Sequence[Column[Any]], layout: Layout, pairs: Mapping[tuple[str | None, Split], int]
) -> str:
    """The card; ``pairs`` counts pairs by slice and split."""
    paths = {path.split("/")[-1].split(".")[0]: path for path in manifest.files}
    head = {
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": path} for split, path in paths.items()],
            }
        ],
        "dataset_info": {"features": features_of(columns)},
        "tags": [*TAGS[layout.form], "steadyhand"],
    }
    sections = [
        f"# {'Answers' if layout.form is SetForm.ANSWERS else 'Preferences'} of {manifest.source}",
        "Human judgments, collected with retests and gold items and exported by `steadyhand export`. "
        f"Digest of the data: `{manifest.digest}`; `manifest.json` has the settings and the items.",
        "## Use",
        _use(manifest, layout),
        "## Splits",
        "Prompts are split by their own text, so that they stay in their split when data is added; prompts that say nearly the "
        "same are kept together. So the share of a slice is as asked for up to chance (of n prompts, to about the root of n): an exact share "
        "would move prompts between splits whenever data is added.",
        _table(("slice", *paths), _rows_of_splits(pairs, list(paths))),
        "## What was left out",
        "Retests are no votes of their own. Dissent are the votes against the consensus of all votes on an item: where a filter "
        "takes more of them than of all votes, it takes a minority's views.",
        _left_out(manifest),
        "## Columns",
        _table(("column", "meaning"), [(f"`{column.name}`", column.meaning) for column in columns]),
        f"A vote has {_vote_fields(columns)}. Annotators stand by pseudonym. Intervals are 90 %.",
    ]
    written = yaml.safe_dump(head, sort_keys=False, allow_unicode=True)
    return "\n\n".join([f"---\n{written}---", *sections]) + "\n"


def _vote_fields(columns: Sequence[Column[Any]]) -> str:
    kinds = [column.kind for column in columns if column.kind in (ColumnKind.VOTES, ColumnKind.ANSWER_VOTES)]
    return ", ".join(f"`{name}`" for name in NESTED_FIELDS[kinds[0]])


def _use(manifest: Manifest, layout: Layout) -> str:
    smoothing = manifest.label_smoothing
    if layout.form is SetForm.ANSWERS:
        return f"Items with their answers. {_share(smoothing)} of the answers are expected not to be the true ones."
    noise = f"{_share(smoothing)} of the chosen responses are expected not to be the ones that most people prefer"
    if layout.form is SetForm.TRL:
        joined = "" if layout.explicit or layout.conversational else f" Prompt and response are divided by {BETWEEN!r}."
        return (
            f"For TRL's trainers of preferences. {noise}: as `label_smoothing` of `DPOConfig` that is "
            f"{_figure(smoothing.value)}. `margin` is taken by `RewardTrainer`.{joined}"
        )
    if layout.form is SetForm.KTO:
        return f"For TRL's `KTOTrainer`: of each pair, the chosen response is wanted and the other one is not. {noise}."
    return f"Laid out like HelpSteer, with everybody's preference in `individual_preference`. {noise}."


def _rows_of_splits(pairs: Mapping[tuple[str | None, Split], int], splits: Sequence[str]) -> Iterable[Sequence[str]]:
    slices = sorted({name for name, _ in pairs}, key=lambda name: (name is None, name or ""))
    for name in slices:
        yield (_slice(name), *(str(pairs.get((name, Split(split)), 0)) for split in splits))


def _left_out(manifest: Manifest) -> str:
    heads = ("slice", "items", "in the set", *(reason.value for reason in LeftOut), "votes", "used", "dissent", "used")
    return _table(
        heads,
        [
            tuple(
                map(
                    str,
                    (
                        _slice(part.slice),
                        part.items,
                        part.rows,
                        *(part.left_out[reason] for reason in LeftOut),
                        part.votes,
                        part.votes_used,
                        part.dissent,
                        part.dissent_used,
                    ),
                )
            )
            for part in manifest.slices
        ],
    )


def _slice(name: str | None) -> str:
    return "(none)" if name is None else name


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def _figure(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"


def _share(estimate: Estimate) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "An unknown share"
    return f"{100 * estimate.value:.1f} % ({100 * estimate.low:.1f} to {100 * estimate.high:.1f} %)"

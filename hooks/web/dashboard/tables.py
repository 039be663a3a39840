"""Tables of records: sorted, filtered and paged by the address, and the same as CSV and JSON.

The parameters are ``sort`` (a column's name, ``-`` before it for descending), ``q`` (text anywhere in a row), ``page``, ``columns``
(names separated by commas), and the name of a column with choices (its value). A page has one main table, which they are about;
its other tables are short and shown whole.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar
from urllib.parse import urlencode

from hooks.web.dashboard.cells import Totals, Unit, Value, as_json, as_number, csv_cells, is_amount, is_known, text
from ls_backend.errors import InputError
from ls_backend.types import Json

ROWS_ON_A_PAGE = 100
ANY = "any"  # the choice of a filter that leaves every row
Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Column(Generic[Record]):
    """A column: its ``name`` in addresses, CSV and JSON, its ``title`` for people, and its value of a record. ``link`` is where a
    cell leads, ``hint`` explains the title, ``has_choices`` offers its values as a filter, ``totals`` fills the totals row,
    ``is_optional`` columns are shown when they are picked."""

    name: str
    title: str
    value: Callable[[Record], Value]
    unit: Unit = Unit.PLAIN
    link: Callable[[Record], str | None] | None = None
    hint: str = ""
    has_choices: bool = False
    totals: Totals | None = None
    is_optional: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell as it is shown."""

    value: Value
    unit: Unit
    link: str | None
    title: str = ""

    @property
    def text(self) -> str:
        return text(self.value, self.unit)


@dataclass(frozen=True)
class Table(Generic[Record]):
    """A table over records, as the ``arguments`` of the address ask for it. ``caption`` says what it shows, ``nothing`` what
    stands there when it is empty; ``order`` is how it is sorted when nothing is asked for. A table beside the main one is paged by a
    ``page_parameter`` of its own; ``beside`` is then the whole address, which its other pages keep."""

    caption: str
    columns: Sequence[Column[Record]]
    records: Sequence[Record]
    arguments: Mapping[str, str]
    order: str = ""
    nothing: str = "Nothing yet."
    rows_on_a_page: int = ROWS_ON_A_PAGE
    page_parameter: str = "page"
    beside: Mapping[str, str] | None = None

    @cached_property
    def rows(self) -> list[Record]:
        """Those that the filters leave, sorted."""
        rows = list(self.records)
        for column in self.choosable:
            if (wanted := self.arguments.get(column.name)) and wanted != ANY:
                texts = {value: text(value, column.unit) for value in set(map(column.value, rows))}
                rows = [row for row in rows if texts[column.value(row)] == wanted]
        if query := self.arguments.get("q", "").strip().casefold():
            words = [column for column in self.columns if column.unit in (Unit.PLAIN, Unit.NUMBER)]
            rows = [row for row in rows if any(query in text(c.value(row), c.unit).casefold() for c in words)]
        return self._sorted(rows)

    def _sorted(self, rows: list[Record]) -> list[Record]:
        name, descending = self.sorting
        if not name:
            return rows
        value = self._column(name).value
        numbers: list[Record] = []
        words: list[Record] = []
        unknown: list[Record] = []
        for row in rows:
            v = value(row)
            (unknown if not is_known(v) else words if as_number(v) is None else numbers).append(row)
        # by plain numbers, of which there may be many: keys that are tuples would be looked through by the collector of garbage
        numbers.sort(key=lambda row: as_number(value(row)) or 0.0, reverse=descending)
        words.sort(key=lambda row: text(value(row)).casefold(), reverse=descending)
        return [*(words + numbers if descending else numbers + words), *unknown]  # unknown last, either way

    @property
    def sorting(self) -> tuple[str, bool]:
        """The column that the rows are sorted by, and whether descending."""
        sort = self.arguments.get("sort") or self.order
        return sort.removeprefix("-"), sort.startswith("-")

    def _column(self, name: str) -> Column[Record]:
        for column in self.columns:
            if column.name == name:
                return column
        raise InputError(f"there is no column {name!r}; there are {', '.join(column.name for column in self.columns)}")

    @property
    def choosable(self) -> list[Column[Record]]:
        return [column for column in self.columns if column.has_choices]

    def choices(self, column: Column[Record]) -> list[str]:
        """The values that a column has in any row."""
        return sorted({text(value, column.unit) for value in set(map(column.value, self.records))})

    @cached_property
    def shown_columns(self) -> list[Column[Record]]:
        if picked := self.arguments.get("columns"):
            return [self._column(name) for name in picked.split(",")]
        return [column for column in self.columns if not column.is_optional]

    @property
    def is_narrowed(self) -> bool:
        """Whether the address asks for some rows or columns, or for an order."""
        asked = {"q", "sort", "columns", "page", *(column.name for column in self.choosable)}
        return any(self.arguments.get(name, ANY) not in ("", ANY) for name in asked)

    @cached_property
    def amounts(self) -> set[str]:
        """Names of the columns that hold counts and amounts, which stand below each other at the right."""
        return {
            column.name
            for column in self.shown_columns
            if column.unit is not Unit.NUMBER and any(is_amount(column.value(row)) for row in self.rows_on_page[:50])
        }

    @property
    def explained(self) -> list[Column[Record]]:
        """The shown columns whose title needs a word."""
        return [column for column in self.shown_columns if column.hint]

    @cached_property
    def page(self) -> int:
        """The page that is asked for, from 1, and never beyond the last."""
        asked = self.arguments.get(self.page_parameter, "1")
        if not asked.isdigit() or not int(asked):
            raise InputError(f"page {asked!r} is not one; pages count from 1")
        return min(int(asked), self.pages)

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.rows) // self.rows_on_a_page))

    @property
    def rows_on_page(self) -> list[Record]:
        first = (self.page - 1) * self.rows_on_a_page
        return self.rows[first : first + self.rows_on_a_page]

    def cells(self, record: Record) -> list[Cell]:
        return [
            Cell(column.value(record), column.unit, column.link(record) if column.link else None, column.title)
            for column in self.shown_columns
        ]

    @property
    def totals(self) -> list[Cell | None]:
        """The totals row over all pages, one cell for each shown column; [] where no column has a total."""
        if not any(column.totals for column in self.shown_columns):
            return []
        return [
            Cell(
                column.totals([v for row in self.rows if is_known(v := column.value(row))]),
                column.unit,
                None,
                column.title,
            )
            if column.totals
            else None
            for column in self.shown_columns
        ]

    def address(self, **changes: str | None) -> str:
        """The query that shows this table otherwise; a change to None leaves a parameter out."""
        wanted = {k: v for k, v in (self.arguments | changes).items() if v}  # type: ignore[operator]
        return "?" + urlencode(wanted)

    def page_address(self, page: int) -> str:
        """The query that shows another page of this table."""
        wanted = {**(self.arguments if self.beside is None else self.beside), self.page_parameter: str(page)}
        return "?" + urlencode({k: v for k, v in wanted.items() if v})

    def sort_address(self, column: Column[Record]) -> str:
        """By this column, and the other way round where it is sorted by it already."""
        name, descending = self.sorting
        return self.address(sort=column.name if name != column.name or descending else f"-{column.name}", page=None)

    def as_csv(self) -> str:
        """All rows that the filters leave, all columns."""
        rows = [
            {name: cell for column in self.columns for name, cell in csv_cells(column.name, column.value(row)).items()}
            for row in self.rows
        ]
        head = list(dict.fromkeys(name for row in rows for name in row)) or [column.name for column in self.columns]
        out = io.StringIO()
        writer = csv.DictWriter(out, head, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _harmless(cell) for name, cell in row.items()} for row in rows)
        return out.getvalue()

    def as_json(self) -> list[Json]:
        """All rows that the filters leave, all columns."""
        return [{column.name: as_json(column.value(row)) for column in self.columns} for row in self.rows]


def _harmless(cell: str | int | float | None) -> str | int | float | None:
    """A spreadsheet takes text that begins so for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def whole(
    caption: str, columns: Sequence[Column[Record]], records: Iterable[Record], *, nothing: str = "Nothing yet."
) -> Table[Record]:
    """A short table, shown whole, whatever the address asks of the main one."""
    rows = list(records)
    return Table(caption, columns, rows, {}, nothing=nothing, rows_on_a_page=max(1, len(rows)))


def paged(
    caption: str,
    columns: Sequence[Column[Record]],
    records: Sequence[Record],
    arguments: Mapping[str, str],
    *,
    name: str,
    nothing: str = "Nothing yet.",
) -> Table[Record]:
    """A long table beside the main one: its pages are asked for by ``NAME_page``, and nothing else of the address is about it."""
    parameter = f"{name}_page"
    asked = {parameter: arguments[parameter]} if parameter in arguments else {}
    return Table(caption, columns, records, asked, nothing=nothing, page_parameter=parameter, beside=arguments)

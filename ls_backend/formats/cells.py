"""What stands in a cell of a table: values that are missing, names, seconds, times. Pure."""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import numpy as np

from ls_backend.arrays import Floats, Ints

NO_VALUE = frozenset(
    [
        spelling
        for word in ("nan", "-nan", "null", "<na>", "n/a", "#n/a", "#na")
        for spelling in (word, word.upper(), word.title())
    ]
    + ["", "NaN", "-NaN", "NaT", "NA", "None", "n.a.", "N.A.", "\\N", "undefined", "(blank)"]
    + ["#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"]
)
"""What pandas, R, spreadsheets, databases and JavaScript write where there is no value."""
WORDS_FOR_NONE = frozenset(text.casefold() for text in NO_VALUE) | frozenset(
    [
        *"-\u2013\u2014.?",
        "--",
        "---",
        "??",
        "missing",
        "nil",
        "blank",
        "empty",
        "skip",
        "skipped",
        "unknown",
        "unanswered",
    ]
)
"""What people write as well, of which some may be an answer."""
NO_NAME = NO_VALUE - {"NA", "None"}  # may be initials

NO_WIDTH = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff"))
"""Characters that are not seen, and come along with copied text."""

ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
"""A long number as spreadsheets write it."""
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
MAY_BE_WHOLE = re.compile(r"\d[.,]0")  # what all of the following have
WHOLE_WITH_FRACTION = re.compile(r"(\d+)[.,]0+")
SLASHED = re.compile(
    r"(\d\d?)([/.-])(\d\d?)\2(\d{4}|\d\d)(?:,?[ T] *(\d\d?):(\d\d)(?::(\d\d)(\.\d+)?)? ?(?:([ap])\.?m\.?)?(Z|[+-]\d\d:?\d\d)?)?",
    re.IGNORECASE,
)
"""Month and day before the year, in the one order or the other. A year of two digits may stand first as well."""
CENTURY = 2000  # of years of two digits: nobody labelled before
DATE = re.compile(r"(\d{4})[-/](\d\d?)[-/](\d\d?)")
SECONDS = re.compile(r"\d{9,10}(\.\d+)?")
SINCE_1970 = ((re.compile(r"\d{12,13}(\.\d+)?"), 1e3), (re.compile(r"\d{15,16}"), 1e6), (re.compile(r"\d{18,19}"), 1e9))
"""Milliseconds, microseconds and nanoseconds, with how many of them are a second."""
ALIKE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.(\d{3}|\d{6}))?Z?")
TIMES_AT_ONCE = 20_000
MTURK_TIME = re.compile(r"\w{3} (\w{3} \d\d? \d\d:\d\d:\d\d) ([PMCE][SD]T|UTC|GMT) (\d{4})")
MTURK_ZONES = {
    "PST": -8,
    "PDT": -7,
    "MST": -7,
    "MDT": -6,
    "CST": -6,
    "CDT": -5,
    "EST": -5,
    "EDT": -4,
    "UTC": 0,
    "GMT": 0,
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = r"(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: ?([ap])\.?m\.?)?"
_ZONE = r"(?: ?(?:UTC|GMT|Z)?([+-]\d\d:?\d\d)?(?: \([\w ]+\))?)?"
YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.](\d\d?)[-/.](\d\d?)(?:,? +|T){_CLOCK}{_ZONE}", re.IGNORECASE)
NAMED_MONTH = re.compile(
    rf"(?:[a-z]{{3,9}},? )?(?:(\d\d?)[ -]([a-z]{{3,9}})\.?[ -]|([a-z]{{3,9}})\.? (\d\d?),? )(\d{{4}}),? +{_CLOCK}{_ZONE}",
    re.IGNORECASE,
)
YEAR_LAST = re.compile(rf"[a-z]{{3}} ([a-z]{{3}}) +(\d\d?) {_CLOCK} (\d{{4}})", re.IGNORECASE)
"""As C writes times: Tue Nov 03 08:30:00 2026."""
EXCEL_DAY = re.compile(r"[3-6]\d{4}([.,]\d+)?")
DURATION = re.compile(r"(?:(\d+) days? )?(\d\d?):(\d\d):(\d\d(?:\.\d+)?)")


def means_none(text: str) -> bool:
    """Whether a text stands for no value, unless it is an answer."""
    return text.casefold() in WORDS_FOR_NONE


def is_number(text: str, *, decimal_comma: bool) -> bool:
    """Whether a text is a number without an exponent; ``decimal_comma``: 1,5 is one too."""
    return NUMBER.fullmatch(text) is not None and (decimal_comma or "," not in text)


def number(text: str) -> float:
    """The number in such a text."""
    return float(text.replace(",", "."))


def plain_number(text: str) -> str:
    """``5.0`` -> ``5``: pandas adds the fraction to whole numbers where some are missing. Other texts stay."""
    whole = WHOLE_WITH_FRACTION.fullmatch(text) if text.endswith("0") else None
    return whole.group(1) if whole else text


def plain_name(text: str) -> str:
    """An annotator's name as a number (:func:`plain_number`), or with its accents in one form and without characters of no width."""
    if text.isascii():
        return plain_number(text)
    return unicodedata.normalize("NFC", text.translate(NO_WIDTH)).strip()


def lead_time(text: str, *, decimal_comma: bool, per_second: int = 1) -> float | None:
    """Seconds, of a number of such parts of a second; None where the text says that there is no value. Raises ValueError, naming the text."""
    if text in NO_VALUE:
        return None
    try:
        seconds = float(text.replace(",", ".") if decimal_comma else text)
    except ValueError:
        if means_none(text):
            return None
        duration = DURATION.fullmatch(text) if per_second == 1 else None
        seconds = _seconds_of(duration) if duration else -1.0
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"lead_time_s is {text!r}; write seconds, as in 12.5")
    return seconds / per_second


def _seconds_of(duration: re.Match[str]) -> float:
    days, hours, minutes, seconds = duration.groups()
    return ((int(days or 0) * 24 + int(hours)) * 60 + int(minutes)) * 60 + float(seconds)


def margin(text: str, *, decimal_comma: bool) -> float | None:
    """A number of either sign; None where the text says that there is no value. Raises ValueError, naming the text."""
    if text in NO_VALUE:
        return None
    try:
        value = float(text.replace(",", ".") if decimal_comma else text)
    except ValueError:
        if means_none(text):
            return None
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"margin is {text!r}; write a number, as in -1.5")
    return value


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in seconds since the epoch; ``is_day`` says that only the day is known."""

    seconds: float
    is_day: bool


class DateOrder(StrEnum):
    """How dates such as 11/3/2026 are written: ``us``, the month first, or ``eu``, the day first."""

    US = "us"
    EU = "eu"


Written = tuple[int, int, int, bool, bool]


@dataclass(frozen=True, slots=True)
class SlashedTime:
    """A time whose date says month and day in some order: ``first`` and ``second``, and the ``rest`` in ISO 8601. Its ``year`` may
    be written with two digits."""

    text: str
    first: int
    second: int
    year: int
    rest: str
    has_short_year: bool

    @property
    def written(self) -> Written:
        """What a column can be told by from it: its parts, and how it is written."""
        return self.first, self.second, self.year, self.has_short_year, self.has_dots

    @property
    def has_dots(self) -> bool:
        """Whether it is written as in 27.11.2026."""
        return self.text.lstrip("0123456789").startswith(".")

    @property
    def may_begin_with_year(self) -> bool:
        """Whether its first part may be the year, and the last one the day."""
        return self.has_short_year and 1 <= self.second <= 12 and 1 <= self.year - CENTURY <= 31

    def date(self, order: DateOrder) -> str:
        """The date in ISO 8601, whether there is such a day or not."""
        month, day = (self.first, self.second) if order is DateOrder.US else (self.second, self.first)
        return f"{self.year}-{month:02}-{day:02}"

    def moment(self, order: DateOrder) -> Moment:
        """The time. Raises ValueError, naming the text."""
        try:
            return moment(f"{self.date(order)}{self.rest}")
        except ValueError:
            first = "month" if order is DateOrder.US else "day"
            raise ValueError(f"at is {self.text!r}, which is no date with the {first} first; write ISO 8601") from None


def slashed_time(text: str) -> SlashedTime | None:
    """A time such as 11/27/2026 8:30 PM, 27.11.2026 20:30 or 27/11/26; None of other texts."""
    parts = SLASHED.fullmatch(text)
    if parts is None:
        return None
    first, _, second, year, hour, minute, seconds, fraction, half, zone = parts.groups()
    rest = ""
    if hour is not None:
        rest = f"T{_hour(hour, half):02}:{minute}:{seconds or '00'}{fraction or ''}{zone or ''}"
    is_short = len(year) == 2
    return SlashedTime(text, int(first), int(second), int(year) + CENTURY * is_short, rest, is_short)


def may_be_day(text: str) -> bool:
    """Whether a text is such a time whose month is one; with dots only if it stands second, for 12.30.45 is none."""
    time = slashed_time(text)
    if time is None or max(time.first, time.second) > 31:
        return False
    return 1 <= (time.second if time.has_dots else min(time.first, time.second)) <= 12


def date_order(times: Sequence[SlashedTime]) -> DateOrder | None:
    """The order in which a whole column says month and day: of one of them some is greater than 12. None where none is.
    Raises ValueError where it says both."""
    by_day = next((time for time in times if time.first > 12 >= time.second), None)
    by_month = next((time for time in times if time.second > 12 >= time.first), None)
    if by_day and by_month:
        raise ValueError(f"{by_day.text!r} has the day first, and {by_month.text!r} the month")
    if by_day or by_month:
        return DateOrder.EU if by_day else DateOrder.US
    return None


def may_begin_with_years(times: Sequence[SlashedTime]) -> bool:
    """Whether the dates of a whole column may have the year first: all are dates then, and what stands first changes no more than
    what stands last, as years do beside days."""
    return all(time.may_begin_with_year for time in times) and len({time.first for time in times}) <= len(
        {time.year for time in times}
    )


def moment(text: str) -> Moment:
    """A time in ISO 8601, in UTC where it names no time zone; a day; seconds or milliseconds since 1970; or a time as Mechanical
    Turk writes it. Raises ValueError, naming the text."""
    try:
        if text[4:5] in ("-", "/") and text[10:11] in ("T", " "):
            try:
                return _instant(datetime.fromisoformat(text.replace("/", "-", 2)))
            except ValueError:
                return _instant(_written_out(text))
        date = DATE.fullmatch(text)
        if date:
            return Moment(datetime(*map(int, date.groups()), tzinfo=UTC).timestamp(), is_day=True)  # type: ignore[arg-type,misc]
        if SECONDS.fullmatch(text):
            return Moment(float(text), is_day=False)
        for since_1970, per_second in SINCE_1970:
            if since_1970.fullmatch(text):
                return Moment(float(text) / per_second, is_day=False)
        mturk = MTURK_TIME.fullmatch(text)
        if mturk:
            time = datetime.strptime(f"{mturk[1]} {mturk[3]}", "%b %d %H:%M:%S %Y")  # noqa: DTZ007
            return _instant(time.replace(tzinfo=timezone(timedelta(hours=MTURK_ZONES[mturk[2]]))))
        try:
            return _instant(datetime.fromisoformat(text))
        except ValueError:
            return _instant(_written_out(text))
    except (ValueError, OverflowError):
        of_excel = (
            ", and Excel's numbers of days so by giving their cells the format of a date"
            if EXCEL_DAY.fullmatch(text)
            else ""
        )
        raise ValueError(f"at is {text!r}; write ISO 8601, as in 2026-11-21T08:30:00Z{of_excel}") from None


def _written_out(text: str) -> datetime:
    """A time that names its month, or whose hour has one digit or is of twelve. Raises ValueError."""
    if match := YEAR_FIRST.fullmatch(text):
        year, month, day, *clock = match.groups()
    elif match := NAMED_MONTH.fullmatch(text):
        early_day, early_month, late_month, late_day, year, *clock = match.groups()
        day, month = early_day or late_day, _month(early_month or late_month)
    elif match := YEAR_LAST.fullmatch(text):
        name, day, *clock, year = match.groups()
        month, clock = _month(name), [*clock, None]
    else:
        raise ValueError(text)
    hour, minute, second, fraction, half, zone = clock
    time = (
        f"{year}-{month:0>2}-{day:0>2}T{_hour(hour, half):02}:{minute}:{second or '00'}.{fraction or '0'}{zone or ''}"
    )
    return datetime.fromisoformat(time)


def _month(name: str) -> str:
    return str(MONTHS.index(name[:3].casefold()) + 1)


def _hour(hour: str, half: str | None) -> int:
    """An hour of 24; ``half`` is how that of a day is called, if it is one of twelve. There is no 13 PM."""
    clock = int(hour)
    if not half:
        return clock
    return clock % 12 + 12 * (half.casefold() == "p") if 1 <= clock <= 12 else 24


def instants(texts: Sequence[str]) -> Floats | None:
    """Many times that are written alike, as in 2026-11-21T08:30:00Z, with or without a fraction and Z, in seconds since the epoch, (n,);
    None where they are not. The same as :func:`moment` gives, at once."""
    size = len(texts[0]) if texts else 0
    if not size or {*map(len, texts)} != {size}:
        return None
    if ALIKE.fullmatch(texts[0]) is None:
        return None
    signs = np.array(texts, dtype=f"U{size}").view(np.uint32).reshape(len(texts), size)
    like = signs[0]
    digits = (like >= ord("0")) & (like <= ord("9"))
    value = signs[:, digits].astype(np.int64) - ord("0")
    if not (signs[:, ~digits] == like[~digits]).all() or not ((value >= 0) & (value <= 9)).all():
        return None

    def number(start: int, end: int) -> Ints:
        return np.asarray(value[:, start:end] @ 10 ** np.arange(end - start)[::-1])

    year, month, day, hour, minute, second = (
        number(*ends) for ends in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))
    )
    first = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    length = ((first + 1).astype("M8[D]") - first.astype("M8[D]")).astype(np.int64)
    if not ((year > 0) & (month > 0) & (month < 13) & (day > 0) & (day <= length)).all():
        return None
    if not ((hour < 24) & (minute < 60) & (second < 60)).all():
        return None
    days = first.astype("M8[D]").astype(np.int64) + day - 1
    fraction = number(14, value.shape[1]) * 10 ** (20 - value.shape[1]) if value.shape[1] > 14 else 0
    microseconds = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + fraction
    if (np.abs(microseconds) > 2**53).any():  # in 2255, where a float no longer holds all of them
        return None
    return np.asarray(microseconds / 1e6)


def _instant(time: datetime) -> Moment:
    return Moment((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp(), is_day=False)

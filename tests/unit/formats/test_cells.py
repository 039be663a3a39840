import pytest

from ls_backend.formats.cells import lead_time, moment

AT = 1793695872.0  # 2026-11-03T08:51:12Z


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-03 08:51:12 UTC",
        "2026.11.03 08:51:12",
        "2026-11-3 8:51:12",
        "2026-11-03 08:51:12 AM",
        "2026/11/3, 10:51:12 +0200",
        "3 Nov 2026 08:51:12",
        "3-November-2026 8:51:12",
        "Nov 3, 2026 8:51:12 am",
        "November 03, 2026, 08:51:12",
        "Tue, 03 Nov 2026 08:51:12 GMT",
        "Tue, 03 Nov 2026 10:51:12 +0200",
        "Tue Nov  3 08:51:12 2026",
        "Tue Nov 03 2026 08:51:12 GMT+0000 (Coordinated Universal Time)",
        "Tue Nov 03 03:51:12 EST 2026",
        "1793695872",
        "1793695872000.0",
        "1793695872000000",
        "1793695872000000000",
    ],
)
def test_times_are_read_as_people_and_programs_write_them(text: str) -> None:
    assert (moment(text).seconds, moment(text).is_day) == (AT, False)


def test_twelve_hours_have_no_thirteenth() -> None:
    assert moment("2026-11-03 12:00 AM").seconds == 1793664000
    assert moment("Nov 3, 2026 12:00 PM").seconds == 1793664000 + 12 * 3600
    for text in ("2026-11-03 13:00 PM", "2026-11-31 8:00", "3 Foo 2026 08:00", "08:51:12"):
        with pytest.raises(ValueError, match=f"at is '{text}'; write ISO 8601"):
            moment(text)


def test_excels_number_of_a_day_is_refused_with_its_cure() -> None:
    with pytest.raises(ValueError, match="Excel's numbers of days so by giving their cells the format of a date"):
        moment("46329.36889")


@pytest.mark.parametrize(
    ("text", "seconds"), [("00:00:17.5", 17.5), ("1:02:03", 3723.0), ("1 day 00:00:01", 86401.0), ("-", None)]
)
def test_lead_times_may_have_hours_and_minutes(text: str, seconds: float | None) -> None:
    assert lead_time(text, decimal_comma=False) == seconds
    with pytest.raises(ValueError, match="lead_time_s is '1:02'"):
        lead_time("1:02", decimal_comma=False)

import pytest

from ls_backend.label_studio.timestamps import format_timestamp, parse_timestamp


def test_times_are_written_as_label_studios_filters_take_them() -> None:
    assert format_timestamp(parse_timestamp("2026-11-21T09:00:00.25+01:00")) == "2026-11-21T08:00:00.250000Z"
    with pytest.raises(ValueError, match="no time zone"):
        parse_timestamp("2026-11-21T08:00:00")

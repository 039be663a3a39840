import pytest

from ls_backend.errors import MappingError
from ls_backend.formats.mappings import parse_mapping
from ls_backend.label_studio.config import check_mapping
from tests.fakes import USERS_OWN_CONFIG


def test_a_mapping_file_reads_users_own_configs() -> None:
    text = 'control = "best"\nleft = "one"\nright = "two"\n[values]\n"1st" = "left"\n"2nd" = "right:2"'
    mapping = parse_mapping(text, source="m.toml")
    check_mapping(mapping, USERS_OWN_CONFIG)
    assert mapping.values == {"1st": 1, "2nd": -2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('left = "a"\nright = "b"', "control is missing"),
        ('control = "c"\nleft = "a"\nright = "a"', "the same field"),
        ('control = "c"\nleft = "a"\nright = "b"\n[values]\nx = "middle"', "'middle' is not an answer"),
        ('control = "c"\nleft = "a"\nright = "b"\nvalues = ["x"]', "values must be a table"),
        ("control = ", "not valid TOML"),
    ],
)
def test_a_bad_mapping_file_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        parse_mapping(text, source="m.toml")

"""Files as people have them: encodings told, folders read whole."""

import codecs
from pathlib import Path

import pytest

from hooks.cli.inputs import read_text
from ls_backend.errors import InputError

TEXT = "annotator,item,answer\nZoë,i,cat\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace("\n", "\r\n").encode(),
    ],
)
def test_encodings_are_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    assert read_text(str(path)) == TEXT


def test_another_encoding_is_refused_by_its_line_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(TEXT.encode("cp1252"))
    with pytest.raises(InputError, match=r"is not UTF-8 .line 2, byte 24: .*iconv -f WINDOWS-1252"):
        read_text(str(path))


def test_a_folder_is_its_json_files_one_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "2").write_text('{"id": 2}')
    (tmp_path / "1").write_text('{"id": 1}')
    (tmp_path / ".hidden").write_text("no")
    assert read_text(str(tmp_path)) == '{"id": 1}\n{"id": 2}'
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(InputError, match=r"notes.txt in it is no JSON"):
        read_text(str(tmp_path))

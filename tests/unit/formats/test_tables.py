import pytest

from ls_backend.errors import InputError
from ls_backend.formats.line_errors import LineErrors
from ls_backend.formats.tables import Table, read_table

EXPECTED = {"annotator", "item", "answer"}
ROWS = [(2, ["x", "i", "cat"]), (3, ["y", "j", "dog"])]


def table(text: str) -> Table:
    return read_table(text, source="f", expected=EXPECTED)


def rows(text: str) -> list[tuple[int, list[str]]]:
    errors = LineErrors("f")
    found = list(table(text).rows(errors))
    errors.raise_if_any()
    return found


@pytest.mark.parametrize(
    "text",
    [
        "annotator,item,answer\nx,i,cat\ny,j,dog\n",
        "annotator;item;answer\r\nx;i;cat\r\ny;j;dog\r\n",
        "annotator\titem\tanswer\rx\ti\tcat\ry\tj\tdog",
        "annotator|item|answer\nx|i|cat\ny|j|dog",
        '\ufeff"annotator" , "item" , "answer"\n'.replace(" ,", ",") + ' x , i, "cat"\ny, j , dog\n',
        ",annotator,item,answer\n0,x,i,cat\n1,y,j,dog\n",
        "Unnamed: 0,annotator,item,answer\n0,x,i,cat\n1,y,j,dog\n",
        "index,annotator,item,answer\n7,x,i,cat\n8,y,j,dog\n",
        '"annotator","item","answer"\n"1","x","i","cat"\n"2","y","j","dog"\n',  # as R writes it
        "annotator,item,answer,,\nx,i,cat,,\ny,j,dog,,\n",
        "annotator,item,answer\nx,i,cat\ny,j,dog\n,,\n\n , ,\n",
    ],
)
def test_a_table_is_the_same_however_a_program_wrote_it(text: str) -> None:
    assert list(table(text).columns) == ["annotator", "item", "answer"]
    assert rows(text) == ROWS


def test_excels_own_line_names_the_delimiter() -> None:
    assert rows("sep=;\nannotator;item;answer\nx;i;cat\n") == [(3, ["x", "i", "cat"])]


def test_what_is_left_out_is_said() -> None:
    text = ",annotator,item,answer\n0,x,i,cat\n,annotator,item,answer\n1,y,j\n,,,\n"
    notes = " / ".join(note.text for note in table(text).notes)
    assert "numbers the rows" in notes
    assert "header stands 1 time more" in notes
    assert "1 row with fewer cells" in notes
    assert "1 empty row" in notes
    assert rows(text) == [(2, ["x", "i", "cat"]), (4, ["y", "j", ""])]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f is empty"),
        ("\ufeff\n \n", "f is empty"),
        ("annotator,item,answer,Answer\n", "column 'Answer' stands twice"),
        (",annotator\nfirst,x\n", "column 1 has no name"),
        ('annotator,item\nx,i\nx,"j\ny,k\nz,l\n', r'line 3: a quote \("\) is opened here'),
        ('annotator,item\nx,i\nx,"j\ny,"k\nz,l\n', r'line 3: a quote \("\) is opened here'),
        ('annotator,item\nx,i\nx,"j\nand on"\ny,"k" l\n', r'line 5: a quote \("\) is opened here'),
    ],
)
def test_a_table_that_is_broken_is_refused_by_line(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        rows(text)


def test_a_cell_may_be_long_and_hold_lines() -> None:
    long = "word " * 30_000
    assert rows(f'annotator,item,answer\nx,"{long}",cat\nx,"one\ntwo",dog\nx,i,cat\n') == [
        (2, ["x", long.strip(), "cat"]),
        (3, ["x", "one\ntwo", "dog"]),
        (5, ["x", "i", "cat"]),
    ]

"""What commands take in: files, and the environment."""

import codecs
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import ls_backend
import ls_templates
from ls_backend.errors import InputError
from ls_backend.formats.packed_tables import as_csv, unpacked
from ls_backend.formats.text_file import TextFile

if TYPE_CHECKING:
    from ls_backend.services.actor import Actor
    from ls_backend.services.context import Context


CONTRACTS = Path(ls_backend.__file__).parent / "contracts"
EXAMPLE_GUIDE = Path(ls_templates.__file__).parent / "guide.md"
EXAMPLE_CONTRACT, EXAMPLE_MODEL = CONTRACTS / "example.toml", CONTRACTS / "theory" / "model.toml"


def read_text(path: str) -> str:
    """A file's text, or standard input's for ``-``: UTF-8, or UTF-16 with a byte order mark; of Parquet and spreadsheets as CSV; of what gzip
    or ZIP have packed, what is in it.

    Raises:
        InputError: the file can't be read, or is in another encoding.
    """
    with readable(path):
        content = sys.stdin.buffer.read() if path == "-" else _content(Path(path))
    try:
        content = unpacked(content, source=path)
        table = as_csv(content, source=path)
        if table is not None:
            return table
        text = content.decode(encoding_of(content))
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise not_utf8(path, line, error.start, content[error.start : error.start + 4]) from error


def text_file(path: str) -> TextFile:
    """The same, to be read by whoever needs not all of it at once. It is opened only where that can be done again, on a disk.

    Raises:
        InputError: the file can't be read.
    """
    with readable(path):
        stands_on_disk = path != "-" and Path(path).is_file()
    return TextFile(path, lambda: read_text(path), (lambda: Path(path).open("rb")) if stands_on_disk else None)


@contextmanager
def readable(path: str) -> Iterator[None]:
    """Raises InputError where what is done inside can't read a file."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}); check the path") from error


def not_utf8(path: str, line: int, place: int, content: bytes) -> InputError:
    """What is wrong with a file in another encoding, with the first bytes that tell it."""
    return InputError(
        f"{path} is not UTF-8 (line {line}, byte {place}: {content!r}); save it as UTF-8, as Excel's `CSV UTF-8` or by "
        "`iconv -f WINDOWS-1252 -t UTF-8`"
    )


def _content(path: Path) -> bytes:
    """The content of a file; of a folder, such as a storage that Label Studio exports to, of all files in it that are not hidden, one after
    the other."""
    if not path.is_dir():
        return path.read_bytes()
    files = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
    contents = [file.read_bytes() for file in files]
    for file, content in zip(files, contents, strict=True):
        if not content.lstrip().startswith((b"{", b"[")):
            raise InputError(
                f"{path} is a folder, and {file.name} in it is no JSON; a folder holds the files of an export of Label Studio, or name "
                "one file"
            )
    return b"\n".join(contents)


def encoding_of(content: bytes) -> str:
    """UTF-8, or UTF-16 where a byte order mark or the header's zeros tell it."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = content[:200]
    if len(head) > 3 and not any(head[1::2]):
        return "utf-16-le"
    return "utf-16-be" if len(head) > 3 and not any(head[::2]) else "utf-8-sig"


def service_context() -> "Context":
    """The store and the Label Studio that the environment names.

    Raises:
        SettingsError: the environment lacks something.
    """
    from ls_backend.settings import Settings

    settings = Settings.read()
    from ls_backend.services.context import Context  # commands without a database do not wait for its import

    return Context.from_settings(settings)


def acting(ctx: "Context") -> "tuple[Context, Actor]":
    """The context, and who acts in it: whoever LABEL_STUDIO_API_KEY belongs to.

    Raises:
        GatewayError: Label Studio does not say who that is.
    """
    from ls_backend.services.actor import Actor

    return ctx, Actor.token_owner(ctx)

"""What commands take in: files, and the environment."""

import codecs
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import ls_backend
from ls_backend.errors import InputError

if TYPE_CHECKING:
    from ls_backend.services.actor import Actor
    from ls_backend.services.context import Context


CONTRACTS = Path(ls_backend.__file__).parent / "contracts"
EXAMPLE_CONTRACT, EXAMPLE_MODEL = CONTRACTS / "example.toml", CONTRACTS / "theory" / "model.toml"


def read_text(path: str) -> str:
    """A file's text, or standard input's for ``-``: UTF-8, or UTF-16 with a byte order mark.

    Raises:
        InputError: the file can't be read, or is in another encoding.
    """
    try:
        content = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        if content.startswith(b"PK\x03\x04"):
            raise InputError(f"{path} is a spreadsheet or another packed file; save it as CSV")
        encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
        return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from error


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

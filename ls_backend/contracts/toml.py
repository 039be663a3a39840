"""Files that people write: TOML into checked, frozen records, with errors that name the key and the cure."""

import tomllib
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ls_backend.errors import ContractError

Share = Annotated[float, Field(ge=0, le=1)]
MinorUnits = Annotated[int, Field(ge=0)]


class TomlTable(BaseModel):
    """A table of such a file. Unknown keys are refused, so that a misspelt key can't change what is meant."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)


BONUS_KINDS = ("linear", "binary", "tiered")  # pydantic names them in an error's location, though they are no keys
Table = TypeVar("Table", bound=TomlTable)


def parse_toml(table: type[Table], text: str, *, source: str, example: str) -> Table:
    """Read TOML; ``source`` names the file in errors, ``example`` the command that prints one.

    Raises:
        ContractError: not TOML, or a key is missing, unknown or out of range; names the key and the cure.
    """
    try:
        return table.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ContractError(f"{source}: not valid TOML: {error}. Fix that place and try again.") from error
    except ValidationError as error:
        lines = [f"{source}: {_cure(dict(e), example)}" for e in error.errors()]
        raise ContractError("\n".join(lines)) from error


def _cure(error: dict[str, object], example: str) -> str:
    location = error["loc"]
    parts = [str(p) for p in location if p not in BONUS_KINDS] if isinstance(location, tuple) else []
    key = ".".join(parts) or "file"
    match error["type"]:
        case "missing":
            return f"{key} is missing; add it ({example} prints an example)"
        case "union_tag_not_found":
            return f'{key}.kind is missing; add kind = "linear", "binary" or "tiered"'
        case "extra_forbidden":
            return f"{key} is not a key here; remove it or fix its spelling"
        case _:
            return f"{key}: {error['msg']} (got {error['input']!r}); fix the value"

"""Files that people write: TOML into checked, frozen models, with errors that name the key and the cure."""

import tomllib
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ls_backend.errors import ContractError

Share = Annotated[float, Field(ge=0, le=1)]
Minor = Annotated[int, Field(ge=0)]


class Part(BaseModel):
    """A table of such a file: unknown keys are refused, so that a slip of the pen can't change what is meant."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)


KINDS = ("linear", "binary", "tiered")  # names of alternatives, which are no keys
P = TypeVar("P", bound=Part)


def parse(kind: type[P], text: str, *, source: str, example: str) -> P:
    """Read TOML.

    Raises:
        ContractError: not TOML, or a key is missing, unknown or out of range; names the key and the cure.
    """
    try:
        return kind.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ContractError(f"{source}: not valid TOML: {error}. Mend that place and try again.") from error
    except ValidationError as error:
        lines = [f"{source}: {_cure(dict(e), example)}" for e in error.errors()]
        raise ContractError("\n".join(lines)) from error


def _cure(error: dict[str, object], example: str) -> str:
    location = error["loc"]
    parts = [str(p) for p in location if p not in KINDS] if isinstance(location, tuple) else []
    key = ".".join(parts) or "file"
    match error["type"]:
        case "missing":
            return f"{key} is missing; add it ({example} prints an example)"
        case "union_tag_not_found":
            return f'{key}.kind is missing; add kind = "linear", "binary" or "tiered"'
        case "extra_forbidden":
            return f"{key} is not a key here; remove it or mend its spelling"
        case _:
            return f"{key}: {error['msg']} (got {error['input']!r}); mend the value"

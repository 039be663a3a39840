"""What the environment says. The only reader of it."""

from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ls_backend.errors import SettingsError
from ls_templates.plugin import protocol


class Settings(BaseSettings):
    """Settings of the service. Secrets have no defaults and never show in a repr.

    ``secret`` is shared by the service and the plugin inside Label Studio, and known to nobody else; what Label Studio
    stores for us (a webhook's header) is derived from it per project, so that reading one opens nothing more.
    """

    model_config = SettingsConfigDict(env_prefix="STEADYHAND_", frozen=True, populate_by_name=True, extra="ignore")

    label_studio_url: str = Field(alias="LABEL_STUDIO_URL")
    label_studio_api_key: SecretStr = Field(alias="LABEL_STUDIO_API_KEY")
    secret: SecretStr = Field(min_length=16)
    url: str = "http://127.0.0.1:8090"
    ml_url: str | None = None
    database_url: str = "sqlite:///steadyhand.sqlite3"
    redis_url: str | None = None
    reconcile_minutes: int = Field(default=5, ge=1)
    debounce_seconds: float = Field(default=1.0, ge=0)
    """From an event to its work. The annotator's browser asks for the next task in this time; a seed made just then would
    slow that down, and so tell what comes next."""
    four_eyes: bool = False
    """A settlement is approved by somebody else than whoever settled it."""
    writeback_seconds: float = Field(default=10.0, ge=0)

    @classmethod
    def read(cls, **given: Any) -> "Settings":
        """From the environment, ``given`` values first.

        Raises:
            SettingsError: names each variable that is missing or unusable, never a secret's value.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            names = {name: field.alias or f"STEADYHAND_{name.upper()}" for name, field in cls.model_fields.items()}
            lines = []
            for e in error.errors(include_input=False):
                key = str(e["loc"][0]) if e["loc"] else "settings"
                lines.append(f"{names.get(key, key)}: {e['msg']}")
            raise SettingsError(
                "the environment is not complete:\n  " + "\n  ".join(lines) + "\nSet them and try again; "
                "`python -c 'import secrets; print(secrets.token_urlsafe(32))'` makes a STEADYHAND_SECRET."
            ) from error

    def derive(self, purpose: str) -> str:
        """A secret for one purpose, from which no other can be found."""
        return protocol.derive_key(self.secret.get_secret_value(), purpose)

    @property
    def plugin_key(self) -> str:
        """What the service and the plugin inside Label Studio show each other."""
        return self.derive(protocol.KEY_PURPOSE)

    def pseudonym(self, annotator: str) -> str:
        """The name an annotator goes by wherever others can read it."""
        return "annotator-" + self.derive(f"pseudonym:{annotator}")[:8]

    def webhook_secret(self, project: int) -> str:
        return self.derive(f"webhook:{project}")

    def ml_password(self, project: int) -> str:
        return self.derive(f"ml:{project}")

    @property
    def ml_base(self) -> str:
        return (self.ml_url or self.url).rstrip("/")

    @property
    def webhook_url(self) -> str:
        return self.url.rstrip("/") + "/webhook"

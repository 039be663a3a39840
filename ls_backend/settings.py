"""What the environment says. The only reader of it."""

from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ls_backend.errors import SettingsError
from ls_templates.plugin import protocol


class Settings(BaseSettings):
    """Settings of the service. Secrets have no defaults and never show in a repr.

    ``secret`` is shared by the service and the plugin inside Label Studio, and known to nobody else; what Label Studio
    stores for us (a webhook's header) is derived from it per project, so that reading one opens nothing more.
    """

    model_config = SettingsConfigDict(
        env_prefix="STEADYHAND_", frozen=True, populate_by_name=True, extra="ignore", env_ignore_empty=True
    )

    label_studio_url: str = Field(alias="LABEL_STUDIO_URL")
    label_studio_api_key: SecretStr = Field(alias="LABEL_STUDIO_API_KEY")
    secret: SecretStr = Field(min_length=16)
    previous_secret: SecretStr | None = Field(default=None, min_length=16)
    """While the secret is exchanged: what comes with the one before is accepted, too."""
    pseudonym_secret: SecretStr | None = Field(default=None, min_length=16)
    """What pseudonyms follow from, so that they outlive an exchange of the secret; by default the secret."""
    url: str = "http://127.0.0.1:8090"
    ml_url: str | None = None
    database_url: str = "sqlite:///steadyhand.sqlite3"
    redis_url: str | None = None
    reconcile_minutes: int = Field(default=5, ge=1)
    debounce_seconds: float = Field(default=1.0, ge=0)
    """From an event to its work. The annotator's browser asks for the next task in this time; a seed made just then would
    slow that down, and so tell what comes next."""
    event_days: float = Field(default=7.0, ge=0)
    """How long the bodies of applied events are kept. Of each a digest stays."""
    four_eyes: bool = False
    """A settlement is approved by somebody else than whoever settled it."""
    log_format: Literal["text", "json"] = "text"
    pages_up_to: int = Field(default=2_000_000, ge=0)
    """How many judgments of a project are looked through at once, by pages of the dashboard and by `inspect`: they are held in memory."""
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

    def accepted(self, purpose: str) -> tuple[str, ...]:
        """What is accepted for a purpose: :meth:`derive` of today's secret, then of the one before."""
        return protocol.derive_keys(_values(self.secret, self.previous_secret), purpose)

    def signing_keys(self, purpose: str) -> list[str]:
        """The same, as itsdangerous takes them: it signs with the last."""
        return list(reversed(self.accepted(purpose)))

    @property
    def plugin_keys(self) -> tuple[str, ...]:
        """What the service and the plugin inside Label Studio show each other; today's first."""
        return self.accepted(protocol.KEY_PURPOSE)

    def pseudonym(self, annotator: str) -> str:
        """The name an annotator goes by wherever others can read it."""
        secret = self.pseudonym_secret or self.secret
        return "annotator-" + protocol.derive_key(secret.get_secret_value(), f"pseudonym:{annotator}")[:8]

    def webhook_secret(self, project: int) -> str:
        return self.derive(webhook_purpose(project))

    def ml_password(self, project: int) -> str:
        return self.derive(ml_purpose(project))

    @property
    def ml_base(self) -> str:
        return (self.ml_url or self.url).rstrip("/")

    @property
    def webhook_url(self) -> str:
        return self.url.rstrip("/") + "/webhook"


def webhook_purpose(project: int) -> str:
    """What the header of a project's webhook is derived for."""
    return f"webhook:{project}"


def ml_purpose(project: int) -> str:
    """What the password of a project's ML backend is derived for."""
    return f"ml:{project}"


def _values(*secrets: SecretStr | None) -> list[str]:
    return [secret.get_secret_value() for secret in secrets if secret is not None]

"""Label Studio's own settings, and ours on top. The plugin's only reader of the environment.

- ``STEADYHAND_SECRET``: the same as the service's; from it come the key of the plugin's calls and that of task ids.
- ``STEADYHAND_PREVIOUS_SECRET``: while the secret is exchanged, the one before, which is accepted as well.
- ``STEADYHAND_SERVICE_URL``: where the service answers; without it there is no panel.
- ``STEADYHAND_ADMINS``: e-mails, or ``owner``, separated by commas. Naming them switches the guard on.
- ``STEADYHAND_REVIEWERS``: e-mails of those who read and annotate, and change nothing.
"""

import os

from ls_templates.plugin import identity, protocol

# Both names must exist before the second star import: Label Studio reads its own settings while they are being built.
SENTRY_DSN = None
SENTRY_ENVIRONMENT = None
from label_studio.core.settings.base import *
from label_studio.core.settings.label_studio import *


def _names(variable: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in os.environ.get(variable, "").split(",") if name.strip())


_secret = os.environ.get("STEADYHAND_SECRET", "")
if len(_secret) < 16:
    raise RuntimeError(
        "The Steadyhand plugin needs STEADYHAND_SECRET, at least 16 characters, the same as the service's. "
        "Set it, or start Label Studio without DJANGO_SETTINGS_MODULE=ls_templates.plugin.settings."
    )

_secrets = [secret for secret in (_secret, os.environ.get("STEADYHAND_PREVIOUS_SECRET", "")) if secret]
STEADYHAND_PLUGIN_KEYS = protocol.derive_keys(_secrets, protocol.KEY_PURPOSE)
STEADYHAND_IDENTITY_KEY = protocol.derive_key(_secret, identity.KEY_PURPOSE)
STEADYHAND_TASK_KEYS = protocol.derive_keys(_secrets, "task-ids")
STEADYHAND_SERVICE_URL = os.environ.get("STEADYHAND_SERVICE_URL", "").rstrip("/")
STEADYHAND_ADMINS = _names("STEADYHAND_ADMINS")
STEADYHAND_REVIEWERS = _names("STEADYHAND_REVIEWERS")

INSTALLED_APPS += ["ls_templates.plugin.apps.SteadyhandConfig"]  # type: ignore[name-defined]
MIDDLEWARE += ["ls_templates.plugin.middleware.PluginMiddleware", "ls_templates.plugin.guard.middleware.Guard"]  # type: ignore[name-defined]

for _database in DATABASES.values():  # type: ignore[name-defined]
    if _database["ENGINE"].endswith("sqlite3"):
        # Two writers at once wait for each other; by default the second fails at once with "database is locked"
        _database.setdefault("OPTIONS", {}).update(transaction_mode="IMMEDIATE", timeout=20)

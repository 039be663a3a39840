"""What the plugin and the service say to each other. Both sides import it, so it needs the standard library only.

The shared ``STEADYHAND_SECRET`` is never sent. One key is derived from it for these calls, in both directions:

- the service asks the plugin, on Label Studio's origin: ``GET /steadyhand/plugin``, ``POST /steadyhand/seeds``,
  ``POST /steadyhand/policy``;
- the plugin asks the service: ``GET /panel``, for the annotator who is signed in.
"""

import hashlib
import hmac

SCHEME = "Steadyhand"
AUTHORIZATION_HEADER = "Authorization"
GUARD_HEADER = "X-Steadyhand"  # on answers: the guard says what it did
REFUSED = "refused"
KEY_PURPOSE = "plugin"

PLUGIN_PREFIX = "/steadyhand/"
STATUS_PATH = PLUGIN_PREFIX + "plugin"
SEEDS_PATH = PLUGIN_PREFIX + "seeds"
POLICY_PATH = PLUGIN_PREFIX + "policy"
OWN_STANDING_PATH = PLUGIN_PREFIX + "panel"
SERVICE_PANEL_PATH = "/panel"


def derive_key(secret: str, purpose: str) -> str:
    """A key for one purpose, from which neither the secret nor the key of another purpose can be computed."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def authorization(key: str) -> dict[str, str]:
    """The header with which the plugin and the service identify themselves to each other."""
    return {AUTHORIZATION_HEADER: f"{SCHEME} {key}"}


def is_authorized(header: str | None, key: str) -> bool:
    """Whether the value of the authorization header is the other side's; compared in constant time."""
    return hmac.compare_digest((header or "").encode(), authorization(key)[AUTHORIZATION_HEADER].encode())

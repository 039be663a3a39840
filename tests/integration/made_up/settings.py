"""Label Studio with the plugin, as a newer version would be that brings a route the guard has never heard of."""

SENTRY_DSN = SENTRY_ENVIRONMENT = None  # Label Studio reads the settings while they are being built
from label_studio.core.settings.base import *
from ls_templates.plugin.settings import *

ROOT_URLCONF = "made_up.urls"
MIDDLEWARE = [*MIDDLEWARE, "made_up.urls.FailsAfterwards"]

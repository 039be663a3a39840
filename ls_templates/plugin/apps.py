"""The plugin as a Django app, for its tables."""

from django.apps import AppConfig


class SteadyhandConfig(AppConfig):
    name = "ls_templates.plugin"
    label = "steadyhand"
    default_auto_field = "django.db.models.BigAutoField"

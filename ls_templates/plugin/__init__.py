"""The plugin: runs inside Label Studio's process and needs nothing beyond Label Studio itself.

``DJANGO_SETTINGS_MODULE=ls_templates.plugin.settings`` switches it on. It brings the panel that shows annotators how they
stand, reservations of a task for one annotator, and the guard: roles for the Community edition.
"""

VERSION = "0.1.0"

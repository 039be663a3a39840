"""Who is paused, and whether anybody can be."""

from dataclasses import dataclass

from ls_backend.errors import GatewayError
from ls_backend.label_studio.records import PluginStatus
from ls_backend.services.context import Context

PLUGIN_SECONDS = 30  # how long the plugin's word is taken for current


def what_pausing_lacks(plugin: PluginStatus | None) -> str:
    """Why nobody can be paused, with the cure; "" where it can be done."""
    if plugin is None:
        return (
            "Pausing needs the Steadyhand plugin inside Label Studio, which does not answer: Label Studio by itself serves tasks "
            "to every member. Start it with DJANGO_SETTINGS_MODULE=ls_templates.plugin.settings."
        )
    if not plugin.pauses:
        return f"The plugin inside Label Studio is {plugin.version or 'an older one'} and does not know pauses: update the plugin."
    if not plugin.guard:
        return "Pausing needs the guard, which is off: name the admins in STEADYHAND_ADMINS where Label Studio runs."
    return ""


@dataclass(frozen=True, slots=True)
class Pausing:
    """``lacks`` says why nobody can be paused just now, "" where it can be done."""

    lacks: str


def pausing(ctx: Context) -> Pausing:
    """Whether somebody can be paused, as the plugin says; asked for now and then only."""

    def ask() -> Pausing:
        try:
            return Pausing(what_pausing_lacks(ctx.gateway.plugin()))
        except GatewayError as error:  # pages must show figures also while Label Studio is down
            return Pausing(str(error))

    return ctx.figures_cache.get("pausing", int(ctx.clock() / PLUGIN_SECONDS), ask, clock=ctx.clock).value

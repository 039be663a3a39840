"""A group of commands that imports a command's module only when that command is needed.

Listing the commands, and completing their names in a shell, imports none of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

from ls_backend.errors import SteadyhandError


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command is defined, and the sentence that describes it in a list of commands."""

    module: str
    attribute: str
    summary: str

    def load(self) -> click.Command:
        command = getattr(import_module(self.module), self.attribute)
        assert isinstance(command, click.Command)  # noqa: S101  (a mistake in the table of commands)
        return command


class LazyGroup(click.Group):
    """A group whose commands are listed in ``sections``: heading -> name -> command. A :class:`SteadyhandError` becomes one
    plain message and exit code 1."""

    def __init__(self, *args: Any, sections: Mapping[str, Mapping[str, LazyCommand]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sections = sections
        self.lazy_commands = {name: command for section in sections.values() for name, command in section.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.lazy_commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command = self.lazy_commands.get(cmd_name)
        return command.load() if command else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, self.lazy_commands))
        for heading, commands in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), command.summary) for name, command in commands.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [
            CompletionItem(name, help=command.summary)
            for name, command in self.lazy_commands.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SteadyhandError as error:
            raise click.ClickException(str(error)) from error

"""The one way in which commands are told what to do: Click, with options in groups and every mistake in one line."""

import difflib
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click
from click.core import ParameterSource

WIDTH = 120
"""No line of ``--help`` is longer, however wide the terminal is."""
Groups = Mapping[str, Sequence["Option"]]


class Value(click.ParamType):  # type: ignore[type-arg]  # generic since Click 8.4 only
    """The type of an option: a function makes the value of a text, and says by ValueError what the text is not.

    One that is ``separated`` by a pattern can stand several times in the environment's variable.
    """

    name = "value"

    def __init__(self, read: Callable[[str], Any], separated: str) -> None:
        self._read = read
        self._separated = separated

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value of a text; what is no text is a value already."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """Return the values that the environment's variable holds."""
        return [part.strip() for part in re.split(self._separated, rv) if part.strip()]


class Option(click.Option):
    """An option whose mistakes are told by its variable where that holds them."""

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """Return what a message calls it."""
        from_variable = ctx and ctx.get_parameter_source(self.name or "") is ParameterSource.ENVIRONMENT
        return f"environment variable {self.variable_in(ctx)}" if ctx and from_variable else super().get_error_hint(ctx)

    def variable_in(self, ctx: click.Context) -> str:
        """Return the environment variable that stands for it."""
        return f"{ctx.auto_envvar_prefix}_{(self.name or '').upper()}"

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Return what stands in brackets: a default in words has no parentheses."""
        extra = super().get_help_extra(ctx)
        if isinstance(self.show_default, str):
            extra["default"] = self.show_default
        return extra


def option(*flags: str, text: str, read: Any = str, many: str = "", **more: Any) -> Option:
    """Return an option, which has a value unless ``is_flag`` is given.

    ``read`` makes the value of a text; ``many`` separates the values of an option that can be given several times, in
    the environment's variable. What else there is, is Click's.
    """
    if not more.get("is_flag") and "type" not in more:
        more["type"] = Value(read, many)
    return Option(flags, help=text, multiple=bool(many), **more)


class Command(click.Command):
    """A command whose options stand in groups, by titles; its arguments are explained in its text.

    ``variables`` begins the environment variables that stand for options; without, there are none. ``words`` are
    Click's: ``help`` and ``epilog``.
    """

    def __init__(
        self,
        name: str,
        run: Callable[..., int],
        groups: Groups,
        arguments: Sequence[click.Argument] = (),
        *,
        variables: str = "",
        **words: Any,
    ) -> None:
        options = [each for group in groups.values() for each in group]
        for each in options:
            each.show_envvar = bool(variables)
        context: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": WIDTH}
        if variables:
            context["auto_envvar_prefix"] = variables
        super().__init__(name, context, run, [*arguments, *options], **words)
        self._groups = groups
        self.variables = variables

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; a mistake names this command, which Click's parser does not for each."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option of this page: no variable stands for it, though one does in Click before 8.5."""
        shown = super().get_help_option(ctx)
        if shown:
            shown.allow_from_autoenv = False
        return shown

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, group by group."""
        for title, options in self._groups.items():
            with formatter.section(title):
                formatter.write_dl([record for each in options if (record := each.get_help_record(ctx))])


def run(command: click.Command, arguments: Sequence[str] | None = None, name: str = "") -> int:
    """Run a command with arguments, by default those of the process; return its exit code.

    2 is for what is not understood, with one line on standard error that says why.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with command.make_context(name or f"pgwatch-contract {command.name}", given) as context:
            return int(command.invoke(context) or 0)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        context_of = getattr(error, "ctx", None)
        where = context_of.command_path if context_of else name
        reason = " ".join(error.format_message().split()).rstrip(".")
        print(f"{where}: {reason}; see --help", file=sys.stderr)
        return 2
    finally:
        # An interrupt that struck in an exec of text, by which dataclasses are made, is remembered by CPython wherever
        # it was caught, until the next such exec: a process that began with -m would end by the signal after all.
        exec("")  # noqa: S102


def insist_on_known_variables(command: Command) -> None:
    """Raise UsageError where a variable of the environment looks as if it stood for an option, and does for none."""
    options = [each for each in command.params if isinstance(each, click.Option)]
    known = [f"{command.variables}_{(each.name or '').upper()}" for each in options]
    for name in os.environ:
        if name.startswith(f"{command.variables}_") and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"is {near[0]} meant?" if near else "the names stand there"
            raise click.UsageError(f"no option has the environment variable {name}: {meant}")


def go_together(given: Mapping[str, object], *names: str) -> None:
    """Raise UsageError where more than one of some options is given: of these only one can be."""
    both = [f"--{name}" for name in names if given[name]]
    if len(both) > 1:
        raise click.UsageError(f"{both[0]} does not go with {both[1]}")

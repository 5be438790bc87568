"""All commands, and the only place where a failure becomes a message and an exit code.

A command's module is imported only when that command is chosen or its help is shown: together they take longer to
import than one of them takes to start.

Exit codes: 0 success, 1 refused or failed, 2 wrong usage, 128 + N ended by signal N (130 is Ctrl-C).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from launchpad.cli.options import CHECKS, LAPTOP, ON_A_MODEL, PLATFORM, PROJECTS
from launchpad.cli.terminal import err, results_to_person, say
from launchpad.processes import interrupts, programs

FAILED = 1
COMMANDS = {
    ON_A_MODEL: (
        *("new", "lock", "data", "run", "serve", "predict", "history", "rollback"),
        *("shell", "debug", "job", "logs", "report", "draw", "mlflow", "stop", "approve", "promote"),
        *("runs", "compare", "get"),
    ),
    PLATFORM: (
        *("status", "drift", "cost", "idle", "retention"),
        *("synth", "bootstrap", "deploy", "destroy", "restore", "environments"),
    ),
    PROJECTS: ("new-project", "upgrade"),
    LAPTOP: ("demo", "local"),
    CHECKS: ("doctor", "validate", "diff", "preflight", "schema"),
}
"""The commands under each heading of the help. Each is a function in the module of its name, with `_` for `-`."""
GROUPS = {
    "pipeline": (
        ON_A_MODEL,
        "Prepare, train, judge, register, deploy: a workload's jobs in one run.",
        ("run", "stop"),
    ),
    "monitor": (
        ON_A_MODEL,
        "Compare what a model is asked with what it was trained with: drift, quality, reports, labels.",
        ("run", "status", "report", "labels", "baseline"),
    ),
    "chaos": (LAPTOP, "Cause on the local AWS the failures that AWS has at random.", ("interrupt",)),
    "images": (CHECKS, "AWS's container images.", ("lock",)),
    "prices": (CHECKS, "AWS's list prices, by which costs are estimated.", ("update",)),
}
"""The groups: heading, help, and commands. Each command is a function in the module of its group."""
_PASS_ON = (typer.Exit, typer.Abort, TyperException)


class CommandGroup(TyperGroup):
    """The group of all commands: it catches every exception, and ends all programs that a command started."""

    def invoke(self, context: Any) -> Any:
        """Run the chosen command."""
        interrupts.install()
        try:
            return super().invoke(context)
        except _PASS_ON:
            raise
        except interrupts.Interrupted as signal:
            programs.end_all()
            say(signal.message, console=err)
            raise SystemExit(signal.exit_code) from None
        except Exception as error:
            programs.end_all()
            raise SystemExit(_report(error, debug=bool(context.params.get("debug")))) from None
        finally:
            programs.end_all()
            results_to_person()


def _report(error: Exception, *, debug: bool) -> int:
    """Print what went wrong; return the exit code."""
    from launchpad.cli.errors import EXPECTED, explain

    if debug:
        say("".join(traceback.format_exception(error)), console=err)
    if isinstance(error, EXPECTED):
        say(f"error: {explain(error)}", "red", console=err)
    else:
        hint = "" if debug else "; `launchpad --debug ...` shows where"
        say(f"internal error: {type(error).__name__}: {error}{hint}", "red", console=err)
    return FAILED


def application(arguments: Sequence[str] = ()) -> typer.Typer:
    """The command line, with only the command that `arguments` begin with, or all if they name none."""
    chosen = _chosen(arguments)
    app = typer.Typer(
        cls=CommandGroup,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Train and serve models on Amazon SageMaker, first on this machine, then on AWS, without changing a line.",
        epilog="New here? `launchpad demo` shows all of it, on this machine, in less than a minute.",
    )
    app.callback()(_options)
    for panel, names in COMMANDS.items():
        for name in names:
            if chosen in (None, name):
                _add(app, panel, name, name)
    for name, (panel, text, commands) in GROUPS.items():
        if chosen in (None, name):
            group = typer.Typer(no_args_is_help=True, help=text)
            for command in commands:
                _add(group, panel, name, command)
            app.add_typer(group, name=name, rich_help_panel=panel)
    return app


def _chosen(arguments: Sequence[str]) -> str | None:
    """The command or group that arguments begin with, after options; None if they name none that exists."""
    name = next((argument for argument in arguments if not argument.startswith("-")), None)
    return name if name in GROUPS or any(name in names for names in COMMANDS.values()) else None


def _add(app: typer.Typer, panel: str, module: str, name: str) -> None:
    """Register a command under a heading. The last paragraph of its docstring is its example."""
    function = name.replace("-", "_")
    command: Callable[..., Any] = getattr(import_module(f"launchpad.cli.commands.{module.replace('-', '_')}"), function)
    *text, example = (" ".join(part.split()) for part in (command.__doc__ or "").split("\n\n"))
    app.command(name, help="\n\n".join(text), epilog=example, rich_help_panel=panel)(command)


def _version(value: bool) -> None:
    if value:
        from launchpad.projects.versions import version_in_words

        say(version_in_words())
        raise typer.Exit


def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options before the command; the code that needs them reads them from the context."""

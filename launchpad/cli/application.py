"""All commands, and the only place where a failure becomes a message and an exit code.

Exit codes: 0 success, 1 refused or failed, 2 wrong usage, 128 + N ended by signal N (130 is Ctrl-C).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from launchpad.cli.commands import chaos, images, pipeline
from launchpad.cli.commands.approve import approve
from launchpad.cli.commands.bootstrap import bootstrap
from launchpad.cli.commands.compare import compare
from launchpad.cli.commands.data import data
from launchpad.cli.commands.debug import debug
from launchpad.cli.commands.demo import demo
from launchpad.cli.commands.deploy import deploy
from launchpad.cli.commands.destroy import destroy
from launchpad.cli.commands.diff import diff
from launchpad.cli.commands.doctor import doctor
from launchpad.cli.commands.draw import draw
from launchpad.cli.commands.environments import environments
from launchpad.cli.commands.get import get
from launchpad.cli.commands.history import history
from launchpad.cli.commands.job import job
from launchpad.cli.commands.local import local
from launchpad.cli.commands.lock import lock
from launchpad.cli.commands.logs import logs
from launchpad.cli.commands.mlflow import mlflow
from launchpad.cli.commands.new import new
from launchpad.cli.commands.predict import predict
from launchpad.cli.commands.preflight import preflight
from launchpad.cli.commands.report import report
from launchpad.cli.commands.rollback import rollback
from launchpad.cli.commands.run import run
from launchpad.cli.commands.runs import runs
from launchpad.cli.commands.schema import schema
from launchpad.cli.commands.serve import serve
from launchpad.cli.commands.shell import shell
from launchpad.cli.commands.status import status
from launchpad.cli.commands.stop import stop
from launchpad.cli.commands.synth import synth
from launchpad.cli.commands.validate import validate
from launchpad.cli.options import CHECKS, LAPTOP, ON_A_MODEL, PLATFORM
from launchpad.cli.terminal import err, results_to_person, say
from launchpad.processes import interrupts, programs

FAILED = 1
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


application = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Train and serve models on Amazon SageMaker, first on this machine, then on AWS, without changing a line.",
    epilog="New here? `launchpad demo` shows all of it, on this machine, in less than a minute.",
)
pipeline_group = typer.Typer(
    no_args_is_help=True, help="Prepare, train, judge, register, deploy: a workload's jobs in one run."
)
chaos_group = typer.Typer(no_args_is_help=True, help="Cause on the local AWS the failures that AWS has at random.")
images_group = typer.Typer(no_args_is_help=True, help="AWS's container images.")


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        say(version("sagemaker-launchpad"))
        raise typer.Exit


@application.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options before the command; the code that needs them reads them from the context."""


def _add(panel: str, *commands: Callable[..., Any], to: typer.Typer = application) -> None:
    """Register commands under a heading. The last paragraph of a command's docstring is its example."""
    for command in commands:
        *text, example = (" ".join(part.split()) for part in (command.__doc__ or "").split("\n\n"))
        to.command(command.__name__, help="\n\n".join(text), epilog=example, rich_help_panel=panel)(command)


_add(ON_A_MODEL, new, lock, data, run, serve, predict, history, rollback)
_add(ON_A_MODEL, shell, debug, job, logs, report, draw, mlflow, stop, approve)
_add(ON_A_MODEL, runs, compare, get)
_add(ON_A_MODEL, pipeline.run, pipeline.stop, to=pipeline_group)
application.add_typer(pipeline_group, name="pipeline", rich_help_panel=ON_A_MODEL)
_add(PLATFORM, status, synth, bootstrap, deploy, destroy, environments)
_add(LAPTOP, demo, local)
_add(LAPTOP, chaos.interrupt, to=chaos_group)
application.add_typer(chaos_group, name="chaos", rich_help_panel=LAPTOP)
_add(CHECKS, doctor, validate, diff, preflight, schema)
_add(CHECKS, images.lock, to=images_group)
application.add_typer(images_group, name="images", rich_help_panel=CHECKS)

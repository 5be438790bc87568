"""Runs the demo's steps. However it ends, no process of it is left running."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text

from launchpad import paths
from launchpad.cli.demo.scratch import new_scratch_folder
from launchpad.cli.demo.steps import TITLES, Demo
from launchpad.cli.progress import LiveLine, Steps
from launchpad.cli.terminal import duration, fields, out, say
from launchpad.messages.errors import shown
from launchpad.platform_client.connection import LOCAL, Connection
from launchpad.processes.interrupts import Interrupted
from launchpad.report.result import DemoResult, Phase

WORKLOAD = "boston-housing"
UNIT = "median home value in thousands of dollars"
FOLDER = paths.BUILD / "demo"
REPORT, SUMMARY, CDK_LOG, SERVER_LOG = (
    FOLDER / name for name in ("report.html", "summary.json", "cdk.log", "local-aws.log")
)


def run_demo() -> None:
    """Run every step, write the report, and print what to do next.

    Raises:
        LaunchpadError: a step failed; the logs stay in `build/demo/`.
        Interrupted: the user ended it; everything that was started has been ended.
    """
    out.print(
        Text.assemble(("SageMaker Launchpad", "bold cyan"), ("  the whole platform, on this machine alone\n", "dim"))
    )
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    scratch = new_scratch_folder("demo")
    demo: Demo | None = None
    try:
        demo = _new_demo(scratch)
        _all_steps(demo)
    except Interrupted as signal:
        raise Interrupted(signal.number, "interrupted; the demo's local AWS, and all that ran on it, is gone") from None
    except Exception:
        _keep_server_log(scratch)
        raise
    finally:
        if demo:
            _end(demo)
        shutil.rmtree(scratch, ignore_errors=True)
    _say_what_next(demo)


def _end(demo: Demo) -> None:
    """End what the demo started: a synth that still runs would write to the scratch folder again."""
    if demo.synth:
        demo.synth.end()
    if demo.server:
        demo.server.stop()


def _new_demo(scratch: Path) -> Demo:
    from launchpad.catalogue import load_workload
    from launchpad.settings import load_environment

    settings, workload = load_environment(LOCAL), load_workload(_workload())
    connection = Connection(settings)
    result = DemoResult(
        workload=workload.name,
        description=workload.description,
        environment=settings.name,
        account=connection.account or "",
        region=settings.region,
        start=datetime.now(UTC),
    )
    return Demo(settings, workload, result, scratch, CDK_LOG)


def _workload() -> str:
    """`WORKLOAD`, or in a project without it the first one that can be trained and served."""
    from launchpad.catalogue import load_workload, workload_names
    from launchpad.cli.preparing import data_script

    names = workload_names()
    for name in names if WORKLOAD not in names and paths.PROJECT != paths.ROOT else ():
        workload = load_workload(name)
        if workload.training and workload.serving and data_script(workload):
            return name
    return WORKLOAD


def _all_steps(demo: Demo) -> None:
    width = max(map(len, TITLES.values()))
    steps = Steps(len(TITLES), width)
    work: dict[str, Callable[[LiveLine], str]] = {
        "start": demo.start,
        "deploy": demo.deploy,
        "data": demo.prepare_data,
        "train": demo.train,
        "endpoint": demo.serve,
        "predict": demo.predict,
        "report": lambda line: _write_report(demo, line),
        "destroy": demo.destroy,
    }
    start = steps.clock()
    for key, do in work.items():
        with steps.step(key, TITLES[key]) as line:
            line.result = do(line)
        demo.result.steps.append(
            Phase(key, TITLES[key], steps.clock() - start - steps.seconds[key], steps.seconds[key])
        )
    _write(demo)  # once more, because the report includes the last steps


def _write_report(demo: Demo, line: LiveLine) -> str:
    line.detail = "listing the resources"
    demo.list_resources()
    _write(demo)
    return f"{shown(REPORT)}, {shown(SUMMARY)}"


def _write(demo: Demo) -> None:
    from launchpad.report.page import render

    unit = UNIT if demo.workload.name == WORKLOAD else demo.result.target
    REPORT.write_text(render(demo.result, unit), "utf-8")
    SUMMARY.write_text(json.dumps(demo.result.summary(), indent=2) + "\n", "utf-8")


def _say_what_next(demo: Demo) -> None:
    say(f"\nDone in {duration(demo.result.total_seconds)}. Nothing is left running.", "bold")
    program = "platform/.venv/bin/launchpad" if paths.PROJECT != paths.ROOT else ".venv/bin/launchpad"
    changed = " --set hyperparameters.test-size=0.2" if demo.workload.name == WORKLOAD else ""
    fields(
        [
            ("the report", shown(REPORT)),
            ("your turn", "`make local` keeps such an AWS running; in another terminal:"),
            ("", f"{program} deploy"),
            ("", f"{program} run {demo.workload.name}{changed}"),
            ("your model", f"{program} new my-model"),
        ]
    )


def _keep_server_log(scratch: Path) -> None:
    log = scratch / "state" / "local-aws.log"
    if log.exists():
        shutil.copy(log, SERVER_LOG)
        say(f"the local AWS's log: {shown(SERVER_LOG)}", "dim")

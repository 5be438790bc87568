"""The two things the image does, by its only argument: `baseline` after a training, `window` for a window of requests.

Note: only broken settings or a missing or wrong baseline make the job fail. Everything else, such as no requests or no
readable one, is a result.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from monitoring.baseline import BaselineError, read_baseline, write_baseline
from monitoring.reading.window import read_window
from monitoring.result import Result, write_result
from monitoring.settings import Settings, SettingsError, load_settings

ROOT = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))


def run(arguments: Sequence[str]) -> int:
    """Do what the argument says; the exit code. A failure is one line, also in SageMaker's ExitMessage."""
    try:
        if len(arguments) != 1 or arguments[0] not in COMMANDS:
            raise SettingsError(f"write one argument, {' or '.join(COMMANDS)}; got {list(arguments)}")
        settings = load_settings(ROOT / "processing/input/settings/settings.json")
        COMMANDS[arguments[0]](settings, ROOT / "processing")
    except (SettingsError, BaselineError) as error:
        return _failed(str(error))
    except Exception as error:
        traceback.print_exc()
        return _failed(f"{type(error).__name__}: {error}")
    return 0


def make_baseline(settings: Settings, folder: Path) -> None:
    """Write `output/baseline/` from `input/data/`."""
    write_baseline(folder / "input/data", folder / "output/baseline", settings)


def check_window(settings: Settings, folder: Path) -> None:
    """Write `output/report/` from the other inputs."""
    # evidently takes seconds to import, which a baseline and a broken setting need not wait for.
    from monitoring.check import check
    from monitoring.report import write_report

    baseline = read_baseline(folder / "input/baseline", settings)
    window = read_window(folder / "input", settings, baseline)
    result = check(settings, baseline, window, _job_name())
    output = folder / "output/report"
    output.mkdir(parents=True, exist_ok=True)
    write_report(result, baseline, window, output)
    write_result(result, output)
    print(f"{result.status}: {result.reason or summary(result)}")


COMMANDS: dict[str, Callable[[Settings, Path], None]] = {"baseline": make_baseline, "window": check_window}


def summary(result: Result) -> str:
    """One line for the job's log."""
    drifted = [column.name for column in result.columns if column.drifted]
    share = f"{result.drifted_share or 0:.0%} of the columns drifted, {result.share_threshold:.0%} may"
    return f"{result.records} records, {share}" + (f": {', '.join(drifted)}" if drifted else "")


def _job_name() -> str | None:
    """The processing job, as SageMaker's own configuration file has it."""
    try:
        configuration = json.loads((ROOT / "config/processingjobconfig.json").read_bytes())
        return str(configuration["ProcessingJobArn"]).rpartition("/")[2]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _failed(message: str) -> int:
    print(message, file=sys.stderr)
    (ROOT / "output").mkdir(parents=True, exist_ok=True)
    # SageMaker shows the first KB as the job's ExitMessage.
    (ROOT / "output" / "message").write_text(message, encoding="utf-8")
    return 1

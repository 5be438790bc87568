"""The two things the image does, by its only argument: `baseline` after a training, `window` for a window of requests.

Note: only broken settings or a missing or wrong baseline make the job fail. Everything else, such as no requests or no
readable one, is a result.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from monitoring.baseline import BaselineError, write_baseline
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
    raise NotImplementedError


COMMANDS: dict[str, Callable[[Settings, Path], None]] = {"baseline": make_baseline, "window": check_window}


def _failed(message: str) -> int:
    print(message, file=sys.stderr)
    (ROOT / "output").mkdir(parents=True, exist_ok=True)
    # SageMaker shows the first KB as the job's ExitMessage.
    (ROOT / "output" / "message").write_text(message, encoding="utf-8")
    return 1

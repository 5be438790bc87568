"""Runs a step's command with Spark: ``python3 step.py FOLDER COMMAND ARGUMENT...``.

It prepares, in FOLDER, what EMR's nodes have: Spark's configuration (FOLDER/configuration.json, overridden by what one
machine needs) with `spark-env.sh` and Log4j's file, and Spark's programs, which `submit.py` runs. Output goes to
FOLDER/stdout and FOLDER/stderr.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from s3_classes import HERE, QUIET, SPARK_HOME, compile_into, find_java

COMMITTERS = "org.apache.hadoop.mapreduce.lib.output"
PROGRAMS = ("spark-submit", "spark-sql", "pyspark")
STARTING_SPARK_ITSELF = ("python", "python3")
"""Commands whose own code may start Spark without `submit.py`."""


def main() -> None:
    """Set up, and exec the command."""
    folder, command = Path(sys.argv[1]), sys.argv[2:]
    _redirect(folder)
    for name in ("bin", "conf", "classes"):
        (folder / name).mkdir(exist_ok=True)
    _configure(folder)
    for name in PROGRAMS:
        _program(folder / "bin" / name)
    if command[0] in STARTING_SPARK_ITSELF and find_java():
        compile_into(folder / "classes")
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


def _redirect(folder: Path) -> None:
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        opened = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(opened, descriptor)
        os.close(opened)


def _configure(folder: Path) -> None:
    configuration = json.loads((folder / "configuration.json").read_text(encoding="utf-8"))
    temporary = os.environ.get("TMPDIR", str(folder))
    own = {
        "spark.master": "local[*]",
        "spark.submit.deployMode": "client",
        "spark.driver.extraClassPath": str(folder / "classes"),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": f"{temporary}/warehouse",
        # Hadoop's defaults name a committer for s3a that only hadoop-aws has.
        "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a": f"{COMMITTERS}.FileOutputCommitterFactory",
        **{f"spark.hadoop.fs.{scheme}.impl": "S3FileSystem" for scheme in ("s3", "s3a", "s3n")},
    }
    lines = [
        f"{name} {value}"
        for name, value in {"spark.driver.defaultJavaOptions": QUIET, **configuration["properties"], **own}.items()
    ]
    (folder / "conf" / "spark-defaults.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    exports = [f"export {name}={_quoted(text)}\n" for name, text in configuration["exports"].items()]
    (folder / "conf" / "spark-env.sh").write_text("".join(exports), encoding="utf-8")
    logging = [f"{name} = {text}\n" for name, text in configuration["logging"].items()]
    own_logging = (HERE / "log4j2.properties").read_text(encoding="utf-8")
    (folder / "conf" / "log4j2.properties").write_text(own_logging + "".join(logging), encoding="utf-8")
    java = find_java()
    python = shutil.which("python3") or sys.executable
    os.environ |= {
        "PATH": ":".join(filter(None, [str(folder / "bin"), str(java.parent) if java else "", os.environ["PATH"]])),
        "SPARK_CONF_DIR": str(folder / "conf"),
        "SPARK_HOME": str(SPARK_HOME),
        "SPARK_LOCAL_DIRS": temporary,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": python,
        "PYSPARK_DRIVER_PYTHON": python,
    }


def _quoted(text: str) -> str:
    """A text for the shell, which fills in variables, as in the files of EMR's nodes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _program(path: Path) -> None:
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HERE / "submit.py"}" {path.name} "$@"\n', encoding="utf-8")
    path.chmod(0o755)


if __name__ == "__main__":
    main()

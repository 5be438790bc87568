"""Spark's programs on one machine: ``submit.py spark-submit ...`` runs it without the options of a cluster."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from s3_classes import compile_into

OF_A_CLUSTER = ("--master", "--deploy-mode")
"""Options with a value that mean nothing on one machine."""
OF_A_CLUSTER_CONF = ("spark.master=", "spark.submit.deployMode=", "spark.yarn.", "spark.driver.extraClassPath=")
FLAGS = ("--verbose", "-v", "--supervise", "--version", "--help", "-h", "--usage-error")
"""Options without a value."""


def main() -> None:
    """Exec Spark's own program."""
    program, *arguments = sys.argv[1:]
    compile_into(Path(os.environ["SPARK_CONF_DIR"]).parent / "classes")
    os.execv(f"{os.environ['SPARK_HOME']}/bin/{program}", [program, *local(arguments)])  # noqa: S606


def local(arguments: list[str]) -> list[str]:
    """The arguments without a cluster's options; arguments after the script are the script's."""
    remaining: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if not argument.startswith("-"):
            return [*remaining, argument, *rest]
        if name in FLAGS:
            remaining.append(argument)
            continue
        value = value if equals else next(rest, "")
        if name in OF_A_CLUSTER or (name in ("--conf", "-c") and value.startswith(OF_A_CLUSTER_CONF)):
            continue
        remaining += [argument] if equals else [argument, value]
    return remaining


if __name__ == "__main__":
    main()

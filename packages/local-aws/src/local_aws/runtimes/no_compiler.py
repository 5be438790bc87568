"""Makes AWS's training toolkit installable on a machine without a C compiler.

`sagemaker-training` comes as source with one C extension, ``gethostname``, which it preloads into MPI's processes so
that they see the host's name, and which it imports even without MPI. A laptop with Python and make may lack a
compiler or Python's headers; then the extension is skipped and an empty module replaces it, because programs of this
runtime see the right host name anyway.
"""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path

from local_aws.runtimes.base import LogSink

MODULE = "gethostname"
STAND_IN = '"""Stands in for the C extension of sagemaker-training, which needs a compiler (see no_compiler.py)."""\n'


def variables() -> dict[str, str]:
    """The environment of a build: without a compiler, one that does nothing and reports success."""
    return {} if _can_compile() else {"CC": "true"}


def fill_in(environment: Path, log: LogSink) -> None:
    """Add the empty module if the toolkit was built without its extension, here or earlier in uv's cache."""
    for toolkit in environment.glob("lib/python*/site-packages/sagemaker_training"):
        if not any(toolkit.parent.glob(f"{MODULE}*")):
            (toolkit.parent / f"{MODULE}.py").write_text(STAND_IN, encoding="utf-8")
            log("No C compiler here: sagemaker-training runs without its helper for MPI, which nothing else needs.")


def _can_compile() -> bool:
    compiler = os.environ.get("CC", "cc").split()[0]
    return shutil.which(compiler) is not None and Path(sysconfig.get_path("include"), "Python.h").exists()

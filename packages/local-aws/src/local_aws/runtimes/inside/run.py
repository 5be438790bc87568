"""Runs a module of this folder with its arguments: ``python run.py supervisor``, ``python run.py serving.worker 7``.

Note: the repository is on the path only while the module is imported, so that a user's code, which shares the process
with `serving.worker`, can't import our modules.
"""

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    here = str(Path(__file__).resolve().parents[3])
    sys.path.insert(0, here)
    module = import_module(f"local_aws.runtimes.inside.{sys.argv.pop(1)}")
    sys.path.remove(here)
    module.main()

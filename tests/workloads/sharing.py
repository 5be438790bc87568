"""How the tests of the workloads are shared out between processes: all of one workload, or of one test file, to one.

A job uses half of the cores, so two processes finish in little more than half the time. What a workload's journey has
made is there for all tests in its process, and only there: a test that asks for it elsewhere would train again.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[2]
WORKLOADS = sorted((path.parent.name for path in ROOT.glob("workloads/*/workload.yaml")), key=len, reverse=True)
TOGETHER = {
    "boston-housing-variants": ["boston-housing", "boston-housing-custom", "boston-housing-toolkit"],
    "synthetic-regression": [f"synthetic-regression-{name}" for name in ("pytorch", "sklearn", "tensorflow")],
    "xgboost-workloads": ["boston-housing-xgboost", "direct-marketing", "spam-filter"],
}
"""Workloads that one file of tests compares, by what the file is called."""
NOTEBOOKS = {
    "pytorch": "synthetic-regression",
    "scikit-learn": "boston-housing-variants",
    "tensorflow": "synthetic-regression",
    "xgboost": "xgboost-workloads",
}
LONGEST = (
    "mnist-image-classification",
    "synthetic-regression",
    "fashion-mnist",
    "review-sentiment",
    "xgboost-workloads",
)
"""These begin: a long one that is left for the end would be waited for."""


def share(nodeid: str) -> str:
    """Which tests a test goes along with."""
    path, _, test = nodeid.partition("::")
    file = Path(path).stem.removeprefix("test_").replace("_", "-")
    parameter = test.partition("[")[2].rstrip("]")
    if file == "notebooks" and parameter in NOTEBOOKS:
        return NOTEBOOKS[parameter]
    names = [name for name in WORKLOADS if re.search(rf"(^|-){name}(-|$)", parameter)]
    name = names[0] if names else file  # the longest one: another's name may begin like it
    return next((file for file, compared in TOGETHER.items() if name in compared), name)


class ByWorkload(LoadScopeScheduling):
    """Gives each process one share after the other."""

    def __init__(self, config: Any, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return share(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        for name in reversed(LONGEST):
            if name in self.workqueue:
                self.workqueue.move_to_end(name, last=False)
        super()._assign_work_unit(node)

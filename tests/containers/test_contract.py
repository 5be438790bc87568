"""Every image keeps every clause of the contract that applies to it, on both runtimes. A new folder needs no test.

The clauses are in `clauses/`; what an image says for itself is in its `contract/`. See docs/containers.md.
"""

from __future__ import annotations

import pytest

from tests.containers.case import Case
from tests.containers.contract import CLAUSES

pytestmark = pytest.mark.docker


def test_clause(case: Case, clause_name: str) -> None:
    CLAUSES[clause_name].hold(case)

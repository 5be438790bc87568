"""Writes what the last run of the contract measured into docs/containers.md: `make containers-docs`."""

from __future__ import annotations

import json
import re
import sys

from launchpad import paths
from tests.containers.clauses import image, processing, serving, training  # noqa: F401 (they register themselves)
from tests.containers.contract import CLAUSES, load_contract

FACTS = paths.BUILD / "containers.json"
PAGE = paths.ROOT / "docs" / "containers.md"
BLOCK = re.compile(r"(<!-- measured -->\n).*?(<!-- end -->)", re.DOTALL)
HEAD = ["image", "programs", "MB", "build, s", "ready, s", "requests/s", "MB serving", "runs as", "clauses"]


def main() -> None:
    """Replace the table; leave the rest of the page as it is."""
    if not FACTS.is_file():
        sys.exit(f"{FACTS} is not there: run `make test-containers` first")
    rows = [_row(name, facts["docker"]) for name, facts in json.loads(FACTS.read_text()).items() if "docker" in facts]
    lines = [HEAD, ["---"] * len(HEAD), *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    PAGE.write_text(BLOCK.sub(lambda match: f"{match[1]}{table}\n{match[2]}", PAGE.read_text()))


def _row(name: str, facts: dict[str, object]) -> list[str]:
    contract = load_contract(paths.CONTAINERS / name)
    users = contract.user
    measured = [
        str(facts.get(key, "-")) for key in ("megabytes", "build_seconds", "ready_seconds", "requests_per_second")
    ]
    runs_as = ", ".join(f"{program}: {user}" for program, user in users.items())
    clause_count = sum(
        any(clause.applies(contract, driver) for driver in clause.drivers) for clause in CLAUSES.values()
    )
    return [
        f"`{name}`",
        ", ".join(users),
        *measured,
        str(facts.get("serving_megabytes", "-")),
        runs_as,
        str(clause_count),
    ]


if __name__ == "__main__":
    main()

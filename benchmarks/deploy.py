"""What a deploy to the local AWS costs, the first and an unchanged one, as ratios to a synth of the same environment.

Run it with `make benchmark-deploy`, with nothing else running. Each round starts a local AWS that holds nothing, then
runs `launchpad synth` without kept assemblies, the first `launchpad deploy`, and another one that changes nothing. The
kept assembly is there, as after a demo. The ratios and limits are of the clock. The seconds of the processor, of the
command and the programs that it has waited for, help on a busy machine: compare them with those of another version.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "packages" / "local-aws")]

from tests.end_to_end.conftest import CACHE, Checkout, linked_checkout  # noqa: E402
from tests.local_aws.launcher import running_local_aws  # noqa: E402

LIMITS = {"synth": None, "first deploy": 5.0, "unchanged deploy": 3.0}
"""Seconds, by the name of what is measured."""
Seconds = tuple[float, float]
"""Seconds by the clock, and seconds of the processor."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="local AWS's that are deployed to (default: 3)")
    rounds = parser.parse_args().rounds
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # Python's cache is on, unless it is switched off
    with tempfile.TemporaryDirectory() as folder:
        checkout = linked_checkout(Path(folder))
        (Path(folder) / "workloads").symlink_to(ROOT / "workloads")
        _round(checkout)  # keeps the assembly, and fills the caches
        measured = [_round(checkout) for _ in range(rounds)]
    clock, processor = ({name: _median(measured, name, kind) for name in LIMITS} for kind in (0, 1))
    for name, limit in LIMITS.items():
        ratio, limited = clock[name] / clock["synth"], f"; limit {limit:.0f} s" if limit else ""
        print(
            f"{name + ' / synth':<26} {ratio:5.2f}   {clock[name]:.1f} s, CPU {processor[name]:.1f} s{limited}",
            flush=True,
        )


def _round(checkout: Checkout) -> dict[str, Seconds]:
    """Every measurement once, on a local AWS that holds nothing before."""
    with running_local_aws("--cache", str(CACHE), "--iam") as aws:
        return {
            "synth": _seconds(checkout, "synth", {**aws.environment, "LAUNCHPAD_ASSEMBLIES": ""}),
            "first deploy": _seconds(checkout, "deploy", aws.environment),
            "unchanged deploy": _seconds(checkout, "deploy", aws.environment),
        }


def _seconds(checkout: Checkout, command: str, variables: dict[str, str]) -> Seconds:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = checkout.start(command, **variables)
    output, _ = process.communicate()
    clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        raise SystemExit(f"launchpad {command}: {output}")
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _median(measured: list[dict[str, Seconds]], name: str, kind: int) -> float:
    return statistics.median(each[name][kind] for each in measured)


if __name__ == "__main__":
    main()

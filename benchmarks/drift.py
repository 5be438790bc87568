"""How often monitoring names a column that has not drifted, and one that has, next to evidently's defaults.

Run it with `make benchmark-drift`. Twelve columns of different kinds are drawn anew for each window, from the
baseline's distribution; then one of the numeric ones, in turn, is shifted by one standard deviation. Both sides see the
same data.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "containers" / "monitoring" / "programs"))

from evidently.legacy.calculations.stattests import get_stattest  # noqa: E402

from monitoring.drift import Rules, compare, sides  # noqa: E402
from monitoring.drift_tests import FEATURE_TYPES, Kind  # noqa: E402
from monitoring.settings import Drift  # noqa: E402

BASELINES = (500, 5000)
WINDOWS = (200, 500, 1000, 5000)
SHARE = Drift().share
EVIDENTLY_SHARE = 0.5
Column = Callable[[np.random.Generator, int], np.ndarray]
Names = set[str]
NUMERIC: dict[str, Column] = {
    "normal": lambda random, size: random.normal(50, 10, size),
    "uniform": lambda random, size: random.uniform(0, 1, size),
    "lognormal": lambda random, size: random.lognormal(3, 1, size),
    "heavy_tails": lambda random, size: random.standard_t(3, size),
    "exponential": lambda random, size: random.exponential(5, size),
    "counts": lambda random, size: random.poisson(4, size).astype(float),
    "two_peaks": lambda random, size: random.normal(0, 1, size) + 8.0 * (random.random(size) < 0.4),
    "mostly_zero": lambda random, size: np.where(random.random(size) < 0.6, 0.0, random.gamma(2, 3, size)),
}
CATEGORIES: dict[str, Column] = {
    "boolean": lambda random, size: random.choice(["true", "false"], size, p=[0.3, 0.7]),
    "five": lambda random, size: random.choice(list("abcde"), size, p=[0.4, 0.3, 0.15, 0.1, 0.05]),
    "thirty": lambda random, size: random.choice([f"c{number}" for number in range(30)], size),
    "rare": lambda random, size: np.minimum(random.zipf(1.6, size), 10**6).astype(str),
}
KINDS: dict[str, Kind] = dict.fromkeys(NUMERIC, "numeric") | dict.fromkeys(CATEGORIES, "categorical")
DEVIATIONS = {name: float(np.std(draw(np.random.default_rng(0), 200_000))) for name, draw in NUMERIC.items()}


def main() -> None:
    """Measure and print; exit code 1 where a figure misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resamples", type=int, default=100, help="windows per row of the table (default: 100)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print("| baseline | window | ours: a column named | ours: alarms | ours: shift named "
          "| evidently: a column named | evidently: alarms | evidently: shift named |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    rows = [row(baseline, window, options) for baseline in BASELINES for window in WINDOWS]
    most, fewest = 0.05 * options.resamples, 0.95 * options.resamples
    print(f"Targets: at most {most:g} alarms, at least {fewest:g} shifts named, of {options.resamples}.")
    sys.exit(any(alarms > most or named < fewest for alarms, named in rows))


def row(baseline: int, window: int, options: argparse.Namespace) -> tuple[int, int]:
    """Print one row; the windows without drift in which ours names any column, and the shifts that ours names."""
    random = np.random.default_rng([options.seed, baseline, window])
    count = dict.fromkeys(("ours", "ours_alarm", "ours_shift", "their", "their_alarm", "their_shift"), 0)
    for number in range(options.resamples):
        reference, current = table(random, baseline), table(random, window)
        ours, theirs = our_names(reference, current, KINDS, number), their_names(reference, current, KINDS)
        count["ours"] += bool(ours)
        count["ours_alarm"] += len(ours) / len(KINDS) > SHARE
        count["their"] += bool(theirs)
        count["their_alarm"] += len(theirs) / len(KINDS) >= EVIDENTLY_SHARE
        shifted = list(NUMERIC)[number % len(NUMERIC)]
        current = current.assign(**{shifted: current[shifted] + DEVIATIONS[shifted]})
        count["ours_shift"] += shifted in our_names(reference, current, [shifted], number)
        count["their_shift"] += shifted in their_names(reference, current, [shifted])
    print(f"| {baseline} | {window} | " + " | ".join(map(str, count.values())) + " |", flush=True)
    return count["ours"], count["ours_shift"]


def table(random: np.random.Generator, size: int) -> pd.DataFrame:
    """A sample of the twelve columns."""
    return pd.DataFrame({name: draw(random, size) for name, draw in {**NUMERIC, **CATEGORIES}.items()})


def our_names(reference: pd.DataFrame, current: pd.DataFrame, names: Iterable[str], seed: int) -> Names:
    """The columns among `names` that the image names at the default thresholds for all twelve."""
    sizes = len(reference), len(current)
    rules = Rules(Drift(), len(KINDS), seed)
    columns = [sides(name, KINDS[name], reference[name], current[name], {}, sizes) for name in names]
    return {column.name for column in columns if compare(column, rules).drifted}


def their_names(reference: pd.DataFrame, current: pd.DataFrame, names: Iterable[str]) -> Names:
    """The columns among `names` that evidently names by its own choice of tests and thresholds."""
    drifted = set()
    for name in names:
        test = get_stattest(reference[name], current[name], FEATURE_TYPES[KINDS[name]], None)
        with np.errstate(all="ignore"):
            if test(reference[name], current[name], FEATURE_TYPES[KINDS[name]], None).drifted:
                drifted.add(name)
    return drifted


if __name__ == "__main__":
    main()

"""Synthetic rows with the columns of bank-additional: no person's data, for tests and for a first look.

Who takes the offer is drawn by chance, from a rule that a model can find: long calls, earlier success, low interest
rates and mobile phones help.
"""

import math
import random

CHOICES = {
    "job": (
        "admin.", "blue-collar", "entrepreneur", "housemaid", "management", "retired", "self-employed", "services",
        "student", "technician", "unemployed", "unknown",
    ),
    "marital": ("divorced", "married", "single", "unknown"),
    "education": (
        "basic.4y", "basic.6y", "basic.9y", "high.school", "illiterate", "professional.course", "university.degree",
        "unknown",
    ),
    "default": ("no", "unknown", "yes"),
    "housing": ("no", "unknown", "yes"),
    "loan": ("no", "unknown", "yes"),
    "contact": ("cellular", "telephone"),
    "month": ("apr", "aug", "dec", "jul", "jun", "mar", "may", "nov", "oct", "sep"),
    "day_of_week": ("fri", "mon", "thu", "tue", "wed"),
    "poutcome": ("failure", "nonexistent", "success"),
}  # fmt: skip
COLUMNS = (
    "age", "job", "marital", "education", "default", "housing", "loan", "contact", "month", "day_of_week", "duration",
    "campaign", "pdays", "previous", "poutcome", "emp.var.rate", "cons.price.idx", "cons.conf.idx", "euribor3m",
    "nr.employed",
)  # fmt: skip
NOT_CONTACTED = 999
"""What bank-additional writes into `pdays` for people who were not called before."""


def generate(rows: int, seed: int = 123) -> list[dict[str, str]]:
    """So many rows, always the same for one seed; every value as text, `y` is yes or no."""
    chance = random.Random(seed)  # noqa: S311 -- data, not a secret
    return [_row(chance) for _ in range(rows)]


def _row(chance: random.Random) -> dict[str, str]:
    row: dict[str, object] = {name: chance.choice(values) for name, values in CHOICES.items()}
    contacted = row["poutcome"] != "nonexistent"
    euribor = round(chance.uniform(0.6, 5.0), 3)
    row |= {
        "age": chance.randint(18, 90),
        "duration": round(chance.expovariate(1 / 260)),
        "campaign": 1 + round(chance.expovariate(1 / 1.5)),
        "pdays": chance.randint(1, 27) if contacted else NOT_CONTACTED,
        "previous": chance.randint(1, 6) if contacted else 0,
        "emp.var.rate": round(euribor - 3.4, 1),
        "cons.price.idx": round(chance.uniform(92.2, 94.8), 3),
        "cons.conf.idx": round(chance.uniform(-50, -27), 1),
        "euribor3m": euribor,
        "nr.employed": round(4960 + 55 * euribor, 1),
    }
    accepted = chance.random() < _probability(row)
    return {**{name: str(row[name]) for name in COLUMNS}, "y": "yes" if accepted else "no"}


def _probability(row: dict[str, object]) -> float:
    score = (
        -4.2
        + 0.006 * float(str(row["duration"]))
        - 0.6 * float(str(row["euribor3m"]))
        + 2.5 * (row["poutcome"] == "success")
        + 0.8 * (row["contact"] == "cellular")
        + 0.6 * (row["month"] in ("dec", "mar", "oct", "sep"))
    )
    return 1 / (1 + math.exp(-score))

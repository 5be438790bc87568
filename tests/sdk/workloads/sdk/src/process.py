"""Semicolons for commas."""

import pathlib

rows = pathlib.Path("/opt/ml/processing/input/raw/rows.csv").read_text()
pathlib.Path("/opt/ml/processing/output/clean/rows.csv").write_text(rows.replace(",", ";"))

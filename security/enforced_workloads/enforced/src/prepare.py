"""Hand the raw rows on."""

import shutil
from pathlib import Path

FOLDER = Path("/opt/ml/processing")
for file in (FOLDER / "input/raw").glob("*.csv"):
    shutil.copy(file, FOLDER / "output/training" / file.name)

"""How much memory, and how long, a monitoring job needs to read a window: a million captured requests with labels.

Run it with `make benchmark-window`. It prints the peak of the process that reads, and fails above 2 GB. An argument is
another number of records.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path += [str(ROOT / "containers/monitoring/programs"), str(ROOT / "containers/monitoring/tests")]
COLUMNS, RECORDS, LIMIT_MB = 12, 1_000_000, 2000
TYPES = {f"c{index}": "categorical" if index % 4 == 3 else "numeric" for index in range(COLUMNS)}
START = datetime(2026, 11, 28, tzinfo=UTC)


def main(records: int) -> int:
    """Write the window, read it in a process for itself, and print what that took."""
    with tempfile.TemporaryDirectory() as name:
        write_window(Path(name), records)
        subprocess.run([sys.executable, __file__, "--read", name], check=True)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak: {peak:.0f} MB of {LIMIT_MB}")
    return int(peak > LIMIT_MB)


def write_window(folder: Path, records: int) -> None:
    """Captured files of a day, and a label for each request, which is the most that has to be kept."""
    captured, labels = folder / "captured/shop/AllTraffic", folder / "labels/2026/11/28/20"
    captured.mkdir(parents=True)
    labels.mkdir(parents=True)
    with (captured / "a.jsonl").open("w") as requests, (labels / "a.jsonl").open("w") as truths:
        for index in range(records):
            identity = f"{index:08x}-0000-4000-8000-{index:012x}"
            cells = ",".join(
                f"c{index * place % 7}" if place % 4 == 3 else f"{index * place % 1009 / 7:.4f}"
                for place in range(COLUMNS)
            )
            event = {
                "captureData": {
                    "endpointInput": {
                        "observedContentType": "text/csv",
                        "mode": "INPUT",
                        "data": cells,
                        "encoding": "CSV",
                    },
                    "endpointOutput": {
                        "observedContentType": "text/csv; charset=utf-8",
                        "mode": "OUTPUT",
                        "data": f"{index % 97 / 97:.4f}",
                        "encoding": "CSV",
                    },
                },
                "eventMetadata": {
                    "eventId": identity,
                    "inferenceTime": (START + timedelta(seconds=index * 86_000 / records)).isoformat(),
                },
                "eventVersion": "0",
            }
            requests.write(json.dumps(event) + "\n")
            label = {"groundTruthData": {"data": "1", "encoding": "CSV"}, "eventMetadata": {"eventId": identity}}
            truths.write(json.dumps(label | {"eventVersion": "0"}) + "\n")


def read_window_of(folder: Path) -> None:
    """Read the window as the job does."""
    from captures import baseline, settings

    from monitoring.reading.window import read_window

    begin = time.monotonic()
    window = read_window(folder, settings(quality={"metric": "auc", "at_least": 0.8}, segments=["c3"]), baseline(TYPES))
    seconds = time.monotonic() - begin
    rate = 1e6 * seconds / max(window.counts.records, 1)
    print(f"records: {window.counts.records}, sampled: {len(window.features)}, labelled: {len(window.pairs)}")
    print(f"time: {seconds:.0f} s, {rate:.0f} µs a record")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read_window_of(Path(sys.argv[2]))
    else:
        sys.exit(main(int((sys.argv[1:] or [RECORDS])[0])))

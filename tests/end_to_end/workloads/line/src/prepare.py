"""Raw points are `x;y` on a line; training wants `x,y`."""

from pathlib import Path

ROOT = Path("/opt/ml/processing")

if __name__ == "__main__":
    texts = [path.read_text() for path in sorted((ROOT / "input" / "raw").iterdir())]
    lines = [line.replace(";", ",") for text in texts for line in text.splitlines() if line.strip()]
    (ROOT / "output" / "training" / "points.csv").write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} points")

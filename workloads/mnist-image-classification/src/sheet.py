"""A picture of validation images, each with the class that the model tells; wrong ones in red."""

import base64
import io

import torch
from PIL import Image

COLUMNS, ROWS, SCALE, TITLE, LABEL = 15, 4, 1.5, 34, 20
RIGHT, WRONG = "#2f855a", "#e53e3e"


def draw(images: torch.Tensor, labels: torch.Tensor, classes: torch.Tensor, title: str) -> str:
    """Return images of shape (number, channels, height, width) as SVG: as many as fit, from all classes."""
    chosen = torch.arange(0, len(images), max(1, len(images) // (COLUMNS * ROWS)))[: COLUMNS * ROWS]
    height, width = (side * SCALE for side in images.shape[2:])
    cells = []
    for position, number in enumerate(chosen.tolist()):
        row, column = divmod(position, COLUMNS)
        left, top = column * width, TITLE + row * (height + LABEL)
        colour = RIGHT if labels[number] == classes[number] else WRONG
        cells.append(
            f'<image x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" href="{as_png(images[number])}"/>'
            f'<text x="{left + width / 2:g}" y="{top + height + 14:g}" fill="{colour}">{int(classes[number])}</text>'
        )
    size = (COLUMNS * width, TITLE + ROWS * (height + LABEL))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]:g} {size[1]:g}" font-family="sans-serif" '
        f'font-size="12" text-anchor="middle"><rect width="{size[0]:g}" height="{size[1]:g}" fill="white"/>'
        f'<text x="{size[0] / 2:g}" y="20" font-size="15">{title}</text>\n' + "\n".join(cells) + "\n</svg>\n"
    )


def as_png(image: torch.Tensor) -> str:
    """One image of shape (channels, height, width) as the address of a PNG, dark on light."""
    pixels = (255 - image * 255).byte().permute(1, 2, 0).numpy().squeeze()
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"

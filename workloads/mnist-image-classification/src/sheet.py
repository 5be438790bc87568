"""A picture of validation images, each with the class that the model tells; wrong ones in red."""

import torch
from PIL import Image, ImageDraw

COLUMNS, ROWS, SCALE, LABEL = 15, 4, 2, 14
RIGHT, WRONG = "#2f855a", "#e53e3e"


def draw(images: torch.Tensor, labels: torch.Tensor, classes: torch.Tensor) -> Image.Image:
    """Lay out images of shape (number, channels, height, width): as many as there is room for, from all classes."""
    chosen = torch.arange(0, len(images), max(1, len(images) // (COLUMNS * ROWS)))[: COLUMNS * ROWS].tolist()
    height, width = (side * SCALE for side in images.shape[2:])
    sheet = Image.new("RGB", (COLUMNS * width, ROWS * (height + LABEL)), "white")
    pen = ImageDraw.Draw(sheet)
    for place, number in enumerate(chosen):
        row, column = divmod(place, COLUMNS)
        left, top = column * width, row * (height + LABEL)
        pixels = (images[number] * 255).byte().permute(1, 2, 0).numpy().squeeze()
        sheet.paste(Image.fromarray(pixels).resize((width, height)), (left, top))
        colour = RIGHT if labels[number] == classes[number] else WRONG
        pen.text((left + width // 2, top + height), str(int(classes[number])), fill=colour, anchor="mt")
    return sheet.quantize(64)  # an eighth of the bytes, to the eye the same

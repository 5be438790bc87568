"""A residual network for small images, by the built-in algorithm's hyperparameters `num_layers` and `image_shape`."""

import torch

DEPTHS = {8: (1, 1, 1), 18: (2, 2, 2, 2), 20: (3, 3, 3), 32: (5, 5, 5), 34: (3, 4, 6, 3), 44: (7, 7, 7), 56: (9, 9, 9)}
"""Blocks of each stage, by `num_layers`: each block has two layers, and two more are before and after them all."""
WIDTH = 16
"""Filters of the first stage; each stage has twice as many as the one before, at half the size."""


class Block(torch.nn.Module):
    """Two convolutions, and a shorter way around them."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            *convolution(inputs, outputs, 3, stride), torch.nn.ReLU(), *convolution(outputs, outputs, 3)
        )
        alike = stride == 1 and inputs == outputs
        self.way = torch.nn.Identity() if alike else torch.nn.Sequential(*convolution(inputs, outputs, 1, stride))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Add what the convolutions change."""
        return torch.relu(self.layers(images) + self.way(images))


class ResidualNetwork(torch.nn.Sequential):
    """Scores for `num_classes` classes, from images of shape (channels, height, width) with values from 0 to 1."""

    def __init__(self, num_layers: int, image_shape: tuple[int, int, int], num_classes: int) -> None:
        if num_layers not in DEPTHS:
            raise ValueError(f"num_layers: {num_layers} is not one of {', '.join(map(str, DEPTHS))}")
        width, parts = WIDTH, [*convolution(image_shape[0], WIDTH, 5, 2), torch.nn.ReLU()]
        for stage, blocks in enumerate(DEPTHS[num_layers]):
            outputs = WIDTH * 2**stage
            for block in range(blocks):
                parts.append(Block(width, outputs, 2 if stage and not block else 1))
                width = outputs
        head = (torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(width, num_classes))
        super().__init__(*parts, *head)


def convolution(inputs: int, outputs: int, size: int, stride: int = 1) -> tuple[torch.nn.Module, torch.nn.Module]:
    """A convolution that keeps the size, but for its stride, and normalization."""
    layer = torch.nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False)
    return layer, torch.nn.BatchNorm2d(outputs)

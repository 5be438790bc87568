"""The residual networks of image classification, by the hyperparameters num_layers, image_shape and num_classes.

Source: He et al., "Deep Residual Learning for Image Recognition": the networks for ImageNet and those for CIFAR-10.
"""

from __future__ import annotations

import torch
from torch import nn

LARGE = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
    200: (3, 24, 36, 3),
}
"""Blocks per stage of the networks for large images; from 50 layers on, blocks have three layers."""
SMALL = (20, 32, 44, 56, 110)
"""Layers of the networks for small images: three stages of blocks of two layers."""
BOTTLENECK = 50
WIDER = 4
"""Outputs of a block of three layers, as a multiple of its inner width."""


class Block(nn.Module):
    """Two or three convolutions, and a shorter way around them."""

    def __init__(self, inputs: int, width: int, stride: int, bottleneck: bool) -> None:
        super().__init__()
        self.outputs = width * WIDER if bottleneck else width
        if bottleneck:
            layers = [*_layer(inputs, width, 1), nn.ReLU(), *_layer(width, width, 3, stride), nn.ReLU()]
            layers += _layer(width, self.outputs, 1)
        else:
            layers = [*_layer(inputs, width, 3, stride), nn.ReLU(), *_layer(width, width, 3)]
        self.layers = nn.Sequential(*layers)
        alike = stride == 1 and inputs == self.outputs
        self.shortcut = nn.Identity() if alike else nn.Sequential(*_layer(inputs, self.outputs, 1, stride))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Add what the convolutions change."""
        return torch.relu(self.layers(images) + self.shortcut(images))


def residual_network(num_layers: int, channels: int, num_classes: int) -> nn.Sequential:
    """A network from images of any size, with that many channels, to a score per class."""
    if num_layers in LARGE:
        stages, width = LARGE[num_layers], 64
        parts = [*_layer(channels, width, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    else:
        stages, width = ((num_layers - 2) // 6,) * 3, 16
        parts = [*_layer(channels, width, 3), nn.ReLU()]
    inputs, bottleneck = width, num_layers in LARGE and num_layers >= BOTTLENECK
    for stage, blocks in enumerate(stages):
        for block in range(blocks):
            parts.append(Block(inputs, width * 2**stage, 2 if stage and not block else 1, bottleneck))
            inputs = parts[-1].outputs
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, num_classes))


def _layer(inputs: int, outputs: int, size: int, stride: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs)]

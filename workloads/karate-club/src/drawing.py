"""The split as a picture: an SVG of the graph, each class in its colour, the teachers larger. No plotting library."""

import networkx
import torch

WIDTH, HEIGHT, MARGIN = 760, 480, 30
SEED = 4
"""The seed of the layout: the same graph is drawn the same way."""
COLOURS = ("#2b6cb0", "#c05621")
LINES = {True: "#cbd5e0", False: "#e53e3e"}
"""The colours of a tie within a class, and of one between the two."""


def draw(edges: torch.Tensor, classes: list[int], teachers: list[int]) -> str:
    """Return the SVG of a graph given as a matrix of shape (2, edges)."""
    graph = networkx.Graph(edges.T.tolist())
    positions = networkx.spring_layout(graph, k=0.45, seed=SEED, iterations=300)
    points = {node: (spread(positions, 1, node, WIDTH), spread(positions, 0, node, HEIGHT)) for node in graph}
    parts = [line(points[start], points[end], classes[start] == classes[end]) for start, end in sorted(graph.edges)]
    parts += [
        circle(node, points[node], COLOURS[classes[node]], node in teachers)
        for node in [*teachers, *sorted(set(graph) - set(teachers))]
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', *parts, "</svg>", ""])


def spread(positions: dict[int, tuple[float, float]], axis: int, node: int, size: int) -> float:
    """Where a node stands along one axis, when the outermost ones touch the margins."""
    values = [position[axis] for position in positions.values()]
    share = (positions[node][axis] - min(values)) / (max(values) - min(values))
    return MARGIN + share * (size - 2 * MARGIN)


def line(start: tuple[float, float], end: tuple[float, float], within: bool) -> str:
    """A tie."""
    (x1, y1), (x2, y2) = start, end
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{LINES[within]}" stroke-width="1.5"/>'


def circle(node: int, position: tuple[float, float], colour: str, teacher: bool) -> str:
    """A member, with its number."""
    x, y = position
    shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{20 if teacher else 13}" fill="{colour}"/>'
    text = f'<text x="{x:.1f}" y="{y + 4:.1f}" font-size="12" fill="white" text-anchor="middle">{node}</text>'
    return shape + text

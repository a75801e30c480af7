"""Where boxes and lines go: layers from left to right along the links, all in pixels.

Takes boxes (width, height) and links between heights of boxes; gives each box a corner and each
link its points. A link that passes a layer takes a slot of its own there, so lines bend only in the
gaps between layers, where no box stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

from ghost_engine.sql.render.heights import GAP, SLOT, set_tops
from ghost_engine.sql.render.layers import assign_layers, groups, order_layers
from ghost_engine.sql.render.routes import Run, assign_tracks

STUB = 26.0  # room beside a box for a crow's foot
TRACK = 12.0  # between two vertical runs
BLOCK_GAP = 44.0  # between tables that no link joins
ASPECT = 1.5  # width to height that a drawing aims at


@dataclass(slots=True)
class Box:
    """A box to place; `x`, `y` are its top left corner."""

    width: float
    height: float
    x: float = 0.0
    y: float = 0.0


@dataclass(slots=True)
class Link:
    """A line from one box to another (or itself), by number.

    `start_y`, `end_y` are offsets from the tops of the boxes; `points` run from start to end.
    """

    start: int
    end: int
    start_y: float
    end_y: float
    points: list[tuple[float, float]] = field(default_factory=list)


def place(boxes: Sequence[Box], links: Sequence[Link]) -> tuple[float, float]:
    """Sets the corners of `boxes` and the points of `links`.

    Returns:
        The width and height that hold everything, from 0, 0.
    """
    lonely, width, height, shelf_y = [], 0.0, 0.0, 0.0
    blocks = []
    for group in groups(len(boxes), ((link.start, link.end) for link in links)):
        inside = [link for link in links if link.start in set(group)]
        if inside:
            blocks.append((group, inside, _place_group(boxes, group, inside)))
        else:
            lonely += group
    shelf_width = sqrt(ASPECT * sum(w * h for _, _, (w, h) in blocks))
    x = 0.0
    for group, inside, (block_width, block_height) in blocks:
        if x and x + block_width > shelf_width:
            x, shelf_y = 0.0, height + BLOCK_GAP
        _move(boxes, group, inside, x, shelf_y)
        x += block_width + BLOCK_GAP
        width, height = max(width, x - BLOCK_GAP), max(height, shelf_y + block_height)
    return _place_lonely([boxes[index] for index in lonely], width, height)


def _move(
    boxes: Sequence[Box], group: Sequence[int], links: Sequence[Link], x: float, y: float
) -> None:
    for index in group:
        boxes[index].x += x
        boxes[index].y += y
    for link in links:
        link.points = [(left + x, top + y) for left, top in link.points]


def _place_lonely(boxes: Sequence[Box], width: float, height: float) -> tuple[float, float]:
    """Fills columns under the rest, each box into the shortest; the new width and height."""
    if not boxes:
        return width, height
    step = sum(box.width for box in boxes) / len(boxes) + GAP
    area = sum(step * (box.height + GAP) for box in boxes)
    count = min(len(boxes), max(1, round(max(width + GAP, sqrt(ASPECT * area)) / step)))
    tops = [height + BLOCK_GAP if height else 0.0] * count
    columns: list[list[Box]] = [[] for _ in tops]
    for box in boxes:
        shortest = tops.index(min(tops))
        columns[shortest].append(box)
        box.y = tops[shortest]
        tops[shortest] += box.height + GAP
    return max(width, _set_columns(columns)), max(tops) - GAP


def _set_columns(columns: Sequence[Sequence[Box]]) -> float:
    """Sets the x of boxes, column by column; the width of it all."""
    x = 0.0
    for column in columns:
        for box in column:
            box.x = x
        x += max(box.width for box in column) + GAP
    return x - GAP


def _place_group(
    boxes: Sequence[Box], group: Sequence[int], links: Sequence[Link]
) -> tuple[float, float]:
    """Places joined boxes with their top left corner at 0, 0; their width and height."""
    heights = {index: boxes[index].height for index in group}
    area = sum((boxes[index].width + 3 * STUB) * (boxes[index].height + GAP) for index in group)
    limit = max(*heights.values(), sqrt(area / ASPECT)) + GAP
    spaced = {index: height + GAP for index, height in heights.items()}
    pairs = [(link.start, link.end) for link in links]
    layer_of = assign_layers(group, pairs, spaced, limit)
    chains = _chains(links, layer_of, first_slot=len(boxes))
    heights |= {slot: SLOT for chain in chains for slot in chain[1:-1]}
    steps = [
        (left, right)
        for chain in chains
        for left, right in zip(chain, chain[1:], strict=False)
        if left != right
    ]
    layers = order_layers(_by_layer(layer_of), steps)
    ports = [_ports(link, chain) for link, chain in zip(links, chains, strict=True)]
    tops = set_tops(layers, heights, chains, ports)
    for index in group:
        boxes[index].y = tops[index]
    paths = [
        _Path(link, chain, [tops[node] + offset for node, offset in zip(chain, port, strict=True)])
        for link, chain, port in zip(links, chains, ports, strict=True)
    ]
    width = _route(boxes, layers, paths)
    return width, max(tops[node] + heights[node] for node in tops)


def _chains(links: Sequence[Link], layer_of: dict[int, int], first_slot: int) -> list[list[int]]:
    """The nodes each link passes from left to right; adds a slot to each layer it crosses."""
    chains = []
    for link in links:
        left, right = sorted((link.start, link.end), key=layer_of.__getitem__)
        slots = []
        for layer in range(layer_of[left] + 1, layer_of[right]):
            slots.append(first_slot)
            layer_of[first_slot] = layer
            first_slot += 1
        chains.append([left, *slots, right])
    return chains


def _by_layer(layer_of: Mapping[int, int]) -> list[list[int]]:
    layers: list[list[int]] = [[] for _ in range(max(layer_of.values()) + 1)]
    for node, layer in layer_of.items():
        layers[layer].append(node)
    return layers


def _ports(link: Link, chain: Sequence[int]) -> list[float]:
    """Where the link meets each node of its chain, below the node's top."""
    first, last = link.start_y, link.end_y
    if link.start != chain[0]:
        first, last = last, first
    return [first, *[SLOT / 2] * (len(chain) - 2), last]


@dataclass(frozen=True, slots=True)
class _Path:
    """A link with the nodes it passes from left to right, and its height at each."""

    link: Link
    nodes: list[int]
    levels: list[float]

    @property
    def loops(self) -> bool:
        return self.nodes[0] == self.nodes[-1]

    @property
    def steps(self) -> range:
        return range(len(self.nodes) - 1)


def _route(boxes: Sequence[Box], layers: Sequence[Sequence[int]], paths: Sequence[_Path]) -> float:
    """Sets the x of boxes and the points of links; the width of it all."""
    layer_of = {node: index for index, layer in enumerate(layers) for node in layer}
    runs = _runs(layer_of, paths, len(layers))
    turns, width = _set_layers(boxes, layers, runs)
    for path in paths:
        gaps = [layer_of[path.nodes[step]] for step in path.steps]
        tracks = [
            runs[gap][path.nodes[step], path.levels[step]].track
            for step, gap in zip(path.steps, gaps, strict=True)
        ]
        at = [turns[gap] + TRACK * track for gap, track in zip(gaps, tracks, strict=True)]
        path.link.points = _points(path, at, boxes)
    return width


def _runs(
    layer_of: Mapping[int, int], paths: Sequence[_Path], count: int
) -> list[dict[tuple[int, float], Run]]:
    """The vertical runs in the gap after each layer, one for all links that leave one port."""
    runs: list[dict[tuple[int, float], Run]] = [{} for _ in range(count)]
    for path in paths:
        for step in path.steps:
            gap = runs[layer_of[path.nodes[step]]]
            run = gap.setdefault((path.nodes[step], path.levels[step]), Run())
            run.left.append(path.levels[step])
            (run.left if path.loops else run.right).append(path.levels[step + 1])
    return runs


def _set_layers(
    boxes: Sequence[Box],
    layers: Sequence[Sequence[int]],
    runs: Sequence[Mapping[tuple[int, float], Run]],
) -> tuple[list[float], float]:
    """Sets the x of boxes; where the first track of each gap lies, and the width of it all."""
    x, turns = 0.0, []
    for layer, gap in zip(layers, runs, strict=True):
        placed = [boxes[node] for node in layer if node < len(boxes)]
        for box in placed:
            box.x = x
        x += max((box.width for box in placed), default=0.0) + STUB
        turns.append(x)
        x += STUB + TRACK * max(0, assign_tracks(list(gap.values())) - 1)
    return turns, x - (STUB if runs[-1] else 2 * STUB)


def _points(path: _Path, turns: Sequence[float], boxes: Sequence[Box]) -> list[tuple[float, float]]:
    """From the link's start to its end, turning at the given x in each gap."""
    left, right = boxes[path.nodes[0]], boxes[path.nodes[-1]]
    points = [(left.x + left.width, path.levels[0])]
    for step, turn in zip(path.steps, turns, strict=True):
        points += [(turn, path.levels[step]), (turn, path.levels[step + 1])]
    points.append((left.x + left.width if path.loops else right.x, path.levels[-1]))
    return points if path.link.start == path.nodes[0] else points[::-1]

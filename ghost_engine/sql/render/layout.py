"""Where boxes and lines go: layers from left to right along the links, all in pixels.

Takes boxes (width, height) and links between heights of boxes; gives each box a corner and each
link its points. A link that passes a layer takes a slot of its own there, so lines bend only in the
gaps between layers, where no box stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

from ghost_engine.sql.render.layers import assign_layers, groups, order_layers
from ghost_engine.sql.render.routes import Run, assign_tracks

GAP = 26.0  # between two boxes of a layer
SLOT = 2.0  # height of the slot a passing link takes
STUB = 26.0  # room beside a box for a crow's foot
TRACK = 12.0  # between two vertical runs
BLOCK_GAP = 44.0  # between tables that no link joins
ASPECT = 1.5  # width to height that a drawing aims at

_SWEEPS = 8


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
    tops = _tops(layers, heights, chains, ports)
    for index in group:
        boxes[index].y = tops[index]
    width = _route(boxes, layers, links, chains, ports, tops)
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


def _tops(
    layers: Sequence[Sequence[int]],
    heights: Mapping[int, float],
    chains: Sequence[Sequence[int]],
    ports: Sequence[Sequence[float]],
) -> dict[int, float]:
    """The top of each node, drawn towards its neighbours in sweeps, without overlap."""
    pulls: dict[int, dict[int, list[tuple[int, float]]]] = {
        side: defaultdict(list) for side in (-1, 1)
    }
    for chain, port in zip(chains, ports, strict=True):
        for index in range(len(chain) - 1 if chain[0] != chain[-1] else 0):
            shift = port[index] - port[index + 1]
            pulls[1][chain[index]].append((chain[index + 1], -shift))
            pulls[-1][chain[index + 1]].append((chain[index], shift))
    tops: dict[int, float] = {}
    for layer in layers:
        tops |= _stacked(layer, heights, {})
    for sweep in range(_SWEEPS):
        side = -1 if sweep % 2 == 0 else 1
        for layer in layers if side < 0 else layers[::-1]:
            wishes = {
                node: sum(tops[other] + shift for other, shift in pulls[side][node])
                / len(pulls[side][node])
                for node in layer
                if pulls[side][node]
            }
            tops |= _stacked(layer, heights, {node: tops[node] for node in layer} | wishes)
    highest = min(tops.values())
    return {node: top - highest for node, top in tops.items()}


def _stacked(
    layer: Sequence[int], heights: Mapping[int, float], wishes: Mapping[int, float]
) -> dict[int, float]:
    """Tops nearest to the wishes (least squares) that keep order and distance.

    Pool adjacent violators: with the heights above it taken off, each top must not fall.
    """
    offset, offsets = 0.0, []
    pools: list[tuple[float, int]] = []  # mean, count
    for node in layer:
        offsets.append(offset)
        mean, count = wishes.get(node, offset) - offset, 1
        offset += heights[node] + GAP * (1.0 if heights[node] > SLOT else 0.6)
        while pools and pools[-1][0] > mean:
            previous, size = pools.pop()
            mean, count = (mean * count + previous * size) / (count + size), count + size
        pools.append((mean, count))
    means = [mean for mean, count in pools for _ in range(count)]
    return {node: m + o for node, m, o in zip(layer, means, offsets, strict=True)}


def _route(
    boxes: Sequence[Box],
    layers: Sequence[Sequence[int]],
    links: Sequence[Link],
    chains: Sequence[Sequence[int]],
    ports: Sequence[Sequence[float]],
    tops: Mapping[int, float],
) -> float:
    """Sets the x of boxes and the points of links; the width of it all."""
    gap_of = {node: index for index, layer in enumerate(layers) for node in layer}
    runs: list[dict[tuple[int, float], Run]] = [{} for _ in layers]
    for chain, port in zip(chains, ports, strict=True):
        levels = [tops[node] + offset for node, offset in zip(chain, port, strict=True)]
        for index in range(len(chain) - 1):
            gap = runs[gap_of[chain[index]]]
            run = gap.setdefault((chain[index], levels[index]), Run())
            run.left.append(levels[index])
            side = run.left if chain[0] == chain[-1] else run.right
            side.append(levels[index + 1])
    x, rights = 0.0, []
    for layer, gap in zip(layers, runs, strict=True):
        widest = max((boxes[node].width for node in layer if node < len(boxes)), default=0.0)
        for node in layer:
            if node < len(boxes):
                boxes[node].x = x
        rights.append(x + widest)
        tracks = assign_tracks(list(gap.values()))
        x += widest + 2 * STUB + TRACK * max(0, tracks - 1)
    for link, chain, port in zip(links, chains, ports, strict=True):
        levels = [tops[node] + offset for node, offset in zip(chain, port, strict=True)]
        left, right = boxes[chain[0]], boxes[chain[-1]]
        points = [(left.x + left.width, levels[0])]
        for index in range(len(chain) - 1):
            gap_index = gap_of[chain[index]]
            track = runs[gap_index][chain[index], levels[index]].track
            turn = rights[gap_index] + STUB + TRACK * track
            points += [(turn, levels[index]), (turn, levels[index + 1])]
        end_x = left.x + left.width if chain[0] == chain[-1] else right.x
        points.append((end_x, levels[-1]))
        link.points = points if link.start == chain[0] else points[::-1]
    return x - (2 * STUB if not runs[-1] else STUB)

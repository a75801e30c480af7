"""How high each node of a drawing stands, all in pixels.

Nodes keep their order within a layer and a distance between them; each is drawn towards the nodes
it has links with, so that links run straight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

GAP = 26.0  # between two boxes of a layer
SLOT = 2.0  # height of the slot a passing link takes

_SWEEPS = 8

Pulls = dict[int, dict[int, list[tuple[int, float]]]]


def set_tops(
    layers: Sequence[Sequence[int]],
    heights: Mapping[int, float],
    chains: Sequence[Sequence[int]],
    ports: Sequence[Sequence[float]],
) -> dict[int, float]:
    """The top of each node; the highest stands at 0.

    Args:
        layers: the nodes of each layer, from top to bottom.
        heights: of every node.
        chains: the nodes that each link passes, from left to right.
        ports: where each link meets each node of its chain, below the node's top.
    """
    pulls = _pulls(chains, ports)
    tops: dict[int, float] = {}
    for layer in layers:
        tops |= _stacked(layer, heights, {})
    for sweep in range(_SWEEPS):
        side = -1 if sweep % 2 == 0 else 1
        for layer in layers if side < 0 else layers[::-1]:
            wishes = {node: _wish(node, tops, pulls[side][node]) for node in layer}
            tops |= _stacked(layer, heights, wishes)
    highest = min(tops.values())
    return {node: top - highest for node, top in tops.items()}


def _pulls(chains: Sequence[Sequence[int]], ports: Sequence[Sequence[float]]) -> Pulls:
    """For the left (-1) and right (1): node -> its neighbours there, and how much lower it
    would stand than they for a straight line."""
    pulls: Pulls = {-1: defaultdict(list), 1: defaultdict(list)}
    for chain, port in zip(chains, ports, strict=True):
        for index in range(len(chain) - 1 if chain[0] != chain[-1] else 0):
            shift = port[index] - port[index + 1]
            pulls[1][chain[index]].append((chain[index + 1], -shift))
            pulls[-1][chain[index + 1]].append((chain[index], shift))
    return pulls


def _wish(node: int, tops: Mapping[int, float], neighbours: list[tuple[int, float]]) -> float:
    """Where a node would like its top to be: the mean over its neighbours."""
    if not neighbours:
        return tops[node]
    return sum(tops[other] + shift for other, shift in neighbours) / len(neighbours)


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

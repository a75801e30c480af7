"""Which layer each box of a drawing stands in, and in which order, with few crossings.

After Sugiyama, Tagawa and Toda (1981). Nodes are numbers, steps are pairs of them; no sizes but
heights, no coordinates.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

Pair = tuple[int, int]

_SWEEPS = 16


def groups(count: int, pairs: Iterable[Pair]) -> list[list[int]]:
    """The nodes 0 to `count` - 1 in groups joined by pairs, directly or not; largest first."""
    leader = list(range(count))

    def find(node: int) -> int:
        while leader[node] != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for left, right in pairs:
        leader[find(left)] = find(right)
    members: dict[int, list[int]] = defaultdict(list)
    for node in range(count):
        members[find(node)].append(node)
    return sorted(members.values(), key=lambda group: -len(group))


def assign_layers(
    nodes: Sequence[int], pairs: Iterable[Pair], heights: Mapping[int, float], limit: float
) -> dict[int, int]:
    """A layer for each node, from 0, with every pair running from one layer to another.

    A pair runs to the right, but where pairs form a circle one of them runs back. A layer taller
    than `limit` is split in two or more.
    """
    children = _without_circles(nodes, pairs)
    parents = _reversed(children)
    layer: dict[int, int] = {}
    for node in _parents_first(nodes, children):
        layer[node] = 1 + max((layer[parent] for parent in parents[node]), default=-1)
    for node in nodes:  # what nobody stands before moves next to its nearest child
        if not parents[node] and children[node]:
            layer[node] = min(layer[child] for child in children[node]) - 1
    return _split_tall(layer, heights, limit)


def order_layers(layers: Sequence[Sequence[int]], steps: Iterable[Pair]) -> list[list[int]]:
    """The same layers, each ordered by barycentres; the best of a few sweeps.

    `steps` join nodes of neighbouring layers, left to right.
    """
    right, left = defaultdict(list), defaultdict(list)
    for a, b in steps:
        right[a].append(b)
        left[b].append(a)
    order = [list(layer) for layer in layers]
    best, fewest = order, _crossings(order, right)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        order = _swept(order, left) if sweep % 2 == 0 else _swept(order[::-1], right)[::-1]
        if (count := _crossings(order, right)) < fewest:
            best, fewest = order, count
    return best


def _swept(order: list[list[int]], neighbours: Mapping[int, list[int]]) -> list[list[int]]:
    swept = [order[0]]
    for layer in order[1:]:
        place = {node: index for index, node in enumerate(swept[-1])}
        centre = {
            node: sum(place[other] for other in neighbours[node]) / len(neighbours[node])
            if neighbours[node]
            else index * len(place) / len(layer)
            for index, node in enumerate(layer)
        }
        swept.append(sorted(layer, key=centre.__getitem__))
    return swept


def _crossings(order: list[list[int]], right: Mapping[int, list[int]]) -> int:
    total = 0
    for layer, following in zip(order, order[1:], strict=False):
        place = {node: index for index, node in enumerate(following)}
        seen: list[int] = []
        for node in layer:
            ends = sorted(place[other] for other in right[node])
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _without_circles(nodes: Sequence[int], pairs: Iterable[Pair]) -> dict[int, list[int]]:
    """Node -> nodes to its right, with the pairs that close a circle turned round."""
    forward: dict[int, list[int]] = {node: [] for node in nodes}
    for start, end in pairs:
        if start != end:
            forward[start].append(end)
    rank = {node: index for index, node in enumerate(_parents_first(nodes, forward))}
    straight: dict[int, list[int]] = {node: [] for node in nodes}
    for start, ends in forward.items():
        for end in ends:
            first, last = (start, end) if rank[start] < rank[end] else (end, start)
            straight[first].append(last)
    return straight


def _parents_first(nodes: Sequence[int], children: Mapping[int, list[int]]) -> list[int]:
    """Nodes so that each stands before its children, as far as there are no circles."""
    seen: set[int] = set()
    finished: list[int] = []
    targets = {child for ends in children.values() for child in ends}
    for root in sorted(nodes, key=lambda node: node in targets):
        stack = [(root, iter(children[root]))] if root not in seen else []
        seen.add(root)
        while stack:
            node, rest = stack[-1]
            child = next((child for child in rest if child not in seen), None)
            if child is None:
                finished.append(stack.pop()[0])
            else:
                seen.add(child)
                stack.append((child, iter(children[child])))
    return finished[::-1]


def _reversed(children: Mapping[int, list[int]]) -> dict[int, list[int]]:
    parents: dict[int, list[int]] = {node: [] for node in children}
    for node, ends in children.items():
        for end in ends:
            parents[end].append(node)
    return parents


def _split_tall(
    layer: Mapping[int, int], heights: Mapping[int, float], limit: float
) -> dict[int, int]:
    split: dict[int, int] = {}
    number = -1
    for old in sorted(set(layer.values())):
        number, filled = number + 1, 0.0
        for node in (node for node in layer if layer[node] == old):
            if filled and filled + heights[node] > limit:
                number, filled = number + 1, 0.0
            split[node] = number
            filled += heights[node]
    return split

"""Things of several sources brought together, at most one of each source in a cluster.

The likeliest pairs meet first and ties are broken by content, so the result does not depend on the
order in which anything was given.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Node = TypeVar("Node", bound=Hashable)
Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Link(Generic[Node]):
    """Two nodes that may be one; the greater `weight`, the likelier. `tie` decides among equals."""

    first: Node
    second: Node
    weight: tuple[float, ...]
    tie: tuple[str, ...]


class Clusters(Generic[Node]):
    """Sets of nodes that grow together.

    Args:
        nodes: each with the number of its source.
        apart: tells of two nodes whether they must never meet.
    """

    def __init__(
        self, nodes: Sequence[tuple[int, Node]], apart: Callable[[Node, Node], bool]
    ) -> None:
        self._sets: dict[Node, dict[Node, int]] = {node: {node: source} for source, node in nodes}
        self._apart = apart

    def join(self, links: Iterable[Link[Node]]) -> list[Link[Node]]:
        """Join by every link that brings no two things of one source together; returns those."""
        made = []
        for link in sorted(links, key=lambda each: ([-part for part in each.weight], each.tie)):
            if self.can_join(link.first, link.second):
                self._join(link.first, link.second)
                made.append(link)
        return made

    def can_join(self, first: Node, second: Node) -> bool:
        one, other = self._sets[first], self._sets[second]
        if one is other:
            return True
        if set(one.values()) & set(other.values()):
            return False
        return not any(self._apart(left, right) for left in one for right in other)

    def together(self, first: Node, second: Node) -> bool:
        return self._sets[first] is self._sets[second]

    def cluster(self, node: Node) -> tuple[Node, ...]:
        return tuple(self._sets[node])

    def all(self) -> list[tuple[Node, ...]]:
        """Every cluster once."""
        found = {id(members): tuple(members) for members in self._sets.values()}
        return list(found.values())

    def _join(self, first: Node, second: Node) -> None:
        one, other = self._sets[first], self._sets[second]
        if one is not other:
            one.update(other)
            for node in other:
                self._sets[node] = one


def in_one_order(lists: Iterable[Sequence[Item]]) -> list[Item]:
    """All items once: the longest list, and what the others have behind what stands before it."""
    ordered = sorted({tuple(each) for each in lists}, key=lambda each: (-len(each), str(each)))
    result: list[Item] = []
    for items in ordered:
        position = 0
        for item in items:
            if item in result:
                position = result.index(item) + 1
            else:
                result.insert(position, item)
                position += 1
    return result

"""The doubts of one consolidation: what was found, what is usual, what was chosen instead.

A doubt is settled where it turns up, by `Decisions.settle`; an earlier choice for the same key
wins over what we would do, and a choice that no longer fits is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ghost_engine.inference.consolidate.outcome import Conflict, Kind

Options = Mapping[str, Sequence[int]]  # option -> screens that speak for it, in a settled order


class Decisions:
    """Choices made before, and the conflicts met so far."""

    def __init__(self, choices: Mapping[str, str]) -> None:
        self._choices = choices
        self._found: dict[str, Conflict] = {}

    def settle(self, kind: Kind, place: str, options: Options, usual: str, reason: str = "") -> str:
        """The option to take; noted as a conflict where there are two or more.

        Args:
            place: what it is about, in names of the screens, so that it is the same every time.
            usual: what is taken if nobody chose.
        """
        key = f"{kind}:{place}"
        names = tuple(options)
        chosen = self._choices.get(key, usual)
        chosen = chosen if chosen in names else usual
        if len(names) > 1:
            screens = tuple(tuple(sorted(set(each))) for each in options.values())
            self._found[key] = Conflict(kind, key, "", "", names, chosen, reason, screens)
        return chosen

    def choice(self, kind: Kind, place: str) -> str | None:
        """What was chosen before, if anything."""
        return self._choices.get(f"{kind}:{place}")

    def locate(self, kind: Kind, place: str, table: str, column: str = "") -> None:
        """Say where in the joined schema a conflict is to be shown."""
        key = f"{kind}:{place}"
        if key in self._found:
            self._found[key] = replace(self._found[key], table=table, column=column)

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """All of them, by the joined schema's names."""
        return tuple(
            sorted(self._found.values(), key=lambda each: (each.table, each.column, each.key))
        )

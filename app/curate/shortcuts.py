"""Every shortcut of the Curate page, once: for the listener, the buttons and the help."""

from __future__ import annotations

from dataclasses import dataclass

from app.components.keys import Shortcut


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a key does. `letter` works outside texts, `chords` everywhere.

    `target` is the key of the container around its button, or CSS after a `css:`. `leaves` is set
    where another example opens: what is typed next is not meant for its SQL.
    """

    name: str
    letter: str
    chords: tuple[str, ...]
    target: str
    focus: bool = False
    leaves: bool = False

    @property
    def selector(self) -> str:
        if self.target.startswith("css:"):
            return self.target.removeprefix("css:")
        return f".st-key-{self.target} button"


COMMANDS = {
    "approve": Command("Approve", "A", ("Ctrl+Enter", "Alt+A"), "do-approve", leaves=True),
    "reject": Command("Reject", "X", ("Alt+X",), "do-reject", leaves=True),
    "needs_work": Command("Needs work", "W", ("Alt+W",), "do-needs-work", leaves=True),
    "postpone": Command("Postpone", "P", ("Alt+P",), "do-postpone", leaves=True),
    "previous": Command("Previous", "K", ("Alt+K",), "do-previous", leaves=True),
    "next": Command("Next", "J", ("Alt+J",), "do-next", leaves=True),
    "undo": Command("Undo the last decision", "U", ("Alt+U",), "do-undo", leaves=True),
    "save": Command("Save without deciding", "S", ("Ctrl+S",), "do-save"),
    "repair": Command("Repair", "F", ("Alt+F",), "do-repair"),
    "check": Command("Check again", "V", ("Alt+V",), "do-check"),
    "suggestion": Command("Back to the suggestion", "B", ("Alt+B",), "do-suggestion"),
    "edit": Command("To the SQL", "E", (), "css:event:ghost-focus"),
    "queue": Command("To the queue", "Q", ("Alt+Q",), "css:.st-key-queue iframe", focus=True),
    "large": Command("Picture large, and back", "Z", ("Alt+Z",), "css:event:ghost-large"),
    "note": Command("Note", "N", ("Alt+N",), "css:.st-key-note input", focus=True),
    "find": Command("Find", "/", (), "css:.st-key-finder input", focus=True),
    "sql": Command("SQL", "1", ("Alt+1",), "css:.st-key-panels [role=tab]:nth-of-type(1)"),
    "diagram": Command("Diagram", "2", ("Alt+2",), "css:.st-key-panels [role=tab]:nth-of-type(2)"),
    "changes": Command("Changes", "3", ("Alt+3",), "css:.st-key-panels [role=tab]:nth-of-type(3)"),
    "rules": Command("Guidelines", "4", ("Alt+4",), "css:.st-key-panels [role=tab]:nth-of-type(4)"),
    "spread": Command("Apply to others", "O", ("Alt+O",), "do-spread"),
    "bulk": Command("Bulk", "M", (), "do-bulk"),
    "help": Command("Shortcuts", "?", (), "do-help"),
}


def bindings() -> list[Shortcut]:
    """What the listener needs."""
    return [
        Shortcut((each.letter, *each.chords), each.selector, each.focus, each.leaves)
        for each in COMMANDS.values()
    ]


def label(command: str, words: str = "") -> str:
    """A button's label with its letter."""
    each = COMMANDS[command]
    return f"{words or each.name} `{each.letter}`"


def tip(command: str, words: str = "") -> str:
    """A button's help: what it does, and the chord that works while typing."""
    each = COMMANDS[command]
    chords = " or ".join(each.chords)
    return ". ".join(part for part in (words, f"While typing: {chords}" if chords else "") if part)

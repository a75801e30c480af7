"""What people say of a run: tags and notes, in its notes.json.

Every change reads, changes and replaces the file under a lock of its own, so that two people at
once lose nothing, and never touches the run's other files.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ghost_engine.errors import JobError
from ghost_engine.jobs.folder import RunFolder, explain_errors, read_json, write_json
from ghost_engine.jobs.locks import take
from ghost_engine.jobs.records import Record, now

TAG_CHARACTERS = 40
NOTE_CHARACTERS = 4000
LOCK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Note(Record):
    """One remark; `id` is unique in its run."""

    id: str
    text: str
    by: str = ""
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notes:
    """Tags in the order they were given, notes oldest first."""

    tags: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {"tags": list(self.tags), "notes": [note.to_dict() for note in self.notes]}


def read_notes(folder: RunFolder) -> Notes:
    """What was said so far; nothing where nobody said anything.

    Raises:
        JobError: the file is there and cannot be read.
    """
    document = read_json(folder.notes) or {}
    tags, notes = document.get("tags"), document.get("notes")
    return Notes(
        tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        tuple(_notes(notes if isinstance(notes, list) else [])),
    )


def change_tags(folder: RunFolder, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Notes:
    """Give and take tags; those that others gave meanwhile stay.

    Raises:
        JobError: a tag is too long, or the file cannot be written.
    """
    given, gone = [_tag(each) for each in add], set(remove)

    def change(notes: Notes) -> Notes:
        kept = (tag for tag in (*notes.tags, *given) if tag and tag not in gone)
        return replace(notes, tags=tuple(dict.fromkeys(kept)))

    return _change(folder, change)


def add_note(folder: RunFolder, text: str, by: str = "") -> Notes:
    """Add a remark.

    Raises:
        JobError: it is empty or too long, or the file cannot be written.
    """
    text = text.strip()
    if not text:
        raise JobError("There is nothing in this note.", "Write a word or two.")
    if len(text) > NOTE_CHARACTERS:
        raise JobError(f"This note has {len(text):,} characters.", f"{NOTE_CHARACTERS:,} at most.")
    note = Note(secrets.token_hex(6), text, by, now())
    return _change(folder, lambda notes: replace(notes, notes=(*notes.notes, note)))


def remove_note(folder: RunFolder, note_id: str) -> Notes:
    """Take a remark away; one that is gone already is none.

    Raises:
        JobError: the file cannot be written.
    """
    return _change(
        folder,
        lambda notes: replace(
            notes, notes=tuple(note for note in notes.notes if note.id != note_id)
        ),
    )


def _change(folder: RunFolder, change: Callable[[Notes], Notes]) -> Notes:
    with explain_errors(f"The notes of run {folder.id} cannot be written"):
        lock = take(folder.path / ".notes.lock", wait_seconds=LOCK_SECONDS)
        if lock is None:
            raise JobError(
                f"Somebody else is writing the notes of run {folder.id}.", "Try again in a moment."
            )
        try:
            changed = change(read_notes(folder))
            write_json(folder.notes, changed.to_dict())
            return changed
        finally:
            lock.release()


def _notes(documents: list[Any]) -> Iterable[Note]:
    for each in documents:
        if isinstance(each, dict) and isinstance(each.get("id"), str):
            yield Note.from_dict({"text": "", **each})


def _tag(words: str) -> str:
    tag = " ".join(words.split())
    if len(tag) > TAG_CHARACTERS:
        raise JobError(
            f"A tag of {len(tag)} characters is too long.", f"{TAG_CHARACTERS} at most; or a note."
        )
    return tag

"""The store as a dataset: `export(store, folder, form="vision") -> ExportReport`.

A folder with the rows, their pictures under `ui_screenshots/` and a manifest; it appears whole or
not at all. The same store gives the same bytes, and importing what was exported changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Literal, get_args

from ghost_engine.data.files.preparing import default_id
from ghost_engine.data.files.writing import Folder, Stream, whole_folder
from ghost_engine.data.records import STATUSES, Example, Filters, Screenshot
from ghost_engine.data.store import Store
from ghost_engine.errors import FileError, StoreError
from ghost_engine.prompts import (
    TEXT_INSTRUCTION,
    VERSION,
    VISION_INSTRUCTION,
    text_row,
    vision_row,
)

Form = Literal["vision", "text", "pairs", "hf"]
FORMS: tuple[Form, ...] = get_args(Form)
PICTURES = "ui_screenshots"
ROWS_FILES: dict[Form, str] = {
    "vision": "dataset_vision.json",
    "text": "dataset.json",
    "pairs": "pairs.jsonl",
    "hf": "metadata.jsonl",
}
# Without a filter everything goes out but what somebody found wrong.
EXPORTED = tuple(status for status in STATUSES if status != "rejected")


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written and what was not.

    `left_out` counts examples by reason. `missing` rows name a picture that the store does not
    have. `own_instructions` rows keep an instruction that is not the current one.
    """

    folder: Path
    form: Form
    written: int
    statuses: dict[str, int]
    left_out: dict[str, int]
    missing: int
    own_instructions: int
    bytes: int

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `ghost data export`."""
        return {
            "written": self.written,
            "format": self.form,
            "path": str(self.folder),
            "statuses": self.statuses,
            "left_out": self.left_out,
            "missing_images": self.missing,
            "own_instructions": self.own_instructions,
            "bytes": self.bytes,
        }


def export(
    store: Store,
    path: Path,
    *,
    form: Form = "vision",
    filters: Filters | None = None,
    keys: Callable[[str], bool] | None = None,
    split: str = "",
    skip_missing: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> ExportReport:
    """Write examples as a dataset.

    Args:
        store: where from.
        path: the folder to make; an earlier export there is replaced.
        form: the rows' form; "text" takes the examples that are text alone, the others the rest.
        filters: which examples; all but rejected ones unless it names statuses.
        keys: says of a screenshot's key whether it belongs to the split.
        split: the split's name, for the manifest.
        skip_missing: leave out rows whose picture the store does not have.
        progress: told how many rows were written, now and then.

    Raises:
        FileError: nothing matches, something else is in the folder, or it cannot be written.
        StoreError: a picture is damaged or gone.
    """
    chosen = filters or Filters()
    if not chosen.statuses:
        chosen = replace(chosen, statuses=EXPORTED)
    with whole_folder(path) as folder:
        work = _Export(store, folder, form, skip_missing or form == "hf", keys)
        work.write_rows(store.iterate(chosen), progress)
        if not work.written:
            raise _nothing(work.left_out)
        folder.finish(work.manifest(chosen, split))
    return work.report(path)


def _nothing(left_out: Counter[str]) -> FileError:
    reasons = "; ".join(f"{count} {reason}" for reason, count in sorted(left_out.items()))
    return FileError(
        f"Nothing to export{': ' + reasons if reasons else ', no example matches'}.",
        "Choose another --status or --format, or import something first.",
    )


@dataclass
class _Export:
    """One export under way."""

    store: Store
    folder: Folder
    form: Form
    skip_missing: bool
    keys: Callable[[str], bool] | None
    written: int = 0
    missing: int = 0
    own_instructions: int = 0
    newest: datetime | None = None
    statuses: Counter[str] = field(default_factory=Counter)
    prompt_versions: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)

    def write_rows(self, examples: Iterator[Example], progress: Callable[[int], None]) -> None:
        names = _Names(self.store) if self.form != "text" else None
        as_array = self.form in ("vision", "text")
        with self.folder.stream(ROWS_FILES[self.form]) as stream:
            for example in examples:
                reason = self._reason_against(example)
                if reason is not None:
                    self.left_out.update([reason] if reason else [])
                    continue
                image = self._put_picture(example.screenshot, names) if names else ""
                self._write(stream, self._row(example, image), as_array)
                self._count(example)
                if self.written % 100 == 0:
                    progress(self.written)
            stream.write("\n]\n" if as_array else "")

    def _reason_against(self, example: Example) -> str | None:
        """Why an example stays; "" when it is simply of another split."""
        screenshot = example.screenshot
        if self.keys is not None and not self.keys(screenshot.key):
            return ""
        if not example.sql.strip():
            return "without SQL"
        if self.form == "text":
            return None if is_text(screenshot) else "with a picture"
        if is_text(screenshot):
            return "of text alone"
        if screenshot.missing and self.skip_missing:
            return "whose picture is missing"
        return None

    def _put_picture(self, screenshot: Screenshot, names: _Names) -> str:
        """The picture's name in the export, where its bytes were written."""
        if screenshot.missing:
            return screenshot.path
        data = self.store.picture(screenshot)
        if hashlib.sha256(data).hexdigest() != screenshot.key:
            raise StoreError(
                f"The picture {self.store.picture_path(screenshot)} is damaged.",
                "Remove it and import it again, or restore a backup.",
            )
        name = f"{PICTURES}/{names.choose(screenshot)}"
        self.folder.write(name, data)
        return name

    def _write(self, stream: Stream, row: dict[str, Any], as_array: bool) -> None:
        line = json.dumps(row, ensure_ascii=False)
        if as_array:
            stream.write(f",\n{line}" if self.written else f"[\n{line}")
        else:
            stream.write(f"{line}\n")

    def _row(self, example: Example, image: str) -> dict[str, Any]:
        instruction = example.suggestion.instruction if example.suggestion else ""
        if self.form == "vision":
            self._note_own(instruction, VISION_INSTRUCTION)
            return vision_row(image, example.sql, instruction or VISION_INSTRUCTION)
        if self.form == "text":
            self._note_own(instruction, TEXT_INSTRUCTION)
            return {**text_row(example.description, example.sql, instruction or TEXT_INSTRUCTION)}
        if self.form == "hf":
            self._note_own(instruction, VISION_INSTRUCTION)
            given = instruction or VISION_INSTRUCTION
            return {
                "file_name": image,
                "sql": example.sql,
                "instruction": given,
                "domain": example.domain,
            }
        return self._pair(example, image)

    def _note_own(self, instruction: str, current: str) -> None:
        self.own_instructions += instruction not in ("", current)

    def _pair(self, example: Example, image: str) -> dict[str, Any]:
        known = dict(example.reference or {})
        wanted = str(known.pop("id", "") or default_id(example.screenshot.key))
        if wanted in self.ids:
            wanted = f"{wanted}-{default_id(example.screenshot.key)}"
        self.ids.add(wanted)
        pair = {"id": wanted, "image": image, "sql": example.sql}
        about = {
            "domain": example.domain,
            "app": example.app,
            "source": example.screenshot.source,
            "licence": example.screenshot.licence,
        }
        return pair | {name: each for name, each in about.items() if each} | known

    def _count(self, example: Example) -> None:
        self.written += 1
        self.missing += example.screenshot.missing and not is_text(example.screenshot)
        self.statuses[example.status] += 1
        version = example.suggestion.prompt_version if example.suggestion else ""
        self.prompt_versions[version or "unknown"] += 1
        self.newest = max(self.newest or example.updated, example.updated)

    def manifest(self, filters: Filters, split: str) -> dict[str, Any]:
        """Dated by the newest change among the examples, so that the clock does not show."""
        plain = asdict(Filters())
        used = {name: each for name, each in asdict(filters).items() if each != plain[name]}
        return {
            "format": self.form,
            "rows": ROWS_FILES[self.form],
            "created": self.newest.isoformat() if self.newest else None,
            "written": self.written,
            "statuses": dict(sorted(self.statuses.items())),
            "missing_images": self.missing,
            "own_instructions": self.own_instructions,
            "left_out": dict(sorted(self.left_out.items())),
            "prompt_version": VERSION,
            "prompt_versions": dict(sorted(self.prompt_versions.items())),
            "filters": used,
            "split": split or None,
        }

    def report(self, path: Path) -> ExportReport:
        return ExportReport(
            path,
            self.form,
            self.written,
            dict(sorted(self.statuses.items())),
            dict(sorted(self.left_out.items())),
            self.missing,
            self.own_instructions,
            sum(each.bytes for each in self.folder.files.values()),
        )


def is_text(screenshot: Screenshot) -> bool:
    """A row of text alone: no picture was ever declared."""
    return screenshot.missing and not screenshot.path


class _Names:
    """Names for the pictures of an export: their own where they can have it.

    A missing picture's name is never given to another, or the next import would take that one for
    it.
    """

    def __init__(self, store: Store) -> None:
        declared = (each.path for each in store.screenshots() if each.missing)
        self._used = {PurePosixPath(path.replace("\\", "/")).name.lower() for path in declared}

    def choose(self, screenshot: Screenshot) -> str:
        stem = PurePosixPath(screenshot.path.replace("\\", "/")).stem
        plain = re.sub(r"[^A-Za-z0-9._-]+", "_", stem).strip("._")[:80]
        own = f"{plain or screenshot.key[:16]}.{screenshot.extension}"
        # The key's whole hash is nobody else's; it is used where shorter names are taken.
        others = (f"{plain[:60]}-{part}.{screenshot.extension}" for part in _parts(screenshot.key))
        name = next(each for each in (own, *others) if each.lower() not in self._used)
        self._used.add(name.lower())
        return name


def _parts(key: str) -> tuple[str, ...]:
    return key[:8], key

"""Which models llama.cpp can be asked for: pairs of a text GGUF and its vision part.

Found among what was exported here and what the settings name; any other file goes by its path.
What no llama.cpp of this machine can run, or what cannot see, is refused in words before it starts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ghost_engine.errors import EngineError, EngineUnavailable
from ghost_engine.inference.llamacpp import xllama
from ghost_engine.inference.llamacpp.heading import Heading, read_heading
from ghost_engine.inference.llamacpp.wheel import find_wheel
from ghost_engine.settings import get_settings

EXPORTED = "export.json"
PLUS = "+"
"""Between the two paths of a model that is named by both."""

_RUNS_HERE = frozenset({"llama", "t5", "bert"})
_SPLITTERS = frozenset({"gpt-2", "llama-bpe", "qwen2"})
"""How mineru's llama.cpp may split a text for BPE; most other ways abort it (`free(): invalid
pointer` in std::regex, measured with 0.2.0)."""


@dataclass(frozen=True, slots=True)
class Files:
    """A model by the name it is asked for. `mmproj` is None where no picture can be shown to it."""

    name: str
    text: Path
    mmproj: Path | None
    detail: str = ""

    @property
    def bytes(self) -> int:
        """Of what has to be there in memory; 0 where it cannot be told."""
        with suppress(OSError):
            return sum(path.stat().st_size for path in (self.text, self.mmproj) if path)
        return 0


def find_models() -> tuple[Files, ...]:
    """The models of this machine, the one that would be asked first; no file is opened."""
    return tuple({files.name: files for files in (*_set(), *_exported())}.values())


def find(wanted: str) -> Files:
    """The model of that name or path; the first one if it is empty.

    Raises:
        EngineError: there is none.
    """
    if wanted:
        return _named(wanted)
    for files in (*_set(), *_exported()):
        return files
    raise EngineError(
        "No model for llama.cpp is on this machine.",
        "Export one (`ghost export`), or name a GGUF with GHOST_GGUF or --model PATH.",
    )


def check(files: Files) -> Heading:
    """What the text file says of itself, once both files are there and can be asked.

    Raises:
        EngineError: a file is missing, or no GGUF, or not what it is used as; or it cannot see.
    """
    heading = read_heading(files.text)
    if heading.is_vision:
        raise EngineError(
            f"{files.text.name} is a vision part (mmproj) alone.", "Name the text model's GGUF."
        )
    if files.mmproj is None:
        raise EngineError(
            f"{files.name} reads text only; it cannot see a screenshot.",
            "Put its mmproj GGUF beside it, or name both: TEXT.gguf+MMPROJ.gguf.",
        )
    if not read_heading(files.mmproj).is_vision:
        raise EngineError(
            f"{files.mmproj.name} is no vision part (mmproj).",
            "Name the model's own: TEXT.gguf+MMPROJ.gguf.",
        )
    return heading


def needs_other(heading: Heading) -> bool:
    """Whether only the other llama.cpp, xllamacpp's, can run it.

    Raises:
        EngineUnavailable: the llama.cpp it needs is not installed.
    """
    bpe = heading.tokenizer == "gpt2" and heading.splitter in _SPLITTERS
    if bpe or heading.tokenizer in _RUNS_HERE:
        find_wheel()
        return False
    if not xllama.is_installed():
        kind = " ".join(filter(None, (heading.tokenizer, heading.splitter)))
        raise EngineUnavailable(
            f"The llama.cpp here breaks down on this model's tokenizer ({kind or 'none named'}).",
            xllama.INSTALL,
        )
    return True


def _set() -> Iterator[Files]:
    """What the settings name."""
    settings = get_settings()
    if settings.gguf is not None:
        text = settings.gguf.expanduser()
        mmproj = settings.gguf_mmproj.expanduser() if settings.gguf_mmproj else _beside(text)
        yield Files(text.stem, text, mmproj, "named by GHOST_GGUF")


def _exported() -> Iterator[Files]:
    """What was exported here, the latest first."""
    root = get_settings().gguf_dir
    places = [path for path in (root / EXPORTED, *root.glob(f"[!.]*/{EXPORTED}")) if path.is_file()]
    for place in sorted(places, key=_written, reverse=True):
        yield from _of_export(place, root)


def _of_export(place: Path, root: Path) -> Iterator[Files]:
    """Each text model that an export.json lists and that is there."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        document = json.loads(place.read_text("utf-8"))
        listed = [each for each in document["files"] if each["role"] in ("text", "mmproj")]
        there = [(each["role"], _inside(place.parent, each["path"]), each) for each in listed]
        mmproj = next((path for role, path, _ in there if role == "mmproj" and path), None)
        for role, path, each in there:
            if role == "text" and path:
                name = path.relative_to(root).with_name(path.stem).as_posix()
                yield Files(name, path, mmproj, _told(document, each))


def _told(document: dict[str, object], file: dict[str, object]) -> str:
    parts = (str(file.get("part") or "").upper(), f"from {document['base']}", "exported here")
    return ", ".join(filter(None, parts))


def _inside(folder: Path, name: str) -> Path | None:
    """A file of an export; None where it is gone or leads elsewhere."""
    path = folder / name
    return path if path.is_file() and folder in path.parents and ".." not in name else None


def _named(wanted: str) -> Files:
    known = next((files for files in find_models() if files.name == wanted), None)
    if known is not None:
        return known
    text, mmproj = _split(wanted)
    if not text.is_file():
        raise EngineError(
            f"llama.cpp has no model {wanted}.",
            "Name one that was exported here (`ghost infer --help`), or the path of a GGUF.",
        )
    if mmproj is not None and not mmproj.is_file():
        raise EngineError(f"{mmproj} does not exist.", "Name the vision part's GGUF.")
    return Files(wanted, text, mmproj or _beside(text), "by its path")


def _split(wanted: str) -> tuple[Path, Path | None]:
    """The one or two paths of a name; a plus may be part of a path, too."""
    whole = Path(wanted).expanduser()
    if PLUS not in wanted or whole.is_file():
        return whole, None
    text, _, mmproj = wanted.partition(f".gguf{PLUS}")
    if not mmproj:
        return whole, None
    return Path(f"{text}.gguf").expanduser(), Path(mmproj).expanduser()


def _beside(text: Path) -> Path | None:
    """The vision part in the same folder whose name begins most like the text model's."""
    found = [path for path in sorted(text.parent.glob("*.gguf")) if "mmproj" in path.name.lower()]
    found = [path for path in found if path != text]
    return max(found, key=lambda path: _alike(path.name, text.name), default=None)


def _alike(one: str, other: str) -> int:
    """How many letters they begin with in common, "mmproj" in front aside."""
    bare = one.lower().removeprefix("mmproj").lstrip("-_.")
    return max(len(os.path.commonprefix([name, other.lower()])) for name in (bare, one.lower()))


def _written(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0

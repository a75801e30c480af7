"""The merged weights as safetensors, in a folder of the hub's layout that any program loads.

The base's tensors under the hub's names, in the base's shards (cut at 4 GB where these are larger),
beside copies of its tokenizer and configuration. Tensors are written one by one.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ghost_engine.errors import ExportError
from ghost_engine.export.checkpoint import INDEX, SINGLE, Checkpoint
from ghost_engine.export.gguf_file import Stop, Tell, ask, finishing, flush, remove, slices
from ghost_engine.export.lora import Merger
from ghost_engine.export.safetensors_header import BYTES
from ghost_engine.export.vocabulary import DOCUMENT, PIECES

SHARD_BYTES = 4 * 10**9
_COPIED = (
    *("generation_config.json", "preprocessor_config.json", "processor_config.json"),
    *(DOCUMENT, PIECES, "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    *("chat_template.jinja", "chat_template.json", "LICENSE", "LICENSE.txt", "LICENSE.md"),
)


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        return math.prod(self.shape) * BYTES[self.dtype]


def write_merged(merger: Merger, target: Path, tell: Tell, stop: Stop) -> None:
    """Write the merged model into a folder, whole or not at all.

    Args:
        merger: base and adapter.
        target: the folder; replaced if it is there.
        tell: told tensors done, tensors in all, and the last one's name.
        stop: asked all the time.

    Raises:
        ExportError: the base has no tokenizer, or the folder cannot be written.
        Cancelled: `stop` said so.
    """
    base = merger.checkpoint
    if not any((base.folder / name).is_file() for name in (DOCUMENT, PIECES)):
        raise ExportError(
            f"The base in {base.folder} has no tokenizer.", f"Fetch its {DOCUMENT} too."
        )
    shards = _shards(merger)
    names = _names(len(shards))
    total, done = sum(map(len, shards)), 0
    with finishing(target) as partial:
        remove(partial)
        partial.mkdir()
        for name, entries in zip(names, shards, strict=True):
            _write_shard(merger, partial / name, entries, (done, total), tell, stop)
            done += len(entries)
        if len(shards) > 1:
            _write_json(partial / INDEX, _index(names, shards))
        _write_json(partial / "config.json", _config(base))
        for name in _COPIED:
            if (base.folder / name).is_file():
                shutil.copyfile(base.folder / name, partial / name)
                flush(partial / name)


def _shards(merger: Merger) -> list[list[_Entry]]:
    """The tensors of each file to be written, in the base's own order."""
    shards: list[list[_Entry]] = []
    file, size = "", 0
    for name, info in merger.checkpoint.tensors.items():
        entry = _Entry(name, merger.type_of(name), info.shape)
        if info.file != file or size + entry.bytes > SHARD_BYTES:
            shards.append([])
            file, size = info.file, 0
        shards[-1].append(entry)
        size += entry.bytes
    return shards


def _names(count: int) -> list[str]:
    if count == 1:
        return [SINGLE]
    return [f"model-{each:05d}-of-{count:05d}.safetensors" for each in range(1, count + 1)]


def _write_shard(
    merger: Merger,
    path: Path,
    entries: Sequence[_Entry],
    counted: tuple[int, int],
    tell: Tell,
    stop: Stop,
) -> None:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    place = 0
    for entry in entries:
        header[entry.name] = {
            "dtype": entry.dtype,
            "shape": entry.shape,
            "data_offsets": (place, place + entry.bytes),
        }
        place += entry.bytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    done, total = counted
    with path.open("wb") as stream:
        stream.write(len(text).to_bytes(8, "little") + text)
        for number, entry in enumerate(entries, done + 1):
            for some in slices(merger.tensor(entry.name), entry.dtype):
                ask(stop)
                stream.write(some)
            tell(number, total, entry.name)
    flush(path)


def _index(names: Sequence[str], shards: Sequence[Sequence[_Entry]]) -> Mapping[str, object]:
    size = sum(entry.bytes for entries in shards for entry in entries)
    both = zip(names, shards, strict=True)
    places = {entry.name: name for name, entries in both for entry in entries}
    return {"metadata": {"total_size": size}, "weight_map": dict(sorted(places.items()))}


def _config(base: Checkpoint) -> Mapping[str, object]:
    """The base's, without a word of how it was quantized."""
    return {name: value for name, value in base.config.items() if name != "quantization_config"}


def _write_json(path: Path, document: Mapping[str, object]) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    flush(path)

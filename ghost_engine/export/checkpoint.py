"""A Gemma-3 on disk, in the hub's layout: config.json and safetensors, one file or shards.

Opening reads headers only, needs no torch and finds what is missing or cut off. Every tensor goes
by the hub's name, however the folder calls it; `Checkpoint.tensor` maps one into memory.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ghost_engine.errors import ExportError
from ghost_engine.export import nf4
from ghost_engine.export.gemma3 import Architecture, expected_tensors, read_architecture
from ghost_engine.export.names import hub_name
from ghost_engine.export.safetensors_header import Stored, read_header

INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
_BUFFERS = (".position_ids", ".inv_freq")  # of old checkpoints; computed anew by everybody
# May be there and goes into no GGUF: the head is the embedding, the tower's own is not used.
_BESIDE = ("language_model.lm_head.", "vision_tower.vision_model.head.")
_KINDS = ("BF16", "F16", "F32", nf4.DTYPE)
_HINT = "Name the folder or the hub's name of the 16-bit weights."


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor: `dtype` as safetensors says ("BF16"), or "NF4" for four packed bits, whose
    `shape` is that of the weights they stand for. `file` is relative to the folder."""

    dtype: str
    shape: tuple[int, ...]
    file: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder of weights. `tensors` are all of the model's, by the hub's names; `nf4` says that
    some are four bits. `stored` is for reading: what the files call them, and where it lies."""

    folder: Path
    config: dict[str, Any]
    architecture: Architecture
    tensors: Mapping[str, TensorInfo]
    nf4: bool
    stored: Mapping[str, str] = field(default_factory=dict, repr=False)

    def tensor(self, name: str) -> Any:
        """A tensor of 16 or 32 bits, mapped into memory: nothing is read before it is used.

        Raises:
            KeyError: it has no such tensor, or a 4-bit one (`nf4.weights` gives these).
        """
        if self.tensors[name].dtype == nf4.DTYPE:
            raise KeyError(f"{name} is stored in 4 bits")
        return self.read(self.stored[name], self.tensors[name].file)

    def read(self, own_name: str, file: str) -> Any:
        """A tensor by the name that the file itself uses, mapped into memory."""
        from safetensors import safe_open

        with safe_open(self.folder / file, "pt") as opened:
            return opened.get_tensor(own_name)


def open_checkpoint(folder: Path) -> Checkpoint:
    """Look at a folder of weights; milliseconds, whatever its size.

    Raises:
        ExportError: it is no Gemma-3, or a file is missing, cut off or damaged; it is named.
    """
    config = _read_json(folder / "config.json")
    architecture = read_architecture(config)
    method = (config.get("quantization_config") or {}).get("quant_method", "bitsandbytes")
    if method != "bitsandbytes":
        raise ExportError(f"The base in {folder} is quantized by {method}.", _HINT)
    headers = {name: read_header(folder / name) for name in _files(folder)}
    tensors, stored = _tensors(folder, headers)
    _compare(folder, tensors, expected_tensors(architecture))
    four_bits = any(each.dtype == nf4.DTYPE for each in tensors.values())
    return Checkpoint(folder, config, architecture, tensors, four_bits, stored)


def sketch(config: dict[str, Any], dtype: str = "BF16") -> Checkpoint:
    """The checkpoint that a config.json would have: for planning before the weights are here.

    Raises:
        ExportError: it is no Gemma-3.
    """
    architecture = read_architecture(config)
    expected = expected_tensors(architecture)
    tensors = {name: TensorInfo(dtype, shape, SINGLE) for name, shape in expected.items()}
    return Checkpoint(Path(), config, architecture, tensors, nf4=False)


def licence_of(folder: Path) -> str:
    """The licence that the folder's model card names; Gemma's own terms if it names none."""
    try:
        card = (folder / "README.md").read_text("utf-8", errors="replace")
    except OSError:
        return "gemma"
    front = re.match(r"---\n(.*?)\n---", card, re.DOTALL)
    named = re.search(r"^licen[cs]e:\s*([\w.+-]+)", front[1], re.MULTILINE) if front else None
    return named[1] if named else "gemma"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ExportError(f"The base has no {path.name} ({path}).", _HINT) from error
    except ValueError as error:
        raise ExportError(f"{path} is damaged: {error}.", "Fetch it again.") from error
    if not isinstance(document, dict):
        raise ExportError(f"{path} is damaged: no object.", "Fetch it again.")
    return document


def _files(folder: Path) -> list[str]:
    """The safetensors files; all that the index names have to be there."""
    if not (folder / INDEX).is_file():
        if (folder / SINGLE).is_file():
            return [SINGLE]
        raise ExportError(f"{folder} holds no weights ({SINGLE} or {INDEX}).", _HINT)
    names = sorted(set(_read_json(folder / INDEX).get("weight_map", {}).values()))
    missing = [name for name in names if not (folder / name).is_file()]
    if missing or not names:
        several = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        lack = f"{missing[0]}{several}" if missing else "every shard"
        raise ExportError(f"The base in {folder} lacks {lack}.", "Fetch it again.")
    return names


def _tensors(
    folder: Path, headers: Mapping[str, Mapping[str, Stored]]
) -> tuple[dict[str, TensorInfo], dict[str, str]]:
    tensors: dict[str, TensorInfo] = {}
    own_names: dict[str, str] = {}
    for file, header in headers.items():
        for own, stored in header.items():
            if nf4.is_companion(own) or own.endswith(_BUFFERS):
                continue
            name = hub_name(own)
            dtype, shape = stored.dtype, stored.shape
            if nf4.is_packed(own, header):
                dtype, shape = nf4.DTYPE, nf4.shape_of(folder / file, own, header)
            tensors[name] = TensorInfo(dtype, shape, file)
            own_names[name] = own
    return tensors, own_names


def _compare(
    folder: Path, tensors: Mapping[str, TensorInfo], expected: Mapping[str, tuple[int, ...]]
) -> None:
    """Every expected tensor is there, in its shape and of a known type."""
    for name, shape in expected.items():
        found = tensors.get(name)
        if found is None:
            raise ExportError(f"The base in {folder} lacks the tensor {name}.", "Fetch it again.")
        if found.dtype not in _KINDS:
            raise ExportError(f"{name} of the base is of type {found.dtype}.", _HINT)
        if found.shape != shape:
            raise ExportError(
                f"{name} of the base is {_by(found.shape)}; its config.json says {_by(shape)}.",
                "Fetch it again.",
            )
    strange = [name for name in tensors if name not in expected and not name.startswith(_BESIDE)]
    if strange:
        raise ExportError(f"The base in {folder} has {strange[0]}; no Gemma-3 has that.", _HINT)


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))

"""Weights that bitsandbytes packed into four bits (NF4), made 16-bit again in plain torch.

A packed weight lies beside companions: the 16 values of a code, a scale for each block, which is
often packed in its turn into eight bits, and a JSON text with sizes. The formula is that of
bitsandbytes' `dequantize_4bit`, and a test holds it to that, bit for bit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Any

from ghost_engine.errors import ExportError
from ghost_engine.export.safetensors_header import Stored

DTYPE = "NF4"
_STATE = ".quant_state.bitsandbytes__"
_COMPANIONS = (".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map")


def is_companion(name: str) -> bool:
    """Whether a tensor only helps to read a packed one."""
    return name.endswith(_COMPANIONS) or _STATE in name


def is_packed(name: str, names: Container[str]) -> bool:
    """Whether a tensor is four bits packed; `names` are all of its file."""
    return f"{name}.absmax" in names


def shape_of(path: Path, name: str, header: Mapping[str, Stored]) -> tuple[int, ...]:
    """The shape of the weights that a packed tensor stands for. Reads a few bytes.

    Raises:
        ExportError: they are not NF4.
    """
    stored = header.get(f"{name}{_STATE}nf4")
    if stored is None:
        kinds = [each.split(_STATE)[1] for each in header if each.startswith(f"{name}{_STATE}")]
        raise ExportError(
            f"{name} of the base is packed as {kinds[0] if kinds else 'an unknown form'}.",
            "Name the 16-bit weights.",
        )
    with path.open("rb") as stream:
        stream.seek(stored.begin)
        state = json.loads(stream.read(stored.end - stored.begin))
    return tuple(int(side) for side in state["shape"])


def type_of(read: Callable[[str], Any], name: str) -> str:
    """The type that the weights had before, as safetensors says it; arguments as of `weights`."""
    return {"bfloat16": "BF16", "float16": "F16", "float32": "F32"}[_state(read, name)["dtype"]]


def weights(read: Callable[[str], Any], name: str) -> Any:
    """The weights that a packed tensor stands for, in the type they had before.

    Args:
        read: gives a tensor of the file by the name that the file uses.
        name: of the packed tensor, as the file calls it.
    """
    import torch

    state = _state(read, name)
    scale = read(f"{name}.absmax")
    if "nested_blocksize" in state:
        code, outer = read(f"{name}.nested_quant_map").float(), read(f"{name}.nested_absmax")
        spread = outer.float().repeat_interleave(state["nested_blocksize"])[: scale.numel()]
        scale = code[scale.view(-1).long()] * spread + state["nested_offset"]
    packed, code = read(name).view(-1), read(f"{name}.quant_map").float()
    kind = getattr(torch, state["dtype"])
    whole = torch.empty(2 * packed.numel(), dtype=kind)
    block = state["blocksize"]
    step = max(block, 2**22 // block * block)  # a slice at a time: indices are eight bytes each
    for begin in range(0, whole.numel(), step):
        some = packed[begin // 2 : (begin + step) // 2]
        values = torch.stack([code[(some >> 4).long()], code[(some & 15).long()]], 1).view(-1)
        blocks = scale[begin // block : -(-(begin + values.numel()) // block)].float()
        values *= blocks.repeat_interleave(block)[: values.numel()]
        whole[begin : begin + values.numel()] = values
    return whole.view(*state["shape"])


def _state(read: Callable[[str], Any], name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(bytes(read(f"{name}{_STATE}nf4").tolist()))
    return document

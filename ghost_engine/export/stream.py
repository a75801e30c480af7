"""The merged model written out: the language model and the tower as GGUF, or as safetensors.

Every function goes through the base tensor by tensor and holds one of them; what the adapter leaves
alone goes from file to file as it is. A file appears when it is whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ghost_engine.export.gguf_file import Stop, Tell, write_gguf
from ghost_engine.export.keep import write_merged as write_merged
from ghost_engine.export.lora import Merger
from ghost_engine.export.tensors import Planned, plan_text, plan_vision
from ghost_engine.export.text_gguf import text_header
from ghost_engine.export.vision_gguf import vision_header


def write_text(
    merger: Merger, target: Path, about: Mapping[str, str], tell: Tell, stop: Stop
) -> None:
    """Write the merged language model as a GGUF in BF16.

    Args:
        merger: base and adapter.
        target: the file; replaced if it is there.
        about: where the model is from (see `text_gguf.add_origin`).
        tell: told tensors done, tensors in all, and the last one's name.
        stop: asked all the time.

    Raises:
        ExportError: the base lacks something, or the file cannot be written.
        Cancelled: `stop` said so.
    """
    header = text_header(merger.checkpoint, about)
    planned = plan_text(merger.checkpoint)

    def data(each: Planned) -> Any:
        # Gemma multiplies with 1 + weight, llama.cpp with the weight.
        weight = merger.tensor(each.source)
        return weight.float() + 1 if each.type == "F32" else weight

    write_gguf(target, header, planned, data, tell, stop)


def write_vision(
    merger: Merger, target: Path, about: Mapping[str, str], tell: Tell, stop: Stop
) -> None:
    """Write the merged vision tower and the projector as an mmproj GGUF; arguments and errors are
    those of `write_text`.
    """
    header = vision_header(merger.checkpoint, about)

    def data(each: Planned) -> Any:
        weight = merger.tensor(each.source)
        return weight.float() + 1 if each.name == "mm.soft_emb_norm.weight" else weight

    write_gguf(target, header, plan_vision(merger.checkpoint), data, tell, stop)

"""Random Gemma-3 models of any size, built offline: small ones for tests, real shapes to measure.

`build_random_gemma3` writes a folder that loads like a released checkpoint: the hub's tensor names,
config, tokenizer, processor. The weights are noise, scaled so that adapters can learn through them;
answers mean nothing. Loads torch and transformers only when called.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ghost_engine.errors import TrainingError
from ghost_engine.training import tiny_tokenizer as words
from ghost_engine.training.tiny_weights import write_weights

MARK = "random_gemma3.json"
"""Written last: what the folder was built from. Without it the folder is not ours."""

_FORMAT = 3  # raise it when the same shape and seed give other files


@dataclass(frozen=True, slots=True)
class TinyShape:
    """The sizes of a random Gemma-3; every linear layer's sides are multiples of 64 (NF4 blocks).

    `vocabulary` is how many tokens are trained, `embedding_rows` how many the model has (0: as many
    as the tokenizer, rounded up). Every `full_every`-th layer attends to everything, the others to
    `sliding_window` tokens. Logits of the frozen head reach at most sqrt(hidden): that limits how
    sure an answer can be.
    """

    hidden: int = 256
    intermediate: int = 512
    layers: int = 2
    heads: int = 4
    key_value_heads: int = 2
    head_dim: int = 64
    full_every: int = 2
    sliding_window: int = 512
    context: int = 8192
    rope_factor: float = 1.0
    vocabulary: int = 1536
    embedding_rows: int = 0
    vision_hidden: int = 64
    vision_intermediate: int = 128
    vision_layers: int = 2
    vision_heads: int = 4
    image_pixels: int = 224
    image_tokens: int = 16

    def __post_init__(self) -> None:
        sides = {
            "hidden": self.hidden,
            "intermediate": self.intermediate,
            "heads * head_dim": self.heads * self.head_dim,
            "key_value_heads * head_dim": self.key_value_heads * self.head_dim,
            "vision_hidden": self.vision_hidden,
        }
        for name, size in sides.items():
            if size % 64:
                raise TrainingError(f"{name} is {size}.", "Choose a multiple of 64 (NF4 blocks).")
        if (self.image_pixels // PATCH_PIXELS) % int(self.image_tokens**0.5):
            raise TrainingError(
                f"{self.image_pixels} pixels do not divide into {self.image_tokens} image tokens.",
                "Use 224 pixels and 16 tokens, or 896 and 256.",
            )


PATCH_PIXELS = 14
SMOKE = TinyShape()
"""Trains on two CPU cores in a minute."""
OVERFIT = TinyShape(
    hidden=512,
    intermediate=1536,
    layers=4,
    heads=8,
    key_value_heads=4,
    head_dim=64,
    full_every=2,
    sliding_window=1024,
    vocabulary=4096,
    vision_hidden=128,
    vision_intermediate=256,
    image_pixels=896,
    image_tokens=256,
)
"""Real pictures and room enough to learn 287 answers by heart."""
TWELVE_B = TinyShape(
    hidden=3840,
    intermediate=15360,
    layers=48,
    heads=16,
    key_value_heads=8,
    head_dim=256,
    full_every=6,
    sliding_window=1024,
    context=131072,
    rope_factor=8.0,
    vocabulary=4096,
    embedding_rows=262_208,
    vision_hidden=1152,
    vision_intermediate=4304,
    vision_layers=27,
    vision_heads=16,
    image_pixels=896,
    image_tokens=256,
)
"""Gemma-3-12B's own sizes, 24 GB: for measuring memory and speed."""


def build_random_gemma3(
    folder: Path, shape: TinyShape = SMOKE, seed: int = 0, device: str = "cpu"
) -> Path:
    """Write a random Gemma-3 into `folder`, whole or not at all; an equal one is left as it is.

    Args:
        folder: made if absent. One that this function built from something else is replaced.
        shape: the sizes.
        seed: of the weights.
        device: where to draw them; each device has its own noise.

    Raises:
        TrainingError: the folder holds something else, or cannot be written.
    """
    mark = _mark(shape, seed, device)
    if _read_mark(folder) == mark:
        return folder
    _refuse_strangers(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _write(partial, shape, seed, device)
            (partial / MARK).write_text(json.dumps(mark, indent=1) + "\n", "utf-8")
            partial.chmod(0o755)
            _put(partial, folder, mark)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise TrainingError(
            f"The random model cannot be written to {folder}: {error.strerror or error}.",
            "Check the folder and the space on its disk.",
        ) from error
    return folder


def build_processor(shape: TinyShape = SMOKE) -> Any:
    """The `Gemma3Processor` of a shape; its pictures need PIL alone, not torchvision.

    Raises:
        TrainingError: the shipped datasets, whose words it learns, cannot be read.
    """
    from transformers import Gemma3Processor
    from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil

    pictures = Gemma3ImageProcessorPil(
        size={"height": shape.image_pixels, "width": shape.image_pixels},
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.5, 0.5, 0.5],
    )
    return Gemma3Processor(
        image_processor=pictures,
        tokenizer=words.build_tokenizer(shape.vocabulary),
        chat_template=words.CHAT_TEMPLATE,
        image_seq_length=shape.image_tokens,
    )


def build_config(shape: TinyShape, tokenizer: Any) -> Any:
    """The `Gemma3Config` of a shape, its special ids the tokenizer's."""
    from transformers import Gemma3Config

    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in words.SPECIALS}
    rows = shape.embedding_rows or -(-len(tokenizer) // 64) * 64
    ends = [ids[words.EOS], ids[words.END_OF_TURN]]
    common = {
        "pad_token_id": ids[words.PAD],
        "bos_token_id": ids[words.BOS],
        "eos_token_id": ends,
    }
    config = Gemma3Config(
        text_config={**_text_config(shape), "vocab_size": rows, **common},
        vision_config=_vision_config(shape),
        mm_tokens_per_image=shape.image_tokens,
        boi_token_index=ids[words.START_OF_IMAGE],
        eoi_token_index=ids[words.END_OF_IMAGE],
        image_token_index=ids[words.IMAGE],
        architectures=["Gemma3ForConditionalGeneration"],
        **common,
    )
    config.dtype = "bfloat16"
    return config


def _mark(shape: TinyShape, seed: int, device: str) -> dict[str, Any]:
    """What decides every byte of the folder."""
    texts = "\0".join(words.shipped_texts())
    return {
        "format": _FORMAT,
        "shape": asdict(shape),
        "seed": seed,
        "device": device.partition(":")[0],
        "words": hashlib.sha256(texts.encode()).hexdigest(),
        "versions": {name: version(name) for name in ("torch", "transformers", "tokenizers")},
    }


def _read_mark(folder: Path) -> Any:
    try:
        return json.loads((folder / MARK).read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _refuse_strangers(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()) and _read_mark(folder) is None:
        raise TrainingError(
            f"{folder} holds something else than a random model.", "Name another folder."
        )


def _put(partial: Path, folder: Path, mark: dict[str, Any]) -> None:
    """Move the new folder to its place; a builder that was quicker with the same wins."""
    for _ in range(8):
        try:
            partial.rename(folder)
            return
        except OSError:
            if _read_mark(folder) == mark:
                return
            _refuse_strangers(folder)
            old = partial.with_name(f"{partial.name}.old")
            if folder.is_dir():
                folder.rename(old)
                shutil.rmtree(old, ignore_errors=True)
    partial.rename(folder)


def _write(folder: Path, shape: TinyShape, seed: int, device: str) -> None:
    from transformers import GenerationConfig

    processor = build_processor(shape)
    processor.save_pretrained(folder)
    config = build_config(shape, processor.tokenizer)
    config.save_pretrained(folder)
    GenerationConfig(
        bos_token_id=config.bos_token_id,
        eos_token_id=config.eos_token_id,
        pad_token_id=config.pad_token_id,
        do_sample=True,  # as the released models say; whoever wants greedy answers asks for them
        top_k=64,
        top_p=0.95,
    ).save_pretrained(folder)
    write_weights(folder, config, seed, device)


def _text_config(shape: TinyShape) -> dict[str, Any]:
    full: dict[str, Any] = {"rope_theta": 1_000_000.0, "rope_type": "default"}
    if shape.rope_factor != 1:
        full = {**full, "rope_type": "linear", "factor": shape.rope_factor}
    kinds = [
        "sliding_attention" if (number + 1) % shape.full_every else "full_attention"
        for number in range(shape.layers)
    ]
    return {
        "hidden_size": shape.hidden,
        "intermediate_size": shape.intermediate,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.key_value_heads,
        "head_dim": shape.head_dim,
        "query_pre_attn_scalar": shape.head_dim,
        "sliding_window": shape.sliding_window,
        "max_position_embeddings": shape.context,
        "layer_types": kinds,
        "rope_parameters": {
            "full_attention": full,
            "sliding_attention": {"rope_theta": 10_000.0, "rope_type": "default"},
        },
    }


def _vision_config(shape: TinyShape) -> dict[str, Any]:
    return {
        "hidden_size": shape.vision_hidden,
        "intermediate_size": shape.vision_intermediate,
        "num_hidden_layers": shape.vision_layers,
        "num_attention_heads": shape.vision_heads,
        "image_size": shape.image_pixels,
        "patch_size": PATCH_PIXELS,
        "vision_use_head": False,
    }

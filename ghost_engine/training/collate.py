"""Batches of frozen rows: tokens padded on the right, labels of the answer alone, pixels.

`encoding` says what one row becomes, `lengths` which rows fit; both are offered here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ghost_engine.data.images import read_picture
from ghost_engine.errors import DatasetError
from ghost_engine.training.encoding import IGNORED, Encoded, Row, encode, labels_of, tokenizer_of
from ghost_engine.training.lengths import Length, Lengths, fit_rows, measure_lengths

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "IGNORED",
    "Collator",
    "Encoded",
    "Length",
    "Lengths",
    "Row",
    "encode",
    "fit_rows",
    "labels_of",
    "measure_lengths",
]

PAD_MULTIPLE = 8  # tensor cores like widths that eight divides


class Collator:
    """Batches of frozen rows; may be pickled into the processes that prepare batches.

    Rows about pictures and rows of words may share a batch. Pictures that were worked through stay
    in memory up to `cache_gib`, since every epoch asks for them again.

    Args:
        processor: the model's processor, or its tokenizer where it reads text alone.
        max_seq_length: a longer row is refused, in tokens.
        image_root: the folder that `image` paths begin in.
        cache_gib: memory for the pixels of known pictures, all processes together.
    """

    def __init__(
        self,
        processor: Any,
        max_seq_length: int,
        image_root: Path | None = None,
        *,
        cache_gib: float = 3.0,
    ) -> None:
        self.processor = processor
        self.max_seq_length = max_seq_length
        self.image_root = image_root
        self.cache_gib = cache_gib
        self._known: dict[tuple[str, ...], Encoded] = {}
        self._known_bytes = 0

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_known": {}, "_known_bytes": 0}

    def __call__(self, rows: Sequence[Row]) -> dict[str, Tensor]:
        """One batch, padded on the right.

        Returns:
            `input_ids`, `attention_mask`, `labels` (batch, tokens), where the processor knows of
            pictures `token_type_ids` too, and `pixel_values` (pictures, 3, height, width) if any.

        Raises:
            DatasetError: a row is longer than `max_seq_length`, or cannot be encoded.
            ImageError: a picture cannot be read.
        """
        encoded = [self.encode(row) for row in rows]
        width = self._width(max(len(each.input_ids) for each in encoded))
        pad = int(tokenizer_of(self.processor).pad_token_id)
        batch = {
            "input_ids": _padded([each.input_ids for each in encoded], width, pad),
            "attention_mask": _padded([[1] * len(each.input_ids) for each in encoded], width, 0),
            "labels": _padded([labels_of(each) for each in encoded], width, IGNORED),
        }
        if _sees(self.processor):
            batch["token_type_ids"] = _padded([each.token_types for each in encoded], width, 0)
        pixels = [each.pixels for each in encoded if each.pixels is not None]
        return {**batch, "pixel_values": torch.cat(pixels)} if pixels else batch

    def encode(self, row: Row) -> Encoded:
        """One row as tokens and pixels.

        Raises:
            DatasetError: it is longer than `max_seq_length`, or cannot be encoded.
            ImageError: its picture cannot be read.
        """
        key = tuple(str(row.get(name) or "") for name in ("image", "instruction", "input", "sql"))
        encoded = self._known.get(key)
        if encoded is None:
            encoded = encode(row, self.processor, self._picture(row))
            if len(encoded.input_ids) > self.max_seq_length:
                raise _too_long(row, len(encoded.input_ids), self.max_seq_length)
            self._remember(key, encoded)
        return encoded

    def _picture(self, row: Row) -> Image | None:
        image = row.get("image")
        if not image:
            return None
        return read_picture((self.image_root or Path()) / str(image)).pixels

    def _remember(self, key: tuple[str, ...], encoded: Encoded) -> None:
        """Nothing is ever pushed out: in shuffled epochs that would only cost."""
        worker = torch.utils.data.get_worker_info()
        room = self.cache_gib * 2**30 / (worker.num_workers if worker else 1)
        size = 8 * 2 * len(encoded.input_ids)
        if encoded.pixels is not None:
            size += encoded.pixels.nbytes
        if self._known_bytes + size <= room:
            self._known[key] = encoded
            self._known_bytes += size

    def _width(self, longest: int) -> int:
        rounded = -(-longest // PAD_MULTIPLE) * PAD_MULTIPLE
        return max(longest, min(rounded, self.max_seq_length))


def _padded(values: Iterable[Sequence[int]], width: int, filling: int) -> Tensor:
    return torch.tensor([[*each, *[filling] * (width - len(each))] for each in values])


def _sees(processor: Any) -> bool:
    """Whether the model takes pictures: then Gemma-3 wants to know of each token's type."""
    return getattr(processor, "image_processor", None) is not None


def _too_long(row: Row, tokens: int, limit: int) -> DatasetError:
    return DatasetError(
        f"Example {row.get('id')} has {tokens:,} tokens; the context is {limit:,}.",
        "Leave it out with fit_rows, or raise max_seq_length.",
    )

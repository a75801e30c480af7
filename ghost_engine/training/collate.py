"""From frozen rows to what the model trains on: chat, tokens, labels, pixels.

The text is the processor's own chat template over `prompts.messages`, the picture its own work;
the loss sees the answer and the mark that ends it, nothing else. A row that does not fit is never
cut: `measure_lengths` says beforehand which those are, `fit_rows` leaves them out or refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ghost_engine import prompts
from ghost_engine.data.images import read_picture
from ghost_engine.errors import DatasetError

if TYPE_CHECKING:
    from PIL.Image import Image

    from ghost_engine.training.config import TrainingConfig

IGNORED = -100  # what torch's cross entropy passes over
PAD_MULTIPLE = 8  # tensor cores like widths that eight divides
QUANTILES = (0.5, 0.9, 0.99)

_END_OF_TURN = "<end_of_turn>"
_AT_ONCE = 64  # rows tokenized together when lengths are measured
_SHOWN = 5

Row = Mapping[str, Any]
"""One frozen row: `id`, `instruction`, `sql`, and `image` or `input`."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One row as tokens; the answer, its end-of-turn mark included, is `answer_start:answer_end`.

    `input_ids` and `token_types` are (tokens,), `pixels` (1, 3, height, width) or None. Tokens
    of a picture have the type 1, all others 0.
    """

    input_ids: tuple[int, ...]
    token_types: tuple[int, ...]
    answer_start: int
    answer_end: int
    pixels: Tensor | None


@dataclass(frozen=True, slots=True)
class Length:
    """How long one row is, in tokens; `answer` is the part that the loss sees."""

    id: str
    tokens: int
    answer: int

    def to_dict(self) -> dict[str, Any]:
        return {"id": self.id, "tokens": self.tokens, "answer": self.answer}


@dataclass(frozen=True, slots=True)
class Lengths:
    """The lengths of many rows against a limit, both in tokens and without padding."""

    limit: int
    kept: tuple[Length, ...]
    dropped: tuple[Length, ...]

    @property
    def longest(self) -> Length | None:
        """The longest row of all."""
        return max((*self.kept, *self.dropped), key=lambda each: each.tokens, default=None)

    @property
    def longest_kept(self) -> Length | None:
        """The longest row that fits: what a memory probe should be run on."""
        return max(self.kept, key=lambda each: each.tokens, default=None)

    @property
    def quantiles(self) -> dict[str, int]:
        """Tokens at the median, 90 and 99 % of all rows."""
        tokens = sorted(each.tokens for each in (*self.kept, *self.dropped))
        if not tokens:
            return {}
        last = len(tokens) - 1
        return {f"p{round(share * 100)}": tokens[round(share * last)] for share in QUANTILES}

    def to_dict(self) -> dict[str, Any]:
        """For events and files; `longest` is that of the rows kept."""
        longest = self.longest_kept
        return {
            "limit": self.limit,
            "kept": len(self.kept),
            "dropped": [each.to_dict() for each in self.dropped],
            "longest": longest.to_dict() if longest else None,
            "quantiles": self.quantiles,
            "tokens": sum(each.tokens for each in self.kept),
            "answer_tokens": sum(each.answer for each in self.kept),
        }


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
        cache_gib: float = 2.0,
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
        pad = int(_tokenizer(self.processor).pad_token_id)
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


def encode(row: Row, processor: Any, picture: Image | None = None) -> Encoded:
    """One row as tokens and pixels, however long.

    Args:
        row: the frozen row.
        processor: the model's.
        picture: the row's screenshot, RGB.

    Raises:
        DatasetError: it has no answer, or its text holds a mark of the chat layout.
    """
    question, whole = _texts(row, processor, picture)
    asked: dict[str, Any] = {"add_special_tokens": False, "return_offsets_mapping": True}
    if picture is None:
        made = _tokenizer(processor)([whole], **asked)
        pixels = None
    else:
        made = processor(text=[whole], images=[[picture]], **asked)
        pixels = torch.as_tensor(made["pixel_values"][0]).unsqueeze(0)
        if pixels.ndim == 5:  # a list of pictures a row
            pixels = pixels.squeeze(0)
    ids = tuple(int(each) for each in made["input_ids"][0])
    types = made.get("token_type_ids") if picture is not None else None
    start, end = _answer(row, ids, made["offset_mapping"][0], len(whole) - len(question), processor)
    return Encoded(
        ids, tuple(types[0]) if types is not None else (0,) * len(ids), start, end, pixels
    )


def labels_of(encoded: Encoded) -> list[int]:
    """The tokens of the answer in their places, `IGNORED` everywhere else."""
    ids, start, end = encoded.input_ids, encoded.answer_start, encoded.answer_end
    return [IGNORED] * start + list(ids[start:end]) + [IGNORED] * (len(ids) - end)


def measure_lengths(rows: Sequence[Row], processor: Any, limit: int) -> Lengths:
    """How long every row is, and which are longer than `limit` tokens.

    No picture is opened where the processor tells how many tokens it makes of any.

    Args:
        rows: frozen rows.
        processor: the model's.
        limit: the context, in tokens.

    Raises:
        DatasetError: a row cannot be encoded.
    """
    kept: list[Length] = []
    dropped: list[Length] = []
    for first in range(0, len(rows), _AT_ONCE):
        for length in _measure(rows[first : first + _AT_ONCE], processor):
            (kept if length.tokens <= limit else dropped).append(length)
    return Lengths(limit, tuple(kept), tuple(dropped))


def fit_rows(
    rows: Sequence[Row], processor: Any, config: TrainingConfig, part: str = "training"
) -> tuple[list[Row], Lengths]:
    """The rows that fit the context, and all lengths; `config.too_long` says what of the others.

    Args:
        rows: frozen rows.
        processor: the model's.
        config: `max_seq_length` and `too_long`.
        part: what the rows are for, in messages.

    Raises:
        DatasetError: rows are too long and are to be refused, or none fits.
    """
    lengths = measure_lengths(rows, processor, config.max_seq_length)
    if lengths.dropped and not lengths.kept:
        raise _none_fits(lengths, part)
    if lengths.dropped and config.too_long == "refuse":
        raise _some_do_not_fit(lengths, part)
    left = {each.id for each in lengths.dropped}
    return [row for row in rows if str(row["id"]) not in left], lengths


def _measure(rows: Sequence[Row], processor: Any) -> Iterator[Length]:
    """By the text alone where a picture is always as many tokens; else by the real thing."""
    tokenizer = _tokenizer(processor)
    chats = [_texts(row, processor, row.get("image")) for row in rows]
    shown = getattr(processor, "full_image_sequence", None)
    mark = getattr(processor, "image_token", None)
    if any(row.get("image") for row in rows) and not (shown and mark):
        raise DatasetError(
            f"{type(processor).__name__} does not tell how many tokens a picture takes.",
            "Use a Gemma-3 model.",
        )
    expanded = [whole.replace(mark, shown) if mark and shown else whole for _, whole in chats]
    made = tokenizer(expanded, add_special_tokens=False, return_offsets_mapping=True)
    rest = [len(whole) - len(question) for question, whole in chats]
    encodings = zip(rows, made["input_ids"], made["offset_mapping"], rest, strict=True)
    for row, ids, offsets, tail in encodings:
        start, end = _answer(row, ids, offsets, tail, processor)
        yield Length(str(row["id"]), len(ids), end - start)


def _texts(row: Row, processor: Any, picture: object) -> tuple[str, str]:
    """The chat up to the answer, and the whole chat, as the processor's template writes them."""
    instruction, description, sql = (str(row.get(n) or "") for n in ("instruction", "input", "sql"))
    mark = prompts.mark_in(instruction + description + sql)
    if mark or not sql.strip():
        raise DatasetError(
            f"Example {row.get('id')} {f'holds the chat mark {mark}' if mark else 'has no SQL'}.",
            "Freeze the dataset again: such rows are left out.",
        )
    chat = prompts.messages(instruction, image=picture, description=description, answer=sql)
    whole = str(processor.apply_chat_template(chat, tokenize=False))
    question = str(
        processor.apply_chat_template(chat[:1], tokenize=False, add_generation_prompt=True)
    )
    if not whole.startswith(question):
        raise DatasetError(
            "This model's chat template writes the question in another way once it is answered.",
            "Use a Gemma-3 model.",
        )
    return question, whole


def _answer(
    row: Row, ids: Sequence[int], offsets: Sequence[Sequence[int]], tail: int, processor: Any
) -> tuple[int, int]:
    """Where the answer begins and ends among the tokens; `tail` is its length in characters.

    Counted from the end of the text: the picture's tokens push the beginning away.
    """
    begins = offsets[-1][1] - tail
    start = next(place for place, (left, _) in enumerate(offsets) if left >= begins)
    end_of_turn = _tokenizer(processor).convert_tokens_to_ids(_END_OF_TURN)
    ends = [place for place in range(start, len(ids)) if ids[place] == end_of_turn]
    if len(ends) != 1 or ends[0] == start:
        raise DatasetError(
            f"The answer of example {row.get('id')} does not end with one {_END_OF_TURN}.",
            "Use a Gemma-3 model, with its own tokenizer.",
        )
    return start, ends[0] + 1


def _padded(values: Iterable[Sequence[int]], width: int, filling: int) -> Tensor:
    return torch.tensor([[*each, *[filling] * (width - len(each))] for each in values])


def _tokenizer(processor: Any) -> Any:
    return getattr(processor, "tokenizer", processor)


def _sees(processor: Any) -> bool:
    """Whether the model takes pictures: then Gemma-3 wants to know of each token's type."""
    return getattr(processor, "image_processor", None) is not None


def _too_long(row: Row, tokens: int, limit: int) -> DatasetError:
    return DatasetError(
        f"Example {row.get('id')} has {tokens:,} tokens; the context is {limit:,}.",
        "Leave it out with fit_rows, or raise max_seq_length.",
    )


def _none_fits(lengths: Lengths, part: str) -> DatasetError:
    shortest = min(each.tokens for each in lengths.dropped)
    return DatasetError(
        f"None of the {len(lengths.dropped):,} {part} examples fits {lengths.limit:,} tokens:"
        f" the shortest has {shortest:,}.",
        f"Set max_seq_length to {_up(shortest):,} or more"
        f" ({_up(max(each.tokens for each in lengths.dropped)):,} takes all).",
    )


def _some_do_not_fit(lengths: Lengths, part: str) -> DatasetError:
    count = len(lengths.dropped)
    total = count + len(lengths.kept)
    shown = ", ".join(f"{each.id} ({each.tokens:,})" for each in lengths.dropped[:_SHOWN])
    more = f" and {count - _SHOWN:,} more" if count > _SHOWN else ""
    longest = max(each.tokens for each in lengths.dropped)
    return DatasetError(
        f"{count:,} of {total:,} {part} examples are longer than {lengths.limit:,} tokens:"
        f" {shown}{more}.",
        f"Set max_seq_length to {_up(longest):,}, or too_long to drop.",
    )


def _up(tokens: int) -> int:
    """The next multiple of 128."""
    return -(-tokens // 128) * 128

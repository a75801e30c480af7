"""How long rows are, measured with the real tokenizer before anything is trained.

A row that does not fit the context is never cut: its answer would go first, and the loss would see
nothing. It is left out and listed, or the run is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ghost_engine.errors import DatasetError
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.encoding import Row, answer_span, chat_texts, tokenizer_of

QUANTILES = (0.5, 0.9, 0.99)

_AT_ONCE = 64  # rows tokenized together
_SHOWN = 5
_NAMES = {"train": "training"}


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
    rows: Sequence[Row], processor: Any, config: TrainingConfig, part: str = "train"
) -> tuple[list[Row], Lengths]:
    """The rows that fit the context, and all lengths; `config.too_long` says what of the others.

    Args:
        rows: frozen rows.
        processor: the model's.
        config: `max_seq_length` and `too_long`.
        part: "train" or "validation"; the latter may end up empty.

    Raises:
        DatasetError: rows are too long and are to be refused, or none fits.
    """
    lengths = measure_lengths(rows, processor, config.max_seq_length)
    name = _NAMES.get(part, part)
    if lengths.dropped and not lengths.kept and part != "validation":
        raise _none_fits(lengths, name)
    if lengths.dropped and config.too_long == "refuse":
        raise _some_do_not_fit(lengths, name)
    left = {each.id for each in lengths.dropped}
    return [row for row in rows if str(row["id"]) not in left], lengths


def _measure(rows: Sequence[Row], processor: Any) -> Iterator[Length]:
    """By the text alone where a picture is always as many tokens; else by the real thing."""
    tokenizer = tokenizer_of(processor)
    chats = [chat_texts(row, processor, row.get("image")) for row in rows]
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
        start, end = answer_span(row, ids, offsets, tail, processor)
        yield Length(str(row["id"]), len(ids), end - start)


def _none_fits(lengths: Lengths, name: str) -> DatasetError:
    shortest = min(each.tokens for each in lengths.dropped)
    return DatasetError(
        f"None of the {len(lengths.dropped):,} {name} examples fits {lengths.limit:,} tokens:"
        f" the shortest has {shortest:,}.",
        f"Set max_seq_length to {_up(shortest):,} or more"
        f" ({_up(max(each.tokens for each in lengths.dropped)):,} takes all).",
    )


def _some_do_not_fit(lengths: Lengths, name: str) -> DatasetError:
    count = len(lengths.dropped)
    total = count + len(lengths.kept)
    shown = ", ".join(f"{each.id} ({each.tokens:,})" for each in lengths.dropped[:_SHOWN])
    more = f" and {count - _SHOWN:,} more" if count > _SHOWN else ""
    longest = max(each.tokens for each in lengths.dropped)
    return DatasetError(
        f"{count:,} of {total:,} {name} examples are longer than {lengths.limit:,} tokens:"
        f" {shown}{more}.",
        f"Set max_seq_length to {_up(longest):,}, or too_long to drop.",
    )


def _up(tokens: int) -> int:
    """The next multiple of 128."""
    return -(-tokens // 128) * 128

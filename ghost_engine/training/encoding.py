"""One frozen row as the model sees it: the chat as text, its tokens, its pixels, its answer.

The text is the processor's own chat template over `prompts.messages`, and the picture its own
work. Training, validation and the lengths measured beforehand all come through here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ghost_engine import prompts
from ghost_engine.errors import DatasetError

if TYPE_CHECKING:
    from PIL.Image import Image

IGNORED = -100  # what torch's cross entropy passes over

END_OF_TURN = "<end_of_turn>"

Row = Mapping[str, Any]
"""One frozen row: `id`, `instruction`, `sql`, and `image` or `input`."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One row as tokens; the answer, its end-of-turn mark included, is `answer_start:answer_end`.

    `input_ids` and `token_types` are (tokens,), `pixels` (pictures, 3, height, width) or None.
    Tokens of a picture have the type 1, all others 0.
    """

    input_ids: tuple[int, ...]
    token_types: tuple[int, ...]
    answer_start: int
    answer_end: int
    pixels: Tensor | None


def encode(row: Row, processor: Any, picture: Image | None = None) -> Encoded:
    """One row as tokens and pixels, however long.

    Args:
        row: the frozen row.
        processor: the model's.
        picture: the row's screenshot, RGB.

    Raises:
        DatasetError: it has no answer, or its text holds a mark of the chat layout.
    """
    question, whole = chat_texts(row, processor, picture)
    asked: dict[str, Any] = {"add_special_tokens": False, "return_offsets_mapping": True}
    if picture is None:
        made = tokenizer_of(processor)([whole], **asked)
        pixels = None
    else:
        made = processor(text=[whole], images=[[picture]], **asked)
        pixels = torch.stack([torch.as_tensor(each) for each in made["pixel_values"]])
    ids = tuple(int(each) for each in made["input_ids"][0])
    tail = len(whole) - len(question)
    start, end = answer_span(row, ids, made["offset_mapping"][0], tail, processor)
    types = (0,) * len(ids) if picture is None else tuple(made["token_type_ids"][0])
    return Encoded(ids, types, start, end, pixels)


def labels_of(encoded: Encoded) -> list[int]:
    """The tokens of the answer in their places, `IGNORED` everywhere else."""
    ids, start, end = encoded.input_ids, encoded.answer_start, encoded.answer_end
    return [IGNORED] * start + list(ids[start:end]) + [IGNORED] * (len(ids) - end)


def chat_texts(row: Row, processor: Any, picture: object) -> tuple[str, str]:
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


def answer_span(
    row: Row, ids: Sequence[int], offsets: Sequence[Sequence[int]], tail: int, processor: Any
) -> tuple[int, int]:
    """Where the answer begins and ends among the tokens; `tail` is its length in characters.

    Counted from the end of the text: the picture's tokens push the beginning away.
    """
    begins = offsets[-1][1] - tail
    start = next(place for place, (left, _) in enumerate(offsets) if left >= begins)
    end_of_turn = tokenizer_of(processor).convert_tokens_to_ids(END_OF_TURN)
    ends = [place for place in range(start, len(ids)) if ids[place] == end_of_turn]
    if len(ends) != 1 or ends[0] == start:
        raise DatasetError(
            f"The answer of example {row.get('id')} does not end with one {END_OF_TURN}.",
            "Use a Gemma-3 model, with its own tokenizer.",
        )
    return start, ends[0] + 1


def tokenizer_of(processor: Any) -> Any:
    return getattr(processor, "tokenizer", processor)

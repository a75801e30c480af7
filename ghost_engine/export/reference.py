"""The program that asks transformers: `python -m ghost_engine.export.reference QUESTION ANSWER`.

It runs Gemma-3 in float32 over the merged weights, the prompt made exactly as training makes it,
and reads the texts of `beside.Question` in one pass: prompt and text of each are a row of one
batch. Says `{"done": n, "total": m}` a line for each layer, and an error as its last line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from transformers import AutoProcessor

from ghost_engine.errors import GhostError
from ghost_engine.export.beside import FAILED_STATUS, Question, Text
from ghost_engine.export.checkpoint import open_checkpoint
from ghost_engine.export.lora import Merger, open_adapter
from ghost_engine.export.thin_model import ThinModel
from ghost_engine.training.encoding import Encoded, encode

LIKELIEST = 10
"""How many of the first tokens are told."""
_SOME_ANSWER = "CREATE"  # the prompt before an answer does not depend on what it says
_END = -1  # stands where a text ended by itself: any of the tokens that end an answer


def answer(question: Question) -> dict[str, Any]:
    """The document of a `beside.Reference`.

    Raises:
        GhostError: the weights, the adapter or the processor cannot be used.
    """
    checkpoint = open_checkpoint(Path(question.base))
    merger = Merger(checkpoint, open_adapter(Path(question.adapter)), question.allow_nf4)
    encoded = _encode(question)
    ends = _ends(checkpoint.config, encoded)
    texts = question.texts or {"": Text((), ended=False)}
    written = [_places(text) for text in texts.values()]
    model = ThinModel(merger, _say)
    hidden = _states(model, encoded, list(texts.values()))
    first, gaps = _score(model, hidden, torch.tensor([_END, *sum(written, [])]), ends)
    told = iter(gaps[1:])
    return {
        "prompt_tokens": encoded.answer_start,
        "first": first,
        "ends": ends,
        "gaps": {
            name: [next(told) for _ in places] for name, places in zip(texts, written, strict=True)
        },
    }


def _encode(question: Question) -> Encoded:
    processor = AutoProcessor.from_pretrained(question.base)
    row = {"id": "proof", "instruction": question.instruction, "sql": _SOME_ANSWER}
    with Image.open(question.picture) as picture:
        return encode(row, processor, picture.convert("RGB"))


def _ends(config: Mapping[str, Any], encoded: Encoded) -> list[int]:
    """The end of the turn, and what else the model's config says ends a text."""
    named = config.get("eos_token_id")
    others = named if isinstance(named, list) else [named] if named is not None else []
    return list(dict.fromkeys([encoded.input_ids[encoded.answer_end - 1], *others]))


def _places(text: Text) -> list[int]:
    """The tokens that are looked at, the end among them."""
    return [*text.tokens, *([_END] if text.ended else [])]


def _states(model: ThinModel, encoded: Encoded, texts: Sequence[Text]) -> Tensor:
    """The states that choose a token, (1 + places, hidden): the first after the prompt, then every
    place of every text."""
    asked = encoded.answer_start
    prompt = list(encoded.input_ids[:asked])
    longest = max(len(text.tokens) for text in texts)
    ids = torch.zeros(len(texts), asked + longest, dtype=torch.long)
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, text in enumerate(texts):
        tokens = torch.tensor([*prompt, *text.tokens])
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
        types[row, :asked] = torch.tensor(encoded.token_types[:asked])
    assert encoded.pixels is not None
    hidden = model.hidden(ids, types, mask, encoded.pixels)
    parts = [
        hidden[row, asked - 1 : asked - 1 + len(_places(text))] for row, text in enumerate(texts)
    ]
    return torch.cat([hidden[0, asked - 1 : asked], *parts])


def _score(
    model: ThinModel, hidden: Tensor, wanted: Tensor, ends: Sequence[int]
) -> tuple[dict[int, float], list[float]]:
    """The likeliest tokens of the first state, and each state's gap to the token it should choose.

    The vocabulary comes in slices; what is kept is as small as the number of states.
    """
    nothing = torch.full((len(hidden),), -torch.inf)
    best, chosen, ending, first = nothing, nothing.clone(), nothing, []
    for begin, logits in model.logits(hidden):
        best = torch.maximum(best, logits.amax(1))
        inside = ((wanted >= begin) & (wanted < begin + logits.shape[1])).nonzero().flatten()
        chosen[inside] = logits[inside, wanted[inside] - begin]
        for end in ends:
            if begin <= end < begin + logits.shape[1]:
                ending = torch.maximum(ending, logits[:, end - begin])
        first.append(logits[0].clone())
    chosen = torch.where(wanted == _END, ending, chosen)
    likely = torch.cat(first).log_softmax(0).topk(LIKELIEST)
    tokens = zip(likely.indices.tolist(), likely.values.tolist(), strict=True)
    return dict(tokens), (best - chosen).tolist()


def _say(done: int, total: int) -> None:
    sys.stdout.write(json.dumps({"done": done, "total": total}) + "\n")
    sys.stdout.flush()


def main() -> int:
    asked, answered = map(Path, sys.argv[1:])
    try:
        document = answer(Question.from_dict(json.loads(asked.read_text("utf-8"))))
    except GhostError as error:
        sys.stdout.write(json.dumps({"message": error.message, "hint": error.hint}) + "\n")
        return FAILED_STATUS
    answered.write_text(json.dumps(document), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

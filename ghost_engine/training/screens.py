"""Validation screens drafted by the model in training and judged by PostgreSQL.

The same few screens at every evaluation, greedily, so that their share of running SQL and their
score can be read as a curve. Judging needs no model; drafting takes the prompt from the very tokens
that training uses.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from transformers import StoppingCriteria, StoppingCriteriaList

from ghost_engine.errors import SandboxError
from ghost_engine.sql import check
from ghost_engine.sql.compare import compare
from ghost_engine.training.collate import Collator
from ghost_engine.training.encoding import Encoded, Row, tokenizer_of


@dataclass(frozen=True)
class Draft:
    """One screen's draft and its verdict; `valid` and `score` are None where nobody could judge."""

    id: str
    sql: str
    valid: bool | None
    score: float | None
    error: str
    tokens: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def judge(sql: str, reference: str) -> tuple[bool | None, float | None, str]:
    """Whether a draft runs, its score against the reference, and the first error.

    What does not run scores 0. Without a PostgreSQL, or where the reference itself does not run,
    None says that nothing is known.
    """
    try:
        report = check(sql)
        if not report.valid:
            first = report.errors[0].message if report.errors else "no table"
            return False, 0.0, first
        truth = check(reference)
        if not truth.valid:
            return True, None, "the reference does not run"
        return True, compare(report.schema, truth.schema).score, ""
    except SandboxError as error:
        return None, None, str(error)


def draft_screens(
    model: Any,
    collator: Collator,
    rows: Sequence[Row],
    new_tokens: int,
    stop: Callable[[], bool],
    tell: Callable[[str], None],
) -> Iterator[Draft]:
    """Draft and judge each row's screen; ends early when `stop` says so.

    Args:
        model: one that `answering` has made ready.
        collator: encodes the rows as for training.
        rows: frozen rows.
        new_tokens: the longest draft.
        stop: asked at every token.
        tell: is told which screen is at work and how long the rest may take.
    """
    began = time.monotonic()
    for done, row in enumerate(rows):
        left = (time.monotonic() - began) / done * (len(rows) - done) if done else None
        tell(f"screen {done + 1} of {len(rows)}" + (f", {left:.0f} s left" if left else ""))
        started = time.monotonic()
        encoded = collator.encode(row)
        tokens = write(model, encoded, new_tokens, stop)
        if stop():
            return
        sql = text_of(collator.processor, tokens)
        verdict = judge(sql, str(row["sql"]))
        seconds = round(time.monotonic() - started, 2)
        yield Draft(str(row["id"]), sql, *verdict, len(tokens), seconds)


def summary(drafts: Sequence[Draft]) -> dict[str, float]:
    """`valid_share` and mean `score` of what could be judged; empty if nothing could."""
    judged = [float(each.valid) for each in drafts if each.valid is not None]
    scored = [each.score for each in drafts if each.score is not None]
    found = {"valid_share": judged, "score": scored}
    return {name: sum(values) / len(values) for name, values in found.items() if values}


@torch.no_grad()
def write(model: Any, encoded: Encoded, new_tokens: int, stop: Callable[[], bool]) -> list[int]:
    """The model's greedy answer to a row's prompt, as tokens, its end-of-turn mark left out."""
    asked = encoded.answer_start
    end = encoded.input_ids[encoded.answer_end - 1]
    ids = torch.tensor([encoded.input_ids[:asked]], device=model.device)
    inputs: dict[str, Any] = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if encoded.pixels is not None:
        types = torch.tensor([encoded.token_types[:asked]], device=model.device)
        pixels = encoded.pixels.to(model.device)
        inputs |= {"token_type_ids": types, "pixel_values": pixels}
    made = model.generate(
        **inputs,
        max_new_tokens=new_tokens,
        do_sample=False,
        top_p=None,
        top_k=None,
        use_cache=True,
        eos_token_id=end,
        pad_token_id=end,
        stopping_criteria=StoppingCriteriaList([StopAsked(stop)]),
    )
    answer = [int(token) for token in made[0, asked:]]
    return answer[: answer.index(end)] if end in answer else answer


def text_of(processor: Any, tokens: Sequence[int]) -> str:
    """Tokens as text, without the marks of the chat."""
    return str(tokenizer_of(processor).decode(tokens, skip_special_tokens=True)).strip()


@contextlib.contextmanager
def answering(model: Any, loader: str) -> Iterator[None]:
    """The model fit for generation: no dropout, no checkpointing; afterwards it trains again."""
    if loader == "unsloth":
        from unsloth import FastVisionModel

        FastVisionModel.for_inference(model)
        try:
            yield
        finally:
            FastVisionModel.for_training(model)
        return
    model.eval()
    try:
        yield
    finally:
        model.train()


class StopAsked(StoppingCriteria):
    """Ends a draft when the run is to stop."""

    def __init__(self, stop: Callable[[], bool]) -> None:
        self._stop = stop

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        return torch.full((len(input_ids),), self._stop(), device=input_ids.device)

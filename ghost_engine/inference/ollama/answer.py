"""An answer of Ollama's as it comes: its text, its timings, and the draft it makes in the end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ghost_engine import prompts
from ghost_engine.inference.document import fill
from ghost_engine.inference.protocol import Draft, Question, Usage

if TYPE_CHECKING:
    from ollama import ChatResponse

NANOSECONDS = 1e9


@dataclass
class Answer:
    """What was written so far, and when; seconds count from the making of this object."""

    question: Question
    model: str = ""
    seconds: float = 0.0
    first_seconds: float | None = None
    thought: bool = False
    _texts: list[str] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)
    _last: ChatResponse | None = None

    def take(self, part: ChatResponse) -> str:
        """The text of the next part; "" where it has none."""
        text = part.message.content or ""
        self.seconds = time.monotonic() - self._began
        self.thought = self.thought or bool(part.message.thinking)
        if text and self.first_seconds is None:
            self.first_seconds = self.seconds
        self._texts.append(text)
        self._last = part
        return text

    def pace(self) -> str:
        """How quick it was, as Ollama measured it."""
        last = self._last
        if last is None or not last.eval_count or not last.eval_duration:
            return f"{self.model} has answered"
        a_second = last.eval_count / (last.eval_duration / NANOSECONDS)
        told = f"{self.model} wrote {last.eval_count} tokens, {a_second:.0f} a second"
        loading = (last.load_duration or 0) / NANOSECONDS
        return f"{told}, after {loading:.1f} s of loading" if loading >= 1 else told

    def draft(self) -> Draft:
        """The draft, once the last part was taken."""
        text = "".join(self._texts).strip()
        cut = self._last is not None and self._last.done_reason == "length"
        if not text:
            return self._draft("", reason=self._nothing(cut), cut=cut)
        if self.question.form != "json":
            return self._draft(text, cut=cut)
        filled = fill(text)
        return Draft(
            filled.sql,
            self.model,
            prompts.VERSION,
            filled.columns,
            filled.reason,
            self._usage(),
            cut or not filled.whole,
            answer=text,
        )

    def _draft(self, sql: str, *, reason: str = "", cut: bool) -> Draft:
        return Draft(sql, self.model, prompts.VERSION, (), reason, self._usage(), cut)

    def _nothing(self, cut: bool) -> str:
        if cut and self.thought:
            tokens = self.question.longest_tokens
            return f"{self.model} thought for {tokens} tokens and had none left for the answer."
        return f"{self.model} answered with nothing."

    def _usage(self) -> Usage:
        read = self._last.prompt_eval_count if self._last else None
        wrote = self._last.eval_count if self._last else None
        return Usage(read, wrote, self.first_seconds, self.seconds)

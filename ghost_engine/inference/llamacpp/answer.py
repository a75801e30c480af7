"""An answer of llama.cpp's as it comes: its text, its counts, and the draft it makes in the end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from ghost_engine import prompts
from ghost_engine.errors import EngineError
from ghost_engine.inference.document import fill
from ghost_engine.inference.llamacpp.grammar import finish
from ghost_engine.inference.protocol import Draft, Progress, Question, Usage, Written

AGAIN = "\n\n-- llama.cpp ended while it wrote this; it was asked again:\n\n"


@dataclass
class Answer:
    """What was written so far, and when; seconds count from the making of this object."""

    question: Question
    model: str
    thought: bool = False
    _texts: list[str] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)
    _first_seconds: float | None = None
    _ended: str = ""
    _usage: dict[str, Any] = field(default_factory=dict)
    _timings: dict[str, Any] = field(default_factory=dict)

    def take(self, event: dict[str, Any]) -> Progress | Written | None:
        """What there is to tell of the next event."""
        self._usage = event.get("usage") or self._usage
        self._timings = event.get("timings") or self._timings
        if read := event.get("prompt_progress"):
            return self._reading(read)
        for choice in event.get("choices") or ():
            self._ended = choice.get("finish_reason") or self._ended
            delta = choice.get("delta") or {}
            self.thought = self.thought or bool(delta.get("reasoning_content"))
            if text := delta.get("content"):
                return self._written(text)
        return None

    def forget(self) -> Written | None:
        """Begin anew; what is told where something was shown already."""
        shown = bool(self._texts)
        self._texts.clear()
        self._ended, self._first_seconds = "", None
        return Written(AGAIN) if shown else None

    def pace(self) -> str:
        """How quick it was, as llama.cpp measured it."""
        wrote, speed = self._timings.get("predicted_n"), self._timings.get("predicted_per_second")
        if not wrote or not speed:
            return f"{self.model} has answered"
        return f"{self.model} wrote {wrote} tokens, {speed:.0f} a second"

    def draft(self) -> Draft:
        """The draft, once the last event was taken.

        Raises:
            EngineError: the stream ended before the answer did.
        """
        if not self._ended:
            raise EngineError("llama.cpp broke off in the middle of the answer.", "Try again.")
        text, cut = "".join(self._texts).strip(), self._ended == "length"
        if not text:
            return self._draft("", reason=self._nothing(cut), cut=cut)
        if self.question.form == "grammar" and cut:
            return self._draft(finish(text), cut=True, answer=text)
        if self.question.form != "json":
            return self._draft(text, cut=cut)
        filled = fill(text)
        return Draft(
            filled.sql,
            self.model,
            prompts.VERSION,
            filled.columns,
            filled.reason,
            self._took(),
            cut or not filled.whole,
            answer=text,
        )

    def _draft(self, sql: str, *, reason: str = "", cut: bool, answer: str = "") -> Draft:
        usage = self._took()
        return Draft(sql, self.model, prompts.VERSION, (), reason, usage, cut, answer=answer)

    def _reading(self, read: dict[str, Any]) -> Progress:
        total, done = int(read.get("total") or 0), int(read.get("processed") or 0)
        share = f", {done / total:.0%}" if total and done else ""
        return Progress("understanding", f"{self.model} reads the screenshot{share}")

    def _written(self, text: str) -> Written:
        if self._first_seconds is None:
            self._first_seconds = time.monotonic() - self._began
        self._texts.append(text)
        return Written(text)

    def _nothing(self, cut: bool) -> str:
        if cut and self.thought:
            return f"{self.model} thought until no token was left for the answer."
        if cut:
            return f"{self.model} had no room left for an answer."
        return f"{self.model} answered with nothing."

    def _took(self) -> Usage:
        read, wrote = self._usage.get("prompt_tokens"), self._usage.get("completion_tokens")
        return Usage(read, wrote, self._first_seconds, time.monotonic() - self._began)

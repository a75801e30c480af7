"""The engine named "gemini": a model of Google's, asked about screenshots over the network.

Only asked where somebody names it: it costs money or a free quota, and pictures leave this machine.
Every question is sent once; a `ServiceError` says whether and when to ask again.
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from ghost_engine import prompts
from ghost_engine.data.images import Picture
from ghost_engine.errors import EngineUnavailable, ServiceError
from ghost_engine.inference.document import SCHEMA, list_evidence, read_document, write_sql
from ghost_engine.inference.gemini import catalog, refusals
from ghost_engine.inference.gemini.access import Access, find_access
from ghost_engine.inference.gemini.client import (
    INSTALL,
    Asked,
    Client,
    Library,
    Piece,
    connect,
    find_library,
    library_version,
)
from ghost_engine.inference.listen import listen
from ghost_engine.inference.protocol import (
    CancelToken,
    Draft,
    Form,
    Model,
    Progress,
    Question,
    Readiness,
    Usage,
    Written,
)
from ghost_engine.settings import get_settings

MOST_PICTURE_BYTES = 14_000_000  # of all pictures; the API takes 20 MB of JSON with them in base64
_MODELS_SECONDS = 15.0
_POLL_SECONDS = 0.05
_NOT_INSTALLED = Readiness(False, "Google's library is not installed", INSTALL)
_UNKNOWN_TO_GEMINI = ("pattern", "maxLength", "maxItems", "minItems")
_CUT = ("MAX_TOKENS", "CONTINUATION")


class GeminiEngine:
    """Any Gemini that reads pictures.

    Args:
        url: where it is asked; the settings', else Google's if empty.
        model: asked where a question names none; the settings', else `catalog.DEFAULT` if empty.
    """

    name = "gemini"
    title = "Gemini"
    note = "Google's Gemini: pictures leave this machine"
    forms: tuple[Form, ...] = ("sql", "json")

    def __init__(self, url: str = "", model: str = "") -> None:
        self._url, self._model = url, model
        self._as_they_like: set[str] = set()  # models that cannot be told how much to think

    def readiness(self, model: str = "") -> Readiness:
        """Whether it could be asked; sends nothing."""
        library = find_library()
        if library is None:
            return _NOT_INSTALLED
        try:
            access = find_access(self._url)
        except EngineUnavailable as error:
            detail = error.message[0].lower() + error.message[1:].rstrip(".")
            return Readiness(False, detail, error.hint)
        through = f"{library} {library_version(library)}".strip()
        chosen = self._choose(model)
        return Readiness(True, f"asks {chosen} by {through}, key from {access.source}")

    def models(self) -> tuple[Model, ...]:
        """Those that answer in text, the one that is asked if none is named first.

        Raises:
            EngineUnavailable: there is no library or no key.
            ServiceError: Gemini refuses, or cannot be reached.
        """
        access = find_access(self._url)
        client = _connect(access)
        client.load()
        heard = listen(
            client.listed,
            stop=lambda: False,
            silence_seconds=_MODELS_SECONDS,
            silent=lambda: refusals.silent(access, _MODELS_SECONDS),
        )
        with closing(heard):
            return catalog.list_drafters(list(heard), self._choose(""))

    def run(self, question: Question, cancel: CancelToken) -> Iterator[Progress | Written | Draft]:
        """See `Engine.run`.

        Raises:
            Cancelled: within a tenth of a second; the line is hung up.
            EngineUnavailable: there is no library or no key.
            ServiceError: Gemini refuses, fails or falls silent; its `kind` says which.
            EngineError: it was to fill in a document and did not.
        """
        cancel.raise_if_cancelled()
        access = find_access(self._url)
        client = _connect(access)
        _load(client, cancel)
        answer = _Answer(self._choose(question.model), question.form)
        yield Progress("understanding", f"{answer.asked} looks at the picture")
        with closing(self._hear(client, access, question, cancel)) as pieces:
            for piece in pieces:
                if text := answer.take(piece):
                    yield Written(text)
        yield Progress("drafting", answer.told(), 0.9)
        yield answer.draft()

    def _hear(
        self, client: Client, access: Access, question: Question, cancel: CancelToken
    ) -> Generator[Piece, None, None]:
        """The pieces. A model that refuses to be told about thinking is asked once more without."""
        asked = self._ask(question, client.library)
        try:
            yield from _listen(client, access, asked, cancel)
        except ServiceError as error:
            if asked.thinking is None or not refusals.is_about_thinking(error):
                raise
            self._as_they_like.add(asked.model)
            yield from _listen(client, access, self._ask(question, client.library), cancel)

    def _choose(self, named: str) -> str:
        chosen = named or self._model or get_settings().gemini_model or catalog.DEFAULT
        return chosen.removeprefix("models/")

    def _ask(self, question: Question, library: Library) -> Asked:
        model, given = self._choose(question.model), question.temperature
        can_be_told = library == "google-genai" and model not in self._as_they_like
        thinking = catalog.least_thinking(model) if can_be_told else None
        return Asked(
            model=model,
            contents=tuple(_turns(question)),
            longest_tokens=question.longest_tokens + catalog.thinking_room(model, thinking),
            temperature=catalog.own_temperature(model) if given is None else given,
            seed=question.seed,
            thinking=thinking,
            schema=_fit(SCHEMA) if question.form == "json" else None,
            silence_seconds=question.silence_seconds,
        )


@dataclass
class _Answer:
    """What was written so far, and when. `model` is the one that really answers: behind the name
    that was `asked` there may be another."""

    asked: str
    form: Form
    text: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    first_seconds: float | None = None
    last: Piece = field(default_factory=Piece)
    finish: str = ""
    model: str = ""

    def take(self, piece: Piece) -> str:
        """The text of this piece.

        Raises:
            ServiceError: the prompt or the answer is withheld.
        """
        reason = piece.blocked or piece.finish
        if piece.blocked or (reason and reason not in ("STOP", *_CUT)):
            raise refusals.blocked(reason)
        if piece.text and self.first_seconds is None:
            self.first_seconds = time.monotonic() - self.began
        self.text.append(piece.text)
        self.finish = self.finish or piece.finish
        self.model = piece.model or self.model
        self.last = piece if piece.prompt_tokens is not None else self.last
        return piece.text

    def told(self) -> str:
        tokens = self.last.answer_tokens
        return f"{self.asked} has answered" + (f" in {tokens} tokens" if tokens else "")

    def draft(self) -> Draft:
        """
        Raises:
            ServiceError: the stream ended before the answer did.
            EngineError: it is no document.
        """
        if not self.finish:
            raise refusals.cut_off()
        text = "".join(self.text).strip()
        draft = Draft(
            sql=text,
            model=self.asked,
            prompt_version=prompts.VERSION,
            reason="" if text else self._why_nothing(),
            usage=self._usage(),
            cut=self.finish in _CUT,
        )
        if self.form != "json" or not text:
            return draft
        document = read_document(text)
        return replace(
            draft,
            sql=write_sql(document.content),
            columns=list_evidence(document.content),
            cut=draft.cut or not document.whole,
            answer=text,
        )

    def _why_nothing(self) -> str:
        if self.finish in _CUT:
            return f"{self.asked} used up all its tokens by thinking."
        return f"{self.asked} wrote nothing."

    def _usage(self) -> Usage:
        prompt, answer = self.last.prompt_tokens, self.last.answer_tokens
        return Usage(
            prompt_tokens=prompt,
            answer_tokens=answer,
            first_token_seconds=self.first_seconds,
            seconds=time.monotonic() - self.began,
            cost_usd=catalog.cost_usd(self.model or self.asked, prompt, answer),
        )


def _connect(access: Access) -> Client:
    library = find_library()
    if library is None:
        raise EngineUnavailable(f"Gemini cannot be asked: {_NOT_INSTALLED.detail}.", INSTALL)
    return connect(library, access)


def _load(client: Client, cancel: CancelToken) -> None:
    """Loads the library ahead: that is no silence of Gemini's, and no time to wait for a cancel."""

    def load() -> None:
        with suppress(Exception):  # asking fails the same way, and says so
            client.load()

    thread = threading.Thread(target=load, name="load-gemini", daemon=True)
    thread.start()
    while thread.is_alive():
        cancel.raise_if_cancelled()
        thread.join(_POLL_SECONDS)


def _listen(client: Client, access: Access, asked: Asked, cancel: CancelToken) -> Iterator[Piece]:
    heard = listen(
        lambda: client.answer(asked),
        stop=lambda: cancel.cancelled,
        silence_seconds=asked.silence_seconds,
        silent=lambda: refusals.silent(access, asked.silence_seconds),
    )
    with closing(heard):
        yield from heard


def _turns(question: Question) -> Iterator[dict[str, Any]]:
    """The pictures and the instruction, then every earlier answer and what was said to it."""
    limit = MOST_PICTURE_BYTES // max(1, len(question.pictures))
    pictures = [{"inline_data": _file(picture, limit)} for picture in question.pictures]
    yield {"role": "user", "parts": [*pictures, {"text": _said(question, question.instruction)}]}
    for turn in question.turns:
        yield {"role": "model", "parts": [{"text": turn.answer or "(nothing)"}]}
        yield {"role": "user", "parts": [{"text": _said(question, turn.remark)}]}


def _said(question: Question, text: str) -> str:
    return prompts.for_document(text) if question.form == "json" else text


def _file(picture: Picture, most_bytes: int) -> dict[str, Any]:
    """The picture as PNG, or as JPEG where that would be too large."""
    data = picture.png()
    if len(data) <= most_bytes:
        return {"mime_type": "image/png", "data": data}
    buffer = io.BytesIO()
    picture.pixels.save(buffer, "JPEG", quality=90)
    return {"mime_type": "image/jpeg", "data": buffer.getvalue()}


def _fit(schema: Any) -> Any:
    """A JSON schema without what Gemini does not know or counts as too complex."""
    if isinstance(schema, Mapping):
        kept = {name: each for name, each in schema.items() if name not in _UNKNOWN_TO_GEMINI}
        return {name: _fit(each) for name, each in kept.items()}
    if isinstance(schema, Sequence) and not isinstance(schema, str):
        return [_fit(each) for each in schema]
    return schema

"""The engine named "llamacpp": a GGUF model in llama.cpp's own server, asked about screenshots.

Nothing leaves this machine. The server is a process of its own, shared by all sessions: a native
crash ends it, never us. With the form "grammar" every answer parses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from ghost_engine.errors import EngineError
from ghost_engine.inference.llamacpp.answer import Answer
from ghost_engine.inference.llamacpp.asking import chat_document, needed_context
from ghost_engine.inference.llamacpp.files import check, find, find_models, needs_other
from ghost_engine.inference.llamacpp.shared import Restarted, shared_server
from ghost_engine.inference.protocol import (
    CancelToken,
    Draft,
    Form,
    Model,
    Progress,
    Question,
    Readiness,
    Written,
)


class LlamaCppEngine:
    """Any vision model that is here as a pair of GGUF files.

    A model's name is that of an export, or a path: `TEXT.gguf`, or `TEXT.gguf+MMPROJ.gguf`.
    """

    name = "llamacpp"
    title = "llama.cpp"
    note = "a model that llama.cpp runs on this machine"
    forms: tuple[Form, ...] = ("sql", "grammar", "json")

    def readiness(self, model: str = "") -> Readiness:
        try:
            files = find(model)
            needs_other(check(files))
        except EngineError as error:
            return Readiness(False, error.message.rstrip("."), error.hint)
        return Readiness(True, f"asks {files.name}")

    def models(self) -> tuple[Model, ...]:
        return tuple(
            Model(files.name, files.detail, files.mmproj is not None, files.bytes or None)
            for files in find_models()
        )

    def run(self, question: Question, cancel: CancelToken) -> Iterator[Progress | Written | Draft]:
        """See `Engine.run`.

        Raises:
            Cancelled: within a tenth of a second; llama.cpp stops working on it.
            EngineUnavailable: the llama.cpp this model needs is not installed.
            EngineError: the model is missing, broken, blind or silent, or llama.cpp died twice.
        """
        files = find(question.model)
        heading = check(files)
        server = shared_server(files, needs_other(heading))
        answer = Answer(question, files.name)
        context = needed_context(question, heading.context)
        heard = server.ask(chat_document(question), context, cancel, question.silence_seconds)
        with closing(heard):
            for event in heard:
                if isinstance(event, Restarted):
                    yield Progress("reading", f"{event.reason} It is started once more")
                    told: Progress | Written | None = answer.forget()
                elif isinstance(event, dict):
                    told = answer.take(event)
                else:
                    told = event
                if told is not None:
                    yield told
        yield Progress("drafting", answer.pace(), 0.9)
        yield answer.draft()

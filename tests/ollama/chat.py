"""The part of the local Ollama that answers: chat, models in memory, and fetching from its library.

A model answers what `OllamaServer.answer` says, in pieces of a few letters. Every wait looks
whether the client has hung up, and counts it, as Ollama ends its work then.
"""

from __future__ import annotations

import base64
import json
import re
import select
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.ollama.server import Faults, Model, OllamaServer

SQL = """CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id),
    total numeric(10,2)
);
"""
DOCUMENT: dict[str, Any] = {
    "tables": [
        {
            "name": "orders",
            "columns": [
                {"name": "id", "type": "bigint", "primary_key": True},
                {
                    "name": "customer_id",
                    "type": "bigint",
                    "label": "Customer",
                    "required": True,
                    "references": "customers.id",
                },
                {"name": "status", "type": "text", "label": "Status", "values": ["new", "paid"]},
            ],
        },
        {
            "name": "customers",
            "columns": [
                {"name": "id", "type": "bigint", "primary_key": True},
                {"name": "name", "type": "text", "label": "Customer", "required": True},
            ],
        },
    ]
}
THOUGHTS = "The screen shows orders of customers."
PIECE = re.compile(r"\s*\S{1,6}|\s+")


def usual_answer(asked: dict[str, Any]) -> str:
    """What a model answers where a test does not say."""
    return json.dumps(DOCUMENT, indent=1) if asked.get("format") else SQL


class Chatting:
    """What a handler of requests needs for `/api/chat`, `/api/ps` and `/api/pull`."""

    if TYPE_CHECKING:
        connection: socket.socket
        close_connection: bool

        @property
        def state(self) -> OllamaServer: ...
        def _body(self) -> dict[str, Any]: ...
        def _json(self, document: dict[str, Any], status: int = 200) -> None: ...
        def _stream(self, documents: Iterator[dict[str, Any] | bytes]) -> None: ...
        def refuse(self, status: int, text: str) -> None: ...
        def drop(self) -> None: ...

    def ps(self) -> None:
        self._json({"models": [{"name": name, "model": name} for name in self.state.loaded]})

    def chat(self) -> None:
        asked = self._body()
        state, name = self.state, _tagged(str(asked.get("model", "")))
        model = state.models.get(name)
        if model is None:
            return self.refuse(404, f"model '{asked.get('model')}' not found")
        if state.faults.chat_status:
            return self.refuse(state.faults.chat_status, state.faults.chat_error)
        pictures = [image for each in asked["messages"] for image in each.get("images") or ()]
        if not all(base64.b64decode(image, validate=True) for image in pictures):
            return self.refuse(400, "illegal base64 data")
        if pictures and not model.sees:
            words = "image input is not supported - hint: you may need to provide the mmproj"
            return self.refuse(500, words)
        state.chats.append(asked)
        self._stream(self._answer(name, model, asked))

    def pull(self) -> None:
        asked = self._body()
        self._stream(self._fetch(_tagged(str(asked.get("model", "")))))

    # What is streamed; bytes go out as they are, without the end of a line

    def _answer(
        self, name: str, model: Model, asked: dict[str, Any]
    ) -> Iterator[dict[str, Any] | bytes]:
        state, faults, began = self.state, self.state.faults, time.perf_counter_ns()
        loading = 0 if name in state.loaded else 1_500_000_000
        state.loaded.add(name)
        self._wait(faults.first_token_seconds)
        if model.thinks and asked.get("think") is not False:
            yield _part(name, thinking=THOUGHTS)
        pieces = PIECE.findall(state.answer(asked))
        most = int(asked.get("options", {}).get("num_predict", -1))
        kept = pieces if most < 0 else pieces[:most]
        for number, piece in enumerate(kept):
            if (bad := self._misbehave(faults, number)) is not None:
                yield bad
                return
            yield _part(name, content=piece)
            self._wait(faults.piece_seconds)
        took = time.perf_counter_ns() - began
        yield {
            **_part(name, content=""),
            "done": True,
            "done_reason": "stop" if kept == pieces else "length",
            "total_duration": took + loading,
            "load_duration": loading,
            "prompt_eval_count": 270 + len(PIECE.findall(asked["messages"][0]["content"])),
            "prompt_eval_duration": took // 10,
            "eval_count": len(kept),
            "eval_duration": max(1, took),
        }

    def _misbehave(self, faults: Faults, number: int) -> dict[str, Any] | bytes | None:
        if number == faults.stall_after:
            self._wait(float("inf"))
        if number == faults.cut_after:
            self.connection.sendall(b'20\r\n{"model":"x","mess')
            self.drop()
        if number == faults.end_after:
            return b""
        if number == faults.halve_after:
            return b'{"model":"x","message":{"ro'
        if number == faults.error_after:
            return {"error": faults.chat_error}
        return None

    def _fetch(self, name: str) -> Iterator[dict[str, Any]]:
        files = self.state.library.get(name)
        yield {"status": "pulling manifest"}
        if files is None:
            yield {"error": "pull model manifest: file does not exist"}
            return
        for digest, total in files.items():
            done = self.state.fetched.get(digest, 0)
            while True:
                told = {"digest": digest, "total": total, "completed": done}
                yield {"status": f"pulling {digest[7:19]}", **told}
                if done == total:
                    break
                done = self.state.fetched[digest] = min(total, done + max(1, total // 10))
                if self.state.faults.chat_error:
                    yield {"error": self.state.faults.chat_error}
                    return
                self._wait(self.state.faults.piece_seconds)
        yield {"status": "verifying sha256 digest"}
        self.state.add_model(name)
        yield {"status": "success"}

    def _wait(self, seconds: float) -> None:
        """Raises once the client is gone."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.connection], [], [], min(left, 0.05))[0]:
                if not self.connection.recv(1, socket.MSG_PEEK):
                    self.state.hung_up += 1
                    self.drop()
            if self.state.closing.is_set():
                self.drop()


def _part(name: str, content: str = "", thinking: str = "") -> dict[str, Any]:
    said = {"role": "assistant", "content": content, **({"thinking": thinking} if thinking else {})}
    return {"model": name, "created_at": "2026-01-01T00:00:00Z", "message": said, "done": False}


def _tagged(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"

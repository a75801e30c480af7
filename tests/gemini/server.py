"""A local server that speaks Google's Gemini REST API as its documentation has it, as far as tests
need it: `generateContent`, `streamGenerateContent` (events, or one JSON array) and the models.

Every call is kept with its times and what became of it. `answer` makes the text for a call,
`trouble` makes it go wrong, `limits` refuse what comes too often. A new endpoint is a method of
`_Handler` and a line in `ROUTES`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

KEY = "AIza-a-key-of-the-tests-0123456789abcdef"
SQL = """CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
"""
STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
# The older library asks for numbers in place of names.
FINISH = {"STOP": 1, "MAX_TOKENS": 2, "SAFETY": 3, "RECITATION": 4, "OTHER": 5, "SPII": 9}
BLOCK = {"SAFETY": 1, "OTHER": 2, "BLOCKLIST": 3, "PROHIBITED_CONTENT": 4}
Quota = Literal["PerMinute", "PerDay"]
_ERROR = "type.googleapis.com/google.rpc."


@dataclass(frozen=True)
class Trouble:
    """What goes wrong with one call; `dataclasses.replace` changes a ready-made one below."""

    status: int = 200
    message: str = "Something went wrong."
    reason: str = ""  # of an ErrorInfo
    quota: Quota | None = None  # whose limit a 429 tells of
    retry_after: str = ""  # the header, in seconds or as a date
    retry_delay: str = ""  # of a RetryInfo: "34s"
    page: str = ""  # this HTML instead of the API's error
    blocked: str = ""  # the prompt is refused for that reason
    finish: str = "STOP"
    pieces: int | None = None  # of the answer; then what follows
    then: Literal["end", "drop", "stall", "error", ""] = ""
    before_seconds: float = 0.0  # nothing at all comes for so long


RATE = Trouble(429, "You exceeded your current quota.", quota="PerMinute", retry_delay="7s")
RATE_HEADER = Trouble(429, "Resource has been exhausted (e.g. check quota).", retry_after="3")
DAY = Trouble(429, "You exceeded your current quota.", quota="PerDay", retry_delay="17s")
BROKEN = Trouble(500, "An internal error has occurred.")
BUSY = Trouble(503, "The model is overloaded. Please try again later.")
GATEWAY = Trouble(502, page="<!DOCTYPE html><title>Error 502 (Server Error)!!1</title>")
PROMPT_BLOCKED = Trouble(blocked="PROHIBITED_CONTENT")
ANSWER_BLOCKED = Trouble(finish="SAFETY", pieces=1, then="end")
TOO_LONG = Trouble(finish="MAX_TOKENS", pieces=3, then="end")
NOTHING_LEFT = Trouble(finish="MAX_TOKENS", pieces=0, then="end")  # thinking took it all
CUT = Trouble(pieces=2, then="drop")
ENDS_EARLY = Trouble(pieces=2)  # politely, and without a word why
STALLED = Trouble(pieces=1, then="stall")
BREAKS = Trouble(pieces=1, then="error")  # an error in the middle of the stream
SILENT = Trouble(before_seconds=60.0)
BAD_KEY = Trouble(400, "API key not valid. Please pass a valid API key.", reason="API_KEY_INVALID")
FORBIDDEN = Trouble(403, "Your API key was reported as leaked. Please use another API key.")
NOWHERE = Trouble(400, "User location is not supported for the API use.")


@dataclass(frozen=True)
class Listed:
    """A model of the server. `thinking`: how it lets itself be told how much to think."""

    methods: tuple[str, ...] = ("generateContent", "countTokens")
    thinking: Literal["none", "budget", "least", "level", "low"] = "none"
    sees: bool = True
    about: str = ""


MODELS = {
    "gemini-2.0-flash": Listed(),
    "gemini-2.5-flash": Listed(thinking="budget"),
    "gemini-2.5-pro": Listed(thinking="least"),
    "gemini-3.5-flash-lite": Listed(thinking="level"),
    "gemini-3.8-flash": Listed(thinking="low", about="Gemini 3.8 Flash"),
    "gemini-3.8-flash-tts": Listed(),
    "gemini-embedding-2": Listed(("embedContent",)),
    "gemma-3-1b-it": Listed(sees=False),
}


@dataclass(frozen=True)
class Limit:
    """At most so many accepted calls in any stretch of so many seconds."""

    calls: int
    seconds: float
    quota: Quota = "PerMinute"


@dataclass
class Call:
    """One question as it came, and what became of it. Times are `time.monotonic()`."""

    number: int
    at: float
    model: str
    key: str
    document: dict[str, Any]
    pictures: tuple[str, ...]  # the SHA-256 of each file
    text: str  # what was said beside them, the last turn last
    together: int = 1  # calls under way, this one included
    status: int = 0  # 0: unanswered so far
    ended: float | None = None
    left: bool = False  # the other side hung up before the end

    @property
    def config(self) -> dict[str, Any]:
        return dict(self.document.get("generationConfig") or {})


@dataclass
class GeminiServer:
    """The running server: what it knows, what it was asked, how it fails."""

    url: str
    key: str = KEY
    models: dict[str, Listed] = field(default_factory=lambda: dict(MODELS))
    answer: Callable[[Call], str] = lambda call: SQL
    trouble: Callable[[Call], Trouble | None] = lambda call: None
    list_trouble: Trouble | None = None  # of the list of models
    limits: list[Limit] = field(default_factory=list)
    piece_letters: int = 20  # of the answer, in one event
    piece_seconds: float = 0.0  # between two of them
    calls: list[Call] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)  # method, path with its query
    accepted: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    closing: threading.Event = field(default_factory=threading.Event)

    def always(self, trouble: Trouble | None) -> None:
        """Every call from now on goes wrong like this."""
        self.trouble = lambda call: trouble

    @property
    def most_together(self) -> int:
        """The most calls that were ever under way at once."""
        return max((call.together for call in self.calls), default=0)

    def most_within(self, seconds: float) -> int:
        """The most calls that came in any stretch of so many seconds."""
        times = [call.at for call in self.calls]
        return max((sum(0 <= at - first < seconds for at in times) for first in times), default=0)

    def over(self, limit: Limit, now: float) -> float:
        """How many seconds a call has to wait for this limit; 0 if it may come."""
        recent = [at for at in self.accepted if now - at < limit.seconds]
        return recent[-limit.calls] + limit.seconds - now if len(recent) >= limit.calls else 0.0


@contextmanager
def serve() -> Iterator[GeminiServer]:
    """A server on a free port of this machine, gone at the end of the block."""
    listening = _Listening(("127.0.0.1", 0), _Handler)
    state = listening.state = GeminiServer(f"http://127.0.0.1:{listening.server_address[1]}")
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.closing.set()
        listening.shutdown()
        listening.server_close()
        thread.join(5)


class _Listening(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    state: GeminiServer


class _Refused(Exception):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.message)
        self.trouble = trouble


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listening

    @property
    def state(self) -> GeminiServer:
        return self.server.state

    def log_message(self, *words: object) -> None:
        """Nothing on the tests' standard error."""

    def _serve(self) -> None:
        with self.state.lock:
            self.state.requests.append((self.command, self.path))
        parts = urlsplit(self.path)
        self.query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        try:
            for method, pattern, name in ROUTES:
                if self.command == method and (found := re.fullmatch(pattern, parts.path)):
                    return getattr(self, name)(*found.groups())  # type: ignore[no-any-return]
            raise _Refused(Trouble(404, "Requested entity was not found."))
        except _Refused as refused:
            self._refuse(refused.trouble)
        except ConnectionError:
            self.close_connection = True

    do_GET = do_POST = _serve

    # The endpoints

    def list_models(self) -> None:
        self._check_key()
        self._check(self.state.list_trouble or Trouble())
        models = [self._listed(name) for name in self.state.models]
        size, start = int(self.query.get("pageSize") or 50), int(self.query.get("pageToken") or 0)
        page: dict[str, Any] = {"models": models[start : start + size]}
        if start + size < len(models):
            page["nextPageToken"] = str(start + size)
        self._json(page)

    def show_model(self, name: str) -> None:
        self._check_key()
        self._known(name)
        self._json(self._listed(name))

    def generate(self, name: str) -> None:
        self._answer(name, streamed=False)

    def stream(self, name: str) -> None:
        self._answer(name, streamed=True)

    def _answer(self, name: str, streamed: bool) -> None:
        call = self._call(name)
        with self.state.lock:
            self.state.calls.append(call)
            call.number = len(self.state.calls)
            call.together = sum(each.ended is None for each in self.state.calls)
        try:
            call.status = 200
            self._take(call, streamed)
        except _Refused as refused:
            call.status = refused.trouble.status
            raise
        except ConnectionError:
            call.left = True
            raise
        finally:
            call.ended = time.monotonic()

    def _take(self, call: Call, streamed: bool) -> None:
        """Checks a call like Google does, then writes the answer."""
        self._check_key()
        trouble = self.state.trouble(call) or Trouble()
        self._wait(trouble.before_seconds)
        self._check(trouble)
        self._within_limits()
        self._known(call.model)
        _check_question(call, self.state.models[call.model])
        pieces = list(self._pieces(call, trouble))
        if streamed:
            self._stream(pieces, trouble)
        else:
            self._json(_together(pieces))

    def _pieces(self, call: Call, trouble: Trouble) -> Iterator[dict[str, Any]]:
        usage = {"promptTokenCount": 300 * len(call.pictures) + len(call.text) // 4}
        rest = {"usageMetadata": usage, "modelVersion": call.model, "responseId": str(call.number)}
        if trouble.blocked:
            usage["totalTokenCount"] = usage["promptTokenCount"]
            yield {"promptFeedback": {"blockReason": self._enum(BLOCK, trouble.blocked)}, **rest}
            return
        text, size = self.state.answer(call), self.state.piece_letters
        texts = [text[at : at + size] for at in range(0, len(text), size)] or [""]
        shown = texts if trouble.pieces is None else texts[: trouble.pieces]
        counts = {"candidatesTokenCount": len(text) // 4, "thoughtsTokenCount": 11}
        usage |= counts | {"totalTokenCount": sum(counts.values()) + usage["promptTokenCount"]}
        for place, piece in enumerate(shown or [""]):
            content = {"role": "model", "parts": [{"text": piece}] if piece else []}
            candidate: dict[str, Any] = {"content": content, "index": 0}
            if place == len(shown or [""]) - 1 and _says_why(trouble):
                candidate["finishReason"] = self._enum(FINISH, trouble.finish)
            yield {"candidates": [candidate], **rest}

    # Checks

    def _check_key(self) -> None:
        if self.headers.get("x-goog-api-key") != self.state.key:
            raise _Refused(BAD_KEY)

    def _check(self, trouble: Trouble) -> None:
        if trouble.status != 200:
            raise _Refused(trouble)

    def _known(self, name: str) -> None:
        if name not in self.state.models:
            said = f"models/{name} is not found for API version v1beta, or is not supported."
            raise _Refused(Trouble(404, said))

    def _within_limits(self) -> None:
        now = time.monotonic()
        with self.state.lock:
            waits = [(self.state.over(limit, now), limit) for limit in self.state.limits]
            wait, limit = max(waits, key=lambda each: each[0], default=(0.0, None))
            if not wait:
                self.state.accepted.append(now)
                return
        assert limit is not None
        delay = f"{wait:.3f}s"
        raise _Refused(Trouble(429, RATE.message, quota=limit.quota, retry_delay=delay))

    # Reading and answering

    def _call(self, name: str) -> Call:
        document = json.loads(self.body) if self.body else {}
        contents = document.get("contents") or []
        parts = [part for content in contents for part in content.get("parts") or []]
        files = [part["inlineData"]["data"] for part in parts if "inlineData" in part]
        return Call(
            number=0,
            at=time.monotonic(),
            model=name,
            key=self.headers.get("x-goog-api-key") or "",
            document=document,
            pictures=tuple(hashlib.sha256(_decoded(file)).hexdigest() for file in files),
            text="\n".join(part["text"] for part in parts if "text" in part),
        )

    def _listed(self, name: str) -> dict[str, Any]:
        model = self.state.models[name]
        return {
            "name": f"models/{name}",
            "displayName": model.about or name,
            "version": "001",
            "inputTokenLimit": 1_048_576,
            "outputTokenLimit": 65_536,
            "supportedGenerationMethods": list(model.methods),
            "thinking": model.thinking != "none",
        }

    def _enum(self, numbers: dict[str, int], name: str) -> str | int:
        return numbers[name] if "enum-encoding=int" in self.path else name

    def _wait(self, seconds: float) -> None:
        """Nothing comes; ends early when the other side hangs up or the server goes."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.state.closing.is_set():
            self.connection.settimeout(0.02)
            try:
                if self.connection.recv(1, socket.MSG_PEEK) == b"":
                    raise ConnectionAbortedError
            except TimeoutError:
                pass
            finally:
                self.connection.settimeout(None)

    def _refuse(self, trouble: Trouble) -> None:
        headers = {"Retry-After": trouble.retry_after} if trouble.retry_after else {}
        if trouble.page:
            return self._send(trouble.status, trouble.page.encode(), "text/html", headers)
        error: dict[str, Any] = _error(trouble)
        listed = "stream" in self.path and self.query.get("alt") != "sse"
        body = json.dumps([error] if listed else error).encode()
        self._send(trouble.status, body, "application/json; charset=UTF-8", headers)

    def _json(self, document: dict[str, Any]) -> None:
        self._send(200, json.dumps(document).encode(), "application/json; charset=UTF-8", {})

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, pieces: list[dict[str, Any]], trouble: Trouble) -> None:
        """Server-sent events, or the elements of one array, as they come."""
        events = self.query.get("alt") == "sse"
        kind = "text/event-stream" if events else "application/json; charset=UTF-8"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for place, piece in enumerate(pieces):
            self._wait(self.state.piece_seconds if place else 0.0)
            text = json.dumps(piece, indent=None if events else 2)
            self._chunk(f"data: {text}\r\n\r\n" if events else f"{',' if place else '['}{text}\r\n")
        if trouble.then == "drop":
            self._drop(events)
        if trouble.then == "stall":
            self._wait(60.0)
        if trouble.then == "error":
            said = json.dumps(_error(BUSY))
            self._chunk(f"data: {said}\r\n\r\n" if events else f",{said}\r\n")
        self._chunk("" if events else "]")
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, text: str) -> None:
        data = text.encode()
        if data:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _drop(self, events: bool) -> None:
        """Half a piece, then the line is dead."""
        self._chunk('data: {"candidates": [{"con' if events else ',{"candidates": [{"con')
        self.wfile.flush()
        time.sleep(0.05)  # what was written has to arrive before the reset
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        raise ConnectionAbortedError


ROUTES = (
    ("GET", "/v1beta/models", "list_models"),
    ("GET", "/v1beta/models/([^/:]+)", "show_model"),
    ("POST", "/v1beta/models/([^/:]+):generateContent", "generate"),
    ("POST", "/v1beta/models/([^/:]+):streamGenerateContent", "stream"),
)


def _decoded(file: str) -> bytes:
    """Both alphabets of base64 are taken; each library writes another one."""
    return base64.b64decode(file.replace("-", "+").replace("_", "/"), validate=True)


def _says_why(trouble: Trouble) -> bool:
    """Whether the last piece tells why it is the last."""
    return trouble.pieces is None or trouble.then == "end"


def _error(trouble: Trouble) -> dict[str, Any]:
    details: list[dict[str, Any]] = []
    if trouble.reason:
        info = {"reason": trouble.reason, "domain": "googleapis.com"}
        details.append({"@type": f"{_ERROR}ErrorInfo", **info})
    if trouble.quota:
        violation = {
            "quotaMetric": "generativelanguage.googleapis.com/generate_content_requests",
            "quotaId": f"GenerateRequests{trouble.quota}PerProjectPerModel",
            "quotaValue": "10",
        }
        details.append({"@type": f"{_ERROR}QuotaFailure", "violations": [violation]})
    if trouble.retry_delay:
        details.append({"@type": f"{_ERROR}RetryInfo", "retryDelay": trouble.retry_delay})
    error: dict[str, Any] = {"code": trouble.status, "message": trouble.message}
    error["status"] = STATUS.get(trouble.status, "UNKNOWN")
    return {"error": error | ({"details": details} if details else {})}


def _check_question(call: Call, model: Listed) -> None:
    """Refuses what the API would refuse."""
    contents = call.document.get("contents") or []
    if not contents or any(content.get("role") not in ("user", "model") for content in contents):
        raise _Refused(Trouble(400, "Please use a valid role: user, model."))
    if not all(content.get("parts") for content in contents):
        raise _Refused(Trouble(400, "contents.parts must not be empty."))
    if call.pictures and not model.sees:
        raise _Refused(Trouble(400, f"Image input modality is not enabled for models/{call.model}"))
    thinking = call.config.get("thinkingConfig")
    if thinking is not None and not _takes(model, thinking):
        raise _Refused(Trouble(400, f"This thinking is not supported by {call.model}: {thinking}"))


def _takes(model: Listed, thinking: dict[str, Any]) -> bool:
    """Whether a model lets itself be told this much thinking."""
    given = {name.replace("_", "").lower(): value for name, value in thinking.items()}  # both forms
    budget, level = given.get("thinkingbudget"), str(given.get("thinkinglevel") or "").lower()
    match model.thinking:
        case "budget":
            return budget is not None and not level
        case "least":
            return bool(budget) and not level
        case "level":
            return level in ("minimal", "low", "medium", "high") and budget is None
        case "low":
            return level in ("low", "medium", "high") and budget is None
    return False


def _together(pieces: list[dict[str, Any]]) -> dict[str, Any]:
    """The one document of an answer that is not streamed."""
    last = dict(pieces[-1])
    for candidate in last.get("candidates", []):
        parts = [part for piece in pieces for part in piece["candidates"][0]["content"]["parts"]]
        text = "".join(part["text"] for part in parts)
        candidate["content"] = {"role": "model", "parts": [{"text": text}]}
    return last

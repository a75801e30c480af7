"""What our way to a model costs over the bare HTTP call.

python benchmarks/engine_overhead.py [--rounds 20] [--tokens-a-second 100]

A local server that speaks Ollama's protocol plays a quick model: it reads for 300 ms, then writes
the schema of a screen of the validation set at the given pace (0: as fast as it can). The bare call
is one POST of a body made beforehand whose lines are read with httpx and parsed; ours is
`OllamaEngine.run`: choosing the model, what it can do, what is loaded, the picture as PNG, a thread
that can be given up, and the draft. The two take turns, so that a machine whose speed drifts is
fair to both. The ratio is the median of each round's own; not a test.
"""

from __future__ import annotations

import argparse
import base64
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx

from ghost_engine.data.images import Picture, read_picture
from ghost_engine.inference.ollama.asking import chat_request
from ghost_engine.inference.ollama.engine import OllamaEngine
from ghost_engine.inference.ollama.installed import Installed
from ghost_engine.inference.protocol import CancelToken, Draft, Question, Written
from tests.ollama.chat import PIECE
from tests.ollama.server import OllamaServer, serve

PAIRS = Path(__file__).resolve().parents[1] / "data" / "validation_set" / "pairs.jsonl"
READING_SECONDS = 0.3


def bare(server: OllamaServer, body: bytes) -> tuple[float, float]:
    """Seconds to the first token and to the last."""
    began, first = time.perf_counter(), 0.0
    with httpx.Client(trust_env=False, verify=False, timeout=60) as client:
        with client.stream("POST", f"{server.url}/api/chat", content=body) as answer:
            for line in answer.iter_lines():
                if json.loads(line)["message"]["content"] and not first:
                    first = time.perf_counter() - began
    return first, time.perf_counter() - began


def ours(engine: OllamaEngine, picture: Picture) -> tuple[float, float]:
    began, first = time.perf_counter(), 0.0
    for item in engine.run(Question((picture,)), CancelToken()):
        if isinstance(item, Written) and not first:
            first = time.perf_counter() - began
    assert isinstance(item, Draft) and item.sql
    return first, time.perf_counter() - began


def bare_body(picture: Picture) -> bytes:
    """What the bare call sends, made beforehand."""
    asked = chat_request(Question((picture,)), Installed("gemma3:4b", ""))
    for message in asked["messages"]:
        message["images"] = [base64.b64encode(image).decode() for image in message["images"]]
    return json.dumps({**asked, "stream": True}).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--tokens-a-second", type=float, default=100)
    chosen = parser.parse_args()
    pair = json.loads(PAIRS.read_text("utf-8").splitlines()[0])
    picture = read_picture(PAIRS.parent / pair["image"])
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as server:
        server.add_model("gemma3:4b")
        server.answer = lambda asked: str(pair["sql"])
        server.faults.first_token_seconds = READING_SECONDS
        server.faults.piece_seconds = 1 / chosen.tokens_a_second if chosen.tokens_a_second else 0
        engine, body = OllamaEngine(server.url), bare_body(picture)
        ours(engine, picture), bare(server, body)
        rounds = [(bare(server, body), ours(engine, picture)) for _ in range(chosen.rounds)]
    answer = {
        "rounds": chosen.rounds,
        "tokens": len(PIECE.findall(pair["sql"])),
        "bare_ms": milliseconds([bare for bare, _ in rounds]),
        "ours_ms": milliseconds([ours for _, ours in rounds]),
        "ours_over_bare": round(statistics.median(o[1] / b[1] for b, o in rounds), 4),
    }
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")


def milliseconds(times: list[tuple[float, float]]) -> dict[str, float]:
    """Medians."""
    first, total = (statistics.median(part) * 1e3 for part in zip(*times, strict=True))
    return {"first_token": round(first, 1), "total": round(total, 1)}


if __name__ == "__main__":
    main()

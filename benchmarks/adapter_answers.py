"""A training run's model, asked through the adapter engine: how fast, how large, and does it know?

python benchmarks/adapter_answers.py RUN [--pairs FILE] [--count 4] [--tokens 1024]

Asks the adapter about the first pictures of FILE (pairs in JSONL), then its base model, then the
adapter about the first picture again: greedy answers of one loaded model must be the same. Prints
one JSON document: seconds to load, to the first token and a token, the card's memory, the share of
answers that are the pair's SQL and that run on PostgreSQL. Not a test. Exit 1 if the two answers
to one question differ, or the base answers as the adapter does.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from ghost_engine.data.images import Picture, read_picture
from ghost_engine.data.pairs import read_pairs
from ghost_engine.hardware import cards
from ghost_engine.inference.adapter.engine import BASE, AdapterEngine
from ghost_engine.inference.protocol import CancelToken, Draft, Question, Written
from ghost_engine.sql import check

DATA = Path(__file__).resolve().parents[1] / "data" / "pairs.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", help="a run's id, or enough of it; GHOST_RUNS_DIR says where")
    parser.add_argument("--pairs", type=Path, default=DATA)
    parser.add_argument("--count", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=1024, help="longest answer")
    parser.add_argument("--no-judge", action="store_true", help="do not run the answers")
    asked = parser.parse_args()
    found = measure(asked)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    sys.exit(0 if found["again_the_same"] and found["base_differs"] else 1)


def measure(asked: argparse.Namespace) -> dict[str, Any]:
    engine = AdapterEngine()
    pairs = [pair for pair in read_pairs(asked.pairs, asked.count)]
    pictures = [read_picture(pair.image_path(asked.pairs.parent)) for pair in pairs]
    tuned = [ask(engine, asked.run, picture, asked.tokens) for picture in pictures]
    used = [round(card.total_gib - (card.free_gib or 0), 2) for card in cards()]
    again = ask(engine, asked.run, pictures[0], asked.tokens)
    base = ask(engine, BASE + asked.run, pictures[0], asked.tokens)
    texts = [answer["text"] for answer in tuned]
    known = [text.split() == pair.sql.split() for text, pair in zip(texts, pairs, strict=True)]
    return {
        "run": asked.run,
        "load_seconds": round(tuned[0]["load_seconds"], 1),
        "card_used_gib": used,
        "answers": [facts(answer) for answer in [*tuned, again, base]],
        "known_by_heart": sum(known) / len(known),
        "runs": None if asked.no_judge else sum(check(text).valid for text in texts) / len(texts),
        "again_the_same": again["text"] == texts[0],
        "base_differs": base["text"] != texts[0],
    }


def ask(engine: AdapterEngine, model: str, picture: Picture, tokens: int) -> dict[str, Any]:
    """One answer: its text, and when what came (seconds since it was asked)."""
    question = Question((picture,), model=model, longest_tokens=tokens, silence_seconds=600)
    began, heard, draft = time.monotonic(), 0, None
    for item in engine.run(question, CancelToken()):
        heard += isinstance(item, Written)
        draft = item if isinstance(item, Draft) else draft
    assert draft is not None and draft.usage is not None
    whole = time.monotonic() - began
    usage = draft.usage
    return {
        "text": draft.sql,
        "pieces": heard,
        "read": usage.prompt_tokens,
        "written": usage.answer_tokens,
        "first_token_seconds": usage.first_token_seconds,
        "seconds": usage.seconds,
        "load_seconds": whole - (usage.seconds or 0),
    }


def facts(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without its text."""
    after = (answer["seconds"] or 0) - (answer["first_token_seconds"] or 0)
    speed = (answer["written"] - 1) / after if after > 0 else 0.0
    kept = {key: value for key, value in answer.items() if key not in ("text", "load_seconds")}
    rounded = {k: round(v, 3) if isinstance(v, float) else v for k, v in kept.items()}
    return {**rounded, "tokens_a_second": round(speed, 1), "begins": answer["text"][:60]}


if __name__ == "__main__":
    main()

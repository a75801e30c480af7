"""Whatever comes in, judge and repair answer: no exception, no hang, the server alive."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ghost_engine.sql import check
from ghost_engine.sql.repair import repair

OWN_SECONDS = 5.0  # of this process, whatever else the machine does meanwhile
HANG_SECONDS = 60.0
FOLDER = Path(__file__).parent.parent / "fixtures" / "repair"
TEXTS = [path.read_text("utf-8") for path in sorted(FOLDER.glob("*.sql"))]
TOKENS = (
    "CREATE TABLE ( ) , ; ' \" ` [ ] INT TEXT PRIMARY KEY REFERENCES DEFAULT CHECK UNIQUE ENUM( "
    "CONSTRAINT SET( -- /* */ $$ $a$ \\ E' U&\" NOT NULL AS ON UPDATE ALTER INSERT INTO VALUES ADD "
    "é 表 \u200b \U0001f600 . :: 1 -1 0x1 1e400 AUTO_INCREMENT GENERATED IDENTITY \x01 < > = | & "
    "% # @ { } user order DELIMITER GO BEGIN END FOREIGN INDEX TYPE DROP COMMENT MODIFY CHANGE"
).split(" ")
CHARACTERS = "'\"`(),;[]{}\u00a0\u2019\0\ud800\U0001f600\n"


def mutated(rng: random.Random) -> str:
    """A real script with a few cuts, copies, insertions and odd characters."""
    text = rng.choice(TEXTS)
    for _ in range(rng.randint(1, 6)):
        at, other = rng.randint(0, len(text)), rng.randint(0, len(text))
        change = rng.randrange(6)
        text = (
            text[:at] + text[at + rng.randint(1, 12) :],
            f"{text[:at]} {rng.choice(TOKENS)} {text[at:]}",
            text[: max(at, 20)],
            text[:at] + text[min(at, other) : max(at, other)] + text[at:],
            text + "\n" + rng.choice(TEXTS),
            text[:at] + rng.choice(CHARACTERS) + text[at:],
        )[change]
    return text


def tokens(rng: random.Random) -> str:
    return " ".join(rng.choice(TOKENS) for _ in range(rng.randint(1, 120)))


def nested(rng: random.Random) -> str:
    opening, closing = rng.choice([("(", ")"), ("[", "]"), ("{", "}")])
    depth = rng.randint(1, 3000)
    return f"CREATE TABLE t (a int CHECK {opening * depth}1{closing * rng.randint(0, depth)})"


def characters(rng: random.Random) -> str:
    return "".join(chr(rng.randrange(1, 0xD7FF)) for _ in range(rng.randint(1, 400)))


def large(rng: random.Random) -> str:
    """Up to 256 KB of one script over and over, cut anywhere."""
    text = rng.choice(TEXTS) + "\n"
    return (text * (1 + 256 * 1024 // len(text)))[: rng.randint(1_000, 256 * 1024)]


def scripts(count: int) -> Iterator[str]:
    """`count` scripts, the same ones in every run."""
    makers = [mutated] * 60 + [tokens] * 30 + [nested] * 4 + [characters] * 5 + [large]
    for number in range(count):
        rng = random.Random(f"repair/{number}")
        yield rng.choice(makers)(rng)


def run(count: int) -> list[float]:
    """Judge and repair them all; the resident memory in MB after each tenth."""
    memory = []
    for number, script in enumerate(scripts(count)):
        started, used = time.monotonic(), time.process_time()
        outcome = repair(script)
        assert time.process_time() - used < OWN_SECONDS, (number, script[:200])
        assert time.monotonic() - started < HANG_SECONDS, (number, script[:200])
        assert outcome.changes or outcome.sql == script
        if number % (count // 10) == count // 10 - 1:
            memory.append(psutil.Process().memory_info().rss / 1e6)
    return memory


def test_a_hundred_odd_scripts_are_answered() -> None:
    run(100)
    assert check("CREATE TABLE a (id int)").valid


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_ten_thousand_odd_scripts_are_answered_in_flat_memory() -> None:
    memory = run(10_000)
    assert check("CREATE TABLE a (id int)").valid
    assert memory[-1] < memory[1] + 40, memory

"""Random weights in Gemma-3-12B's shapes, and rows of a wanted length: to measure training on.

python benchmarks/gemma12b.py build MODEL [--layers 48] [--device cuda]
python benchmarks/gemma12b.py data FOLDER --tokens 2048 --count 16

`build` writes 24 GB of bf16 shards in half a minute on a GPU (minutes without), with a tokenizer,
as a checkpoint of the hub: `ghost train --set base_model=MODEL`. `data` writes screenshots of
1280 x 800 pixels with schemas, each row as many tokens with that model's tokenizer as asked or
just below, for `ghost train --dataset FOLDER/dataset_vision.json`. The answers mean nothing but
run on PostgreSQL. Not a test.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from ghost_engine import prompts
from ghost_engine.errors import GhostError, SandboxError
from ghost_engine.sql import check
from ghost_engine.training.tiny import SMOKE, TWELVE_B, build_processor, build_random_gemma3

SIZE = (1280, 800)
COLUMNS = (
    "title text NOT NULL",
    "price numeric(12, 2) NOT NULL",
    "placed_at timestamptz NOT NULL",
    "quantity integer NOT NULL",
    "is_active boolean NOT NULL",
)
LAST_COLUMNS = 5
LONGER = (("(1)", "(11)"), ("(11)", "(111)"))  # a digit is a token


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    build = kinds.add_parser("build")
    build.add_argument("folder", type=Path)
    build.add_argument("--layers", type=int, default=TWELVE_B.layers)
    build.add_argument("--device", default="", help="default: cuda if there, else cpu")
    build.add_argument("--tiny", action="store_true", help="the smoke shape, to try this script")
    data = kinds.add_parser("data")
    data.add_argument("folder", type=Path)
    data.add_argument("--tokens", type=int, required=True, help="length of each row")
    data.add_argument("--count", type=int, default=16)
    data.add_argument("--tiny", action="store_true", help="with the smoke shape's processor")
    asked = parser.parse_args()
    try:
        build_model(asked) if asked.kind == "build" else write_data(asked)
    except GhostError as error:
        sys.exit(str(error))


def say(words: str) -> None:
    sys.stdout.write(words + "\n")


def build_model(asked: argparse.Namespace) -> None:
    import torch

    shape = SMOKE if asked.tiny else dataclasses.replace(TWELVE_B, layers=asked.layers)
    device = asked.device or ("cuda" if torch.cuda.is_available() else "cpu")
    began = time.monotonic()
    folder = build_random_gemma3(asked.folder, shape, device=device)
    size = sum(path.stat().st_size for path in folder.iterdir())
    say(f"{folder}: {size / 1e9:.2f} GB in {time.monotonic() - began:.0f} s on {device}")


def write_data(asked: argparse.Namespace) -> None:
    screens = asked.folder / "screens"
    screens.mkdir(parents=True, exist_ok=True)
    count_tokens = counter(build_processor(SMOKE if asked.tiny else TWELVE_B))
    rows, lengths = [], []
    for number in range(1, asked.count + 1):
        sql = schema_of(number, asked.tokens, count_tokens)
        confirm(sql)
        picture(number).save(screens / f"{number:04d}.png")
        rows.append(prompts.vision_row(f"screens/{number:04d}.png", sql))
        lengths.append(count_tokens(sql))
    file = asked.folder / "dataset_vision.json"
    file.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    say(f"{file}: {len(rows)} rows of {min(lengths)} to {max(lengths)} tokens")


def counter(processor: Any) -> Callable[[str], int]:
    """How long a row with this answer is, the picture and the chat's marks included."""
    from ghost_engine.training.encoding import encode

    blank = Image.new("RGB", SIZE)

    def count(sql: str) -> int:
        row = {"id": "row", "instruction": prompts.VISION_INSTRUCTION, "sql": sql}
        return len(encode(row, processor, blank).input_ids)

    return count


def schema_of(number: int, tokens: int, count: Callable[[str], int]) -> str:
    """Tables as long as they fit, then columns of the last, then digits, a token each."""
    sql, last = "", [amount(each) for each in range(LAST_COLUMNS)]

    def fits(tables: str, columns: list[str]) -> bool:
        return count(tables + closing(number, columns)) <= tokens

    if not fits(sql, last):
        sys.exit(f"{tokens} tokens hold no schema beside the picture and the question.")
    for part in tables(number):
        if not fits(sql + part, last):
            break
        sql += part
    while fits(sql, [*last, amount(len(last))]):
        last.append(amount(len(last)))
    for short, long in LONGER:
        for place, column in enumerate(last):
            longer = [*last[:place], column.replace(short, long), *last[place + 1 :]]
            if fits(sql, longer):
                last = longer
    return sql + closing(number, last)


def amount(number: int) -> str:
    return f"amount_{number} numeric(1)"


def closing(number: int, columns: list[str]) -> str:
    lines = ",\n    ".join(["id bigint PRIMARY KEY", *columns])
    return f"CREATE TABLE closing_{number} (\n    {lines}\n);"


def tables(number: int) -> Iterator[str]:
    """Endlessly many different ones; each but the first refers to the one before."""
    turn = 0
    while True:
        turn += 1
        own = COLUMNS[turn % len(COLUMNS) :] + COLUMNS[: turn % len(COLUMNS)]
        lines = ["id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", *own[: 2 + turn % 4]]
        if turn > 1:
            lines.append(f"parent_id bigint REFERENCES items_{number}_{turn - 1} (id)")
        yield f"CREATE TABLE items_{number}_{turn} (\n    " + ",\n    ".join(lines) + "\n);\n\n"


def confirm(sql: str) -> None:
    """Let PostgreSQL run it; where there is none, say so and go on."""
    try:
        report = check(sql)
    except SandboxError as error:
        sys.stderr.write(f"Not judged: {error}\n")
        return
    if not report.valid:
        sys.exit(f"The made schema does not run: {report.errors[0].message}\n{sql}")


def picture(number: int) -> Image.Image:
    """A page with a heading, a menu and a form; different for each number."""
    image = Image.new("RGB", SIZE, (246, 247, 250))
    draw = ImageDraw.Draw(image)
    shade = (37 * number % 160, 71 * number % 160, 113 * number % 160)
    draw.rectangle((0, 0, SIZE[0], 56), fill=shade)
    draw.text((24, 18), f"Items of list {number}", fill="white", font_size=20)
    for line in range(10):
        top = 90 + 68 * line
        draw.text((40, top + 12), f"Menu entry {number + line}", fill=(60, 60, 70), font_size=16)
        draw.text((280, top + 12), f"Field {line + 1} of {number}", fill="black", font_size=16)
        right = 700 + (number * 53 + line * 97) % 500
        draw.rectangle((480, top, right, top + 44), outline=shade, width=2)
    return image


if __name__ == "__main__":
    main()

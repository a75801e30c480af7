"""How many tokens an example takes in training, estimated without the model's tokenizer.

Words cost one token for every six letters begun, digits one each (Gemma splits numbers), other
signs one each, and every line break or run of blanks between lines one. The screenshot is 256
tokens, as Gemma-3 makes of any picture, and the turns of the chat take 12. It is an estimate, on
the long side for English and SQL; training itself counts with the real tokenizer.
"""

from __future__ import annotations

import re

IMAGE_TOKENS = 256
TURN_TOKENS = 12  # turn marks, roles, image marks and their line breaks
LETTERS_A_TOKEN = 6

_PIECES = re.compile(r"[^\W\d_]+|\d|\n[ \t]*|[^\w\s]|_")


def estimate_tokens(text: str) -> int:
    """Tokens of a text; blanks between words cost nothing, they belong to the word."""
    return sum(
        -(-len(piece) // LETTERS_A_TOKEN) if piece[0].isalpha() else 1
        for piece in _PIECES.findall(text)
    )


def estimate_example(instruction: str, description: str, sql: str, picture: bool) -> int:
    """Tokens of a whole example as training sees it."""
    texts = sum(map(estimate_tokens, (instruction, description, sql)))
    return texts + TURN_TOKENS + (IMAGE_TOKENS if picture else 0)

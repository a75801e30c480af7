"""The tokenizer as llama.cpp wants it: every token's text, its score and its kind.

From `tokenizer.model` where the base has one, else from `tokenizer.json`: Gemma's is a BPE with
byte fallback, and llama.cpp merges by score any two neighbours whose text together is a token, so a
token's score is minus the rank of the first merge that makes it. Needs no torch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from ghost_engine.errors import ExportError

PIECES = "tokenizer.model"
DOCUMENT = "tokenizer.json"
END_OF_TURN = "<end_of_turn>"
_UNUSED_SCORE, _ADDED_SCORE = -10_000.0, -1_000.0  # those of llama.cpp's converter
_BYTE = re.compile(r"<0x[0-9A-F]{2}>")
_LOOKS_SPECIAL = re.compile(r"<pad>|<mask>|<2mass>|\[@BOS@\]|<unused\d*>|<\|.*\|>")
_BLANK = "\u2581"  # stands for a space in the pieces
_HINT = "Fetch the base's tokenizer files too: tokenizer.json and, if it has one, tokenizer.model."


class Kind(IntEnum):
    """What llama.cpp calls the kinds of a token."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One entry a row of the embedding. `ids` of bos, eos, eot, unk and pad, those there are."""

    tokens: tuple[bytes, ...]
    scores: tuple[float, ...]
    kinds: tuple[Kind, ...]
    ids: Mapping[str, int]
    begins_with_bos: bool


def read_vocabulary(folder: Path, rows: int) -> Vocabulary:
    """The tokenizer in a folder, padded to the rows of the embedding.

    Raises:
        ExportError: there is none, it is damaged or of another kind, or larger than the embedding.
    """
    document = _document(folder)
    names: dict[int, tuple[str, float, Kind]] = {}
    if (folder / PIECES).is_file():
        names.update(_from_pieces(folder / PIECES))
    elif document:
        names.update(_from_merges(document, folder))
    else:
        raise ExportError(f"The base in {folder} has no tokenizer.", _HINT)
    for number, added in _all_added(document, folder):
        names[number] = _added(added)
    if max(names) >= rows:
        raise ExportError(
            f"The tokenizer has {max(names) + 1:,} tokens, the embedding {rows:,} rows.", _HINT
        )
    nothing = [(f"[PAD{each}]", _UNUSED_SCORE, Kind.UNUSED) for each in range(rows)]
    entries = [names.get(number, empty) for number, empty in enumerate(nothing)]
    return Vocabulary(
        tuple(text.encode() for text, _, _ in entries),
        tuple(score for _, score, _ in entries),
        tuple(kind for _, _, kind in entries),
        _ids(folder, {text: number for number, (text, _, _) in names.items()}),
        bool(_settings(folder).get("add_bos_token", True)),
    )


def _from_pieces(path: Path) -> dict[int, tuple[str, float, Kind]]:
    from sentencepiece import SentencePieceProcessor

    try:
        pieces = SentencePieceProcessor(model_file=str(path))
    except (OSError, RuntimeError) as error:
        raise ExportError(f"{path} is damaged.", _HINT) from error
    kinds = (
        (pieces.is_unknown, Kind.UNKNOWN),
        (pieces.is_control, Kind.CONTROL),
        (pieces.is_unused, Kind.UNUSED),
        (pieces.is_byte, Kind.BYTE),
    )
    found = {}
    for number in range(pieces.get_piece_size()):
        kind = next((kind for holds, kind in kinds if holds(number)), Kind.NORMAL)
        found[number] = (pieces.id_to_piece(number), pieces.get_score(number), kind)
    return found


def _from_merges(document: dict[str, Any], folder: Path) -> dict[int, tuple[str, float, Kind]]:
    model = document.get("model") or {}
    if model.get("type") != "BPE" or not model.get("byte_fallback"):
        raise ExportError(
            f"The tokenizer in {folder} is not Gemma's ({model.get('type')}, without bytes).", _HINT
        )
    if not isinstance(model.get("vocab"), dict) or not isinstance(model.get("merges"), list):
        raise ExportError(f"{folder / DOCUMENT} is damaged.", _HINT)
    scores: dict[str, float] = {}
    for rank, merge in enumerate(model["merges"]):
        made = merge.replace(" ", "") if isinstance(merge, str) else "".join(merge)
        scores.setdefault(made, -float(rank))
    found = {}
    for text, number in model["vocab"].items():
        kind = Kind.BYTE if _BYTE.fullmatch(text) else Kind.NORMAL
        kind = Kind.UNKNOWN if text == model.get("unk_token") else kind
        found[int(number)] = (text, scores.get(text, _UNUSED_SCORE), kind)
    return found


def _all_added(
    document: Mapping[str, Any], folder: Path
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Where this or that generation of transformers lists them; without them `<end_of_turn>` would
    be a word like any other."""
    settings = _settings(folder).get("added_tokens_decoder") or {}
    listed = document.get("added_tokens") or [{**each, "id": key} for key, each in settings.items()]
    if not listed:
        raise ExportError(f"The tokenizer in {folder} names no special tokens.", _HINT)
    for each in listed:
        yield int(each["id"]), each


def _added(added: Mapping[str, Any]) -> tuple[str, float, Kind]:
    """A token that is looked for before the text is cut; special ones are never written out."""
    text = str(added["content"])
    if added.get("special") or _LOOKS_SPECIAL.fullmatch(text):
        return text, _ADDED_SCORE, Kind.CONTROL
    return text.replace(_BLANK, " "), _ADDED_SCORE, Kind.USER_DEFINED


def _ids(folder: Path, numbers: Mapping[str, int]) -> dict[str, int]:
    settings = _settings(folder)
    config = _read(folder / "config.json")
    own = {**config, **(config.get("text_config") or {})}
    found: dict[str, int] = {}
    for name in ("bos", "eos", "unk", "pad"):
        token = settings.get(f"{name}_token")
        text = token.get("content") if isinstance(token, dict) else token
        number = numbers.get(str(text)) if text else own.get(f"{name}_token_id")
        number = number[0] if isinstance(number, list) else number
        if isinstance(number, int):
            found[name] = number
    if END_OF_TURN in numbers:
        found["eot"] = numbers[END_OF_TURN]
    return found


def _document(folder: Path) -> dict[str, Any]:
    path = folder / DOCUMENT
    if not path.is_file():
        return {}
    document = _read(path)
    if not isinstance(document.get("model"), dict):
        raise ExportError(f"{path} is damaged.", _HINT)
    return document


def _settings(folder: Path) -> dict[str, Any]:
    return _read(folder / "tokenizer_config.json")


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}

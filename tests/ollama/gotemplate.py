"""As much of Go's text/template as a chat template for Ollama uses, to see the prompt it makes.

`prompt` merges messages the way Ollama does before it renders them. Compared once with Go 1.19's
own text/template: the same text for every case in test_modelfile.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

_ACTION = re.compile(r"\{\{(-\s)?\s*(.*?)\s*(\s-)?\}\}", re.DOTALL)
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[()]|:=|=|,|[^\s()",]+')
Words = list[str]
Pieces = list[tuple[bool, str]]  # (is an action, its text)
Node = tuple[str, Any, Any, Any]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")  # Go cuts a letter in two without a word


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "len": lambda value: len(_bytes(value) if isinstance(value, str) else value),
    "eq": lambda first, *others: any(first == other for other in others),
    "ne": lambda first, second: first != second,
    "ge": lambda first, second: first >= second,
    "and": lambda *values: next((value for value in values if not value), values[-1]),
    "or": lambda *values: next((value for value in values if value), values[-1]),
    "not": lambda value: not value,
}


def prompt(template: str, messages: list[Mapping[str, str]]) -> str:
    """What Ollama gives the model for these messages (`role`, `content`)."""
    system = "\n\n".join(each["content"] for each in messages if each["role"] == "system")
    merged: list[dict[str, str]] = []
    for each in messages:
        if merged and merged[-1]["Role"] == each["role"]:
            merged[-1]["Content"] += "\n\n" + each["content"]
        else:
            merged.append({"Role": each["role"], "Content": each["content"]})
    return render(template, {"System": system, "Messages": merged})


def with_pictures(content: str, count: int, first: int = 0) -> str:
    """A message's text as /api/chat makes it: pictures where "[img]" stands, else at the front."""
    front = ""
    for number in range(first, first + count):
        tag = f"[img-{number}]"
        if "[img]" in content:
            content = content.replace("[img]", tag, 1)
        else:
            front += tag
    return front + content


def render(template: str, data: Mapping[str, Any]) -> str:
    """The template's text for this data."""
    parsed, _, _ = _parse(_pieces(template))
    return _Run(data).block(parsed, data, [{"$": data}])


def _pieces(text: str) -> Pieces:
    """A template's parts in order, trimmed as the dashes say."""
    pieces: Pieces = []
    at, trim = 0, False
    for found in _ACTION.finditer(text):
        plain = text[at : found.start()]
        plain = plain.lstrip() if trim else plain
        pieces.append((False, plain.rstrip() if found[1] else plain))
        pieces.append((True, found[2]))
        at, trim = found.end(), bool(found[3])
    return [*pieces, (False, text[at:].lstrip() if trim else text[at:])]


def _parse(pieces: Pieces) -> tuple[list[Node], str, Pieces]:
    """The nodes up to an `end` or `else`, what ended them, and what is left."""
    nodes: list[Node] = []
    while pieces:
        (action, text), *pieces = pieces
        words = _WORD.findall(text) if action else []
        if not action:
            nodes.append(("text", text, None, None))
        elif words[0] in ("end", "else"):
            return nodes, text, pieces
        elif words[0] in ("if", "range", "define"):
            node, pieces = _branch(words, pieces)
            nodes.append(node)
        else:
            kind = "template" if words[0] == "template" else "pipe"
            nodes.append((kind, words[1:] if kind == "template" else words, None, None))
    return nodes, "", pieces


def _branch(words: Words, pieces: Pieces) -> tuple[Node, Pieces]:
    """An `if`, `range` or `define` with its `end`; an `else if` shares that of its `if`."""
    body, ended, pieces = _parse(pieces)
    other: list[Node] = []
    if ended.startswith("else "):
        nested, pieces = _branch(_WORD.findall(ended)[1:], pieces)
        other = [nested]
    elif ended == "else":
        other, _, pieces = _parse(pieces)
    return (words[0], words[1:], body, other), pieces


class _Run:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.named: dict[str, list[Node]] = {}

    def block(self, nodes: list[Node], dot: Any, scopes: list[dict[str, Any]]) -> str:
        return "".join(self.node(node, dot, scopes) for node in nodes)

    def node(self, node: Node, dot: Any, scopes: list[dict[str, Any]]) -> str:
        kind, what, body, other = node
        match kind:
            case "text":
                return str(what)
            case "define":
                self.named[json.loads(what[0])] = body
            case "template":
                inner = self.value(what[1:], dot, scopes)
                return self.block(self.named[json.loads(what[0])], inner, [{"$": inner}])
            case "if":
                chosen = body if self.value(what, dot, scopes) else other
                return self.block(chosen, dot, [*scopes, {}])
            case "range":
                names, words = what[: what.index(":=")], what[what.index(":=") + 1 :]
                one, two = (name for name in names if name != ",")
                return "".join(
                    self.block(body, each, [*scopes, {one: index, two: each}])
                    for index, each in enumerate(self.value(words, dot, scopes))
                )
            case "pipe" if len(what) > 1 and what[1] in (":=", "="):
                value = self.value(what[2:], dot, scopes)
                homes = [scope for scope in reversed(scopes) if what[0] in scope]
                (scopes[-1] if what[1] == ":=" else homes[0])[what[0]] = value
            case "pipe":
                return str(self.value(what, dot, scopes))
        return ""

    def value(self, words: Words, dot: Any, scopes: list[dict[str, Any]]) -> Any:
        terms, rest = [], list(words)
        while rest:
            word = rest.pop(0)
            if word == "(":
                end, depth = 0, 1
                while depth:
                    depth += {"(": 1, ")": -1}.get(rest[end], 0)
                    end += 1
                terms.append(self.value(rest[: end - 1], dot, scopes))
                rest = rest[end:]
            else:
                terms.append(self.term(word, dot, scopes))
        return terms[0](*terms[1:]) if callable(terms[0]) else terms[0]

    def term(self, word: str, dot: Any, scopes: list[dict[str, Any]]) -> Any:
        if word.startswith('"'):
            return json.loads(word)
        if word.isdigit():
            return int(word)
        if word == "slice":
            return _slice
        if word in FUNCTIONS:
            return FUNCTIONS[word]
        name, _, fields = word.partition(".")
        found = dot if not name else next(s for s in reversed(scopes) if name in s)[name]
        for field in filter(None, fields.split(".")):
            found = found[field]
        return found


def _slice(value: Any, *ends: int) -> Any:
    """Go counts a text's bytes, and an end past the last is an error."""
    size = FUNCTIONS["len"](value)
    assert all(end <= size for end in ends), f"slice of {value!r}: index out of range"
    part = slice(*ends) if len(ends) > 1 else slice(ends[0], None)
    if not isinstance(value, str):
        return value[part]
    return _bytes(value)[part].decode("utf-8", "surrogateescape")

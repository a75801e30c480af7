"""Characters that other databases, word processors and chat windows write and PostgreSQL does not.

`clean(text)` looks only outside of strings and comments: backticks, [brackets], curly quotes, odd
blanks, `#` comments, client lines such as GO. What stands inside a string is never touched, except
that MySQL's backslash escapes get the E their string needs here.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from ghost_engine.sql.lexer import tokenize
from ghost_engine.sql.repair.draft import Edit
from ghost_engine.sql.repair.vocabulary import written

_BLANKS = "\u00a0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
_WIDE = {"（": "(", "）": ")", "，": ",", "；": ";", "、": ",", "＝": "=", "：": ":"}
_ENDS_VALUE = r"(?=[ \t]*(?:[,);]|--|\n|\Z))"

_LEX = r"""
    (?P<skip>--[^\n]*|/\*.*?(?:\*/|\Z)|"[^"]*"|\$(\w*)\$.*?\$\2\$)
  | (?P<mixed>'[^'\n‘’]*’(?=[ \t]*[,);])(?![^\n]*'))
  | (?P<string>%s)
  | (?P<curly>[‘‚‛][^‘’'\n]*[’‘'])
  | (?P<curly2>[“”„‟][^“”"\n]*["“”])
  | (?P<lone>[‘’‚‛“”„‟´])
  | (?P<tick>`[^`\n]+`)
  | (?P<halftick>`)
  | (?P<bracket>(?<![\w"\])])\[[ ]*[A-Za-z_@\#][^\[\]\n]*\])
  | (?P<client>^[ \t]*(?:GO(?:[ \t]+\d+)?|PRINT\b[^\n]*|USE[ \t]+\S+|DELIMITER\b[^\n]*
        |\\(?:c|connect|d|echo|set|timing|i)\b[^\n]*
        |\.(?:mode|headers?|open|tables|schema|echo|bail|read)\b[^\n]*)[ \t]*;?[ \t]*(?=\n|\Z))
  | (?P<hash>(?:(?<=[,;()])|^)[ \t]*\#[^\n]*)
  | (?P<slashes>(?:(?<=[,;()])|^)[ \t]*//[^\n]*)
  | (?P<blank>[%s]+)
  | (?P<wide>[（），；、＝：])
  | (?P<equals>==)
"""
_PLAIN_STRING = r"[eE]'(?:[^'\\]|\\.|'')*'|'[^']*(?:''[^']*)*'"
_ESCAPED_STRING = r"'(?:[^'\\]|\\.|'')*'"
_FLAGS = re.VERBOSE | re.DOTALL | re.MULTILINE | re.IGNORECASE
_READERS = {
    False: re.compile(_LEX % (_PLAIN_STRING, _BLANKS), _FLAGS),
    True: re.compile(_LEX % (_ESCAPED_STRING, _BLANKS), _FLAGS),
}
_DELIMITER = re.compile(
    r"^[ \t]*DELIMITER[ \t]+(?!;)(\S+)[^\n]*\n(.*?)(?:^[ \t]*DELIMITER[ \t]*;[^\n]*$|\Z)", _FLAGS
)
_MAKES_TABLE = re.compile(r"^[ \t]*CREATE\s+TABLE\b", re.IGNORECASE | re.MULTILINE)
_ESCAPED_QUOTE = re.compile(r"\w\\'\w")
_OPEN_LINE = re.compile(r"'[^'\n]*?(?=[ \t]*,?[ \t]*(?:--[^\n]*)?\n)")

_REASONS = {
    "mixed": "Curly quotes are not SQL.",
    "curly": "Curly quotes are not SQL.",
    "curly2": "Curly quotes are not SQL.",
    "lone": "Curly quotes are not SQL.",
    "tick": "Backticks are MySQL; names stand bare or in double quotes.",
    "halftick": "A single backtick is not SQL.",
    "bracket": "[Brackets] are SQL Server; names stand bare or in double quotes.",
    "client": "This line is for a database client, not for the database.",
    "hash": "# comments are MySQL; -- comments are SQL.",
    "slashes": "// is no comment in SQL; -- is.",
    "blank": "An invisible character stood here; it is a plain blank now.",
    "wide": "This wide character is not SQL.",
    "equals": "== compares in programs; SQL has =.",
    "string": "A backslash escapes only in E'...' strings.",
}


def clean(text: str) -> list[list[Edit]]:
    """Rounds of edits on `text`, each to be applied to the outcome of the one before."""
    rounds = [_delimiter_blocks(text)]
    text = _applied(text, rounds[-1])
    escapes = _has_escapes(text)
    rounds.append(_summed(list(_edits(text, escapes)), text))
    text = _applied(text, rounds[-1])
    rounds.append(list(_open_string(text)))
    return rounds


def _applied(text: str, edits: list[Edit]) -> str:
    for edit in reversed(edits):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _delimiter_blocks(text: str) -> list[Edit]:
    """Blocks between DELIMITER lines hold routines; they go, unless a table is made there."""
    edits = []
    for match in _DELIMITER.finditer(text):
        ends, inside = match.group(1), match.group(2)
        if _MAKES_TABLE.search(inside):
            kept = inside.replace(ends, ";")
            edits.append(Edit(match.start(), match.end(), kept, _REASONS["client"]))
        else:
            reason = "Functions and triggers are code, and code is not run here."
            blank = "\n" * match.group().count("\n")
            edits.append(Edit(match.start(), match.end(), blank, reason))
    return edits


def _has_escapes(text: str) -> bool:
    """True if strings only make sense with MySQL's backslash escapes."""
    if "\\'" not in text:
        return False
    return bool(_ESCAPED_QUOTE.search(text)) or _ends_open(text)


def _ends_open(text: str) -> bool:
    last = deque(tokenize(text), maxlen=1)
    if not last or last[0].kind != "string":
        return False
    found = last[0].text
    return not found.endswith("'") or (found.count("'") % 2 == 1 and found[0] not in "eE")


def _edits(text: str, escapes: bool) -> Iterator[Edit]:
    for match in _READERS[escapes].finditer(text):
        kind, found = match.lastgroup or "skip", match.group()
        kind = next((name for name in _REASONS if match.group(name)), "skip")
        if kind == "string" and not (escapes and "\\" in found and found[0] == "'"):
            continue
        if kind == "bracket" and _is_array(text, match.start()):
            continue
        if kind != "skip":
            new = _replacement(kind, found)
            yield Edit(match.start(), match.end(), new, _REASONS[kind])


def _is_array(text: str, offset: int) -> bool:
    return text[:offset][-8:].rstrip().upper().endswith("ARRAY")


def _replacement(kind: str, found: str) -> str:
    inner = found[1:-1]
    lead = found[: len(found) - len(found.lstrip(" \t"))]
    if kind in ("tick", "bracket"):
        return written(inner.strip())
    if kind in ("mixed", "curly"):
        return f"'{inner}'"
    if kind == "curly2":
        return f'"{inner}"'
    if kind in ("hash", "slashes"):
        return f"{lead}--{found.strip().lstrip('#/')}"
    if kind == "string":
        return "E" + found
    if kind == "client":
        return ";" if found.strip().upper().startswith("GO") else ""
    plain = {"halftick": "", "blank": " ", "equals": "=", "wide": _WIDE.get(found, " ")}
    return plain.get(kind) or ("'" if found in "‘’‚‛´" else '"' if kind == "lone" else "")


def _summed(edits: list[Edit], text: str) -> list[Edit]:
    """One reason said once: further edits of its kind are counted in the first."""
    total: dict[str, int] = {}
    for edit in edits:
        total[edit.reason] = total.get(edit.reason, 0) + 1
    said: set[str] = set()
    summed = []
    for edit in edits:
        reason = "" if edit.reason in said else edit.reason
        said.add(edit.reason)
        more = total[edit.reason] - 1
        if reason and more:
            reason += f" ({more} more {'place' if more == 1 else 'places'})"
        summed.append(Edit(edit.start, edit.end, edit.text, reason))
    return summed


def _open_string(text: str) -> Iterator[Edit]:
    """Close the string that swallows the lines behind it, when the script ends inside a string."""
    if not _ends_open(text):
        return
    for token in tokenize(text):
        if token.kind != "string" or "\n" not in token.text.rstrip() or token.text[0] == "$":
            continue
        match = _OPEN_LINE.match(text, token.start)
        if match and not _ends_open(_applied(text, [Edit(match.end(), match.end(), "'")])):
            yield Edit(match.end(), match.end(), "'", "A quote was opened and never closed.")
        return

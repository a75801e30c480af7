"""JSON arrays and JSON Lines read as a stream: one value after the other, never the whole file.

An open text file goes in; `(line, value)` or the reason why a value is passed over comes out. JSON
is taken at its word: NaN, doubled keys and absurd numbers are refused, each at its line.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn, TextIO

from ghost_engine.data.files.rows import Skipped

MAX_ROW_CHARACTERS = 8_000_000  # one row; SQL itself may have 256 KB
_CHUNK_CHARACTERS = 256_000

Value = tuple[int, object]


class _Faults(json.JSONDecoder):
    """A decoder that notes what JSON forbids and goes on, so that the row's end is found."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        super().__init__(
            object_pairs_hook=self._pairs,
            parse_constant=self._constant,
            parse_int=self._int,
            parse_float=self._float,
        )

    def decode_at(self, text: str, start: int) -> tuple[object, int]:
        """The value that begins at `start`, and where it ends; `faults` are those of this value.

        Raises:
            ValueError: it is no JSON, or nested too deep.
        """
        self.faults = []
        try:
            return self.raw_decode(text, start)
        except RecursionError as error:
            raise ValueError("nested too deep") from error

    def _pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            self.faults.append(f'the key "{twice[:60]}" comes twice')
        return made

    def _constant(self, name: str) -> None:
        self.faults.append(f"{name} is not JSON")

    def _int(self, digits: str) -> int:
        if len(digits) > 100:
            self.faults.append(f"a number has {len(digits)} digits")
            return 0
        return int(digits)

    def _float(self, digits: str) -> float:
        number = float(digits)
        if not math.isfinite(number):
            self.faults.append(f"the number {digits[:40]} is too large")
        return number


def read_lines(file: TextIO) -> Iterator[Value | Skipped]:
    """The values of a JSON Lines file; empty lines are passed over, broken ones are named.

    Args:
        file: open with `newline="\\n"`, since JSON texts may hold other line separators.
    """
    decoder = _Faults()
    number = 0
    while line := file.readline(MAX_ROW_CHARACTERS + 1):
        number += 1
        if len(line) > MAX_ROW_CHARACTERS:
            while line and not line.endswith("\n"):
                line = file.readline(MAX_ROW_CHARACTERS)
            yield Skipped(number, f"the line is longer than {MAX_ROW_CHARACTERS:,} characters")
        elif line.strip():
            yield _read_line(decoder, number, line.strip())


def _read_line(decoder: _Faults, number: int, line: str) -> Value | Skipped:
    try:
        value, end = decoder.decode_at(line, 0)
    except ValueError as error:
        return Skipped(number, f"the JSON is broken: {_reason(error)}")
    if end != len(line):
        return Skipped(number, f"something follows the JSON at column {end + 1}")
    if decoder.faults:
        return Skipped(number, decoder.faults[0])
    return number, value


def read_array(file: TextIO) -> Iterator[Value | Skipped]:
    """The elements of a JSON array; where it breaks, the last item says so."""
    window = _Window(file)
    decoder = _Faults()
    try:
        window.expect("[")
        if window.peek() == "]":
            window.expect("]")
        else:
            yield from _elements(window, decoder)
        if window.peek():
            window.fail("something follows the end of the array")
    except _Broken as broken:
        yield Skipped(window.line, broken.args[0], last=True)


def _elements(window: _Window, decoder: _Faults) -> Iterator[Value | Skipped]:
    while True:
        window.peek()  # steps over the blanks before the element
        line = window.line
        value = window.take(decoder)
        yield Skipped(line, decoder.faults[0]) if decoder.faults else (line, value)
        if window.expect(",]") == "]":
            return


class _Broken(Exception):
    """The array cannot be read any further."""


class _Window:
    """A stretch of the text, moved along as values are taken from it; `line` is where it stands."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = ""
        self._at = 0
        self.line = 1

    def peek(self) -> str:
        """The next character that is no blank, or "" at the end."""
        while True:
            while self._at < len(self._text):
                letter = self._text[self._at]
                if letter not in " \t\r\n":
                    return letter
                self._advance(self._at + 1)
            if not self._read_more():
                return ""

    def expect(self, letters: str) -> str:
        found = self.peek()
        if not found or found not in letters:
            shown = repr(found) if found else "the end of the file"
            self.fail(f"the JSON is broken: expected {' or '.join(letters)}, found {shown}")
        self._advance(self._at + 1)
        return found

    def take(self, decoder: _Faults) -> object:
        """The next value, reading on as long as the text at hand holds only a part of it."""
        if not self.peek():
            self.fail("the JSON is broken: the file ends inside the array")
        while True:
            try:
                value, end = decoder.decode_at(self._text, self._at)
            except ValueError as error:
                if self._is_long() or not self._read_more():
                    self._fail_at(error)
            else:
                # A number may go on in what was not read yet.
                if end < len(self._text) or not self._read_more():
                    self._advance(end)
                    return value

    def fail(self, reason: str) -> NoReturn:
        raise _Broken(reason)

    def _fail_at(self, error: ValueError) -> NoReturn:
        if self._is_long():
            self.fail(f"the row is longer than {MAX_ROW_CHARACTERS:,} characters, or never ends")
        if isinstance(error, json.JSONDecodeError):
            self._advance(min(error.pos, len(self._text)))
        raise _Broken(f"the JSON is broken: {_reason(error)}") from error

    def _is_long(self) -> bool:
        return len(self._text) - self._at > MAX_ROW_CHARACTERS

    def _read_more(self) -> bool:
        """Twice as much each time, so that a long row is not tried a thousand times."""
        rest = self._text[self._at :]
        more = self._file.read(max(_CHUNK_CHARACTERS, len(rest)))
        if more:
            self._text, self._at = rest + more, 0
        return bool(more)

    def _advance(self, to: int) -> None:
        self.line += self._text.count("\n", self._at, to)
        self._at = to


def _reason(error: ValueError) -> str:
    """The decoder's own words without its place, which counts from the start of the row."""
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)

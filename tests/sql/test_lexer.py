"""The lexer sees what PostgreSQL's own lexer sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghost_engine.sql.lexer import tokenize


def texts(sql: str) -> list[str]:
    return [token.text for token in tokenize(sql)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a;b", ["a", ";", "b"]),
        ("'it''s; fine' x", ["'it''s; fine'", "x"]),
        (r"E'a\'; b' c", [r"E'a\'; b'", "c"]),
        (r"'a\'; b", [r"'a\'", ";", "b"]),  # standard strings have no escapes
        ('"a;""b" c', ['"a;""b"', "c"]),
        ("$$ ; ' $$ x", ["$$ ; ' $$", "x"]),
        ("$a$ $b$ ; $b$ $a$ x", ["$a$ $b$ ; $b$ $a$", "x"]),
        ("a$$b$$", ["a$$b$$"]),  # a dollar inside a name opens nothing
        ("/* a /* ; */ b */ c", ["c"]),
        ("-- a;\nb", ["b"]),
        ('U&"\\0061" x', ['U&"\\0061"', "x"]),
        ("'open ; to the end", ["'open ; to the end"]),
        ("/* open ; to the end", []),
        ("a\u00a0b", ["a\u00a0b"]),  # PostgreSQL takes a no-break space for a letter
        ("x::text[]", ["x", "::", "text", "[", "]"]),
        ("1.5e3+.5", ["1.5e3", "+", ".5"]),
    ],
)
def test_text_is_cut_where_postgresql_cuts_it(sql: str, expected: list[str]) -> None:
    assert texts(sql) == expected


def test_names_are_folded_and_unquoted() -> None:
    bare, quoted = tokenize('Users "My ""T"""')
    assert (bare.name, quoted.name) == ("users", 'My "T"')


@given(st.text(alphabet=st.sampled_from("ab;'\"$-/*\\\n (E&U1.") | st.characters(), max_size=200))
def test_tokens_never_overlap_and_stand_where_they_say(sql: str) -> None:
    position = 0
    for token in tokenize(sql):
        assert position <= token.start < token.end <= len(sql)
        assert sql[token.start : token.end] == token.text
        position = token.end

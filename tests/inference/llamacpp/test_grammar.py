"""The grammar's words, held to PostgreSQL; and what is made of a script that was cut off."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

import psycopg
import pytest

from ghost_engine.inference.llamacpp.grammar import ddl_grammar, finish
from ghost_engine.sql import check
from ghost_engine.sql.postgres import Box, sandbox
from ghost_engine.sql.repair.vocabulary import words

ROOT = Path(__file__).parents[3]
SYNTAX = "42601"
WHOLE = (
    "CREATE TYPE state AS ENUM ('open; or', 'done);');\n\n"
    "CREATE TABLE orders (\n    id bigint PRIMARY KEY,\n    state state NOT NULL,\n"
    "    note text DEFAULT 'a; b'\n);\nCREATE INDEX orders_state ON orders (state);\n\n"
    "CREATE TABLE lines (\n    order_id bigint,\n    FOREIGN KEY (order_id)\n"
    "        REFERENCES orders (id),\n    UNIQUE (order_id)\n);"
)


@lru_cache
def rules() -> dict[str, str]:
    lines = ddl_grammar().splitlines()
    return dict(line.split(" ::= ", 1) for line in lines)


def accepts(rule: str, word: str) -> bool:
    """Whether the tree of letters under a rule lets a word of small letters end."""
    node = rule
    for at, letter in enumerate(word):
        ways = rules()[node]
        step = re.search(rf'"{re.escape(letter)}" (\S+)', ways)
        if step is None:
            outer = re.search(r"\[([^]]*)\] rest", ways)
            known = outer is not None and (letter in outer[1] or letter.isdigit())
            return known and len(word) - at - 1 <= 30
        node = step[1]
    return node != rule and '""' in rules()[node]


def keywords(box: Box) -> list[str]:
    found = box.connection.execute("SELECT word FROM pg_get_keywords()").fetchall()
    return [row[0].decode() if isinstance(row[0], bytes) else row[0] for row in found]


def parses(box: Box, sql: str) -> bool:
    try:
        box.parse(sql)
    except psycopg.Error as error:
        return error.sqlstate != SYNTAX
    return True


def test_every_word_it_accepts_is_a_name_or_a_type_to_postgresql() -> None:
    with sandbox() as box:
        known = keywords(box)
        names = [word for word in known if accepts("word", word)]
        types = [word for word in known if accepts("plainword", word)]
        for word in names:
            assert parses(box, f"CREATE TABLE {word} ({word} text, UNIQUE ({word}))"), word
            assert parses(box, f"CREATE INDEX {word} ON {word} ({word}, {word})"), word
            assert parses(box, f"CREATE TABLE a (b int REFERENCES {word} ({word}))"), word
        for word in types:
            for rest in ("", "[]", " NOT NULL", " DEFAULT 'a'", " UNIQUE", " CHECK (b > 0)"):
                assert parses(box, f"CREATE TABLE a (b {word}{rest}, c int)"), word + rest
            for term in (f"{word} >= {word}", f"{word} IN ({word}, 1)", f"lower({word}) ~ 'a'"):
                assert parses(box, f"CREATE TABLE a (b int CHECK ({term}))"), term
            assert parses(box, f"CREATE TYPE {word} AS ENUM ('a')"), word
    assert len(known) > 400 and len(names) > 300 and len(types) > 250


RESERVED = "|".join(words("reserved"))
BARE = rf"(?!(?:{RESERVED})\b)[a-z_][a-z0-9_]*"  # what the trees of letters come to
PART = re.compile(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^]])*\]|\{\d+,\d+\}|[()|?]|[a-z][a-z0-9-]*')


@lru_cache
def pattern(rule: str) -> str:
    """A rule as a regular expression: the grammar has no recursion."""
    if rule in ("word", "plainword"):
        return BARE
    parts = PART.findall(rules()[rule])
    return f"(?:{''.join(_translated(part) for part in parts)})"


def _translated(part: str) -> str:
    if part.startswith('"'):
        return f"(?:{re.escape(json.loads(part))})"
    return pattern(part) if part[0].isalpha() else part.replace("(", "(?:")


def test_nearly_all_scripts_that_vision_models_learn_from_can_be_written_with_it() -> None:
    rows = json.loads((ROOT / "data" / "dataset_vision.json").read_text("utf-8"))
    scripts = [row["messages"][1]["content"].strip() for row in rows]
    statement = re.compile("|".join(pattern(rule) for rule in ("table", "index", "enum")))
    written = [
        script
        for script in scripts
        if all(statement.fullmatch(each) for each in re.split(r"(?<=;)\n+", script))
    ]
    assert len(written) >= 0.95 * len(scripts)


@pytest.mark.parametrize("word", ["order", "user", "select", "all", "analyse", "current_user"])
def test_a_reserved_word_has_to_stand_in_quotes(word: str) -> None:
    assert not accepts("word", word)
    assert accepts("word", f"{word}s") and accepts("word", word[:-1])


def test_a_name_has_a_longest_length() -> None:
    assert accepts("word", "k" + "a" * 30)
    assert not accepts("word", "k" + "a" * 31)


def test_each_of_its_types_is_one_of_postgresqls() -> None:
    kinds = ("whole", "exact", "rough", "serial", "letters", "some-letters", "truth", "moment")
    found = [rules()[kind] for kind in (*kinds, "unique-id", "tree", "span", "other", "list")]
    names = [name for text in found for name in re.findall(r'"([A-Za-z ]+)"', text)]
    script = "".join(f"CREATE TABLE t{at} (a {name});\n" for at, name in enumerate(names))
    assert len(names) > 60 and check(script).valid


def test_every_rule_it_names_is_there_and_is_used() -> None:
    bodies = (
        re.sub(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^]])*\]', " ", body) for body in rules().values()
    )
    used = {name for body in bodies for name in re.findall(r"[a-z][a-z0-9-]*", body)}
    assert used | {"root"} == set(rules())


def test_a_script_cut_anywhere_ends_with_its_last_whole_line() -> None:
    ends = range(WHOLE.index("id bigint") + 40, len(WHOLE) + 1)
    finished = {finish(WHOLE[:end]) for end in ends}
    assert len(finished) > 5
    for script in finished:
        report = check(script)
        assert report.valid and report.schema.tables, script


def test_a_table_without_one_whole_column_is_left_out() -> None:
    end = WHOLE.index("CREATE TABLE lines") + 30
    assert check(finish(WHOLE[:end])).schema.table_names == ("orders",)
    assert finish("CREATE TABLE orders (\n    id big") == ""
    assert finish("") == ""

"""Mend once, apply to all: what a correction is, what it changes, and what it leaves alone."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ghost_engine.errors import GhostError
from ghost_engine.sql import check
from ghost_engine.sql.corrections import Correction, Scope, apply, derive, preview, preview_all
from ghost_engine.sql.lexer import tokenize

SHOP = """-- id, mail and users stay in comments
CREATE TABLE users (
    id   int PRIMARY KEY,  -- id
    mail text CHECK (mail <> 'mail' AND length(mail) > 3),
    created_at timestamp DEFAULT now(),
    UNIQUE (mail, created_at)
);
CREATE INDEX ON users (lower(mail)) WHERE mail IS NOT NULL;
COMMENT ON COLUMN users.mail IS 'the mail of users';
CREATE TABLE orders (
    id int PRIMARY KEY,
    mail text REFERENCES users (id_text),
    user_id int REFERENCES users (id),
    paid_at timestamp
);
CREATE VIEW seen AS SELECT u.mail, o.paid_at FROM users u JOIN orders o ON o.user_id = u.id;
""".replace("mail text REFERENCES users (id_text),\n    ", "")


def kinds(corrections: list[Correction]) -> set[str]:
    return {each.kind for each in corrections}


def one(kind: str, before: str, after: str) -> list[Correction]:
    return [each for each in derive(before, after) if each.kind == kind]


# -- deriving --------------------------------------------------------------------------------------


def test_a_changed_type_is_offered_from_one_column_to_every_column() -> None:
    found = derive("CREATE TABLE a (paid_at datetime)", "CREATE TABLE a (paid_at timestamptz)")
    assert [each.words for each in found] == [
        "Change type datetime to timestamptz in a.paid_at only.",
        "Change type datetime to timestamptz for every column paid_at.",
        "Change type datetime to timestamptz for every column *_at.",
        "Change type datetime to timestamptz everywhere.",
    ]
    assert [each.breadth for each in found] == [0, 1, 2, 3]


def test_a_length_may_be_any_length() -> None:
    found = derive("CREATE TABLE a (n varchar(255))", "CREATE TABLE a (n text)")
    assert Correction("change type", "varchar(255)", "text") in found
    loose = Correction("change type", "varchar(*)", "text")
    assert loose in found and loose.breadth == 4
    assert apply(loose, "CREATE TABLE b (x varchar (10), y char(2))") == (
        "CREATE TABLE b (x text, y char(2))"
    )


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("rename column", "(id int, mail text)", "(id int, email text)"),
        ("add clause", "(id int, n text)", "(id int, n text NOT NULL)"),
        ("drop clause", "(id int, n text NOT NULL)", "(id int, n text)"),
        ("add clause", "(id int, n int)", "(id int, n int DEFAULT 0)"),
        ("replace clause", "(id int, n int DEFAULT 0)", "(id int, n int DEFAULT 1)"),
        ("drop clause", "(id int, n int DEFAULT 0)", "(id int, n int)"),
        ("add key", "(id int, n int)", "(id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int)"),
        ("add key", "(id int, n int)", "(id int, n int, PRIMARY KEY (id))"),
        ("replace counter", "(id int AUTO_INCREMENT)", "(id serial)"),
        ("drop column", "(id int, n int)", "(id int)"),
        ("add column", "(n int)", "(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int)"),
        ("drop options", "(id int) ENGINE=InnoDB", "(id int)"),
    ],
)
def test_each_kind_is_seen_and_is_the_only_one(kind: str, before: str, after: str) -> None:
    assert kinds(derive(f"CREATE TABLE a {before};", f"CREATE TABLE a {after};")) == {kind}


def test_an_edit_without_a_pattern_gives_no_correction() -> None:
    assert derive("CREATE TABLE a (x int)", "CREATE TABLE a (x int); CREATE TABLE b (y int)") == []
    assert derive("not sql at all", "nor this") == []


def test_a_renamed_table_is_seen_by_its_columns() -> None:
    (found,) = derive("CREATE TABLE data (a int, b int)", "CREATE TABLE posts (a int, b int)")
    assert found == Correction("rename table", "data", "posts")


# -- applying --------------------------------------------------------------------------------------


def test_renaming_a_column_follows_it_everywhere_but_into_strings_and_comments() -> None:
    renamed = apply(Correction("rename column", "mail", "email", Scope("users")), SHOP)
    assert check(SHOP).valid and check(renamed).valid
    assert "email text CHECK (email <> 'mail' AND length(email) > 3)" in renamed
    assert "-- id, mail and users stay in comments" in renamed
    assert "COMMENT ON COLUMN users.email IS 'the mail of users'" in renamed
    assert "lower(email)) WHERE email IS NOT NULL" in renamed
    assert "SELECT u.email, o.paid_at" in renamed


def test_renaming_a_key_follows_the_foreign_keys_to_it() -> None:
    renamed = apply(Correction("rename column", "id", "key", Scope("users")), SHOP)
    assert "REFERENCES users (key)" in renamed and "o.user_id = u.key" in renamed
    assert "CREATE TABLE orders (\n    id int" in renamed
    assert check(renamed).valid


def test_renaming_a_table_follows_it() -> None:
    renamed = apply(Correction("rename table", "users", "people"), SHOP)
    assert check(renamed).valid
    assert check(renamed).schema.table_names == ("people", "orders")
    assert "-- id, mail and users stay" in renamed and "'the mail of users'" in renamed


def test_renaming_follows_the_rows_that_are_written_out() -> None:
    script = "CREATE TABLE a (id int PRIMARY KEY, n int);\n" + (
        "INSERT INTO a (id, n) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET n = excluded.n;"
    )
    for old in ("id", "n"):
        renamed = apply(Correction("rename column", old, "other"), script)
        assert check(script).valid and check(renamed).valid


def test_a_column_is_not_renamed_where_the_script_speaks_of_a_derived_name() -> None:
    script = "CREATE TABLE a (x int UNIQUE); ALTER TABLE a DROP CONSTRAINT a_x_key;"
    assert check(script).valid
    assert preview(Correction("rename column", "x", "y"), script) is None


def test_a_counter_becomes_an_identity_and_serial_keeps_its_width() -> None:
    script = "CREATE TABLE `a` (`id` BIGINT PRIMARY KEY AUTO_INCREMENT);"
    identity = Correction("replace counter", "AUTO_INCREMENT", "GENERATED ALWAYS AS IDENTITY")
    assert apply(identity, script) == (
        "CREATE TABLE `a` (`id` BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY);"
    )
    serial = Correction("replace counter", "AUTO_INCREMENT", "serial")
    assert apply(serial, script) == "CREATE TABLE `a` (`id` bigserial PRIMARY KEY);"


def test_foreign_keys_are_told_from_names() -> None:
    before = "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE a (user_id int);"
    after = before.replace("user_id int", "user_id int REFERENCES users ON DELETE CASCADE")
    broad = one("add reference", before, after)[-1]
    assert broad.scope == Scope(None, "*_id")
    script = (
        "CREATE TABLE posts (id int PRIMARY KEY, category_id int, other_id int);\n"
        "CREATE TABLE categories (id int PRIMARY KEY);\n"
    )
    mended = apply(broad, script)
    assert mended == script + (
        "ALTER TABLE posts ADD FOREIGN KEY (category_id) "
        "REFERENCES categories (id) ON DELETE CASCADE;\n"
    )
    assert check(mended).valid


def test_foreign_keys_to_tables_that_are_not_there_are_dropped() -> None:
    before = "CREATE TABLE a (x int, y int,\n  FOREIGN KEY (x) REFERENCES gone(id));"
    after = "CREATE TABLE a (x int, y int);"
    broad = one("drop reference", before, after)[-1]
    script = (
        "CREATE TABLE b (u int REFERENCES nobody (id), v int,\n  FOREIGN KEY (v) REFERENCES b2);"
    )
    assert apply(broad, script) == "CREATE TABLE b (u int, v int);"


def test_indexes_are_added_to_every_foreign_key_that_has_none() -> None:
    before = "CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE a (u_id int REFERENCES u);"
    broad = one("add index", before, before + " CREATE INDEX a_u_id_idx ON a (u_id);")[-1]
    assert broad.words == "Add an index on every foreign key."
    mended = apply(broad, SHOP)
    assert ");\nCREATE INDEX orders_user_id_idx ON orders (user_id);\nCREATE VIEW" in mended
    assert check(mended).valid


def test_an_inline_enum_becomes_a_type_named_after_its_place() -> None:
    before = "CREATE TABLE orders (status ENUM('a', 'b') NOT NULL);"
    made = "CREATE TYPE order_status AS ENUM ('a', 'b');\n"
    after = f"{made}CREATE TABLE orders (status order_status NOT NULL);"
    broad = one("make enum", before, after)[-1]
    assert broad == Correction("make enum", "enum(*)", "{noun}_{column}")
    assert apply(broad, before) == after
    assert check(apply(broad, "CREATE TABLE tasks (kind ENUM('x''y', 'z'));")).valid


def test_a_dropped_column_takes_its_keys_and_indexes_along() -> None:
    dropped = apply(Correction("drop column", "mail"), SHOP)
    report = check(dropped.replace("u.mail, ", ""))  # the view is a person's to mend
    assert report.valid and [c.name for c in report.schema.tables[0].columns] == [
        "id",
        "created_at",
    ]


def test_a_change_says_what_and_on_which_line() -> None:
    change = preview(Correction("change type", "timestamp", "timestamptz"), SHOP)
    assert change is not None
    assert change.words == (
        "users.created_at: timestamp became timestamptz.",
        "orders.paid_at: timestamp became timestamptz.",
    )
    assert change.lines == (5, 13)


def test_previews_judge_equal_scripts_once_and_leave_out_what_stays() -> None:
    bad = "CREATE TABLE a (id int PRIMARY KEY AUTO_INCREMENT);"
    scripts = [("1", bad), ("2", "CREATE TABLE b (x int)"), ("3", bad)]
    mend = Correction("replace counter", "AUTO_INCREMENT", "GENERATED ALWAYS AS IDENTITY")
    found = list(preview_all(mend, scripts))
    assert [(each.id, each.runs_before, each.runs_after) for each in found] == [
        ("1", False, True),
        ("3", False, True),
    ]
    assert [each.runs_after for each in preview_all([mend], scripts, judge=False)] == [None, None]


def test_corrections_travel_as_json() -> None:
    for correction in derive(SHOP, SHOP.replace("mail", "email").replace("timestamp", "date")):
        text = json.dumps(correction.to_dict())
        assert Correction.from_dict(json.loads(text)) == correction
    with pytest.raises(GhostError, match="no correction"):
        Correction.from_dict({"kind": "invent"})
    with pytest.raises(GhostError, match="no correction of the kind"):
        Correction.from_dict({"kind": "invent", "before": "", "after": "", "scope": {}})


# -- whatever the script ---------------------------------------------------------------------------

COLUMNS = {
    "name": ["varchar(255)", "text"],
    "created_at": ["timestamp", "timestamptz", "timestamp DEFAULT now()"],
    "amount": ["int", "numeric(10, 2)", "int DEFAULT 0", "int NOT NULL DEFAULT 0"],
    "kind": ["varchar(20)", "text NOT NULL"],
    "user_id": ["int"],
}
NEW = {"name": "title", "created_at": "made_at", "amount": "total", "kind": "sort", "id": "key"}


@st.composite
def scripts(draw: st.DrawFn) -> str:
    """Tables with keys, checks, indexes, comments and rows: they run."""
    lines = ["/* kept: name, users */"]
    names = draw(st.permutations(["users", "orders", '"Odd Table"', "shop.items"]))
    lines.append("CREATE SCHEMA shop;")
    made: list[str] = []
    for name in names[: draw(st.integers(1, 4))]:
        chosen = draw(st.lists(st.sampled_from(sorted(COLUMNS)), unique=True, max_size=5))
        items = [draw(st.sampled_from(["id int PRIMARY KEY", "id serial PRIMARY KEY"]))]
        items += [f"{column} {draw(st.sampled_from(COLUMNS[column]))}" for column in chosen]
        if "amount" in chosen and draw(st.booleans()):
            items.append("CHECK (amount > 0 OR amount = -1)")
        if "name" in chosen:
            items.append(draw(st.sampled_from(["UNIQUE (name, id)", "CHECK (name <> 'name')"])))
        if made and draw(st.booleans()):
            items.append(f"ref int REFERENCES {draw(st.sampled_from(made))} (id)")
        lines.append(f"CREATE TABLE {name} (\n  " + ", -- kept: name\n  ".join(items) + "\n);")
        made.append(name)
        for column in chosen[:1]:
            lines.append(f"CREATE INDEX ON {name} ({column} DESC, id);")
            lines.append(f"COMMENT ON COLUMN {name}.{column} IS 'name; users';")
        if not {"kind", "amount"} & set(chosen) and draw(st.booleans()):
            lines.append(f"INSERT INTO {name} (id) VALUES (1) ON CONFLICT (id) DO NOTHING;")
    if draw(st.booleans()):
        lines.append(
            f"CREATE VIEW v AS SELECT t.id, count(*) AS name FROM {made[0]} t GROUP BY t.id;"
        )
    return "\n".join(lines)


renames = st.one_of(
    st.builds(
        lambda old, table: Correction("rename column", old, NEW[old], Scope(table)),
        st.sampled_from(sorted(NEW)),
        st.sampled_from([None, "users", "shop.items"]),
    ),
    st.sampled_from(
        [
            Correction("rename table", "users", "people"),
            Correction("rename table", "shop.items", "goods"),
        ]
    ),
)
others = st.one_of(
    st.builds(
        lambda before, column: Correction("change type", before, "date", Scope(None, column)),
        st.sampled_from(["timestamp", "timestamptz"]),
        st.sampled_from([None, "created_at", "*_at"]),
    ),
    st.sampled_from(
        [
            Correction("change type", "varchar(*)", "text"),
            Correction("change type", "varchar(255)", "text", Scope(None, "name")),
            Correction("add clause", "", "NOT NULL", Scope(None, "name")),
            Correction("add clause", "", "NOT NULL", Scope(None, "*_at")),
            Correction("add clause", "", "DEFAULT 7", Scope(None, "amount")),
            Correction("drop clause", "DEFAULT 0", ""),
            Correction("drop clause", "NOT NULL", "", Scope(None, "kind")),
            Correction("replace clause", "DEFAULT 0", "DEFAULT 1", Scope(None, "amount")),
            Correction("drop column", "kind"),
            Correction("drop column", "user_id", "", Scope("orders")),
            Correction("add column", "", "note text"),
            Correction("add reference", "", "* (*)", Scope(None, "*_id")),
            Correction("add index", "REFERENCES", "{table}_{column}_idx"),
            Correction("add index", "", "", Scope(None, "user_id")),
        ]
    ),
)


@settings(
    max_examples=settings.default.max_examples // 2,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(scripts(), renames | others)
def test_a_correction_can_be_read_from_what_it_did(script: str, correction: Correction) -> None:
    after = apply(correction, script)
    assume(after != script)
    assert correction in derive(script, after), after


@settings(
    max_examples=settings.default.max_examples // 2,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(scripts(), renames | others)
def test_a_second_time_changes_nothing_and_strings_and_comments_stay(
    script: str, correction: Correction
) -> None:
    after = apply(correction, script)
    assert apply(correction, after) == after
    assert after.count("kept:") == script.count("kept:") or correction.kind == "drop column"
    strings = [token.text for token in tokenize(script) if token.kind == "string"]
    if correction.kind != "drop column":
        assert [token.text for token in tokenize(after) if token.kind == "string"] == strings


@settings(
    max_examples=settings.default.max_examples // 4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(scripts(), renames)
def test_scripts_that_ran_still_run_under_new_names(script: str, correction: Correction) -> None:
    assert check(script).valid, (script, check(script).errors)
    report = check(apply(correction, script))
    assert report.valid, (apply(correction, script), report.errors)


@settings(
    max_examples=settings.default.max_examples // 4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(scripts(), others)
def test_other_lines_stay_as_they_are(script: str, correction: Correction) -> None:
    change = preview(correction, script)
    assume(change is not None and correction.kind not in ("drop column", "add column"))
    assert change is not None
    touched = {script.splitlines()[line - 1] for line in change.lines}
    after = change.sql.splitlines()
    assert all(line in after or line in touched for line in script.splitlines())


@settings(max_examples=settings.default.max_examples, deadline=None)
@given(
    st.text(alphabet="ab id();,'\"`[]-/*\n$.CREATETABLEINDX", max_size=60) | scripts(),
    scripts(),
    st.integers(0, 200),
)
def test_nothing_makes_it_fail(garbage: str, script: str, cut: int) -> None:
    broken = script[:cut] + garbage + script[cut + 20 :]
    for correction in derive(broken, script) + derive(script, broken):
        assert apply(correction, apply(correction, broken)) == apply(correction, broken)

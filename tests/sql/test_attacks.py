"""Hostile SQL: refused or harmless, quick, and the server goes on as if nothing had been."""

import time

import pytest

from ghost_engine.sql import check
from ghost_engine.sql.postgres import sandbox

BIG = 900_000_000
REFUSED = {
    "copy to program": "COPY (SELECT 1) TO PROGRAM 'id > /tmp/ghost-pwned'",
    "copy from file": "CREATE TABLE t (x text); COPY t FROM '/etc/passwd'",
    "do loop": "DO $$ BEGIN LOOP END LOOP; END $$",
    "function": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "c function": (
        "CREATE FUNCTION s(cstring) RETURNS int AS 'libc.so.6', 'system' LANGUAGE c STRICT"
    ),
    "sleep in a default": "CREATE TABLE t (x int DEFAULT (pg_sleep(60)::text = '')::int)",
    "sleep, quoted": "CREATE TABLE t (x text DEFAULT \"pg_sleep_for\"('1 min')::text)",
    "sleep, qualified": "CREATE TABLE t (x text DEFAULT pg_catalog.pg_sleep(9)::text)",
    "sleep, spaced": "CREATE TABLE t (x text DEFAULT pg_sleep /* a */ (9)::text)",
    "sleep, escaped": "CREATE TABLE t (x text DEFAULT U&\"pg\\005fsleep\"(9)::text)",
    "create table as": "CREATE TABLE t AS SELECT repeat('x', 1000) FROM generate_series(1, 10^9)",
    "create table as values": "CREATE TABLE t AS VALUES (1)",
    "materialized view": "CREATE MATERIALIZED VIEW v AS SELECT count(*) FROM generate_series(1, 9)",
    "repeat in an index": (
        f"CREATE TABLE t (x text); CREATE INDEX ON t ((length(repeat('x', {BIG}))))"
    ),
    "repeat in a default": (
        f"CREATE TABLE t (x text); ALTER TABLE t ADD y text DEFAULT repeat('x', {BIG})"
    ),
    "lpad in a bound": (
        f"CREATE TABLE p (x text) PARTITION BY LIST (x); CREATE TABLE q PARTITION OF p "
        f"FOR VALUES IN (lpad('x', {BIG}))"
    ),
    "read a file": "CREATE TABLE t (x text DEFAULT pg_read_file('/etc/passwd'))",
    "large object": "CREATE TABLE t (x oid DEFAULT lo_import('/etc/passwd'))",
    "query in a string": (
        "CREATE TABLE t (x xml DEFAULT query_to_xml('SELECT pg_sleep(9)', true, true, ''))"
    ),
    "set_config": "CREATE TABLE t (x text DEFAULT set_config('statement_timeout', '0', false))",
    "select": "SELECT pg_sleep(60)",
    "select in brackets": "(SELECT pg_sleep(60))",
    "values": "VALUES (pg_sleep(60))",
    "alter system": "ALTER SYSTEM SET fsync = off",
    "set role": "SET ROLE ghost_admin",
    "session authorization": "SET SESSION AUTHORIZATION ghost_admin",
    "reset": "RESET SESSION AUTHORIZATION",
    "commit": "CREATE TABLE t (x int); COMMIT; CREATE TABLE public.evil (x int); COMMIT",
    "rollback": "ROLLBACK; CREATE TABLE public.evil (x int)",
    "prepare transaction": "CREATE TABLE t (x int); PREPARE TRANSACTION 'x'",
    "drop database": "DROP DATABASE sandbox_template",
    "create role": "CREATE ROLE evil SUPERUSER",
    "create database": "CREATE DATABASE evil",
    "listen": "LISTEN x",
    "notify": "NOTIFY x, 'y'",
    "lock": "LOCK TABLE pg_class IN ACCESS EXCLUSIVE MODE",
    "prepare": "PREPARE p AS SELECT pg_sleep(60)",
    "explain": "EXPLAIN ANALYZE SELECT pg_sleep(60)",
    "vacuum": "VACUUM FULL",
    "trigger": "CREATE TRIGGER t BEFORE INSERT ON x EXECUTE FUNCTION f()",
    "rule": "CREATE RULE r AS ON SELECT TO t DO INSTEAD SELECT pg_sleep(9)",
    "foreign table": "CREATE FOREIGN TABLE t (x int) SERVER s",
    "insert a query": "CREATE TABLE t (x int); INSERT INTO t SELECT generate_series(1, 10^9)",
    "update": "CREATE TABLE t (x int); UPDATE t SET x = 1",
    "load": "LOAD 'x'",
    "import": "IMPORT FOREIGN SCHEMA s FROM SERVER x INTO y",
    "big script": "CREATE TABLE t (x text DEFAULT '" + "a" * 300_000 + "')",
    "big statement": "CREATE TABLE t (x text DEFAULT '" + "a" * 20_000 + "')",
    "many statements": "CREATE TABLE t (x int);" * 2_000,
    "deep brackets": "CREATE TABLE t (x int CHECK (" + "(" * 5_000 + "x > 0" + ")" * 5_000 + "))",
    "nul": "CREATE TABLE t (x text DEFAULT '\0')",
    "half a surrogate pair": "CREATE TABLE t (x text DEFAULT '\ud800')",
}  # fmt: skip
FAILS = {
    "pg_catalog": "CREATE TABLE pg_catalog.evil (x int)",
    "tablespace": "CREATE TABLE t (x int) TABLESPACE elsewhere",
    "temporary": "CREATE TEMP TABLE t (x int)",
    "extensions schema": "CREATE TABLE extensions.evil (x int)",
    "subquery in a check": "CREATE TABLE t (x int CHECK (x IN (SELECT generate_series(1, 10^9))))",
    "untrusted language": "DO $$ import os $$ LANGUAGE plpython3u; CREATE TABLE t (x nothing)",
    "alter a system table": "ALTER TABLE pg_class ADD x int",
    "drop a system table": "DROP TABLE pg_class",
    "comment on a database": "COMMENT ON DATABASE postgres IS 'x'",
    "many columns": "CREATE TABLE t (" + ", ".join(f"c{i} int" for i in range(1_700)) + ")",
    "two in one": "CREATE TABLE t (x int) \\; SELECT pg_sleep(60)",
    "long not": "CREATE TABLE t (x bool CHECK (" + "NOT " * 3_900 + "x)) WITH (nothing = 1)",
    "huge numeric": (
        "CREATE TABLE t (x numeric); CREATE INDEX ON t ((x + (9.9::numeric ^ 100000 ^ 2)))"
    ),
    "regex": f"CREATE TABLE t (x int CHECK (x > regexp_count('{'a' * 40}', '((a*)*)*b')));"
    "CREATE INDEX ON t ((nothing))",
}  # fmt: skip
HARMLESS = {
    "recursive view": "CREATE RECURSIVE VIEW v (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM v",
    "long sum": "CREATE TABLE t (x int CHECK (x > " + "1+" * 3_000 + "1))",
    "wide table": "CREATE TABLE t (" + ", ".join(f"c{i} int" for i in range(900)) + ")",
    "a table named like a function": (
        "CREATE TABLE repeat (id int PRIMARY KEY); CREATE TABLE t (r int REFERENCES "
        "repeat (id))"
    ),
}  # fmt: skip
SLOW_STATEMENT_SECONDS = 60  # the time limit and the watchdog's grace: 5 s on a quiet machine


def judged(script: str) -> tuple[bool, bool]:
    started = time.monotonic()
    report = check(script)
    assert time.monotonic() - started < SLOW_STATEMENT_SECONDS
    assert all(len(problem.statement) <= 2_000 for problem in report.errors)
    return report.valid, report.allowed


@pytest.mark.parametrize("attack", REFUSED)
def test_is_refused(attack: str) -> None:
    assert judged(REFUSED[attack]) == (False, False)


@pytest.mark.parametrize("attack", FAILS)
def test_fails_in_the_server(attack: str) -> None:
    assert not judged(FAILS[attack])[0]


@pytest.mark.parametrize("script", HARMLESS)
def test_is_only_unusual(script: str) -> None:
    assert judged(HARMLESS[script]) == (True, True)


def test_nothing_of_it_all_stays_in_the_server() -> None:
    for script in (*HARMLESS.values(), *FAILS.values()):
        check(script)
    with sandbox() as box:
        rows = box.connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace IN "
            "(SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema|^extensions')"
        ).fetchall()
    assert rows == []


def test_a_statement_that_ignores_its_time_limit_is_killed_and_others_go_on() -> None:
    digits = "9" * 3_000
    deaf = f"({digits}::numeric ^ 40)"
    heavy = " * ".join([deaf] * 60)
    started = time.monotonic()
    report = check(f"CREATE TABLE t (x numeric); CREATE INDEX ON t ((x > sqrt({heavy[:15_500]}1)))")
    assert time.monotonic() - started < SLOW_STATEMENT_SECONDS
    assert not report.valid
    assert check("CREATE TABLE t (id int)").valid

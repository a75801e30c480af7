"""Opening: made when absent, by many at once, refused when newer, in either database."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from ghost_engine.data.records import NewExample
from ghost_engine.data.store import Store, migrate, open_store
from ghost_engine.data.store.tables import metadata
from ghost_engine.errors import StoreError
from ghost_engine.settings import get_settings

OPEN = """
import sys; from pathlib import Path; from ghost_engine.data.store import open_store
with open_store(Path(sys.argv[1]), sys.argv[2] or None) as store: print(store.counts().total)
"""


def test_the_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    with store._database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _own})
        assert compare_metadata(context, metadata) == []


def _own(name: str | None, kind: str, parents: object) -> bool:
    return not str(name).startswith(("text_search", "alembic_"))


def test_the_newest_migration_is_the_one_the_code_asks_for() -> None:
    assert ScriptDirectory(str(migrate.MIGRATIONS)).get_current_head() == migrate.HEAD


def test_texts_are_indexed(store: Store) -> None:
    assert store._database.text_index


def test_many_processes_may_open_a_new_store_at_once(
    new_url: Callable[[], str | None], tmp_path: Path
) -> None:
    command = [sys.executable, "-W", "error", "-c", OPEN, str(tmp_path), new_url() or ""]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate(timeout=100)[0].strip() for process in started] == ["0"] * 4


@pytest.mark.slow
def test_a_process_killed_while_making_the_tables_leaves_none_half_made(
    new_url: Callable[[], str | None], tmp_path: Path
) -> None:
    for number in range(10):
        url, folder = new_url(), tmp_path / str(number)
        command = [sys.executable, "-c", OPEN, str(folder), url or ""]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while not folder.exists():
            time.sleep(0.001)
        time.sleep(0.02 * number)
        process.kill()
        process.wait()
        with open_store(folder, url) as store:
            assert store.counts().total == 0 and store.guidelines().version == 0


def test_a_store_of_a_newer_version_is_refused(
    new_url: Callable[[], str | None], tmp_path: Path
) -> None:
    url = new_url()
    with open_store(tmp_path, url) as store:
        change = text("UPDATE alembic_version SET version_num = '9999'")
        store._database.write(lambda connection: connection.execute(change))
    with pytest.raises(StoreError, match="newer version of this program"):
        open_store(tmp_path, url)


def test_a_store_is_there_again_when_opened_again(
    new_url: Callable[[], str | None], tmp_path: Path, make_row: Callable[..., NewExample]
) -> None:
    url = new_url()
    with open_store(tmp_path, url) as store:
        store.add(make_row("a"))
    with open_store(tmp_path, url) as store:
        assert store.get(1).screenshot == make_row("a").screenshot


def test_sqlite_flushes_every_commit_and_holds_its_keys(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, store._database.reading() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
    assert found == ["wal", 2, 1, 30_000]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://localhost/x", "is of mysql"),
        ("not a url", "is not a URL"),
        ("postgresql:///x?host=/nowhere", "database failed"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        open_store(tmp_path, url)


def test_a_wrong_url_does_not_show_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as told:
        open_store(tmp_path, "postgresql://ghost:sesame@localhost:port/x")
    assert "sesame" not in str(told.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file/data cannot be made"):
        open_store(tmp_path / "file" / "data")


def test_a_database_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "ghost.db").write_bytes(b"no database at all, but long enough to be read" * 50)
    with pytest.raises(StoreError, match="database failed: file is not a database"):
        open_store(tmp_path)


def test_the_settings_say_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    monkeypatch.delenv("GHOST_DATA_DIR")
    monkeypatch.setattr(sys.modules["ghost_engine.data.store.store"], "get_settings", fresh)
    with open_store():
        assert (tmp_path / "data" / "ghost.db").is_file()


def fresh() -> object:
    get_settings.cache_clear()
    try:
        return get_settings()
    finally:
        get_settings.cache_clear()


def test_importing_the_engine_does_not_load_the_store() -> None:
    code = "import sys, ghost_engine, ghost_engine.cli;"
    code += "print({'sqlalchemy', 'alembic'} & set(sys.modules))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "set()"

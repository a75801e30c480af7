"""Backup and restore: everything the store holds in one file that either database can take.

A zip of the tables as JSON Lines and the pictures as they are, with a manifest of counts and
hashes. The same store gives the same bytes. Who has what open is not kept: it expires in a minute.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, LargeBinary, Table, delete, func, insert, select

from ghost_engine.data.records import Extension
from ghost_engine.data.store.database import Database
from ghost_engine.data.store.migrate import HEAD
from ghost_engine.data.store.rows import PART, in_parts
from ghost_engine.data.store.tables import EPOCH, Moment, canonical, hold, metadata, screenshot
from ghost_engine.errors import StoreError

FORMAT = 1
MANIFEST = "manifest.json"
_KEPT = tuple(table for table in metadata.sorted_tables if table is not hold)
_PICTURE = re.compile(r"pictures/[0-9a-f]{2}/([0-9a-f]{64})\.(png|jpg|webp)")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say: no clock in the bytes
_PICTURES_AT_ONCE = 64
_HINT = "Give a file that `ghost data backup` wrote."


@dataclass(frozen=True, slots=True)
class Archive:
    """What a backup holds: rows of each table, pictures, and hashes of pictures that were gone."""

    rows: dict[str, int]
    pictures: int
    lost: tuple[str, ...] = ()


def back_up(database: Database, path: Path) -> Archive:
    """See `Store.backup`."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(partial, "w", allowZip64=True) as file:
            with database.reading() as connection:
                archive = _write(database, connection, file)
        with open(partial, "rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror or error}.", "Check the folder."
        ) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return archive


def restore(database: Database, path: Path, replace: bool) -> Archive:
    """See `Store.restore`."""
    try:
        with zipfile.ZipFile(path) as file:
            manifest = _read_manifest(file, path)
            _verify(file, manifest, path)
            if not replace:
                with database.reading() as connection:
                    _refuse_if_used(connection)
            pictures = _restore_pictures(database, file)
            database.write(lambda connection: _load(database, connection, file, replace))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StoreError(f"{path} cannot be restored: {reason}.", _HINT) from error
    return Archive(manifest["rows"], pictures, tuple(manifest["lost"]))


def _write(database: Database, connection: Connection, file: zipfile.ZipFile) -> Archive:
    rows: dict[str, int] = {}
    hashes: dict[str, str] = {}
    for table in _KEPT:
        digest = hashlib.sha256()
        with _member(file, _table_file(table), zipfile.ZIP_DEFLATED) as member:
            rows[table.name] = 0
            for line in _lines(connection, table):
                member.write(line)
                digest.update(line)
                rows[table.name] += 1
        hashes[_table_file(table)] = digest.hexdigest()
    pictures, lost = _write_pictures(database, connection, file)
    manifest = {"format": FORMAT, "revision": HEAD, "rows": rows, "pictures": pictures}
    manifest |= {"lost": lost, "sha256": hashes}
    with _member(file, MANIFEST, zipfile.ZIP_DEFLATED) as member:
        member.write(json.dumps(manifest, indent=2, sort_keys=True).encode() + b"\n")
    return Archive(rows, pictures, tuple(lost))


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    query = select(table).order_by(*table.primary_key.columns)
    result = connection.execution_options(yield_per=PART).execute(query)
    for row in result:
        values = {column.name: _plain(row._mapping[column]) for column in table.columns}
        yield canonical(values).encode("ascii") + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(microseconds=1)
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value


def _write_pictures(
    database: Database, connection: Connection, file: zipfile.ZipFile
) -> tuple[int, list[str]]:
    query = select(screenshot.c.key, screenshot.c.extension).where(screenshot.c.missing.is_(False))
    written, lost = 0, []
    for row in connection.execute(query.order_by(screenshot.c.key)).all():
        path = database.pictures.path(row.key, row.extension)
        if not path.is_file():
            lost.append(row.key)
            continue
        name = f"pictures/{row.key[:2]}/{row.key}.{row.extension}"
        with _member(file, name, zipfile.ZIP_STORED) as member:
            member.write(path.read_bytes())
        written += 1
    return written, lost


def _member(file: zipfile.ZipFile, name: str, compression: int) -> IO[bytes]:
    info = zipfile.ZipInfo(name, _LONG_AGO)
    info.compress_type = compression
    info.create_system = 3  # Unix, wherever it is written
    info.external_attr = 0o644 << 16
    return file.open(info, "w", force_zip64=True)


def _table_file(table: Table) -> str:
    return f"tables/{table.name}.jsonl"


def _read_manifest(file: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(file.read(MANIFEST))
    if (manifest["format"], manifest["revision"]) != (FORMAT, HEAD):
        raise StoreError(
            f"{path} was written by another version of this program"
            f" (its store is at step {manifest['revision']}, this one at {HEAD}).",
            "Restore it with that version.",
        )
    return manifest


def _verify(file: zipfile.ZipFile, manifest: dict[str, Any], path: Path) -> None:
    """Every table is there and whole; pictures are checked as they are written."""
    for table in _KEPT:
        with file.open(_table_file(table)) as member:
            found = hashlib.file_digest(member, "sha256").hexdigest()  # type: ignore[arg-type]
        if found != manifest["sha256"][_table_file(table)]:
            raise StoreError(f"{path} is damaged: {_table_file(table)} has another hash.", _HINT)


def _refuse_if_used(connection: Connection) -> None:
    for table in _KEPT:
        if connection.scalar(select(func.count()).select_from(table)):
            raise StoreError(
                "The store is not empty: a restore would replace what it holds.",
                "Back it up first, then ask for the replacement, or restore into an empty store.",
            )


def _restore_pictures(database: Database, file: zipfile.ZipFile) -> int:
    found = [match for name in file.namelist() if (match := _PICTURE.fullmatch(name))]
    for part in in_parts(found, _PICTURES_AT_ONCE):
        database.pictures.keep(
            (match[1], _extension(match[2]), file.read(match[0])) for match in part
        )
    return len(found)


def _extension(value: str) -> Extension:
    return "webp" if value == "webp" else "jpg" if value == "jpg" else "png"


def _load(database: Database, connection: Connection, file: zipfile.ZipFile, replace: bool) -> None:
    if not replace:
        _refuse_if_used(connection)
    for table in reversed(metadata.sorted_tables):
        connection.execute(delete(table))
    for table in _KEPT:
        with file.open(_table_file(table)) as member:
            rows: list[dict[str, Any]] = []
            for line in member:
                rows.append(_typed(table, json.loads(line)))
                if len(rows) == PART:
                    connection.execute(insert(table), rows)
                    rows = []
            if rows:
                connection.execute(insert(table), rows)
    if not database.is_sqlite:
        _move_sequences(connection)


def _typed(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    for column in table.columns:
        value = values[column.name]
        if value is not None and isinstance(column.type, Moment):
            values[column.name] = EPOCH + timedelta(microseconds=value)
        elif value is not None and isinstance(column.type, LargeBinary):
            values[column.name] = base64.b64decode(value)
    return values


def _move_sequences(connection: Connection) -> None:
    """PostgreSQL counts on from what was inserted with its id."""
    for table in _KEPT:
        if "id" in table.columns:
            last = connection.scalar(select(func.max(table.c.id)))
            sequence = func.pg_get_serial_sequence(table.name, "id")
            connection.execute(select(func.setval(sequence, last or 1, last is not None)))

"""`ghost data`: examples in and out of the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghost_engine.cli.say import AsJson, mention, progress, say, say_json
from ghost_engine.errors import FileError

if TYPE_CHECKING:
    from ghost_engine.data.files.exporting import ExportReport
    from ghost_engine.data.files.importing import ImportProgress, ImportReport
    from ghost_engine.data.store.archive import Archive

app = typer.Typer(
    help="Bring examples in and out, check them, split them, make them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_SHOWN_SKIPS = 20
_ANY_STATUS = "all"


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A dataset: JSON, JSON Lines, CSV or a folder.")],
    status: Annotated[
        str, typer.Option("--as", help="suggestion, or approved: approves what runs.")
    ] = "suggestion",
    image_root: Annotated[
        Path | None, typer.Option(help="Where picture paths are looked for first.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Import a dataset: pictures are taken in, every SQL is judged, nothing comes in twice."""
    from ghost_engine.data.files.importing import import_file
    from ghost_engine.data.store import open_store

    if status not in ("suggestion", "approved"):
        raise typer.BadParameter(f"--as {status}: choose suggestion or approved.")
    with open_store() as store:
        report = import_file(
            store,
            path,
            status="approved" if status == "approved" else "suggestion",
            image_root=image_root,
            progress=_tell_import,
        )
    if as_json:
        say_json(report.to_dict())
    else:
        _say_import(report)
    return 0 if report.complete else 1


@app.command("export")
def export(
    path: Annotated[
        Path, typer.Argument(help="The folder to write; an earlier export is replaced.")
    ],
    form: Annotated[str, typer.Option("--format", help="vision, text, pairs or hf.")] = "vision",
    status: Annotated[
        list[str] | None,
        typer.Option(help="approved, new, ...; may be given twice. Default: all but rejected."),
    ] = None,
    split: Annotated[
        str, typer.Option(help="Only train, validation or test, as `ghost data split` chose.")
    ] = "",
    skip_missing: Annotated[
        bool, typer.Option("--skip-missing", help="Leave out rows whose picture is missing.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Write examples with their pictures as a dataset, whole or not at all."""
    from ghost_engine.data.files import exporting
    from ghost_engine.data.records import STATUSES, Filters
    from ghost_engine.data.store import open_store

    if form not in exporting.FORMS:
        raise typer.BadParameter(f"--format {form}: choose one of {', '.join(exporting.FORMS)}.")
    statuses = STATUSES if status == [_ANY_STATUS] else tuple(status or ())
    unknown = set(statuses) - set(STATUSES)
    if unknown:
        known = ", ".join((*STATUSES, _ANY_STATUS))
        raise typer.BadParameter(f"--status {min(unknown)}: choose among {known}.")
    with open_store() as store:
        report = exporting.export(
            store,
            path,
            form=next(each for each in exporting.FORMS if each == form),
            filters=Filters(statuses=tuple(each for each in STATUSES if each in statuses)),
            keys=_part_of(split) if split else None,
            split=split,
            skip_missing=skip_missing,
            progress=lambda written: progress(f"{written:,} written"),
        )
    if as_json:
        say_json(report.to_dict())
    else:
        _say_export(report)
    return 0


def _part_of(name: str) -> Callable[[str], bool]:
    """Whether a screenshot's key belongs to that part of the store's split."""
    from ghost_engine.data.splits import PARTS, read_splits
    from ghost_engine.settings import get_settings

    if name not in PARTS:
        raise typer.BadParameter(f"--split {name}: choose one of {', '.join(PARTS)}.")
    parts = read_splits(get_settings().data_dir / "splits.json")
    if not parts:
        raise FileError("The store is not split yet.", "Run `ghost data split` first.")
    return lambda key: parts.get(key) == name


@app.command("backup")
def backup(
    path: Annotated[
        Path | None, typer.Argument(help="The zip file to write; by default in the data folder.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Write everything the store holds into one file: examples, reviews, drafts, pictures."""
    from ghost_engine.data.store import open_store
    from ghost_engine.settings import get_settings

    if path is None:
        now = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
        path = get_settings().data_dir / "backups" / f"ghost-{now}.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
    with open_store() as store:
        archive = store.backup(path)
    _say_archive(f"written to {path}", path, archive, as_json)
    return 0


@app.command("restore")
def restore(
    path: Annotated[Path, typer.Argument(help="A file that `ghost data backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Throw away what the store holds now.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Take over what a backup holds, all of it or nothing."""
    from ghost_engine.data.store import open_store

    with open_store() as store:
        archive = store.restore(path, replace=replace)
    _say_archive(f"restored from {path}", path, archive, as_json)
    return 0


def _say_archive(what: str, path: Path, archive: Archive, as_json: bool) -> None:
    count = archive.rows["example"]
    if as_json:
        lost = list(archive.lost)
        counts = {"rows": archive.rows, "pictures": archive.pictures, "lost": lost}
        say_json({"written": count, "path": str(path), "bytes": path.stat().st_size, **counts})
        return
    if archive.lost:
        mention(f"{len(archive.lost):,} pictures were gone from the store's folder.")
    say(f"{count:,} examples and {archive.pictures:,} pictures {what}")


def _tell_import(now: ImportProgress) -> None:
    left = "" if now.seconds_left is None else f", about {now.seconds_left:.0f} s left"
    progress(f"{now.read:,} rows ({now.share:.0%}){left}")


def _say_import(report: ImportReport) -> None:
    for each in report.skipped[:_SHOWN_SKIPS]:
        mention(f"line {each.line}: {each.reason}")
    if len(report.skipped) > _SHOWN_SKIPS:
        mention(f"... and {len(report.skipped) - _SHOWN_SKIPS:,} more; --json lists them all.")
    if report.missing:
        mention(f"Pictures not found: {report.missing:,}. --image-root says where they lie.")
    if report.not_approved:
        mention(f"Not approved, since they do not run: {report.not_approved:,}.")
    if not report.complete:
        mention("The file breaks off: mend it and import it again.")
    counts = f"{report.added:,} added, {report.updated:,} updated, {report.unchanged:,} unchanged"
    skipped = f"{len(report.skipped):,} skipped"
    say(f"{report.form}: {report.read:,} read, {counts}, {skipped} in {report.seconds:.1f} s")
    if report.runs or report.fails:
        say(f"SQL: {report.runs:,} run, {report.fails:,} fail")


def _say_export(report: ExportReport) -> None:
    for reason, count in report.left_out.items():
        mention(f"Left out: {count:,} {reason}.")
    if report.missing:
        mention(f"Without their picture: {report.missing:,}. --skip-missing leaves them out.")
    if report.own_instructions:
        mention(f"With an instruction of their own: {report.own_instructions:,}.")
    statuses = ", ".join(f"{count:,} {status}" for status, count in report.statuses.items())
    say(f"{report.written:,} written to {report.folder} ({statuses})")

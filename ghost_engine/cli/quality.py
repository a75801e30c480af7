"""`ghost data check`, `ghost data split` and `ghost data stats`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ghost_engine.cli.say import AsJson, mention, progress, say, say_json
from ghost_engine.settings import get_settings

if TYPE_CHECKING:
    from ghost_engine.data.quality import QualityReport, Sample, Step
    from ghost_engine.data.splits import Split

_SHOWN_PROBLEMS = 20
_SPLITS = "splits.json"

DatasetPath = Annotated[
    Path | None, typer.Argument(help="A dataset file or folder; without it, the store.")
]
ImageRoot = Annotated[Path | None, typer.Option(help="Where picture paths are looked for first.")]


def check(
    path: DatasetPath = None,
    image_root: ImageRoot = None,
    ocr: Annotated[
        bool, typer.Option("--ocr", help="Also compare with the text on the screenshots (slow).")
    ] = False,
    context_tokens: Annotated[
        int, typer.Option(min=512, help="The longest example that training takes, in tokens.")
    ] = 2048,
    as_json: AsJson = False,
) -> int:
    """Judge every example of a dataset and list what is wrong.

    Exits 1 if any example does not execute, or a row of the file is no example.
    """
    from dataclasses import replace

    from ghost_engine.data.quality import inspect

    with _samples(path, image_root) as (samples, skipped):
        report = inspect(samples, ocr=ocr, context_tokens=context_tokens, progress=_tell)
    report = replace(report, skipped=tuple(skipped))
    if as_json:
        say_json(report.to_dict())
    else:
        _say_report(report, str(path or "the store"))
    return 0 if report.executes == report.examples and not skipped else 1


def split(
    path: DatasetPath = None,
    image_root: ImageRoot = None,
    out: Annotated[
        Path | None, typer.Option(help="The splits.json; one that is there goes on.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed, another split.")] = 1,
    validation: Annotated[float, typer.Option(min=0, max=1, help="Its share.")] = 0.1,
    test: Annotated[float, typer.Option(min=0, max=1, help="Its share.")] = 0.1,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the split that is there.")] = False,
    as_json: AsJson = False,
) -> int:
    """Split by application, domain and picture, never by row; what was split stays."""
    from ghost_engine.data import splits
    from ghost_engine.data.quality import measure

    if validation + test > 1:
        raise typer.BadParameter("--validation and --test together are more than 1.")
    with _samples(path, image_root) as (samples, _):
        measured = measure(samples, progress=_tell)
    target = out or _beside(path)
    shares: dict[splits.Part, float] = {
        "train": 1 - validation - test,
        "validation": validation,
        "test": test,
    }
    before = {} if fresh else splits.read_splits(target)
    made = splits.split(measured, shares=shares, seed=seed, previous=before)
    found = splits.leaks(made.parts, measured)
    splits.write_splits(target, made.parts)
    if as_json:
        listed = [{"kind": each.kind, "what": each.what, "parts": each.parts} for each in found]
        say_json({"written": str(target), **made.to_dict(), "leaks": listed})
    else:
        _say_split(made, target)
    return 1 if found else 0


def stats(path: DatasetPath = None, image_root: ImageRoot = None, as_json: AsJson = False) -> int:
    """Count what a dataset holds; nothing is judged and no picture is opened."""
    with _samples(path, image_root) as (samples, skipped):
        counted = _count(list(samples))
    counted["skipped"] = len(skipped)
    if as_json:
        say_json(counted)
        return 0
    for name, value in counted.items():
        if isinstance(value, dict):
            value = ", ".join(f"{key} {count:,}" for key, count in list(value.items())[:12]) or "-"
        say(
            f"{name.replace('_', ' '):22} {value:>8,}"
            if isinstance(value, int)
            else f"{name:22} {value}"
        )
    return 0


@contextmanager
def _samples(
    path: Path | None, image_root: Path | None
) -> Iterator[tuple[Iterator[Sample], list[tuple[int, str]]]]:
    """The examples, and a list that fills with the rows that are none (line, reason)."""
    from ghost_engine.data.files.readers import read_rows
    from ghost_engine.data.files.rows import Row, Skipped
    from ghost_engine.data.quality import from_rows, from_store
    from ghost_engine.data.store import open_store

    skipped: list[tuple[int, str]] = []

    def kept(items: Iterator[Row | Skipped]) -> Iterator[Row]:
        for item in items:
            if isinstance(item, Skipped):
                skipped.append((item.line, item.reason))
            else:
                yield item

    if path is None:
        with open_store() as store:
            yield from_store(store), skipped
    else:
        yield from_rows(kept(read_rows(path, image_root))), skipped


def _beside(path: Path | None) -> Path:
    """Where splits.json goes when nobody says: beside the dataset, or the store's data."""
    if path is None:
        return get_settings().data_dir / _SPLITS
    return (path if path.is_dir() else path.parent) / _SPLITS


def _tell(step: Step) -> None:
    left = "" if step.seconds_left is None else f", about {step.seconds_left:.0f} s left"
    progress(f"{step.phase}: {step.done:,} of {step.total:,}{left}")


def _say_report(report: QualityReport, name: str) -> None:
    from ghost_engine.data.quality import CODES
    from ghost_engine.data.quality.findings import SEVERITIES

    for line, reason in report.skipped[:_SHOWN_PROBLEMS]:
        mention(f"line {line}: {reason}")
    ranked = sorted(report.problems, key=lambda each: SEVERITIES.index(each.severity))
    for each in ranked[:_SHOWN_PROBLEMS]:
        place = f", SQL line {each.line}" if each.line else ""
        mention(f"{each.severity}: {each.example}{place}: {each.message}")
    if len(ranked) > _SHOWN_PROBLEMS:
        mention(f"... and {len(ranked) - _SHOWN_PROBLEMS:,} more; --json lists them all.")
    say(f"{name}: {report.examples:,} examples in {report.seconds:.1f} s")
    rows = {
        "execute": report.executes,
        "parse": report.parses,
        "distinct answers": report.unique_outputs,
        "duplicate screenshots": report.duplicates,
        "missing screenshots": report.missing_images,
        "rows skipped": len(report.skipped),
    }
    for title, count in rows.items():
        say(f"  {title:40}{count:>8,}")
    for code, count in report.counts().items():
        say(f"  {CODES[code].severity:8}{CODES[code].title:32}{count:>8,}")


def _say_split(made: Split, target: Path) -> None:
    for part, count in made.counts.items():
        groups = made.groups[part]
        noun = "group" if groups == 1 else "groups"
        say(f"{part:12}{count:>8,}  {made.reached[part]:>6.1%}  {groups:>6,} {noun}")
    if made.moved:
        mention(
            f"{made.moved:,} screenshots had to move: something new links them to another part."
        )
    if made.largest_group > 0.5:
        mention(
            f"One group holds {made.largest_group:.0%} of the examples: same domain, application, "
            "look or SQL. The shares follow the groups."
        )
    say(f"{len(made.parts):,} screenshots in {target}")


def _count(samples: list[Sample]) -> dict[str, Any]:
    domains = Counter(each.domain for each in samples if each.domain)
    apps = Counter(each.app for each in samples if each.app)
    return {
        "examples": len(samples),
        "with_screenshot": sum(each.has_picture for each in samples),
        "missing_images": sum(each.image_missing for each in samples),
        "with_sql": sum(bool(each.sql.strip()) for each in samples),
        "unique_outputs": len({each.sql.strip() for each in samples if each.sql.strip()}),
        "instructions": len({each.instruction for each in samples if each.instruction}),
        "domains": dict(domains.most_common()),
        "apps": dict(apps.most_common()),
    }

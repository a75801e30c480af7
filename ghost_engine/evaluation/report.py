"""An evaluation as JSON (`results.json`) and as a Markdown table (`results.md`)."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ghost_engine.errors import FileError
from ghost_engine.evaluation.predictions import Prediction
from ghost_engine.evaluation.results import Evaluation, LeftOut, Mean, PairResult, mean
from ghost_engine.sql.compare import WEIGHTS, Tally

JSON_NAME = "results.json"
MARKDOWN_NAME = "results.md"
_TITLES = {
    "table": "Tables",
    "column": "Columns",
    "column_typed": "Columns with type",
    "pk": "Primary keys",
    "fk": "Foreign keys",
    "relationship": "Relationships",
}


def write_report(evaluation: Evaluation, folder: Path) -> None:
    """Write both files, each whole or not at all.

    Raises:
        FileError: the folder cannot be written.
    """
    content = {**evaluation.to_dict(), "finished": datetime.now(UTC).isoformat(timespec="seconds")}
    _write(folder / JSON_NAME, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    _write(folder / MARKDOWN_NAME, markdown(evaluation))


def evaluation_dict(evaluation: Evaluation) -> dict[str, Any]:
    """The JSON of `ghost eval`; scores and shares are 0 to 1, or null over no pair."""
    identity = evaluation.identity
    means = _means(evaluation)
    return {
        "engine": identity.engine,
        "model": identity.model or _said(evaluation, "answered_model"),
        "prompt_version": identity.prompt_version or _said(evaluation, "answered_prompt"),
        "version": identity.version,
        "pairs_file": evaluation.pairs_file,
        "n": len(evaluation.results),
        "executes": evaluation.executes,
        "exact": sum(result.comparison.exact for result in evaluation.results),
        "failed": sum(bool(result.prediction.error) for result in evaluation.results),
        **{name: _rounded(found.value) for name, found in means.items()},
        **{kind: _mean_tally(evaluation.tallies(kind)) for kind in WEIGHTS},
        "visible": {kind: _mean_tally(evaluation.visible_tallies(kind)) for kind in WEIGHTS},
        "intervals": _intervals(evaluation, means),
        "seconds_p50": _rounded(evaluation.seconds(50)),
        "seconds_p95": _rounded(evaluation.seconds(95)),
        "missing_images": _listed(evaluation.missing_images),
        "broken_references": _listed(evaluation.broken_references),
        "unanswered": _listed(evaluation.unanswered),
        "pairs": [result.to_dict() for result in evaluation.results],
    }


def markdown(evaluation: Evaluation) -> str:
    """The means, then every pair, then what was left out."""
    parts = [f"# Evaluation of {_cell(evaluation.identity.engine)}", _facts(evaluation)]
    parts.append(_table(("Measure", "Mean", "95 % interval", "Pairs"), _mean_rows(evaluation)))
    header = (
        "Screenshot",
        "Runs",
        "Score",
        "Strict",
        "Visible",
        "Tables",
        "Columns",
        "Foreign keys",
    )
    rows = [_pair_row(result) for result in evaluation.results]
    parts.append(_table((*header, "Seconds"), rows))
    for title, left_out in (
        ("Left out: no picture", evaluation.missing_images),
        ("Left out: the reference does not run", evaluation.broken_references),
        ("Not asked yet", evaluation.unanswered),
    ):
        if left_out:
            lines = "\n".join(f"- {_cell(item.id)}: {_cell(item.reason)}" for item in left_out)
            parts.append(f"{title}:\n\n{lines}")
    return "\n\n".join(parts) + "\n"


def _means(evaluation: Evaluation) -> dict[str, Mean]:
    return {
        "score": evaluation.score(),
        "strict_score": evaluation.strict_score(),
        "visible_score": evaluation.visible_score(),
        "visible_column_precision": evaluation.visible_column_precision(),
    }


def _facts(evaluation: Evaluation) -> str:
    total = len(evaluation.results)
    failed = sum(bool(result.prediction.error) for result in evaluation.results)
    p50, p95 = evaluation.seconds(50), evaluation.seconds(95)
    return (
        f"{total} screenshots of `{evaluation.pairs_file}`; {evaluation.executes} schemas run, "
        f"{failed} failures. Half of the answers took at most {_seconds(p50)} s, "
        f"95 % at most {_seconds(p95)} s."
    )


def _mean_rows(evaluation: Evaluation) -> list[tuple[str, ...]]:
    named = [
        ("Score", evaluation.score()),
        ("Strict score", evaluation.strict_score()),
        ("Visible score", evaluation.visible_score()),
        ("Visible columns (precision)", evaluation.visible_column_precision()),
    ]
    named += [
        (f"{title} (F1)", mean([tally.f1 for tally in evaluation.tallies(kind)]))
        for kind, title in _TITLES.items()
    ]
    return [(title, _number(found.value), _span(found), str(found.pairs)) for title, found in named]


def _pair_row(result: PairResult) -> tuple[str, ...]:
    comparison, prediction = result.comparison, result.prediction
    kinds = (comparison.lenient.table, comparison.lenient.column, comparison.lenient.fk)
    return (
        _cell(result.id),
        _outcome(prediction),
        _number(comparison.score),
        _number(comparison.strict_score),
        _number(comparison.visible_score),
        *(_number(kind.f1 if kind.counts else None) for kind in kinds),
        _seconds(prediction.seconds),
    )


def _outcome(prediction: Prediction) -> str:
    if prediction.error:
        return "failed"
    if not prediction.sql.strip():
        return "no answer"
    return "yes" if prediction.executes else "no"


def _mean_tally(tallies: Sequence[Tally]) -> dict[str, Any]:
    """Mean precision, recall and F1 over the pairs where the kind occurs."""
    return {
        "p": _rounded(_plain_mean([tally.precision for tally in tallies])),
        "r": _rounded(_plain_mean([tally.recall for tally in tallies])),
        "f1": _rounded(_plain_mean([tally.f1 for tally in tallies])),
        "n": len(tallies),
    }


def _intervals(evaluation: Evaluation, means: dict[str, Mean]) -> dict[str, Any]:
    kinds = {kind: mean([item.f1 for item in evaluation.tallies(kind)]) for kind in WEIGHTS}
    return {
        name: None if found.interval is None else [_rounded(bound) for bound in found.interval]
        for name, found in {**means, **kinds}.items()
    }


def _said(evaluation: Evaluation, field: str) -> str | None:
    """What the answers themselves say of their model or prompt, if they agree."""
    said = {getattr(result.prediction, field) for result in evaluation.results} - {None}
    return said.pop() if len(said) == 1 else None


def _listed(left_out: Sequence[LeftOut]) -> list[dict[str, str]]:
    return [{"id": item.id, "reason": item.reason} for item in left_out]


def _plain_mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    ruler = [":--" if number == 0 else "--:" for number in range(len(header))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ruler, *rows))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _span(found: Mean) -> str:
    return "–" if found.interval is None else f"{found.interval[0]:.3f} to {found.interval[1]:.3f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, "utf-8", errors="replace")
        partial.replace(path)
    except OSError as error:
        raise FileError(
            f"{path} cannot be written: {error.strerror or error}.", "Choose another folder."
        ) from error

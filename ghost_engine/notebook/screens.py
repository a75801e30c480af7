"""Sample screens: the picture, the schema that was written, and PostgreSQL's verdict on it."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ghost_engine.data.images import Picture, read_picture
from ghost_engine.errors import GhostError
from ghost_engine.inference.protocol import Options
from ghost_engine.inference.run import infer
from ghost_engine.jobs.folder import read_rows
from ghost_engine.jobs.records import Run
from ghost_engine.notebook.say import Sheet, chip
from ghost_engine.training.data import read_frozen

Row = Mapping[str, Any]
PICTURE_PIXELS = 640
_BESIDE = "display:flex;flex-wrap:wrap;gap:14px;margin:14px 0;align-items:flex-start"
_CODE = (
    "white-space:pre-wrap;font:12px/1.4 ui-monospace,monospace;max-height:320px;overflow:auto;"
    "border:1px solid #8b93a055;border-radius:6px;padding:8px;margin:4px 0;background:none;"
    "color:inherit"
)


def samples(run: Run) -> Sheet:
    """The validation screens of a run's last evaluation, as its worker had them judged."""
    rows = last_drafts(read_rows(run.folder.samples))
    if not rows:
        return Sheet("No screen was drafted.", "No screen was drafted.")
    frozen = _frozen(run)
    head = f"Step {rows[0].get('step')}: {verdict_words(rows)}"
    shown = [_sample(run, row, frozen.get(str(row.get("id")), {})) for row in rows]
    return Sheet(f"<b>{escape(head)}</b>" + "".join(shown), head)


def ask(run: Run, picture: str) -> Sheet:
    """What a run's adapter writes about a screenshot of yours, judged; nothing without one.

    Raises:
        GhostError: the picture is refused, or the adapter cannot be asked here.
    """
    if not picture.strip():
        return Sheet("Name a screenshot to ask about it.", "Name a screenshot to ask about it.")
    seen = read_picture(Path(picture).expanduser())
    made = infer([seen], "adapter", Options(model=run.id))
    row = {"id": seen.name, "sql": made.sql, "valid": made.valid, "error": made.reason}
    return Sheet(_shown(row, _encoded(seen), ""), made.sql)


def last_drafts(rows: Sequence[Row]) -> list[Row]:
    """Those of the highest step; of a step that came twice, those of the last attempt."""
    known = [row for row in rows if isinstance(row.get("step"), int)]
    if not known:
        return []
    last = max((row["step"], row.get("attempt", 0)) for row in known)
    return [row for row in known if (row["step"], row.get("attempt", 0)) == last]


def verdict_words(rows: Sequence[Row]) -> str:
    """How many of the drafts run."""
    judged = [row for row in rows if row.get("valid") is not None]
    if not judged:
        return "nothing was judged"
    return f"{sum(bool(row['valid']) for row in judged)} of {len(judged)} drafts run on PostgreSQL"


def _sample(run: Run, row: Row, frozen: Row) -> str:
    picture = ""
    if frozen.get("image"):
        path = run.folder.dataset / str(frozen["image"])
        picture = _encoded(read_picture(path)) if path.is_file() else ""
    return _shown(row, picture, str(frozen.get("sql") or ""))


def _shown(row: Row, picture: str, reference: str) -> str:
    facts = []
    if isinstance(row.get("score"), int | float):
        facts.append(f"score {row['score']:.2f}")
    if row.get("tokens"):
        facts.append(f"{row['tokens']:,} tokens")
    right = [
        f"<b>{escape(str(row.get('id', '')))}</b> {_verdict(row.get('valid'))}"
        f" <small style='opacity:.75'>{escape(' · '.join(facts))}</small>",
        f'<pre style="{_CODE}">{escape(str(row.get("sql") or "-- nothing"))}</pre>',
        f"<small>{escape(str(row.get('error') or ''))}</small>",
    ]
    if reference:
        known = f'<pre style="{_CODE}">{escape(reference)}</pre>'
        right.append(f"<details><summary>The schema it was drawn from</summary>{known}</details>")
    left = f'<img src="{picture}" style="width:420px;max-width:100%">' if picture else ""
    return (
        f'<div style="{_BESIDE}"><div>{left}</div>'
        f'<div style="flex:1;min-width:320px">{"".join(right)}</div></div>'
    )


def _verdict(valid: Any) -> str:
    if valid is None:
        return chip("not checked", "quiet")
    return chip("runs", "good") if valid else chip("fails", "bad")


def _encoded(picture: Picture) -> str:
    """Small enough to lie inside the notebook."""
    image, buffer = picture.pixels.copy(), io.BytesIO()
    image.thumbnail((PICTURE_PIXELS, 2 * PICTURE_PIXELS))
    image.save(buffer, "WEBP", quality=80, method=2)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _frozen(run: Run) -> dict[str, Row]:
    """The validation rows by id; none where the dataset is gone or was changed."""
    try:
        return {row["id"]: row for row in read_frozen(run.path).rows("validation")}
    except GhostError:
        return {}

"""From a script to any other form: judged first, then written.

`render` writes what a typed `Schema` alone can give. Here the script is executed once more in a
sandbox, so that domains can be resolved and SQLAlchemy's models be read off the live tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ghost_engine.errors import GhostError
from ghost_engine.sql.postgres import Box
from ghost_engine.sql.render import FORMS, render
from ghost_engine.sql.render.domains import without_domains
from ghost_engine.sql.render.sqlalchemy_models import to_sqlalchemy
from ghost_engine.sql.report import Report
from ghost_engine.sql.samples.stage import stage
from ghost_engine.sql.schema import Schema
from ghost_engine.sql.validate import check, with_retries

__all__ = ["CONVERSIONS", "convert"]

# Forms that need the tables themselves, not only their description.
LIVE_FORMS: Mapping[str, Callable[[Box, Schema], str]] = MappingProxyType(
    {"sqlalchemy": to_sqlalchemy}
)
_KNOW_DOMAINS = frozenset(("mermaid", "dot", "json", "svg"))

CONVERSIONS: tuple[str, ...] = (*FORMS, *LIVE_FORMS)


def convert(script: str, form: str) -> str:
    """A script in one of `CONVERSIONS`.

    Args:
        script: SQL, with or without Markdown around it.
        form: one of `CONVERSIONS`.

    Raises:
        GhostError: the form is unknown; or the script does not run, with the place of its first
            error.
        SandboxError: no PostgreSQL can be had.
    """
    if form not in CONVERSIONS:
        known = ", ".join(CONVERSIONS)
        raise GhostError(f"There is no form called {form!r}.", f"Known forms: {known}.")
    report = check(script)
    if not report.valid:
        raise _refusal(report)
    if form in _KNOW_DOMAINS:
        return render(report.schema, form)
    return with_retries(lambda box: _write(box, script, form))


def _write(box: Box, script: str, form: str) -> str:
    schema = without_domains(box, stage(box, script))
    live = LIVE_FORMS.get(form)
    return live(box, schema) if live else render(schema, form)


def _refusal(report: Report) -> GhostError:
    problem = report.errors[0]
    place = f"Line {problem.line}, column {problem.column}"
    hint = problem.hint or "Mend it and convert again."
    return GhostError(f"{place}: {problem.message.rstrip('.')}.", hint)

"""`compare(predicted, reference) -> Comparison`: the one score of everything that is measured.

Defined, with worked examples and its limits, in `docs/evaluation.md`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ghost_engine.sql.compare.matching import TableMatch, match_schemas
from ghost_engine.sql.compare.tallies import Tallies, only_tier, tally
from ghost_engine.sql.compare.visibility import Visibility, visible_part
from ghost_engine.sql.report import Report
from ghost_engine.sql.schema import Schema
from ghost_engine.sql.script import read_script
from ghost_engine.sql.validate import check

_NOTHING = Schema()


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far a predicted schema is the reference.

    `lenient` counts with synonyms, abbreviations and similar names, `strict` without; `visible` is
    `lenient` without what the screenshot hides, or None where nobody marked that. `matches` say
    which table and column met which; what is in none of them met nothing. `reason` says why a
    script could not be compared, and then every score is 0.
    """

    lenient: Tallies
    strict: Tallies
    visible: Tallies | None
    matches: tuple[TableMatch, ...]
    reason: str = ""

    @property
    def score(self) -> float:
        """0 to 1."""
        return 0.0 if self.reason else self.lenient.score

    @property
    def strict_score(self) -> float:
        """0 to `score`."""
        return 0.0 if self.reason else self.strict.score

    @property
    def visible_score(self) -> float | None:
        """0 to 1, or None where the reference is not marked."""
        if self.visible is None:
            return None
        return 0.0 if self.reason else self.visible.score

    @property
    def exact(self) -> bool:
        """Nothing counted is missing, added or of another family, by the strict count."""
        return self.strict_score == 1.0

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `ghost sql compare`."""
        return {
            "score": self.score,
            "strict_score": self.strict_score,
            "visible_score": self.visible_score,
            "exact": self.exact,
            **self.lenient.to_dict(),
            "strict": self.strict.to_dict(),
            "visible": self.visible.to_dict() if self.visible else None,
            "matches": [asdict(match) for match in self.matches],
            "reason": self.reason,
        }


def compare(
    predicted: Schema | Report | str,
    reference: Schema | Report | str,
    visibility: Visibility | None = None,
) -> Comparison:
    """Score one schema against another.

    Args:
        predicted: a schema, a verdict, or a script, which is judged first.
        reference: likewise; the one taken for right.
        visibility: which parts of the reference its screenshot shows.

    Raises:
        SandboxError: a script is given and no PostgreSQL can be had to judge it.
    """
    ours, problem = _schema_of(predicted, "predicted")
    theirs, other_problem = _schema_of(reference, "reference")
    reason = problem or other_problem
    matches = () if reason else match_schemas(ours, theirs)
    visible = None
    if visibility is not None:
        part = visible_part(ours, theirs, visibility)
        visible = tally(part.predicted, part.reference, part.matches)
    return Comparison(
        lenient=tally(ours, theirs, matches),
        strict=tally(ours, theirs, only_tier(matches, "same")),
        visible=visible,
        matches=matches,
        reason=reason,
    )


def _schema_of(given: Schema | Report | str, which: str) -> tuple[Schema, str]:
    """The schema, and why there is none. A script without statements is an empty schema."""
    if isinstance(given, Schema):
        return given, ""
    report = check(given) if isinstance(given, str) else given
    if report.valid:
        return report.schema, ""
    if report.allowed and not read_script(report.sql).statements:
        return _NOTHING, ""
    first = f" ({report.errors[0].message})" if report.errors else ""
    return _NOTHING, f"The {which} schema does not run{first}."

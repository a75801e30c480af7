"""How much work an example will be, so that the queue begins where a person is needed most.

One whole number, larger first: failing before not checked before running; then how far two drafts
disagree; then how large the schema is.
"""

from __future__ import annotations

from ghost_engine.data.records import Verdict

_SIZES = 1_000_000
_DISAGREEMENTS = 1_001


def predict_effort(verdict: Verdict | None, disagreement: float, characters: int) -> int:
    """The effort of one example.

    Args:
        verdict: of the newest suggestion; None where there is none or nobody asked the judge.
        disagreement: normalised edit distance between the two newest suggestions, 0 to 1.
        characters: the length of the text, for schemas that have no tables because they fail.
    """
    trouble = 1 if verdict is None else 0 if verdict.executes else 2
    size = characters // 40  # about a column a line
    if verdict is not None and verdict.tables:
        size = verdict.tables + verdict.columns
    apart = round(disagreement * (_DISAGREEMENTS - 1))
    return (trouble * _DISAGREEMENTS + apart) * _SIZES + min(size, _SIZES - 1)


def text_distance(first: str, second: str) -> float:
    """Normalised Levenshtein distance, 0 (equal) to 1."""
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.normalized_distance(first, second))

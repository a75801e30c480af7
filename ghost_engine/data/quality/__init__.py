"""How good a dataset is: `inspect(samples) -> QualityReport`, findings with place and remedy.

Rows of any file (`from_rows`) and the store (`from_store`) become `Sample`s; splits take the same.
The judge is `ghost_engine.sql.check`. Nothing is mended here.
"""

from ghost_engine.data.quality.findings import CODES, Code, Finding, QualityReport
from ghost_engine.data.quality.inspection import DEFAULT_CONTEXT_TOKENS, Step, inspect, measure
from ghost_engine.data.quality.samples import Sample, from_rows, from_store

__all__ = [
    "CODES",
    "DEFAULT_CONTEXT_TOKENS",
    "Code",
    "Finding",
    "QualityReport",
    "Sample",
    "Step",
    "from_rows",
    "from_store",
    "inspect",
    "measure",
]

"""Ghost Architect's engine: UI screenshots in, PostgreSQL schemas that really run out.

from ghost_engine import check_sql, infer

infer(["orders.png"]).sql        # the schema drafted from a screenshot, already executed
check_sql("CREATE TABLE t (id int)").valid

Names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ghost_engine.inference.run import infer
    from ghost_engine.sql.report import Report
    from ghost_engine.sql.schema import Schema
    from ghost_engine.sql.validate import check as check_sql

__all__ = ["Report", "Schema", "__version__", "check_sql", "infer"]

__version__ = "0.1.0"

_HOMES = {
    "Report": ("ghost_engine.sql.report", "Report"),
    "Schema": ("ghost_engine.sql.schema", "Schema"),
    "check_sql": ("ghost_engine.sql.validate", "check"),
    "infer": ("ghost_engine.inference.run", "infer"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ghost_engine' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)

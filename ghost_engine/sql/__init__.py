"""The judge: scripts in, a verdict by a real PostgreSQL and a typed schema out."""

from ghost_engine.sql.report import Problem, Report
from ghost_engine.sql.schema import Schema
from ghost_engine.sql.validate import check

__all__ = ["Problem", "Report", "Schema", "check"]

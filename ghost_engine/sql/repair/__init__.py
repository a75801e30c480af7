"""Mend SQL that does not run, and name every change: `repair(script) -> Repair`."""

from ghost_engine.sql.repair.outcome import Change, Repair
from ghost_engine.sql.repair.workshop import repair

__all__ = ["Change", "Repair", "repair"]

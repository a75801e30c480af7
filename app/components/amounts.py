"""Amounts in words: how long, how long ago, how much."""

from __future__ import annotations

from datetime import datetime

from ghost_engine.jobs.records import now

NO_NUMBER = "–"


def duration(seconds: float | None) -> str:
    """2 h 05 min, 3 min 20 s, 45 s."""
    if seconds is None:
        return NO_NUMBER
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"


def ago(then: datetime) -> str:
    """2 min ago, in its largest unit."""
    seconds = (now() - then).total_seconds()
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return "just now"


def size(count: int) -> str:
    """Bytes in the unit that suits."""
    for unit, least in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= least:
            return f"{count / least:,.1f} {unit}"
    return f"{count} bytes"

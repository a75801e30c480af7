"""The C library's heap: what a network took and freed is given back to the system."""

from __future__ import annotations

import ctypes
import os


def give_back() -> None:
    """Unused pages go back to the system, where its C library has a call for that."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:
        trim(0)

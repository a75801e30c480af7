"""The one pool of this process, made from the settings on first use."""

from __future__ import annotations

import atexit
import os
import threading
from functools import lru_cache

from ghost_engine.ocr.cache import LineCache
from ghost_engine.ocr.lines import Line, Readable
from ghost_engine.ocr.pool import Pool, Ticket
from ghost_engine.ocr.process import worker_command

READER_VERSION = "rapidocr3.10-3"  # raise the last number when the same picture reads differently
MAX_THREADS = 4  # a reader gains little from more

_lock = threading.Lock()


def request(picture: Readable) -> Ticket:
    """Asks for the text of a picture; returns at once.

    Raises:
        OcrError: the interpreter is shutting down.
    """
    return _shared_pool().submit(picture)


def read(picture: Readable) -> tuple[Line, ...]:
    """The lines of a picture, top to bottom; waits its turn.

    Raises:
        OcrError: the reader failed, or took longer than GHOST_OCR_TIMEOUT_SECONDS.
    """
    return request(picture).result()


def warm() -> None:
    """Starts a reading process ahead of need; returns at once."""
    _shared_pool().warm()


def _shared_pool() -> Pool:
    with _lock:
        return _make_pool()


@lru_cache(maxsize=1)
def _make_pool() -> Pool:
    from ghost_engine.settings import get_settings  # the reading processes need none

    settings = get_settings()
    threads = max(1, min(MAX_THREADS, (os.cpu_count() or 1) // settings.ocr_workers))
    cache = LineCache(settings.cache_dir / "text", READER_VERSION)
    pool = Pool(worker_command(threads), settings.ocr_workers, settings.ocr_timeout_seconds, cache)
    atexit.register(pool.close)
    return pool

"""What comes next is judged and loaded while the curator still looks at what is open."""

from __future__ import annotations

import logging
import threading

from app.curate.desk import Desk, faults, judge
from app.curate.picture import source_of
from ghost_engine.data.records import Filters, Sort
from ghost_engine.data.store import Store
from ghost_engine.errors import GhostError

logger = logging.getLogger(__name__)
_places = threading.Semaphore(2)  # over all sessions: it must not slow down who is waiting


def look(store: Store, desk: Desk) -> None:
    """Starts the look ahead in the background, unless enough are at it."""
    if desk.example is None or not _places.acquire(blocking=False):
        return
    work = (store, desk.example.id, desk.filters, desk.sort, desk.reviewer)
    threading.Thread(target=_look, args=work, name="ahead", daemon=True).start()


def _look(store: Store, here: int, filters: Filters, sort: Sort, reviewer: str) -> None:
    try:
        found = store.next_example(here, filters, sort, reviewer)
        if found is not None:
            example = store.get(found)
            source_of(store, example.screenshot)
            if example.sql.strip():
                judge(example.sql)
                faults(example.sql)
    except (GhostError, OSError) as error:  # it will be said when it is opened
        logger.debug("looking ahead failed: %s", error)
    finally:
        _places.release()

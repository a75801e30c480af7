"""Which place a run goes to, by the word in its record; each is imported only when asked for."""

from __future__ import annotations

import importlib.util

from ghost_engine.errors import TrainingError
from ghost_engine.settings import get_settings
from ghost_engine.training.remote.place import Place

PLACES = ("modal", "rehearsal")
INSTALL = "pip install -r requirements-modal.txt"


def open_place(where: str) -> Place:
    """The place of that name.

    Raises:
        TrainingError: there is none, or what it needs is not installed or not set up here.
    """
    if where == "rehearsal":
        from ghost_engine.training.remote.rehearsal import Rehearsal

        return Rehearsal(get_settings().cache_dir / "rehearsal")
    if where != "modal":
        known = " or ".join(PLACES)
        raise TrainingError(f'"{where}" is no place to train.', f"Choose {known}, or leave it out.")
    if not has_modal():
        raise TrainingError("Modal's client is not installed here.", f"Run `{INSTALL}`.")
    from ghost_engine.training.remote.modal_place import ModalPlace

    return ModalPlace()


def has_modal() -> bool:
    """Whether Modal's client is installed; it is not imported."""
    return importlib.util.find_spec("modal") is not None

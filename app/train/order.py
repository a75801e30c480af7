"""What a session is about to train: the preset, every setting as it stands in the form, the rest.

The form writes here and everything beside it reads here, so leaving the page loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from app.curate.task import Task
from ghost_engine.errors import ConfigError
from ghost_engine.jobs.records import Run
from ghost_engine.training.config import TrainingConfig, load_preset, make_config

_EITHER = {"max_steps": "epochs", "epochs": "max_steps"}


@dataclass
class Order:
    """One session's order. `values` are settings by name, `wrong` why they cannot be."""

    preset: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    revision: int = 0  # counts the times Python replaced what stands in the form
    turns: dict[str, int] = field(default_factory=dict)  # ... and what stands in a setting's place
    config: TrainingConfig = field(default_factory=TrainingConfig)  # the last that could be
    wrong: ConfigError | None = None
    source: str = ""  # of the dataset's choices
    path: str = ""  # of a dataset on this machine
    pictures: str = ""  # the folder of its screenshots
    name: str = ""
    card: str = ""  # the one that the memory is compared with
    price: float | None = None  # of an hour
    judged: bool = False  # the answers are to be judged
    unusable: bool = False  # no dataset is named, or there is nothing in it to train on
    launching: Task[Run] | None = None
    error: BaseException | None = None
    notice: str = ""

    @property
    def image_root(self) -> Path | None:
        return Path(self.pictures).expanduser() if self.pictures else None

    def key(self, setting: str) -> str:
        """The key of a setting's widget: another one whenever Python has put a value into it.

        Values are never written into the session's state: a page that is drawn twice in a row
        would tell the browser of them in the first drawing alone, which it may never show.
        """
        return f"set-{setting}-{self.revision}-{self.turns.get(setting, 0)}"

    def put(self, **values: Any) -> None:
        """Sets values in the form, as if they had been typed."""
        for setting, value in values.items():
            self.values[setting] = value
            self.turns[setting] = self.turns.get(setting, 0) + 1

    def take(self, setting: str, key: str) -> None:
        """Takes what was typed; of steps and epochs, one empties the other.

        After a drawing that was cut short the browser tells of every widget as if it had changed,
        of those replaced meanwhile too: what is no change, or of an old widget, is passed over.
        """
        value = st.session_state.get(key)
        value = tuple(value) if isinstance(value, list) else value
        if key != self.key(setting) or value == self.values[setting]:
            return
        self.values[setting] = value
        if value is not None and setting in _EITHER:
            self.put(**{_EITHER[setting]: None})

    def settle(self) -> None:
        """Makes a configuration of the values, or keeps why there is none."""
        try:
            self.config, self.wrong = make_config(self.values), None
        except ConfigError as error:
            self.wrong = error


def order_of_session() -> Order:
    """This session's order, made on first use; without a preset yet."""
    order: Order = st.session_state.setdefault("training-order", Order())
    return order


def choose(order: Order, preset: str) -> None:
    """Begins anew with a preset; a dataset of the same phase stays."""
    config = load_preset(preset)
    if order.preset and order.values.get("phase") == config.phase:
        config = config.changed(dataset=order.values["dataset"])
    else:
        order.source = ""
    order.preset, order.config, order.wrong = preset, config, None
    order.values = dict(config)
    order.revision += 1
    order.card = ""
    order.error = None

"""What a trained adapter is asked with: the model of its run, and the words it learned from.

Trials and the adapter engine load and ask alike. Everything heavy is imported inside functions.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from ghost_engine import prompts
from ghost_engine.errors import DatasetError
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.data import read_frozen

if TYPE_CHECKING:
    from ghost_engine.training.model import Loaded, Say


def load_with_adapter(config: TrainingConfig, adapter: Path, say: Say) -> Loaded:
    """The base model of a run with its adapter in it, which PEFT can switch off.

    Raises:
        TrainingError: no GPU although one is asked for, or the adapter is another model's.
    """
    from ghost_engine.training.model import load_model

    loaded = load_model(config, say)
    from ghost_engine.training.adapter import load_adapter  # after the loader: Unsloth is first

    load_adapter(loaded.model, adapter)
    return loaded


def instruction_of(run: Path, config: TrainingConfig) -> str:
    """What the run's examples were asked with, most of them; today's where they are gone."""
    try:
        asked = Counter(row["instruction"] for row in read_frozen(run).rows("train"))
        return asked.most_common(1)[0][0]
    except (DatasetError, IndexError):
        vision = config.phase == "vision"
        return prompts.VISION_INSTRUCTION if vision else prompts.TEXT_INSTRUCTION

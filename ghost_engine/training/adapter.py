"""The adapter on disk: PEFT's own two files, and for a finished run all that it came from.

Checkpoints and `adapter/` hold the same files, so that either loads with stock PEFT on the base
model. Nothing here trains.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from peft import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file

from ghost_engine.errors import TrainingError
from ghost_engine.training.checkpoints import Checkpoint, replacing, sha256
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.data import Frozen
from ghost_engine.training.model import Loaded

WEIGHTS = "adapter_model.safetensors"
SETTINGS = "adapter_config.json"
ABOUT = "ghost.json"
"""Beside a run's adapter: which step it is of, and all that it came from."""


def save_adapter(model: Any, folder: Path) -> None:
    """Write the adapter's weights and config; without PEFT's model card, whose base may be a path.

    Embeddings are never trained here; asking whether they were would ask the hub.
    """
    model.save_pretrained(str(folder), save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)


def load_adapter(model: Any, folder: Path) -> None:
    """Put a checkpoint's weights into the adapters that the model has.

    Raises:
        TrainingError: the checkpoint is of another adapter.
    """
    saved = load_file(folder / WEIGHTS)
    own = get_peft_model_state_dict(model, save_embedding_layers=False)
    shapes = {name: tuple(value.shape) for name, value in own.items()}
    if shapes != {name: tuple(value.shape) for name, value in saved.items()}:
        settings = json.loads((folder / SETTINGS).read_text("utf-8"))
        raise TrainingError(
            f"{folder.name} holds another adapter (rank {settings.get('r')},"
            f" {len(saved)} tensors; the model has {len(own)}).",
            "Start a new run with these settings.",
        )
    set_peft_model_state_dict(model, saved)


def write_adapter(
    target: Path,
    loaded: Loaded,
    config: TrainingConfig,
    data: Frozen,
    best: Checkpoint | None,
    steps: tuple[int, int],
    about: dict[str, Any],
) -> dict[str, Any]:
    """Write a run's adapter, whole or not at all, with the processor and `ghost.json`.

    Args:
        target: the folder; replaced if it is there.
        loaded: the model as it is after the last step.
        config: the settings in force.
        data: what was trained on.
        best: the checkpoint of the lowest validation loss; the model as it is, if None.
        steps: done, and asked for.
        about: more to record.

    Returns:
        Which one it is: `which` (best or last), `step`, `eval_loss`.
    """
    which = {
        "which": "last" if best is None else "best",
        "step": steps[0] if best is None else best.step,
        "eval_loss": None if best is None else best.eval_loss,
    }
    with replacing(target) as partial:
        if best is None or best.step == steps[0]:
            save_adapter(loaded.model, partial)
        else:
            for name in (WEIGHTS, SETTINGS):
                shutil.copyfile(best.path / name, partial / name)
        loaded.processor.save_pretrained(str(partial))
        document = {
            **which,
            "trained_steps": steps[0],
            "total_steps": steps[1],
            **about,
            "config": config.model_dump(mode="json"),
            "model": _model_identity(loaded, config),
            "dataset": _dataset_identity(data),
            "versions": loaded.versions,
            "files": {path.name: sha256(path) for path in sorted(partial.iterdir())},
        }
        text = json.dumps(document, indent=1, ensure_ascii=False)
        (partial / ABOUT).write_text(text + "\n", "utf-8")
    return which


def _model_identity(loaded: Loaded, config: TrainingConfig) -> dict[str, Any]:
    """Which base it is: its name, and the hub's commit or its config's hash."""
    folder = Path(loaded.source)
    return {
        "base_model": config.base_model,
        "export_base": config.export_base,
        "loader": loaded.loader,
        "precision": loaded.precision,
        "revision": getattr(loaded.model.config, "_commit_hash", None),
        "config_sha256": sha256(folder / "config.json") if folder.is_dir() else None,
    }


def _dataset_identity(data: Frozen) -> dict[str, Any]:
    lists = {"files", "left_out", "warnings"}
    about = {name: value for name, value in data.manifest.items() if name not in lists}
    return {**about, "sha256": data.sha256}

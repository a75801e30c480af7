"""Where the weights of a base model are, asked before a run starts and without torch.

A folder, this machine's Hugging Face cache, or the hub; for the hub, whether it lets us in and how
much there is to download.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ghost_engine.training.config import SMOKE_MODEL

ASK_SECONDS = 10.0
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a base model is; `nowhere` has a `problem` and a `hint`, `hub` its `download_bytes`."""

    kind: Literal["built", "folder", "cache", "hub", "nowhere"]
    download_bytes: int = 0
    problem: str = ""
    hint: str = ""


def locate(base_model: str) -> Place:
    """Where the weights are. Needs huggingface_hub for all but folders and the smoke model."""
    if base_model == SMOKE_MODEL:
        return Place("built")
    folder = Path(base_model).expanduser()
    if (folder / "config.json").is_file():
        return Place("folder")
    if folder.exists() or base_model.startswith((".", "/", "~")) or base_model.count("/") != 1:
        return Place(
            "nowhere",
            problem=f"The base model {base_model} is no model folder: it has no config.json.",
            hint="Name a folder with weights, or a model of the hub as owner/name.",
        )
    return Place("cache") if is_cached(base_model) else _on_hub(base_model)


def is_cached(name: str, cache: Path | None = None) -> bool:
    """Whether a hub model is in this machine's cache (or that folder) with all its weights."""
    from huggingface_hub import try_to_load_from_cache

    if not isinstance(try_to_load_from_cache(name, "config.json", cache), str):
        return False
    found = [try_to_load_from_cache(name, file, cache) for file in _WEIGHTS]
    if isinstance(found[0], str):
        return True
    if not isinstance(found[1], str):
        return False
    try:
        shards = set(json.loads(Path(found[1]).read_text("utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError):
        return False
    return all(isinstance(try_to_load_from_cache(name, shard, cache), str) for shard in shards)


def cache_folder() -> Path:
    """Where the hub's models are kept on this machine."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def _on_hub(name: str) -> Place:
    from httpx import HTTPError
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    if constants.HF_HUB_OFFLINE:
        return Place(
            "nowhere",
            problem=f"The base model {name} is not on this machine, and HF_HUB_OFFLINE forbids"
            " to fetch it.",
            hint="Unset HF_HUB_OFFLINE, or name a folder with the weights.",
        )
    try:
        hub = HfApi()
        hub.auth_check(name)
        about = hub.model_info(name, files_metadata=True, timeout=ASK_SECONDS)
    except GatedRepoError:
        return Place(
            "nowhere",
            problem=f"The base model {name} is given only to those who accepted its licence.",
            hint="Accept it on the model's page, then set HF_TOKEN.",
        )
    except RepositoryNotFoundError:
        return Place(
            "nowhere",
            problem=f"The hub has no model {name}, or none that it shows you.",
            hint="Check the name; a private one needs HF_TOKEN.",
        )
    except (HfHubHTTPError, HTTPError, OSError) as error:
        said = " ".join(str(error).split())[:120]
        return Place(
            "nowhere",
            problem=f"The base model {name} is not on this machine, and the hub does not answer"
            f" ({said or type(error).__name__}).",
            hint="Check the network, or name a folder with the weights.",
        )
    weights = (file for file in about.siblings or () if file.rfilename.endswith(".safetensors"))
    return Place("hub", sum(file.size or 0 for file in weights))

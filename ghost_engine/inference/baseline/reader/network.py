"""The learned reader itself: a small transformer over the texts of a page, run with NumPy.

`understand` says of every text what it is, and of every two how they belong together. The weights
are read once from `weights.npz` beside this file, which `scripts/train_reader.py` makes; without
them there is no reader (`load_network` gives None) and rules read alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ghost_engine.inference.baseline.controls import Control
from ghost_engine.inference.baseline.texts import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ghost_engine.inference.baseline.reader import features

    Floats = NDArray[np.float32]

WEIGHTS = Path(__file__).with_name("weights.npz")
_TOLD = ("roles", "regions", "kinds", "names")
MAX_TEXTS = 600  # of one page; every two are looked at
SHAPES = {"box": 0, "button": 0, "underline": 1, "checkbox": 2, "radio": 2, "toggle": 2}


@dataclass(frozen=True, slots=True)
class Network:
    """The weights by name, and what the numbers of its answers stand for."""

    weights: Mapping[str, Floats]
    roles: tuple[str, ...]
    regions: tuple[str, ...]
    kinds: tuple[str, ...]
    names: tuple[str, ...]
    heads: int
    layers: int


@dataclass(frozen=True, slots=True)
class Understanding:
    """Chances, 0 to 1, for n texts: `roles` (n, roles) and so on, each row adding up to one;
    `lookup` and `person` (n,); `labels` (n, n + 1): which text is its label, the last is none;
    `same_field` and `same_place` (n, n)."""

    roles: Floats
    regions: Floats
    kinds: Floats
    names: Floats
    lookup: Floats
    person: Floats
    labels: Floats
    same_field: Floats
    same_place: Floats


@lru_cache(maxsize=2)
def load_network(path: Path = WEIGHTS) -> Network | None:
    """The network of a file, or None if there is no such file."""
    import numpy as np

    if not path.is_file():
        return None
    with np.load(path) as archive:
        told = json.loads(archive["told"].tobytes().decode())
        weights = {key: archive[key].astype(np.float32) for key in archive.files if key != "told"}
    roles, regions, kinds, names = (tuple(told[key]) for key in _TOLD)
    return Network(weights, roles, regions, kinds, names, told["heads"], told["layers"])


def understand(
    network: Network, texts: Sequence[Text], controls: Sequence[Control], width: int, height: int
) -> Understanding:
    """What the texts of a picture of `width` and `height` pixels are."""
    import numpy as np

    from ghost_engine.inference.baseline.reader.features import encode, pair_numbers

    encoded = encode(_sight(texts, controls, width, height))
    w = network.weights
    letters = w["grams.weight"][encoded.grams]  # (n, groups, 48)
    some = np.maximum((encoded.grams > 0).sum(axis=1, keepdims=True), 1)
    letters = letters.sum(axis=1) / np.sqrt(some)
    entered = np.concatenate([encoded.numbers, letters], axis=1, dtype=np.float32)
    x = _linear(_gelu(_linear(entered, w, "enter")), w, "enter2")
    pairs = np.stack(pair_numbers(encoded.places, np), axis=-1)
    pairs = _gelu(_linear(_gelu(_linear(pairs, w, "pair")), w, "pair2"))
    bias = np.moveaxis(_linear(pairs, w, "bias"), -1, 0)  # (layers * heads, n, n)
    for layer in range(network.layers):
        own = bias[layer * network.heads : (layer + 1) * network.heads]
        x = _layer(x, own, w, f"layers.{layer}.", network.heads)
    x = _normed(x, w, "norm")
    return _answers(network, x, pairs)


def _sight(
    texts: Sequence[Text], controls: Sequence[Control], width: int, height: int
) -> features.Sight:
    import numpy as np

    from ghost_engine.inference.baseline.reader import features

    looks = np.array(
        [(text.look.size, text.look.weight, *text.look.ink, *text.look.ground) for text in texts],
        np.float32,
    ).reshape(-1, 8)
    known = [control for control in controls if control.shape in SHAPES]
    return features.Sight(
        texts=[text.text for text in texts],
        boxes=np.array([text.box for text in texts], np.float32).reshape(-1, 4),
        sizes=looks[:, 0],
        weights=looks[:, 1],
        inks=looks[:, 2:5],
        grounds=looks[:, 5:8],
        controls=np.array([control.box for control in known], np.float32).reshape(-1, 4),
        shapes=np.array([SHAPES[control.shape] for control in known], np.int64),
        width=width,
        height=height,
    )


def _layer(x: Floats, bias: Floats, w: Mapping[str, Floats], name: str, heads: int) -> Floats:
    import numpy as np

    count, width = x.shape
    mixed = _linear(_normed(x, w, f"{name}norm1"), w, f"{name}qkv")
    q, k, v = mixed.reshape(count, 3, heads, -1).transpose(1, 2, 0, 3)  # (heads, n, width / heads)
    scores = q @ k.transpose(0, 2, 1) / np.float32(np.sqrt(width // heads)) + bias
    seen = (_softmax(scores) @ v).transpose(1, 0, 2).reshape(count, width)
    x = x + _linear(seen, w, f"{name}out")
    inner = _gelu(_linear(_normed(x, w, f"{name}norm2"), w, f"{name}up"))
    return x + _linear(inner, w, f"{name}down")


def _answers(network: Network, x: Floats, pairs: Floats) -> Understanding:
    import numpy as np

    w, count = network.weights, len(x)
    said = _linear(x, w, "heads")
    ends = np.cumsum([len(network.roles), len(network.regions), len(network.kinds)])
    role, region, kind, rest = np.split(said, ends, axis=1)
    name, flags = rest[:, :-2], _sigmoid(rest[:, -2:])
    asks = _linear(x, w, "asks").reshape(count, 3, -1).transpose(1, 0, 2)
    answers = _linear(x, w, "answers").reshape(count, 3, -1).transpose(1, 2, 0)
    links = asks @ answers / np.float32(np.sqrt(asks.shape[2]))  # (3, n, n)
    links = links + np.moveaxis(_linear(pairs, w, "joins"), -1, 0)
    chosen = np.concatenate([links[0], _linear(x, w, "nobody")], axis=1)
    field, place = (_sigmoid((each + each.T) / 2) for each in links[1:])
    return Understanding(
        _softmax(role),
        _softmax(region),
        _softmax(kind),
        _softmax(name),
        flags[:, 0],
        flags[:, 1],
        _softmax(chosen),
        field,
        place,
    )


def _linear(x: Floats, w: Mapping[str, Floats], name: str) -> Floats:
    made: Floats = x @ w[f"{name}.weight"].T + w[f"{name}.bias"]
    return made


def _normed(x: Floats, w: Mapping[str, Floats], name: str) -> Floats:
    import numpy as np

    mean = x.mean(axis=-1, keepdims=True)
    spread = np.sqrt(x.var(axis=-1, keepdims=True) + np.float32(1e-5))
    made: Floats = (x - mean) / spread * w[f"{name}.weight"] + w[f"{name}.bias"]
    return made


def _gelu(x: Floats) -> Floats:
    import numpy as np

    inner = np.float32(np.sqrt(2 / np.pi)) * (x + np.float32(0.044715) * x * x * x)
    made: Floats = np.float32(0.5) * x * (1 + np.tanh(inner))
    return made


def _softmax(x: Floats) -> Floats:
    import numpy as np

    raised: Floats = np.exp(x - x.max(axis=-1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def _sigmoid(x: Floats) -> Floats:
    import numpy as np

    made: Floats = np.reciprocal(1 + np.exp(-np.clip(x, -30, 30)), dtype=np.float32)
    return made

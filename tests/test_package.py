"""The package as a whole: quick to import, no forbidden arrows, no torch."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "ghost_engine"
HEAVY = {"torch", "transformers", "unsloth", "peft", "trl", "streamlit", "cv2", "onnxruntime"}
WITH_TRANSFORMERS = {
    "httpx",
    "huggingface-hub",
    "safetensors",
    "tokenizers",
}  # it needs them itself
WITH_A_KERNEL = {"ipython"}  # whoever runs a notebook has it
# Who may import whom inside the engine, by first folder or module; see docs/architecture.md.
BELOW_ALL = {"errors", "settings", "prompts", "cores"}
ALLOWED = {
    "errors": set(),
    "settings": {"errors"},
    "prompts": set(),
    "cores": set(),
    "sql": BELOW_ALL,
    "ocr": BELOW_ALL,
    "data": BELOW_ALL | {"sql", "ocr"},
    "inference": BELOW_ALL | {"sql", "ocr", "data"},
    "collect": BELOW_ALL | {"sql", "ocr", "data"},
    "evaluation": BELOW_ALL | {"sql", "ocr", "data", "inference"},
    "jobs": BELOW_ALL,
    "annotate": BELOW_ALL | {"sql", "data", "jobs", "inference"},
    "hardware": BELOW_ALL,
    "training": BELOW_ALL | {"sql", "data", "jobs", "hardware"},
    "export": BELOW_ALL | {"sql", "data", "jobs", "hardware", "inference", "training"},
    "share": BELOW_ALL | {"sql", "data", "inference"},
    "notebook": BELOW_ALL | {"sql", "data", "jobs", "hardware", "inference", "training", "export"},
    "doctor": BELOW_ALL | {"sql", "ocr", "inference", "collect", "hardware", "training", "export"},
}
# Some rooms of a room may do more, each for a reason in docs/decisions.md.
WIDER = {"inference/adapter": {"jobs", "training"}}
DOORS = {"cli", "__main__", "__init__"}  # thin: they may call anything


def modules() -> list[Path]:
    return list(ENGINE.rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return names


def room(path: Path) -> str:
    first = path.relative_to(ENGINE).parts[0]
    return first.removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ENGINE)))
def test_arrows_point_one_way(path: Path) -> None:
    own = room(path)
    if own in DOORS:
        return
    inner = {name.split(".")[1] for name in imported(path) if name.startswith("ghost_engine.")}
    wider = WIDER.get(path.parent.relative_to(ENGINE).as_posix(), set())
    assert inner <= ALLOWED[own] | {own} | wider


def test_the_engine_never_imports_streamlit_or_the_app() -> None:
    for path in modules():
        first = {name.split(".")[0] for name in imported(path)}
        assert not first & {"streamlit", "app", "pages"}, path


def required(*files: str) -> set[str]:
    """The distributions that requirement files name."""
    lines = [line for file in files for line in (ROOT / file).read_text("utf-8").splitlines()]
    return {
        re.split(r"[\[<>=~!; ]", line)[0].lower().replace("_", "-")
        for line in lines
        if line and not line.startswith(("#", "-r"))
    }


def test_every_library_that_is_imported_is_required() -> None:
    workbench = required("requirements.txt")
    training = workbench | WITH_TRANSFORMERS
    training |= required(
        "requirements-train-cpu.txt",
        "requirements-gpu.txt",
        "requirements-export.txt",
        "requirements-modal.txt",
    )
    homes = packages_distributions()
    own = set(sys.stdlib_module_names) | {"ghost_engine", "app", "__future__"}
    for path in [*modules(), *(ROOT / "app").glob("**/*.py"), *(ROOT / "pages").glob("*.py")]:
        heavy = any(path.is_relative_to(ENGINE / room) for room in ("training", "export"))
        there = training if heavy else workbench
        if path.is_relative_to(ENGINE / "notebook"):
            there = workbench | WITH_A_KERNEL
        for name in {name.split(".")[0] for name in imported(path)} - own:
            known = {home.lower().replace("_", "-") for home in homes.get(name, [name])}
            assert known & there, f"{path.relative_to(ROOT)} imports {name}"


def test_importing_the_engine_loads_nothing_heavy() -> None:
    code = "import sys, ghost_engine, ghost_engine.cli, ghost_engine.inference.run,"
    code += "ghost_engine.training.start, ghost_engine.training.summary;"
    code += f"print(sorted({HEAVY!r} & set(sys.modules)))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "[]"


def test_importing_the_engine_is_quick() -> None:
    code = "import time; began = time.process_time(); import ghost_engine;"
    code += "print(time.process_time() - began)"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(made.stdout) < 0.5  # of the processor; 0.05 s on a quiet machine


def test_the_library_offers_what_the_readme_says() -> None:
    import ghost_engine

    assert all(getattr(ghost_engine, name) for name in ghost_engine.__all__)
    with pytest.raises(AttributeError):
        _ = ghost_engine.nothing  # type: ignore[attr-defined]

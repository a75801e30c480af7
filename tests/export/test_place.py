"""Parts go to their place in one go: export.json never lists what is not there."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from ghost_engine.errors import ExportError
from ghost_engine.export import place as placing
from ghost_engine.export.config import ExportConfig
from ghost_engine.export.place import partial_folder, place, strangers, targets
from ghost_engine.export.result import FILE, Export, Made, read_export
from ghost_engine.jobs.folder import write_json

OLD = {
    "ghost-architect-q8_0.gguf": b"old text",
    "ghost-architect-mmproj.gguf": b"old picture",
    "ghost-architect-merged/config.json": b"old {}",
    "Modelfile": b"old",
}
NEW = {
    "ghost-architect-q4_k_m.gguf": b"new text!",
    "ghost-architect-mmproj.gguf": b"new picture!",
    "ghost-architect-merged/model.safetensors": b"new weights",
    "Modelfile": b"new!",
}


class Killed(BaseException):
    """As kill -9: nobody catches it."""


def listed(job: str, files: dict[str, bytes]) -> Export:
    made = (
        Made("text", name, len(data), hashlib.sha256(data).hexdigest())
        for name, data in files.items()
    )
    return Export("ghost-architect", "some-run", "base", tuple(made), (), job=job)


def write(folder: Path, job: str, files: dict[str, bytes]) -> Export:
    made = listed(job, files)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    write_json(folder / FILE, made.to_dict())
    return made


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != FILE and ".partial" not in str(path)
    }


def is_whole(out: Path) -> bool:
    """True if there is no export.json, or every file it lists is there as it says."""
    made = read_export(out)
    return made is None or all(
        hashlib.sha256((out / each.path).read_bytes()).hexdigest() == each.sha256
        for each in made.files
    )


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_the_parts_are_moved_and_the_partial_folder_goes(out: Path) -> None:
    partial = out / ".ghost-architect.new.partial"
    made = write(partial, "new", NEW)
    place(partial, out, made, replace=False)
    assert contents(out) == NEW and read_export(out) == made and not partial.exists()


def test_another_export_is_replaced_only_if_it_may_be_and_then_wholly(out: Path) -> None:
    write(out, "old", OLD)
    partial = out / ".ghost-architect.new.partial"
    made = write(partial, "new", NEW)
    with pytest.raises(ExportError, match="of another export") as caught:
        place(partial, out, made, replace=False)
    assert "--force" in caught.value.hint and contents(out) == OLD and is_whole(out)

    place(partial, out, made, replace=True)
    assert contents(out) == NEW  # no old text model is left beside the new picture part


def count_steps(monkeypatch: pytest.MonkeyPatch, die_at: int) -> list[str]:
    """Every change to the disk is counted; at one of them the process dies."""
    steps: list[str] = []

    def counted(module: Any, name: str) -> None:
        real = getattr(module, name)

        def step(*given: Any, **named: Any) -> Any:
            steps.append(name)
            if len(steps) == die_at:
                raise Killed
            return real(*given, **named)

        monkeypatch.setattr(module, name, step)

    for module, name in ((placing.os, "replace"), (placing.shutil, "rmtree"),
                         (placing, "_remove"), (placing, "write_json")):  # fmt: skip
        counted(module, name)
    return steps


def test_killed_at_any_step_it_goes_on_and_never_looks_whole_before_it_is(tmp_path: Path) -> None:
    for die_at in range(1, 100):
        out = tmp_path / str(die_at)
        write(out, "old", OLD)
        partial = out / ".ghost-architect.new.partial"
        made = write(partial, "new", NEW)
        with pytest.MonkeyPatch.context() as patch:
            steps = count_steps(patch, die_at)
            try:
                place(partial, out, made, replace=True)
                break
            except Killed:
                pass
        assert is_whole(out), steps
        if read_export(out) != made:  # else only the partial folder was left to remove
            place(partial, out, made, replace=True)
        assert contents(out) == NEW and read_export(out) == made
    assert die_at > 8, "there was something to be killed at"


def test_an_export_json_from_anywhere_leads_nowhere(out: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"mine")
    (out / "sub").mkdir()
    old = listed("old", {"../precious": b"", "/etc/nothing": b"", "sub/../../precious": b""})
    write_json(out / FILE, old.to_dict())
    partial = out / ".ghost-architect.new.partial"
    place(partial, out, write(partial, "new", NEW), replace=True)
    assert (tmp_path / "precious").read_bytes() == b"mine"


def test_a_part_that_is_gone_is_named(out: Path) -> None:
    partial = out / ".ghost-architect.new.partial"
    made = write(partial, "new", NEW)
    os.unlink(partial / "Modelfile")
    with pytest.raises(ExportError, match="Modelfile is gone"):
        place(partial, out, made, replace=False)
    assert read_export(out) is None


def test_what_stands_in_the_place_is_told(out: Path) -> None:
    config = ExportConfig(adapter="/a", base="/b", out=str(out), keep_merged=True)
    assert strangers(config) == ""
    (out / "Modelfile").write_text("x")
    (out / "ghost-architect-q4_k_m.gguf").write_text("x")
    assert strangers(config).endswith("holds ghost-architect-q4_k_m.gguf and 1 more already")
    write(out, "old", OLD)
    assert "an export of run some-run already: ghost-architect, 4 files" in strangers(config)
    assert targets(config)[-2:] == ("Modelfile", FILE)
    assert partial_folder(config, "job-1") == out / ".ghost-architect.job-1.partial"

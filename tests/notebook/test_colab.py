"""What is asked of Colab itself, with a stand-in: Colab cannot be had in a test.

The stand-in has the three calls of `google.colab` that are used, with their documented names.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from ghost_engine.errors import DatasetError
from ghost_engine.jobs.folder import RunFolder
from ghost_engine.jobs.records import Job, Run, Status, now
from ghost_engine.notebook import files, keep, machine
from ghost_engine.settings import get_settings


@dataclass
class Colab:
    """A Drive to mount, a computer to send files from, a browser to save them with."""

    drive: Path
    sends: dict[str, bytes] = field(default_factory=dict)
    saved: list[str] = field(default_factory=list)

    def mount(self, place: str) -> None:
        (Path(place) / "MyDrive").mkdir(parents=True, exist_ok=True)


@pytest.fixture
def colab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Colab]:
    made = Colab(tmp_path / "drive")
    module, drive, sent = (ModuleType(name) for name in ("google.colab", "drive", "files"))
    drive.mount = made.mount  # type: ignore[attr-defined]
    sent.upload = lambda: made.sends  # type: ignore[attr-defined]
    sent.download = made.saved.append  # type: ignore[attr-defined]
    module.drive, module.files = drive, sent  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google.colab", module)
    monkeypatch.setattr(keep, "MOUNT", made.drive)
    monkeypatch.setenv("GHOST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GHOST_GGUF_DIR", str(tmp_path / "gguf"))
    get_settings.cache_clear()
    yield made
    get_settings.cache_clear()


def test_the_drive_is_mounted_and_the_folder_made_on_it(colab: Colab) -> None:
    assert machine.in_colab()
    wanted = colab.drive / "MyDrive" / "ghost-architect"
    assert (
        keep.keep_folder("MyDrive/ghost-architect") == wanted == keep.keep_folder("ghost-architect")
    )
    assert wanted.is_dir()


def test_nothing_kept_is_said_to_be_gone_with_the_machine(
    colab: Colab, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keep.keep_folder(" ") is None
    assert "gone with this machine" in capsys.readouterr().out


def test_an_upload_is_kept_for_the_next_machine(colab: Colab) -> None:
    folder = keep.keep_folder("ghost-architect")
    with pytest.raises(DatasetError, match="Nothing was uploaded"):
        files.choose_data("upload", folder)
    colab.sends["C:\\mine.json"] = b"[]"
    path = files.choose_data("upload", folder)
    assert path is not None and path.read_bytes() == b"[]"
    colab.sends.clear()
    assert files.choose_data("upload", folder) == path


def test_a_path_below_the_drive_is_found(colab: Colab) -> None:
    keep.keep_folder("ghost-architect")
    (colab.drive / "MyDrive" / "mine.json").write_text("[]")
    assert files.choose_data("MyDrive/mine.json") == colab.drive / "MyDrive" / "mine.json"


def test_without_a_folder_that_is_kept_the_browser_saves_the_adapter(
    colab: Colab, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / "runs" / "20261122-120000-train")
    folder.adapter.mkdir(parents=True)
    (folder.adapter / "adapter_model.safetensors").write_bytes(b"weights")
    run = Run(folder, Job("train", "nobody", now()), Status("finished"))
    files.hand_over(run, None, None)
    (saved,) = colab.saved
    with zipfile.ZipFile(saved) as packed:
        assert packed.read("adapter/adapter_model.safetensors") == b"weights"

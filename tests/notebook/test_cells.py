"""What the notebook's cells call, and what they say."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from ghost_engine.errors import DatasetError, FileError, JobError, TrainingError
from ghost_engine.jobs.launch import abandon, prepare
from ghost_engine.notebook import files, forecast, keep, machine, order, screens
from ghost_engine.notebook.charts import Line, chart
from ghost_engine.notebook.say import LeftAlone, errors_in_words
from ghost_engine.settings import get_settings
from ghost_engine.training.config import load_preset
from ghost_engine.training.curves import Series


@pytest.fixture(autouse=True)
def places_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GHOST_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("GHOST_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def series(*values: float) -> Series:
    return Series(np.arange(1.0, len(values) + 1), np.array(values))


# -- the machine -----------------------------------------------------------------------------------


def test_without_a_card_it_says_what_to_do_and_stops_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")  # also where there is one
    with pytest.raises(TrainingError, match="Change runtime type > T4"):
        machine.look("t4")
    assert "Memory:" in capsys.readouterr().out


def test_the_first_cells_need_nothing_that_a_bare_kernel_lacks() -> None:
    ours = {"pydantic", "pydantic_settings", "yaml", "numpy", "PIL", "httpx", "streamlit", "torch"}
    code = "import sys, ghost_engine.notebook.machine;"
    code += f"print(sorted({ours!r} & set(sys.modules)))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "[]"


def test_what_is_not_installed_is_told_by_requirement(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("pydantic>=1\nnot-a-package-of-ours==3\n")
    (tmp_path / "all.txt").write_text(
        "-r more.txt\n# why\npydantic>=99  # newer\nnothing-here; python_version < '3'\n"
    )
    found = machine.unmet([tmp_path / "all.txt"])
    assert found == ["not-a-package-of-ours==3", "pydantic>=99"]


def test_a_package_that_is_replaced_under_the_kernel_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(version: str) -> None:
        about = tmp_path / "under_the_feet-1.dist-info"
        about.mkdir(exist_ok=True)
        (about / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: under-the-feet\nVersion: {version}\n"
        )
        (about / "top_level.txt").write_text("under_the_feet\n")
        (tmp_path / "under_the_feet.py").write_text("")

    put("1.0")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "under-the-feet" not in machine.loaded_versions()
    __import__("under_the_feet")
    assert machine.loaded_versions()["under-the-feet"] == "1.0"
    put("2.0")
    assert machine.loaded_versions()["under-the-feet"] == "2.0"
    sys.modules.pop("under_the_feet")


def test_an_error_is_its_words_without_a_traceback_and_still_an_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    errors_in_words()
    shell = InteractiveShell()
    for error in (JobError("It is gone.", "Look elsewhere."), LeftAlone("It goes on.")):
        shell.push({"error": error})
        result = shell.run_cell("raise error")
        assert result.error_in_exec is error
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        assert str(error).split(".")[0] in said.out + said.err


# -- where to keep it ------------------------------------------------------------------------------


def test_outside_of_colab_only_a_whole_path_is_a_place_to_keep(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keep.keep_folder("MyDrive/ghost-architect") is None
    assert keep.keep_folder("") is None
    assert "they stay on this disk" in capsys.readouterr().out
    assert keep.keep_folder(str(tmp_path / "kept" / "here")) == tmp_path / "kept" / "here"


def test_a_place_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be written"):
        keep.keep_folder(str(tmp_path / "file" / "inside"))


def test_files_are_copied_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    for _ in range(2):
        assert keep.copy_to(tmp_path / "kept", [tmp_path / "model.gguf"]) == [
            tmp_path / "kept" / "model.gguf"
        ]
    assert capsys.readouterr().out.count("Copying") == 1


# -- data ------------------------------------------------------------------------------------------


def test_a_zip_with_pictures_becomes_the_dataset_in_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as packed:
        packed.writestr("mine/pairs.jsonl", '{"image": "a.png", "sql": ""}')
        packed.writestr("mine/a.png", "x")
        packed.writestr("__MACOSX/mine/._a.png", "x")
    found = files.choose_data(str(tmp_path / "mine.zip"))
    assert found == tmp_path / "data" / "unpacked" / "mine" / "mine" / "pairs.jsonl"
    assert (found.parent / "a.png").read_text() == "x"


def test_a_zip_that_leads_out_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as packed:
        packed.writestr("../outside.json", "[]")
    with pytest.raises(FileError, match="outside"):
        files.choose_data(str(tmp_path / "bad.zip"))
    assert not (tmp_path / "data" / "outside.json").exists()


def test_the_last_upload_is_taken_again_on_the_next_machine(tmp_path: Path) -> None:
    (tmp_path / "kept" / "data").mkdir(parents=True)
    (tmp_path / "kept" / "data" / "mine.json").write_text("[]")
    assert files.choose_data("upload", tmp_path / "kept") == tmp_path / "kept/data/mine.json"
    with pytest.raises(DatasetError, match="Uploads are Colab's"):
        files.choose_data("upload another", tmp_path / "kept")
    with pytest.raises(DatasetError, match="no dataset"):
        files.choose_data(str(tmp_path / "nowhere.json"))


# -- the order -------------------------------------------------------------------------------------


def test_the_same_data_is_the_same_order_wherever_and_whenever_it_was_written(
    tmp_path: Path,
) -> None:
    words = set()
    for place in ("here", "there"):
        data = tmp_path / place / "mine.json"
        data.parent.mkdir()
        data.write_text("[]")
        os.utime(data, (len(words), len(words)))
        words.add(order.word_of(order.make_order("smoke", data, ""), "first"))
    data.write_text("[1]")
    words.add(order.word_of(order.make_order("smoke", data, ""), "first"))
    words.add(order.word_of(order.make_order("smoke", data, "rank=8"), "first"))
    words.add(order.word_of(order.make_order("smoke", data, "rank=8"), "second"))
    assert len(words) == 4


def test_a_launch_that_was_cut_short_is_cleared_away() -> None:
    config = load_preset("smoke")
    request = f"{order.word_of(config, '')}-1"
    folder = prepare("train", "toy", config.to_yaml(), request=request)
    assert order.find(config).state == "preparing"
    abandon_like_a_kill(folder.path)
    with pytest.raises(JobError, match="not started"):
        order.find(config)
    assert not folder.path.exists()
    abandon(folder)


def abandon_like_a_kill(path: Path) -> None:
    """The lock goes with its holder; the folder stays."""
    from ghost_engine.jobs import launch

    launch._held[path].release()


# -- what is shown ---------------------------------------------------------------------------------


def test_a_chart_tells_its_last_values_in_words_and_takes_the_pages_colour() -> None:
    made = chart("Loss", [Line("each <step>", series(3.0, 2.5, 2.25))], until=10)
    assert 'aria-label="Loss: each &lt;step&gt; now 2.25"' in made
    assert 'fill="currentColor"' in made and "<step>" not in made
    assert "Nothing measured yet." in chart("Loss", [Line("none", Series())])


@pytest.mark.parametrize("values", [(0.0,), (5.0, 5.0), (-1e-9, 1e9), (1e-12, 2e-12)])
def test_a_chart_of_any_values_stays_inside_its_frame(values: tuple[float, ...]) -> None:
    made = chart("x", [Line("y", series(*values))], limits={"limit": 1.0})
    points = made.split('points="')[1].split('"')[0]
    for point in points.split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= 440 and 0 <= y <= 190


def test_drafts_are_those_of_the_last_step_and_attempt() -> None:
    rows = [
        {"step": 4, "attempt": 1, "id": "a", "valid": True},
        {"step": 8, "attempt": 1, "id": "b", "valid": True},
        {"step": 8, "attempt": 2, "id": "c", "valid": False},
    ]
    last = screens.last_drafts(rows)
    assert [row["id"] for row in last] == ["c"]
    assert screens.verdict_words(last) == "0 of 1 drafts run on PostgreSQL"
    assert screens.verdict_words([{"valid": None}]) == "nothing was judged"


def test_the_forecast_says_whether_the_preset_fits_its_card(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    said = forecast.fits(load_preset("t4"), "t4")
    assert "NVIDIA T4 has 14.6" in said.text and "are left" in said.text
    assert "does not fit tries again" in forecast.fits(load_preset("a10g"), "t4").text

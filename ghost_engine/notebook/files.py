"""What goes in and out of the notebook: datasets that are uploaded, files that were made."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from html import escape
from pathlib import Path, PurePosixPath

from ghost_engine.errors import DatasetError, ExportError, FileError
from ghost_engine.export.clicks import same_click
from ghost_engine.export.config import ExportConfig
from ghost_engine.export.start import config_of, exports_of, read_result, start_export
from ghost_engine.export.subject import config_for_run
from ghost_engine.jobs import control
from ghost_engine.jobs.records import Run
from ghost_engine.notebook import archive
from ghost_engine.notebook import keep as keep_place
from ghost_engine.notebook.keep import copy_to, size_words
from ghost_engine.notebook.machine import PROJECT, in_colab
from ghost_engine.notebook.say import Sheet, show, table, tell
from ghost_engine.notebook.watch import watch
from ghost_engine.settings import get_settings
from ghost_engine.training.config import TrainingConfig
from ghost_engine.training.inventory import dataset_summary
from ghost_engine.training.sources import IN_WORDS

SHIPPED, UPLOAD, UPLOAD_ANOTHER = "shipped", "upload", "upload another"
LARGEST_UNPACKED_BYTES = 8 * 10**9
_UPLOADED = "data"


def choose_data(wanted: str, keep: Path | None = None) -> Path | None:
    """The dataset that a form names; None for the preset's own.

    Args:
        wanted: "shipped"; "upload" (a file from your computer, the last one again if there is
            one), "upload another"; or a path, in Colab also one below MyDrive.
        keep: where uploads are kept beyond this machine.

    Raises:
        DatasetError: there is no such file, or nothing was uploaded.
        FileError: an archive cannot be unpacked.
    """
    wanted = wanted.strip()
    if wanted in ("", SHIPPED):
        return None
    if wanted in (UPLOAD, UPLOAD_ANOTHER):
        path = _uploaded((keep or PROJECT / "output") / _UPLOADED, wanted == UPLOAD_ANOTHER)
    else:
        path = Path(wanted).expanduser()
        if in_colab() and wanted.startswith("MyDrive/"):
            path = keep_place.MOUNT / wanted
    if not path.exists():
        raise DatasetError(f"There is no dataset {path}.", "Name a file or a folder in DATA.")
    return unpack(path, get_settings().data_dir / "unpacked") if _is_zip(path) else path


def unpack(packed: Path, into: Path) -> Path:
    """The folder of a ZIP with a dataset and its pictures, or the one dataset file in it.

    Raises:
        FileError: it is damaged, too large, or leads out of its folder.
    """
    target = into / packed.stem
    shutil.rmtree(target, ignore_errors=True)
    try:
        with zipfile.ZipFile(packed) as opened:
            parts = [PurePosixPath(each).parts for each in opened.namelist()]
            if any(not each or each[0] == "/" or ".." in each for each in parts):
                raise FileError(f"{packed.name} names files outside of its folder.", _AGAIN)
            if sum(each.file_size for each in opened.infolist()) > LARGEST_UNPACKED_BYTES:
                raise FileError(f"{packed.name} is larger than 8 GB.", "Give a smaller one.")
            opened.extractall(target)
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise FileError(f"{packed.name} cannot be unpacked: {error}.", _AGAIN) from error
    inside = [each for each in target.iterdir() if not each.name.startswith(("__MACOSX", "."))]
    if len(inside) == 1 and inside[0].is_dir():
        target, inside = inside[0], sorted(inside[0].iterdir())
    found = [each for each in inside if each.suffix in (".json", ".jsonl", ".csv")]
    return found[0] if len(found) == 1 else target


_AGAIN = "Pack it again."


def count_data(config: TrainingConfig) -> None:
    """Show how many examples there are, and what is left out and why.

    Raises:
        DatasetError: none can be used.
    """
    found = dataset_summary(config)
    rows = [("Examples", f"{found.examples:,}"), ("Can be trained on", f"{found.usable:,}")]
    rows += [(f"... {IN_WORDS[code]}", f"{count:,}") for code, count in found.left_out.items()]
    too_long = found.too_long(config.max_seq_length)
    rows.append((f"Longer than {config.max_seq_length:,} tokens, by estimate", f"{too_long:,}"))
    rows.append(("About to train on", f"{found.for_training(config):,}"))
    text = "\n".join(f"{name}: {value}" for name, value in rows)
    show(Sheet(table([(escape(name), value) for name, value in rows]), text))
    if not found.usable:
        raise DatasetError("None of the examples can be trained on.", "See the reasons above.")


def export(run: Run, form: str, *, download: bool = True) -> Run:
    """Make the files of a run's adapter and watch; those that are made already are shown.

    Args:
        form: of the text model: q4_k_m, q8_0 ...
        download: the base may be downloaded.

    Raises:
        ExportError: something stands in the way; the first such thing.
        LeftAlone: the cell was interrupted; the export goes on.
    """
    out = str(get_settings().gguf_dir.absolute() / f"{run.id}-{form}")
    config = config_for_run(run, quants=(form,), out=out, download=download)
    job = _known(run, config)
    if job is None:
        job = start_export(config, by="notebook", request=same_click(config).request)
    elif job.state != "finished" and not job.active:
        job = control.resume(job, by="notebook")
    job = watch(job)
    made = read_result(job)
    if made is not None:
        good = sum(check.passed for check in made.checks)
        tell(f"{good} of {len(made.checks)} checks beside transformers passed, with a picture.")
        for warning in made.warnings:
            tell(f"Note: {warning}")
    return job


def made_files(job: Run) -> list[Path]:
    """The files of an export that has finished.

    Raises:
        ExportError: it has not, or they are gone.
    """
    made, config = read_result(job), config_of(job)
    if made is None or config is None:
        raise ExportError(f"Export {job.id} has made nothing yet.", "Run the cell above again.")
    return [
        config.folder / file.path for file in made.files if (config.folder / file.path).exists()
    ]


def hand_over(run: Run, job: Run | None, keep: Path | None) -> None:
    """Give the adapter and the exported files to whoever asked: in the folder that is kept, as
    downloads of the browser in Colab, or where they are.

    Raises:
        FileError: there is no room for them.
        ExportError: the export is not done.
    """
    files = made_files(job) if job is not None else []
    if keep is not None:
        files = copy_to(keep / "models" / run.id, files)
    adapter = archive.adapter_of(archive.place_of(keep, run.id)) if keep is not None else None
    files.insert(0, adapter or _packed(run))
    if keep is None and in_colab():
        _download(files)
    counted = [(escape(str(path)), size_words(path)) for path in files]
    show(Sheet(table(counted), "\n".join(f"{path}" for path in files)))


def _packed(run: Run) -> Path:
    """The adapter as one file, not compressed: weights do not get smaller."""
    target = get_settings().gguf_dir.absolute() / f"adapter-{run.id}.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        for path in sorted(run.folder.adapter.iterdir()):
            packed.write(path, f"adapter/{path.name}")
    return target


def _known(run: Run, config: ExportConfig) -> Run | None:
    """The newest export of these very settings whose files are there, or still to come."""
    for job in exports_of(run.id):
        if config_of(job) == config and (job.state != "finished" or _whole(job)):
            return job
    return None


def _whole(job: Run) -> bool:
    made = read_result(job)
    return made is not None and len(made_files(job)) == len(made.files)


def _is_zip(path: Path) -> bool:
    return path.is_file() and zipfile.is_zipfile(path)


def _uploaded(folder: Path, another: bool) -> Path:
    there = sorted(folder.glob("*"), key=lambda each: each.stat().st_mtime_ns)
    if there and not another:
        tell(f"Taking what was uploaded before: {there[-1].name}.")
        return there[-1]
    if not in_colab():
        raise DatasetError("Uploads are Colab's.", "Write the file's path into DATA.")
    from google.colab import files

    sent = files.upload()
    if not sent:
        raise DatasetError("Nothing was uploaded.", "Run this cell again and choose a file.")
    folder.mkdir(parents=True, exist_ok=True)
    name, data = next(iter(sent.items()))
    path = folder / PurePosixPath(name).name
    path.write_bytes(data)
    return path


def _download(paths: Sequence[Path]) -> None:
    from google.colab import files

    for path in paths:
        files.download(str(path))

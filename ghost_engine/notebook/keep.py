"""A folder that outlives the machine: Google Drive in Colab, any folder elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

from ghost_engine.errors import FileError
from ghost_engine.notebook.machine import in_colab
from ghost_engine.notebook.say import tell

MOUNT = Path("/content/drive")
"""Where Colab's machine has your Drive."""

_COPY_BYTES = 64 << 20


def keep_folder(wanted: str) -> Path | None:
    """The folder to keep runs in, made if it has to be; None if nothing is to be kept.

    Args:
        wanted: in Colab a folder of your Drive, which is asked for; elsewhere an absolute path.
            What is no absolute path is passed over elsewhere: the disk stays.

    Raises:
        FileError: it cannot be written.
    """
    name = wanted.strip().removeprefix("MyDrive/").strip("/") if in_colab() else wanted.strip()
    if not name or (not in_colab() and not Path(name).expanduser().is_absolute()):
        lost = "they are gone with this machine" if in_colab() else "they stay on this disk"
        tell(f"Runs are kept in their own folder only: {lost}.")
        return None
    folder = _drive() / name if in_colab() else Path(name).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        proof = folder / ".proof"
        proof.write_bytes(b"")
        proof.unlink()
    except OSError as error:
        raise FileError(
            f"{folder} cannot be written: {error.strerror or error}.",
            "Free some space there, or name another folder in KEEP_IN.",
        ) from error
    tell(f"What a resume needs is copied to {folder}.")
    return folder


def copy_to(folder: Path, files: list[Path]) -> list[Path]:
    """Copy files into a folder; one that is there in the same size is passed over.

    Raises:
        FileError: the storage does not take one.
    """
    made = []
    for path in files:
        target = folder / path.name
        if not (target.is_file() and target.stat().st_size == path.stat().st_size):
            tell(f"Copying {path.name}, {size_words(path)}, to {folder}")
            _copy(path, target)
        made.append(target)
    return made


def size_words(path: Path) -> str:
    """A file's size."""
    size = path.stat().st_size
    return f"{size / 1e9:.2f} GB" if size >= 10**9 else f"{size / 1e6:.1f} MB"


def _copy(path: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with path.open("rb") as old, target.open("wb") as new:
            shutil.copyfileobj(old, new, _COPY_BYTES)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise FileError(
            f"{path.name} was not copied to {target.parent}: {error.strerror or error}.",
            "Free some space there, then run this cell again.",
        ) from error


def _drive() -> Path:
    from google.colab import drive

    drive.mount(str(MOUNT))
    return MOUNT / "MyDrive"

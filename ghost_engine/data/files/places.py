"""Where a declared picture lies: under a given root, beside its file, or one folder up.

A path as a dataset declares it goes in, a file inside one of the roots comes out, or None, or the
reason why the path is refused. Nothing outside the roots is ever looked at.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:", re.I)
_MAX_PATH = 500
_DRIVE = re.compile(r"[a-zA-Z]:")


class Refused(ValueError):
    """Why a declared path is not followed, in the user's words."""


class Places:
    """Finds the pictures of one dataset file.

    Datasets move, and the folders in front of their pictures' names stay behind: where the whole
    path leads nowhere, its tail is tried, `data/shots/a.png` as `shots/a.png`; the bare name only
    under a root that was named for it. Two different paths never end in one file that way.

    Args:
        folder: where the dataset lies.
        image_root: where its pictures are said to lie.
    """

    def __init__(self, folder: Path, image_root: Path | None = None) -> None:
        beside = Path(os.path.realpath(folder))
        named = [Path(os.path.realpath(image_root))] if image_root is not None else []
        self._named = named
        self._roots = list(dict.fromkeys([*named, beside, beside.parent]))
        self._tails: dict[Path, str] = {}

    def find(self, declared: str) -> Path | None:
        """The picture's file; None when there is none.

        Raises:
            Refused: the path is absolute, an address, or leads out of its root.
        """
        parts = self._parts(declared)
        for root in self._roots:
            found = _inside(root, parts, declared)
            if found is not None:
                return found
        return self._find_tail(parts, declared)

    def _find_tail(self, parts: tuple[str, ...], declared: str) -> Path | None:
        whole = "/".join(parts)
        for dropped in range(1, len(parts)):
            tail = parts[dropped:]
            for root in self._roots if len(tail) > 1 else self._named:
                found = _inside(root, tail, declared)
                if found is not None and self._tails.setdefault(found, whole) == whole:
                    return found
        return None

    def _parts(self, declared: str) -> tuple[str, ...]:
        """The folders and the name; an absolute path only if it lies under the named root."""
        if _DRIVE.match(declared) or declared.startswith(("/", "\\")):
            return self._below_named(declared)
        if _ADDRESS.match(declared):
            raise Refused(f"the picture {_shown(declared)} is an address, not a file")
        if len(declared) > _MAX_PATH:
            raise Refused(
                f"the image path {_shown(declared)} is longer than {_MAX_PATH} characters"
            )
        return _normal(declared.replace("\\", "/"), declared)

    def _below_named(self, declared: str) -> tuple[str, ...]:
        path = os.path.normpath(declared)
        for root in self._named:
            if path.startswith(f"{root}/"):
                return _normal(path.removeprefix(f"{root}/"), declared)
        raise Refused(
            f"the image path {_shown(declared)} is absolute; it is followed below --image-root only"
        )


def _normal(path: str, declared: str) -> tuple[str, ...]:
    parts: list[str] = []
    for part in PurePosixPath(path).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            raise Refused(f"the image path {_shown(declared)} leaves its folder")
    return tuple(parts)


def _inside(root: Path, parts: tuple[str, ...], declared: str) -> Path | None:
    path = root.joinpath(*parts)
    try:
        if not os.path.exists(path):
            return None
        real = Path(os.path.realpath(path))
    except (OSError, ValueError):  # a name too long, or with a NUL in it
        return None
    if not real.is_relative_to(root):
        raise Refused(f"the image path {_shown(declared)} is a link that leaves its folder")
    return path


def _shown(path: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in path)
    return plain if len(plain) <= 120 else f"{plain[:60]}…{plain[-40:]}"

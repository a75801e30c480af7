"""Which browser renders and captures."""

from __future__ import annotations

import shutil

from ghost_engine.errors import CaptureError
from ghost_engine.settings import get_settings

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_chromium() -> str:
    """The browser to use: `GHOST_CHROMIUM`, or the first on the PATH.

    Raises:
        CaptureError: there is none.
    """
    named = get_settings().chromium
    for name in (str(named),) if named else _NAMES:
        found = shutil.which(name)
        if found:
            return found
    raise CaptureError(
        f"{named} is no browser that can be started." if named else "No Chromium was found.",
        "Install it (Debian: apt-get install chromium) or name it in GHOST_CHROMIUM.",
    )

"""The program that downloads a base: `python -m ghost_engine.export.fetch OWNER/NAME`.

Its last line on stdout is JSON: the `folder`, or the `problem` and a `hint`. What came before a
kill is kept in the hub's cache, and the next download goes on from there.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Sequence

from ghost_engine.export.base import WANTED

_FULL = "Free some space on the disk of the hub's cache (HF_HOME), then resume."


def main(argv: Sequence[str] | None = None) -> int:
    """Download, and say where it lies."""
    (name,) = sys.argv[1:] if argv is None else argv
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from huggingface_hub import snapshot_download

    try:
        _say(folder=snapshot_download(name, allow_patterns=list(WANTED)))
    except OSError as error:  # the border: the hub's own errors are OSErrors too
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        hint = {"hint": _FULL} if full else {}
        _say(problem=" ".join(str(error).split())[:200] or type(error).__name__, **hint)
        return 1
    except Exception as error:  # the border
        _say(problem=" ".join(str(error).split())[:200] or type(error).__name__)
        return 1
    return 0


def _say(**words: str) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

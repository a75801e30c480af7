"""The program that downloads a base: `python -m ghost_engine.export.fetch OWNER/NAME`.

Its last line on stdout is JSON: the `folder`, or the `problem` and a `hint`. It ends when its stdin
does, so that nobody's download outlives who asked for it; what came so far is kept.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
from collections.abc import Sequence

from ghost_engine.export.base import WANTED

_FULL = "Free some space on the disk of the hub's cache (HF_HOME), then resume."


def main(argv: Sequence[str] | None = None) -> int:
    """Download, and say where it lies."""
    (name,) = sys.argv[1:] if argv is None else argv
    threading.Thread(target=_leave_with_parent, daemon=True).start()
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


def _leave_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())

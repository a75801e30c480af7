"""The text of a picture and where it stands.

`request(picture)` gives a `Ticket` at once; `read(picture)` waits for the lines. Reading happens in
a small pool of processes of their own, so it never holds up the caller's interpreter, and what was
read once is kept on disk by content. The same picture always gives the same lines.
"""

from ghost_engine.ocr.lines import Line
from ghost_engine.ocr.pool import Ticket
from ghost_engine.ocr.reader import read, request, warm

__all__ = ["Line", "Ticket", "read", "request", "warm"]

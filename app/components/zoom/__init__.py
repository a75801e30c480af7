"""The frame with zoom and pan that the screenshot and the diagram share: its HTML, CSS and script.

Components put `SCRIPT` and `STYLE` before their own.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
SCRIPT = (_HERE / "zoom.js").read_text(encoding="utf-8")
STYLE = (_HERE / "zoom.css").read_text(encoding="utf-8")


def frame(buttons: str = "", below: str = "") -> str:
    """The HTML of the frame.

    Our own markup only: `buttons` stand at the right end of its bar, `below` under the stage.
    """
    return f"""
<div class="viewer" data-root>
  <div class="bar" role="toolbar" aria-label="Zoom">
    <button data-fit title="Fit to the frame (0)">Fit</button>
    <button data-actual title="Actual size (1)">100 %</button>
    <button data-out title="Zoom out (-)" aria-label="Zoom out">&minus;</button>
    <button data-in title="Zoom in (+)" aria-label="Zoom in">+</button>
    <output data-percent aria-label="Zoom now"></output>
    <span class="end">{buttons}</span>
  </div>
  <div class="stage" data-stage tabindex="0" role="group">
    <div class="layer" data-layer data-boxes="true"></div>
  </div>
  {below}
</div>
"""

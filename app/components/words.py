"""Words on their way to the page."""

from __future__ import annotations

_SIGNS = frozenset("\\`*_{}[]()#+-.!|<>~$:&")


def plain(text: str) -> str:
    """Text for `st.markdown` and `st.caption` that shows as it is: Markdown's signs are escaped."""
    return "".join(f"\\{char}" if char in _SIGNS else char for char in text)


def marked(text: str) -> str:
    """Text of the engine for Markdown: what stands between backquotes stays code."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return plain(text)
    return "".join(f"`{each}`" if n % 2 else plain(each) for n, each in enumerate(pieces))

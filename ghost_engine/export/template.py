r"""The chat template of the exported model: the base's own, with the blank lines round a picture.

Training saw `\n\n` before and after every picture: the processor puts them there. llama.cpp does
not; it hands the template one text in which a marker, another one in every server, stands for a
picture. So the template finds markers, sets them apart, and leaves every other text as it is.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ghost_engine.errors import ExportError

_PLAIN = re.compile(r"\{\{-?\s*message\[(['\"])content\1\]\s*\|\s*trim\s*-?\}\}")
# A marker is `<__media_` + some 32 letters + `__>`, in older servers `<__media__>`. What stands
# between markers is trimmed, as the base's template trims each part of a message.
_SPACED = """\
{%- set part = namespace(text='') -%}
{%- for piece in message['content'].split('<__media_') -%}
    {%- set id = piece.split('__>')[0] -%}
    {%- if loop.first -%}
        {%- set part.text = piece -%}
    {%- elif piece[:2] == '_>' -%}
        {{- (part.text | trim) + '\\n\\n<__media__>\\n\\n' -}}
        {%- set part.text = piece[2:] -%}
    {%- elif id != piece and id | length > 15 and ' ' not in id and '\\n' not in id -%}
        {{- (part.text | trim) + '\\n\\n<__media_' + id + '__>\\n\\n' -}}
        {%- set part.text = piece[id | length + 3:] -%}
    {%- else -%}
        {%- set part.text = part.text + '<__media_' + piece -%}
    {%- endif -%}
{%- endfor -%}
{{- part.text | trim -}}"""
_HINT = "Take chat_template.jinja from the base's own page."


def chat_template(folder: Path) -> str:
    """The template for a base's folder.

    Raises:
        ExportError: the base has none, or one that does not write a message as Gemma's does.
    """
    own = _own(folder)
    if own is None:
        raise ExportError(f"The base in {folder} has no chat template.", _HINT)
    found = _PLAIN.search(own)
    if found is None:
        raise ExportError(f"The chat template of {folder} is not Gemma's.", _HINT)
    return own[: found.start()] + _SPACED + own[found.end() :]


def _own(folder: Path) -> str | None:
    """Where this or that generation of transformers keeps it."""
    plain = folder / "chat_template.jinja"
    if plain.is_file():
        return plain.read_text("utf-8")
    for name in ("chat_template.json", "processor_config.json", "tokenizer_config.json"):
        found = _read(folder / name).get("chat_template")
        if isinstance(found, list):  # several, each with a name
            found = next((each["template"] for each in found if each["name"] == "default"), None)
        if isinstance(found, str):
            return found
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}

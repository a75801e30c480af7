"""The Modelfile: how Ollama runs an exported model, in words `ollama create -f Modelfile` reads.

The same template and parameters are sent by `publish`, so that both ways give the same model. The
prompt is, character for character, what the model was trained on (the tokens that stand for a
picture apart, which llama.cpp adds).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ghost_engine.errors import ExportError

# Ollama puts a picture where "[img]" stands in a message, else at the beginning, as "[img-0]".
# "pictures" sets off the ones at the beginning by the blank lines the processor put there in
# training; llama.cpp adds none. A message that brings its own stays as it is. No <bos>: the
# tokenizer in the GGUF adds it. The line break at the end is written as text, or it could be
# trimmed away. Never name tools or thinking here: Ollama would offer them.
TEMPLATE = """\
{{- define "pictures" }}
{{- $end := 0 }}
{{- if ge (len .) 7 }}{{ if eq (slice . 0 5) "[img-" }}
{{- if eq (slice . 6 7) "]" }}{{ $end = 7 }}
{{- else if ge (len .) 8 }}{{ if eq (slice . 7 8) "]" }}{{ $end = 8 }}{{ end }}{{ end }}
{{- end }}{{ end }}
{{- if $end }}{{ "\\n\\n" }}{{ slice . 0 $end }}{{ "\\n\\n" }}
{{- $rest := slice . $end }}
{{- if ge (len $rest) 2 }}{{ if eq (slice $rest 0 2) "\\n\\n" }}
{{- $rest = slice $rest 2 }}{{ end }}{{ end }}
{{- template "pictures" $rest }}
{{- else }}{{ . }}{{ end }}
{{- end }}
{{- $system := .System }}
{{- range $i, $_ := .Messages }}
{{- $last := eq (len (slice $.Messages $i)) 1 }}
{{- if eq .Role "user" }}<start_of_turn>user{{ "\\n" }}
{{- if $system }}{{ $system }}{{ "\\n\\n" }}{{ $system = "" }}{{ end }}
{{- template "pictures" .Content }}<end_of_turn>{{ "\\n" }}
{{- if $last }}<start_of_turn>model{{ "\\n" }}{{ end }}
{{- else if eq .Role "assistant" }}<start_of_turn>model{{ "\\n" }}{{ .Content }}
{{- if not $last }}<end_of_turn>{{ "\\n" }}{{ end }}
{{- end }}
{{- end }}"""

SYSTEM = ""
"""Empty: training had no system text; what is asked stands in the user's turn."""

PARAMETERS: Mapping[str, float | int | Sequence[str]] = {
    "temperature": 0.3,
    "top_p": 0.9,
    "num_ctx": 4096,
    "repeat_penalty": 1.0,  # DDL repeats itself; Ollama's own 1.1 punishes every second NOT NULL
    "stop": ("<end_of_turn>",),
}

LICENCE = (
    "Gemma is provided under and subject to the Gemma Terms of Use found at"
    " ai.google.dev/gemma/terms. This model is a modified Gemma."
)


def modelfile(text: str, mmproj: str, *, about: Mapping[str, str]) -> str:
    """The Modelfile that stands beside the two files.

    Args:
        text: name of the text model's file in the Modelfile's folder.
        mmproj: name of the vision part's file there.
        about: what is worth knowing (run, dataset_sha256, base...), one comment line each.

    Raises:
        ExportError: a name or text that a Modelfile cannot hold.
    """
    notes = [f"# {key}: {_one_line(value)}" for key, value in about.items() if value]
    lines = [
        "# A Ghost Architect model. In this folder: ollama create NAME -f Modelfile",
        *notes,
        "",
        "# The text model and its vision part; Ollama 0.30.4 or newer takes both.",
        f"FROM {_file(text)}",
        f"FROM {_file(mmproj)}",
        "",
        f"TEMPLATE {_quoted(TEMPLATE)}",
        "",
        *([f"SYSTEM {_quoted(SYSTEM)}", ""] if SYSTEM else []),
        *(f"PARAMETER {name} {_value(value)}" for name, value in parameter_lines()),
        "",
        f"LICENSE {_quoted(LICENCE)}",
    ]
    return "\n".join(lines) + "\n"


def parameter_lines() -> tuple[tuple[str, float | int | str], ...]:
    """`PARAMETERS` one value a line: a list is several lines of one name."""
    return tuple(
        (name, each)
        for name, value in PARAMETERS.items()
        for each in ((value,) if isinstance(value, float | int) else value)
    )


def _value(value: float | int | str) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


def _file(name: str) -> str:
    if not name or any(letter in name for letter in '"\n\r/\\'):
        raise ExportError(
            f"{name!r} cannot stand in a Modelfile.",
            "Name a file of the Modelfile's own folder, without quotes and line breaks.",
        )
    return f"./{name}"


def _quoted(text: str) -> str:
    """In triple quotes, which know no escape: what would end them early is refused."""
    if '"""' in text or text.endswith('"'):
        raise ExportError(
            "A text with three quotes, or one at its end, cannot stand in a Modelfile.",
            "Write it with other quotes.",
        )
    return f'"""{text}"""'


def _one_line(text: str) -> str:
    return " ".join(text.split())

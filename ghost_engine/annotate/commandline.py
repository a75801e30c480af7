"""An annotation as a line for a shell: the `ghost annotate` that does the same."""

from __future__ import annotations

import shlex

from ghost_engine.annotate.config import OPEN, AnnotateConfig, make_annotate_config


def command_line(config: AnnotateConfig) -> str:
    """The line; only what differs from the defaults is said. "" where no line says the same."""
    if config.statuses != OPEN or config.executes is True:
        return ""
    usual = make_annotate_config({"provider": config.provider})
    words = ["ghost", "annotate", "--provider", config.provider]
    for domain in config.domains:
        words += ["--domain", domain]
    for flag, name in (
        ("--model", "model"),
        ("--form", "form"),
        ("--limit", "limit"),
        ("--concurrency", "concurrency"),
        ("--per-minute", "per_minute"),
        ("--per-day", "per_day"),
        ("--tokens-per-minute", "tokens_per_minute"),
        ("--tokens-per-day", "tokens_per_day"),
        ("--samples", "samples"),
        ("--text", "text"),
    ):
        value = getattr(config, name)
        words += [flag, str(value or 0)] if value != getattr(usual, name) else []
    for flag, said in (
        ("--fails", config.executes is False),
        ("--again", config.again),
        ("--stop-at-quota", config.stop_at_quota),
    ):
        words += [flag] if said else []
    return shlex.join(words)

"""How the form names settings, and numbers and spans in words."""

from __future__ import annotations

from ghost_engine.training.config import TrainingConfig

TITLES = {
    "base_model": "Base model",
    "export_base": "Base for export",
    "load_in_4bit": "Load in 4 bits",
    "max_seq_length": "Context, tokens",
    "rank": "LoRA rank",
    "alpha": "LoRA alpha",
    "dropout": "LoRA dropout",
    "use_rslora": "rsLoRA scaling",
    "use_dora": "DoRA",
    "target_modules": "Layers with an adapter",
    "tune_vision": "Tune the vision tower",
    "gradient_accumulation_steps": "Batches a step",
    "gpus": "Cards",
    "max_grad_norm": "Largest gradient norm",
    "max_steps": "Steps",
    "eval_steps": "Validate every, steps",
    "save_steps": "Checkpoint every, steps",
    "keep_checkpoints": "Checkpoints kept",
    "eval_screens": "Screens drafted",
    "eval_new_tokens": "Longest draft, tokens",
    "early_stop_evaluations": "Stop early after, evaluations",
    "too_long": "Examples that are too long",
    "memory_limit_gib": "Memory limit, GiB",
    "probe": "Probe the longest example first",
}
GROUPS = {
    "Model": (
        "base_model",
        "export_base",
        "phase",
        "loader",
        "device",
        "precision",
        "load_in_4bit",
        "compile",
    ),
    "Data": ("validation_share", "validation_limit", "too_long", "workers"),
    "Adapter": ("alpha", "dropout", "use_rslora", "target_modules"),
    "Optimisation": (
        "optimizer",
        "scheduler",
        "warmup_steps",
        "weight_decay",
        "max_grad_norm",
        "seed",
    ),
    "Evaluation": ("eval_steps", "eval_screens", "eval_new_tokens", "early_stop_evaluations"),
    "Safety": ("save_steps", "keep_checkpoints", "explosion_factor", "memory_limit_gib", "probe"),
}
BASIC = (
    "max_steps",
    "epochs",
    "learning_rate",
    "max_seq_length",
    "rank",
    "batch_size",
    "gradient_accumulation_steps",
)
SEVERAL = ("gpus",)
"""Basic too, where this machine has more than one card."""

SWITCHES = ("use_dora", "tune_vision")
"""Basic too, side by side on a line of their own."""

ELSEWHERE = ("dataset",)
"""Has a chooser of its own."""

PRESETS = {
    "t4": ("T4", "One T4, 16 GB"),
    "a10g": ("A10G", "One A10G, 24 GB"),
    "text": ("Text", "Screens in words, 24 GB"),
    "smoke": ("Smoke", "A tiny model on the processor: proves the machine"),
}


def title(setting: str) -> str:
    """A setting's name for people."""
    return TITLES.get(setting, setting.replace("_", " ").capitalize())


def recipe(config: TrainingConfig) -> str:
    """A configuration in half a line."""
    how_long = (
        f"{config.max_steps:,} steps"
        if config.max_steps
        else f"{config.epochs:g} epoch{'' if config.epochs == 1 else 's'}"
    )
    dora = "DoRA" if config.use_dora else "no DoRA"
    tower = ", vision tuned" if config.tune_vision else ""
    return f"{config.max_seq_length:,} tokens, rank {config.rank}, {dora}{tower}, {how_long}"


def span(seconds: float) -> str:
    """45 s, 12 min, 3 h 20 min, 2 d 4 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} d {hours % 24} h"

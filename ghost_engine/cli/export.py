"""`ghost export`: make files of a trained adapter and watch; or only say what that takes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ghost_engine.cli.say import AsJson, complain, mention, say, say_json

if TYPE_CHECKING:
    from ghost_engine.export.config import ExportConfig
    from ghost_engine.export.plan import Plan
    from ghost_engine.export.result import Export
    from ghost_engine.jobs.records import Run


def export(
    subject: Annotated[
        str, typer.Argument(metavar="RUN|ADAPTER", help="A run's id, or an adapter's folder.")
    ],
    quants: Annotated[
        list[str] | None,
        typer.Option("--quant", help="q4_k_m, q5_k_m, q6_k, q8_0, f16, bf16; may be given often."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the files; output/gguf.")] = None,
    name: Annotated[str | None, typer.Option(help="What the files' names begin with.")] = None,
    base: Annotated[
        str | None, typer.Option(help="The 16-bit weights to merge into: a folder, or owner/name.")
    ] = None,
    ollama: Annotated[str, typer.Option(help="Publish under this name in Ollama.")] = "",
    ollama_url: Annotated[str, typer.Option(help="Where Ollama listens.")] = "",
    keep_merged: Annotated[
        bool, typer.Option("--keep-merged", help="Keep the merged weights as safetensors too.")
    ] = False,
    from_nf4: Annotated[
        bool, typer.Option("--from-nf4", help="Merge into a 4-bit base; about 9 % off.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Download the base without asking.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace another export in the folder.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what it would take.")] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Start it and return; `ghost runs` watches it.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Merge, quantize, prove and place: GGUF files with vision, for llama.cpp and Ollama.

    Works in the background and is watched here; Ctrl+C stops it gently, and `ghost runs resume`
    goes on.
    """
    from ghost_engine.export.config import DEFAULT_NAME, DEFAULT_OUT
    from ghost_engine.export.plan import plan_export
    from ghost_engine.export.subject import find_subject

    config = find_subject(
        subject,
        base=base or "",
        quants=_forms(quants),
        out=str(out) if out else DEFAULT_OUT,
        name=name or DEFAULT_NAME,
        ollama=ollama,
        ollama_url=ollama_url,
        keep_merged=keep_merged,
        from_nf4=from_nf4,
        download=yes,
        replace=force,
    )
    found = plan_export(config)
    if plan:
        return _tell_plan(config, found, as_json)
    if not config.download and _may_download(config, found):
        config = config.model_copy(update={"download": True})
        found = plan_export(config)
    return _start(config, found, detach, as_json)


def told_export(run: Run, as_json: bool) -> int:
    """What an export made, on stdout; its folder and state if it has not finished."""
    from ghost_engine.export.start import config_of, read_result

    made, config = read_result(run), config_of(run)
    if made is None or config is None or run.state != "finished":
        if as_json:
            say_json(run.to_dict())
        else:
            say(str(run.path))
        return 0
    if as_json:
        say_json(_document(run, made, config.folder))
    else:
        _show(made, config.folder)
    return 0


def _forms(quants: list[str] | None) -> tuple[str, ...]:
    """Also given with commas: `--quant q4_k_m,q8_0`."""
    asked = [part for each in quants or () for part in each.lower().split(",") if part]
    return tuple(dict.fromkeys(asked)) or ("q4_k_m",)


def _may_download(config: ExportConfig, found: Plan) -> bool:
    """Ask whoever sits here; where nobody does, the plan's own refusal stands."""
    lack = next((each for each in found.problems if each.what == "download"), None)
    if lack is None or len(found.problems) > 1 or not sys.stdin.isatty():
        return False
    size = f"{found.download_bytes / 1e9:.1f} GB"
    typer.confirm(f"Download {config.base}, {size}?", abort=True, err=True)
    return True


def _start(config: ExportConfig, found: Plan, detach: bool, as_json: bool) -> int:
    from ghost_engine.cli.train import told, user, watch
    from ghost_engine.export.start import start_export

    run = start_export(config, by=user(), plan=found)
    mention(f"Export {run.id}: {_sizes(found)}, to {config.folder}.")
    for warning in found.warnings:
        mention(f"  {warning}")
    if detach:
        return told(run, as_json)
    mention("It goes on by itself. Ctrl+C stops it gently.")
    return watch(run, as_json)


def _tell_plan(config: ExportConfig, found: Plan, as_json: bool) -> int:
    code = 1 if found.problems else 0
    if as_json:
        say_json({"base": config.base, "out": str(config.folder), **found.to_dict()})
        return code
    for file in found.files:
        say(f"{_gigabytes(file.bytes):>10}  {config.folder / file.name}")
    needed, free = _gigabytes(found.high_water_bytes), _gigabytes(found.free_bytes)
    say(f"Disk: {needed} while it works, {free} free. Memory: {_gigabytes(found.memory_bytes)}.")
    where = found.base_folder or f"to be downloaded, {_gigabytes(found.download_bytes)}"
    say(f"Base: {config.base} ({where}).")
    for warning in found.warnings:
        mention(f"Note: {warning}")
    for lack in found.problems:
        complain(f"{lack.message} {lack.hint}", (), {})
    return code


def _document(run: Run, made: Export, out: Path) -> dict[str, Any]:
    document = made.to_dict()
    for file in document["files"]:
        file["path"] = str(out / file["path"])
    return {**document, "out": str(out), "id": run.id, "run_dir": str(run.path), "state": run.state}


def _show(made: Export, out: Path) -> None:
    from ghost_engine.export.commandline import ollama_lines

    for file in made.files:
        if file.role != "merged":
            say(f"{_gigabytes(file.bytes):>10}  {out / file.path}")
    merged = [file for file in made.files if file.role == "merged"]
    if merged:
        folder = (out / merged[0].path).parent
        say(f"{_gigabytes(sum(file.bytes for file in merged)):>10}  {folder}/")
    good = sum(check.passed for check in made.checks)
    say(f"Verified: {good} of {len(made.checks)} checks against transformers, with a picture.")
    for answer in made.answers:
        verdict = {True: "runs", False: "does not run", None: "not judged"}[answer.valid]
        say(f"  {answer.file} wrote {answer.tokens} tokens of SQL: {verdict} on PostgreSQL")
    for warning in made.warnings:
        mention(f"Note: {warning}")
    say(f"In Ollama as {made.ollama}:" if made.ollama else "To use it in Ollama:")
    say(ollama_lines(out, made.ollama or made.name, created=bool(made.ollama)))


def _sizes(found: Plan) -> str:
    names = ", ".join(f"{file.name} {_gigabytes(file.bytes)}" for file in found.files)
    return names or "sizes not known before the base is here"


def _gigabytes(size: int) -> str:
    units = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
    length, unit = next((each for each in units if size >= each[0] / 20), units[-1])
    return f"{size / length:.2f} {unit}"

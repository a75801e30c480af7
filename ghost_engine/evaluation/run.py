"""`evaluate`: ask an engine for the schema of every screenshot, then score its answers.

Asking and scoring are apart: `score_predictions` scores what a folder holds without asking anyone.
The folder keeps predictions (`predictions.jsonl`), judged references (`references.json`) and the
report (`results.json`, `results.md`); a rerun asks only what is missing from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock, Timeout

from ghost_engine.data.pairs import Pair, read_pairs, visibility_of
from ghost_engine.errors import FileError
from ghost_engine.evaluation.asking import (
    Step,
    Watch,
    ask_all,
    image_hash,
    image_problem,
    latest_predictions,
)
from ghost_engine.evaluation.identity import identify
from ghost_engine.evaluation.predictions import (
    Identity,
    Prediction,
    cut_torn_line,
    read_predictions,
)
from ghost_engine.evaluation.references import judge_references
from ghost_engine.evaluation.report import write_report
from ghost_engine.evaluation.results import Evaluation, LeftOut, PairResult
from ghost_engine.inference.protocol import CancelToken
from ghost_engine.inference.registry import get_engine
from ghost_engine.sql.compare import compare


def evaluate(
    engine: str,
    pairs_path: Path,
    out_dir: Path | None = None,
    limit: int | None = None,
    on_step: Callable[[Step], None] | None = None,
    cancel: CancelToken | None = None,
    fresh: bool = False,
) -> Evaluation:
    """Ask `engine` about every pair and score the answers.

    Args:
        engine: an engine's name, or "auto".
        pairs_path: a file in the pairs format.
        out_dir: keeps answers and report; without it nothing is kept.
        limit: only the first so many pairs.
        on_step: told after every pair.
        cancel: set it to stop; the answers so far are kept.
        fresh: ask again even where the same engine has answered.

    Raises:
        FileError: the pairs cannot be read or `out_dir` cannot be written or is in use.
        EngineUnavailable: the engine is unknown or not ready.
        SandboxError: no PostgreSQL can be had to judge the answers.
        Cancelled: `cancel` was set.
    """
    pairs = read_pairs(pairs_path, limit)
    identity = identify(get_engine(engine))
    with _folder(out_dir) as folder:
        cut_torn_line(folder)
        references = judge_references(pairs, folder)
        usable = [pair for pair in pairs if not references[pair.id].problem]
        ask_all(identity, usable, pairs_path.parent, folder, Watch(on_step, cancel), fresh)
        evaluation = _score(identity, pairs, pairs_path, folder)
        write_report(evaluation, folder)
    return evaluation


def score_predictions(pairs_path: Path, out_dir: Path, limit: int | None = None) -> Evaluation:
    """Score what the engine that answered last in `out_dir` predicted; asks nobody.

    Raises:
        FileError: the pairs or the predictions cannot be read, or there are none.
        SandboxError: no PostgreSQL can be had to judge the references.
    """
    pairs = read_pairs(pairs_path, limit)
    identity: Identity | None = None
    for prediction in read_predictions(out_dir):
        identity = prediction.identity
    if identity is None:
        raise FileError(f"{out_dir} holds no predictions.", "Run `ghost eval` first.")
    with _folder(out_dir) as folder:
        evaluation = _score(identity, pairs, pairs_path, folder)
        write_report(evaluation, folder)
    return evaluation


def _score(identity: Identity, pairs: Sequence[Pair], pairs_path: Path, folder: Path) -> Evaluation:
    references = judge_references(pairs, folder)
    known = latest_predictions(identity, folder)
    results: list[PairResult] = []
    left_out: dict[str, list[LeftOut]] = {"missing": [], "broken": [], "unanswered": []}
    for pair in pairs:
        reference = references[pair.id]
        answer = _current(known.get(pair.id), pair, pairs_path.parent)
        if reference.problem:
            left_out["broken"].append(LeftOut(pair.id, reference.problem))
        elif answer is not None:
            comparison = compare(answer.report, reference.schema, visibility_of(pair))
            results.append(PairResult(answer, comparison))
        elif problem := image_problem(pair, pairs_path.parent):
            left_out["missing"].append(LeftOut(pair.id, problem))
        else:
            left_out["unanswered"].append(LeftOut(pair.id, "no answer in this folder yet"))
    return Evaluation(
        identity,
        pairs_path.name,
        tuple(results),
        missing_images=tuple(left_out["missing"]),
        broken_references=tuple(left_out["broken"]),
        unanswered=tuple(left_out["unanswered"]),
    )


def _current(answer: Prediction | None, pair: Pair, pairs_folder: Path) -> Prediction | None:
    """The answer, unless its picture is another one by now; a picture that is gone is believed."""
    digest = image_hash(pair, pairs_folder)
    if answer is None or digest not in (None, answer.image_hash):
        return None
    return answer


@contextmanager
def _folder(out_dir: Path | None) -> Iterator[Path]:
    """The folder to work in, held by this run alone; a passing one if none is given."""
    if out_dir is None:
        with TemporaryDirectory() as passing:
            yield Path(passing)
        return
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(out_dir / ".lock", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise FileError(
            f"Another evaluation is writing to {out_dir}.", "Wait for it or choose another folder."
        ) from error
    except OSError as error:
        raise FileError(
            f"{out_dir} cannot be written: {error.strerror or error}.", "Choose another folder."
        ) from error
    try:
        yield out_dir
    finally:
        lock.release()

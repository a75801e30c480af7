"""Modal as a `Place`: the volume, the board and the calls of `training.modal_app`, seen from here.

The app is deployed before each start, which builds the image the first time and registers the code
of today; a deployed function's calls do not end with the process that asked for them. Calls of
other runs go on in the containers that they have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import grpclib
import grpclib.exceptions
import modal
from modal.config import config

from ghost_engine.errors import TrainingError
from ghost_engine.training import modal_app
from ghost_engine.training.remote.gpus import find_gpu
from ghost_engine.training.remote.place import Look, Order, Unreachable

_REFUSALS = (
    modal.exception.ExecutionError,
    modal.exception.InvalidError,
    modal.exception.NotFoundError,
    modal.exception.PermissionDeniedError,
    modal.exception.RemoteError,
    modal.exception.ResourceExhaustedError,
    modal.exception.UnimplementedError,
    modal.exception.VersionError,
)
_SILENCE = (
    modal.exception.Error,
    grpclib.GRPCError,
    grpclib.exceptions.StreamTerminatedError,
    aiohttp.ClientError,
    OSError,
)
_ENDS = (
    modal.exception.RemoteError,
    modal.exception.FunctionTimeoutError,
    modal.exception.InternalFailure,
    modal.exception.OutputExpiredError,
    modal.exception.NotFoundError,
)
"""A call that ended without a result: killed, out of time, out of tries, forgotten after a week."""


class ModalPlace:
    """A `Place` at Modal, in the workspace of this machine's token."""

    def upload(self, files: Iterable[tuple[Path, str]]) -> None:
        with _in_words("the upload"), modal_app.runs.batch_upload(force=True) as batch:
            for source, there in files:
                batch.put_file(source, f"/{there}")

    def start(self, order: Order) -> str:
        gpu = find_gpu(order.gpu).several(order.gpus)
        secrets = [modal.Secret.from_name(order.secret)] if order.secret else []
        with _in_words("the start"), modal.enable_output():
            modal_app.app.deploy(name=modal_app.APP)
            function = modal.Function.from_name(modal_app.APP, modal_app.FUNCTION).with_options(
                gpu=gpu.wire or None,
                timeout=round(order.limit_seconds) + modal_app.GRACE_SECONDS,
                secrets=secrets or None,
            )
            return str(function.spawn(order.to_dict()).object_id)

    def look(self, call: str) -> Look:
        with _in_words("a look at the call"):
            try:
                result = modal.FunctionCall.from_id(call).get(timeout=0)
            except _ENDS as error:
                return Look(True, error=f"{type(error).__name__}: {error}"[:500])
            except TimeoutError:  # Python's own: no result yet
                return Look(False)
        return Look(True, dict(result))

    def cancel(self, call: str) -> None:
        with _in_words("the end of the call"):
            modal.FunctionCall.from_id(call).cancel(terminate_containers=True)

    def page(self, call: str) -> str:
        return f"https://modal.com/id/{call}"

    def put(self, key: str, value: str) -> None:
        with _in_words("a word on the board"):
            modal_app.board.put(key, value)

    def get(self, key: str) -> str:
        with _in_words("a look at the board"):
            return str(modal_app.board.get(key, ""))

    def sizes(self, under: str) -> dict[str, int]:
        with _in_words("a look at the volume"):
            try:
                entries = modal_app.runs.listdir(f"/{under}", recursive=True)
            except (modal.exception.NotFoundError, FileNotFoundError):
                return {}
        files = (entry for entry in entries if entry.type == modal.types.FileEntryType.FILE)
        return {entry.path.lstrip("/").removeprefix(f"{under}/"): entry.size for entry in files}

    def read(self, path: str, offset: int = 0) -> bytes:
        with _in_words(f"reading {path}"):  # there is no reading from the middle; files are small
            return b"".join(modal_app.runs.read_file(f"/{path}"))[offset:]

    def download(self, path: str, target: Path) -> None:
        with _in_words(f"fetching {path}"), open(target, "wb") as file:
            for part in modal_app.runs.read_file(f"/{path}"):
                file.write(part)

    def remove(self, under: str) -> None:
        with _in_words("clearing the volume"):
            try:
                modal_app.runs.remove_file(f"/{under}", recursive=True)
            except (modal.exception.NotFoundError, FileNotFoundError):
                return


def has_token() -> bool:
    """Whether this machine has a token of Modal's, in its settings or its environment."""
    return bool(config.get("token_id") and config.get("token_secret"))


@contextmanager
def _in_words(doing: str) -> Iterator[None]:
    """Turn what Modal's client raises into a refusal or a silence."""
    try:
        yield
    except modal.exception.AuthError as error:
        raise TrainingError(
            f"Modal does not accept this machine's token ({_short(error)}).", "Run `modal setup`."
        ) from error
    except _REFUSALS as error:
        raise TrainingError(
            f"Modal refuses {doing}: {_short(error)}.",
            "Its dashboard tells more: `modal app list`.",
        ) from error
    except FileNotFoundError:
        raise
    except _SILENCE as error:
        raise Unreachable(
            f"Modal does not answer ({doing}: {_short(error)}).", "Check the network."
        ) from error


def _short(error: BaseException) -> str:
    said = " ".join(str(error).split()).split(". ")[0][:200].rstrip(".")
    return said or type(error).__name__

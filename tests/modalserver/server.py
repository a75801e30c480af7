"""A local server that speaks Modal's protocol, for the real client: volumes, Dicts, apps, calls.

What the client asks for is kept in `asked`. Behind the calls is a `Rehearsal`: a call really runs
its order, in a process of this machine. It knows what our app needs and answers the rest empty.
"""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpclib.const
import grpclib.server
from modal_proto import api_grpc, api_pb2

from ghost_engine.training.remote.place import Order
from ghost_engine.training.remote.rehearsal import FolderHome, Rehearsal

SECRET = "huggingface"
"""The one secret that there is."""


class ModalServer:
    """Answers by the name of the request; `root` has the volume, the board and the calls."""

    def __init__(self, root: Path, files: str) -> None:
        self.rehearsal = Rehearsal(root)
        self.asked: list[tuple[str, Any]] = []
        self.orders: list[dict[str, Any]] = []
        self.url = ""
        self._home = FolderHome(root)
        self._volume = root / "volume"
        self._files = files
        self._blobs: dict[str, bytes] = {}
        self._function = api_pb2.FunctionData()

    def requests(self, name: str) -> list[Any]:
        return [request for each, request in self.asked if each == name]

    def __mapping__(self) -> dict[str, grpclib.const.Handler]:
        abstract = dict.fromkeys(api_grpc.ModalClientBase.__abstractmethods__, lambda *_: None)
        base = type("Base", (api_grpc.ModalClientBase,), abstract)()
        return {
            path: grpclib.const.Handler(
                partial(self._answer, path.rpartition("/")[2], known.reply_type),
                known.cardinality,
                known.request_type,
                known.reply_type,
            )
            for path, known in base.__mapping__().items()
        }

    async def _answer(self, name: str, reply: Callable[[], Any], stream: Any) -> None:
        request = await stream.recv_message()
        self.asked.append((name, request))
        answer = getattr(self, f"on_{name}", None)
        given = await asyncio.to_thread(answer, request) if answer else reply()
        for message in given if isinstance(given, list) else [given]:
            await stream.send_message(message)

    # -- Dicts and secrets -------------------------------------------------------------------------

    def on_DictGetOrCreate(self, request: Any) -> Any:
        return api_pb2.DictGetOrCreateResponse(dict_id="di-1")

    def on_DictGet(self, request: Any) -> Any:
        value = self._home.get(pickle.loads(request.key))
        return api_pb2.DictGetResponse(found=bool(value), value=pickle.dumps(value))

    def on_DictUpdate(self, request: Any) -> Any:
        for update in request.updates:
            self.rehearsal.put(pickle.loads(update.key), pickle.loads(update.value))
        return api_pb2.DictUpdateResponse(created=True)

    def on_SecretGetOrCreate(self, request: Any) -> Any:
        if request.deployment_name != SECRET:
            raise grpclib.GRPCError(grpclib.const.Status.NOT_FOUND, "Secret not found")
        return api_pb2.SecretGetOrCreateResponse(secret_id="st-1")

    # -- volumes -----------------------------------------------------------------------------------

    def on_VolumeGetOrCreate(self, request: Any) -> Any:
        return api_pb2.VolumeGetOrCreateResponse(volume_id=f"vo-{request.deployment_name}")

    def on_MountPutFile(self, request: Any) -> Any:
        if request.WhichOneof("data_oneof"):
            self._blobs[request.sha256_hex] = request.data
        return api_pb2.MountPutFileResponse(exists=request.sha256_hex in self._blobs)

    def on_VolumePutFiles(self, request: Any) -> Any:
        for file in request.files:
            target = self._volume / file.filename.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self._blobs[file.sha256_hex])
        return _empty()

    def on_VolumeListFiles(self, request: Any) -> Any:
        folder = self._volume / request.path.strip("/")
        if not folder.exists():
            raise grpclib.GRPCError(grpclib.const.Status.NOT_FOUND, "no such file or directory")
        entries = [
            api_pb2.FileEntry(
                path=path.relative_to(self._volume).as_posix(),
                type=api_pb2.FileEntry.FILE if path.is_file() else api_pb2.FileEntry.DIRECTORY,
                size=path.stat().st_size,
            )
            for path in folder.rglob("*")
        ]
        return [api_pb2.VolumeListFilesResponse(entries=entries)]

    def on_VolumeGetFile2(self, request: Any) -> Any:
        path = request.path.strip("/")
        if not (self._volume / path).is_file():
            raise grpclib.GRPCError(grpclib.const.Status.NOT_FOUND, "no such file")
        size = (self._volume / path).stat().st_size
        urls = [f"{self._files}/{path}"] if size else []
        return api_pb2.VolumeGetFile2Response(get_urls=urls, size=size, start=0, len=size)

    def on_VolumeRemoveFile(self, request: Any) -> Any:
        self.rehearsal.remove(request.path.strip("/"))
        return _empty()

    # -- the app -----------------------------------------------------------------------------------

    def on_EnvironmentGetOrCreate(self, request: Any) -> Any:
        settings = api_pb2.EnvironmentSettings(image_builder_version="2025.06")
        about = api_pb2.EnvironmentMetadata(name="main", settings=settings)
        return api_pb2.EnvironmentGetOrCreateResponse(environment_id="en-1", metadata=about)

    def on_AppCreate(self, request: Any) -> Any:
        return api_pb2.AppCreateResponse(app_id="ap-1")

    def on_AppPublish(self, request: Any) -> Any:
        return api_pb2.AppPublishResponse(url="https://modal.invalid/app")

    def on_ImageGetOrCreate(self, request: Any) -> Any:
        done = api_pb2.GenericResult(status=api_pb2.GenericResult.GENERIC_STATUS_SUCCESS)
        return api_pb2.ImageGetOrCreateResponse(image_id="im-1", result=done)

    def on_MountGetOrCreate(self, request: Any) -> Any:
        return api_pb2.MountGetOrCreateResponse(mount_id="mo-1")

    def on_FunctionPrecreate(self, request: Any) -> Any:
        return api_pb2.FunctionPrecreateResponse(function_id="fu-1", handle_metadata=_train())

    def on_FunctionCreate(self, request: Any) -> Any:
        function = request.function
        data = request.function_data
        if not data.ranked_functions:
            data = api_pb2.FunctionData(
                module_name=function.module_name,
                function_name=function.function_name,
                ranked_functions=[api_pb2.FunctionData.RankedFunction(rank=0, function=function)],
            )
        self._function = data
        return api_pb2.FunctionCreateResponse(
            function_id="fu-1", function=function, function_data=data, handle_metadata=_train()
        )

    def on_FunctionGet(self, request: Any) -> Any:
        return api_pb2.FunctionGetResponse(
            function_id="fu-1", function=self._function, handle_metadata=_train()
        )

    def on_FunctionBindParams(self, request: Any) -> Any:
        return api_pb2.FunctionBindParamsResponse(
            bound_function_id="fu-2", handle_metadata=_train()
        )

    # -- calls -------------------------------------------------------------------------------------

    def on_FunctionMap(self, request: Any) -> Any:
        (order,), _ = pickle.loads(request.pipelined_inputs[0].input.args)
        self.orders.append(order)
        call = self.rehearsal.start(Order.from_dict(order))
        first = api_pb2.FunctionPutInputsResponseItem(idx=0, input_id="in-1")
        return api_pb2.FunctionMapResponse(function_call_id=f"fc-{call}", pipelined_inputs=[first])

    def on_FunctionGetOutputs(self, request: Any) -> Any:
        look = self.rehearsal.look(request.function_call_id.removeprefix("fc-"))
        if not look.over:
            return api_pb2.FunctionGetOutputsResponse(num_unfinished_inputs=1)
        result = api_pb2.GenericResult(
            status=api_pb2.GenericResult.GENERIC_STATUS_SUCCESS, data=pickle.dumps(look.result)
        )
        if not look.result:
            result = api_pb2.GenericResult(
                status=api_pb2.GenericResult.GENERIC_STATUS_TERMINATED, exception=look.error
            )
        item = api_pb2.FunctionGetOutputsItem(
            result=result, data_format=api_pb2.DATA_FORMAT_PICKLE, input_id="in-1"
        )
        return api_pb2.FunctionGetOutputsResponse(outputs=[item])

    def on_FunctionCallCancel(self, request: Any) -> Any:
        self.rehearsal.cancel(request.function_call_id.removeprefix("fc-"))
        return _empty()


@contextmanager
def serve(root: Path) -> Iterator[ModalServer]:
    """The server on two ports of this machine, one for the files of the volume."""
    (root / "volume").mkdir(parents=True)
    files = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(root / "volume")))
    threading.Thread(target=files.serve_forever, daemon=True).start()
    server = ModalServer(root, f"http://127.0.0.1:{files.server_port}")
    ready, over = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def listen() -> None:
        loops.append(asyncio.get_running_loop())
        listening = grpclib.server.Server([server])
        await listening.start("127.0.0.1", 0)
        port = listening._server.sockets[0].getsockname()[1]
        server.url = f"http://127.0.0.1:{port}"
        ready.set()
        await over.wait()
        listening.close()
        await listening.wait_closed()

    thread = threading.Thread(target=lambda: asyncio.run(listen()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield server
    finally:
        loops[0].call_soon_threadsafe(over.set)
        thread.join(10)
        files.shutdown()
        files.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a test's output is its own."""


def _train() -> Any:
    return api_pb2.FunctionHandleMetadata(
        function_name="train", function_type=api_pb2.Function.FUNCTION_TYPE_FUNCTION
    )


def _empty() -> Any:
    from google.protobuf.empty_pb2 import Empty

    return Empty()

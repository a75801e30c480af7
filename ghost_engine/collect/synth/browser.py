"""Headless Chromium as a camera: HTML in, a picture and what can be seen of its marks out.

Pages are served from memory by a server on loopback, with the vendored styles and fonts; the
browser can reach nothing else. Several pages render at once in one browser.
"""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from playwright.async_api import Browser, CDPSession, Error, Page, Playwright, async_playwright

from ghost_engine.collect.chromium import find_chromium
from ghost_engine.collect.synth.looks import FOLDER
from ghost_engine.errors import CaptureError

_TYPES = {".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
_TIMEOUT_SECONDS = 30
_TAB_USES = 150  # a tab keeps a little of every page it showed
_FLAGS = (
    "--no-sandbox",  # pages are our own, and nothing but loopback can be reached
    "--hide-scrollbars",
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
    "--disable-gpu",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of one marked element. `box` is in source pixels; `share` is 0 to 1."""

    values: tuple[str, ...]
    label: str
    counts: str
    via: tuple[str, ...]
    raw: str
    text: str
    box: tuple[int, int, int, int]
    control: bool
    whole: bool
    share: float


@dataclass(frozen=True, slots=True)
class Shot:
    """A rendered page: the PNG as Chromium wrote it, and its marks in the page's order."""

    png: bytes
    marks: tuple[Mark, ...]


@dataclass(slots=True)
class _Tab:
    """One page of the browser, and how many times it was used."""

    page: Page
    session: CDPSession
    uses: int = 0


class Camera:
    """Renders pages, several at once. An asynchronous context manager.

    Args:
        pages: how many pages render at once.
    """

    def __init__(self, pages: int = 3) -> None:
        self._count = pages
        self._free: asyncio.Queue[_Tab] = asyncio.Queue()
        self._script = (FOLDER / "measure.js").read_text("utf-8")
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._server: _Server | None = None

    async def __aenter__(self) -> Self:
        path = find_chromium()
        self._server = _Server()
        self._playwright = await async_playwright().start()
        try:
            self._browser = await self._playwright.chromium.launch(
                executable_path=path, args=list(_FLAGS)
            )
            for _ in range(self._count):
                self._free.put_nowait(await self._open())
        except Error as error:
            await self.__aexit__(None, None, None)
            raise CaptureError(
                f"Chromium at {path} did not start: {error.message.splitlines()[0]}.",
                "Try it by hand, or name another in GHOST_CHROMIUM.",
            ) from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._browser:
            await self._browser.close()
        if self._playwright:
            await self._playwright.stop()
        if self._server:
            self._server.close()

    async def _open(self) -> _Tab:
        assert self._browser is not None
        page = await self._browser.new_page()
        return _Tab(page, await page.context.new_cdp_session(page))

    async def shoot(self, html: str, width: int, height: int, scale: int) -> Shot:
        """Render `html` in a viewport of CSS pixels at a device pixel ratio of `scale`.

        Raises:
            CaptureError: the page could not be rendered in time.
        """
        tab = await self._free.get()
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                shot = await self._render(tab.page, tab.session, html, (width, height), scale)
        except (Error, TimeoutError) as error:
            await self._renew(tab)
            raise CaptureError(f"The page could not be rendered: {error}.") from error
        tab.uses += 1
        if tab.uses < _TAB_USES:
            self._free.put_nowait(tab)
        else:
            await self._renew(tab)
        return shot

    async def _renew(self, tab: _Tab) -> None:
        """Another tab in the place of one that failed or has grown."""
        self._free.put_nowait(await self._open())
        await tab.page.close()

    async def _render(
        self, page: Page, session: CDPSession, html: str, size: tuple[int, int], scale: int
    ) -> Shot:
        assert self._server is not None
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": scale}
        await session.send("Emulation.setDeviceMetricsOverride", metrics | {"mobile": False})
        with self._server.page(html) as url:
            await page.goto(url, wait_until="load")
            await page.evaluate("() => document.fonts.ready.then(() => true)")
            found = await page.evaluate(self._script)
            taken = await session.send(
                "Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True}
            )
        return Shot(base64.b64decode(taken["data"]), tuple(_mark(each, scale) for each in found))


def _mark(found: dict[str, Any], scale: int) -> Mark:
    x0, y0, x1, y1 = (round(each * scale) for each in found["box"])
    return Mark(
        values=tuple(found["values"].split()),
        label=found["label"],
        counts=found["counts"],
        via=tuple(found["via"].split()),
        raw=found["raw"],
        text=found["text"],
        box=(x0, y0, x1, y1),
        control=found["control"],
        whole=found["whole"],
        share=round(found["share"], 3),
    )


@lru_cache(maxsize=128)
def _vendored(path: str) -> bytes | None:
    """A file below `vendor`, or None."""
    root = (FOLDER / "vendor").resolve()
    file = (FOLDER / path.lstrip("/")).resolve()
    return file.read_bytes() if file.is_relative_to(root) and file.is_file() else None


class _Server:
    """Serves `vendor/` and the pages being rendered, on a free loopback port."""

    def __init__(self) -> None:
        self._pages: dict[str, bytes] = {}
        self._number = 0
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @contextmanager
    def page(self, html: str) -> Iterator[str]:
        self._number += 1
        path = f"/page/{self._number}"
        self._pages[path] = html.encode()
        try:
            yield f"http://127.0.0.1:{self._http.server_address[1]}{path}"
        finally:
            del self._pages[path]

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pages = self._pages

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # the name http.server asks for
                page = pages.get(self.path)
                body = page if page is not None else _vendored(self.path)
                kind = "text/html; charset=utf-8" if page else _TYPES.get(Path(self.path).suffix)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Type", kind or "application/octet-stream")
                self.send_header("Content-Length", str(len(body or b"")))
                self.send_header("Cache-Control", "no-store" if page else "max-age=3600")
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads a log of these."""

        return Handler

"""How do scripts and styles reach the browser: small, once, and only those that the page asked Dash to serve?"""

import asyncio
import gzip
import mimetypes
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dash.fingerprint import check_fingerprint
from starlette.responses import Response

YEAR = "public, max-age=31536000, immutable"
COMPRESSED = frozenset({".js", ".mjs", ".css", ".json", ".svg", ".map"})
MEDIA_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".json": "application/json"}

RegisteredPaths = Callable[[], Mapping[str, set[str]]]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file as it goes over the wire."""

    body: bytes
    encoding: str | None
    media_type: str
    stamp: int


class BrowserFiles:
    """Files of Dash's component packages and of the assets folder, each compressed once per process.

    Dash compresses a file at every request, which costs 0.3 s of CPU for plotly.js alone; this is why it is
    done here. A file with a `.br` twin beside it (made by the build) is served as it lies.
    """

    def __init__(self, assets: Path) -> None:
        self._assets = assets.resolve()
        self._stored: dict[tuple[Path, bool], StoredFile] = {}
        self._lock = asyncio.Lock()

    async def serve_package(self, registered: Mapping[str, set[str]], package: str, path: str, accept: str) -> Response:
        """A file of a component package; 404 unless Dash has registered it."""
        split: Any = check_fingerprint
        plain, fingerprinted = split(path)
        file = getattr(sys.modules.get(package), "__file__", None)
        if file is None or plain not in registered.get(package, set()):
            return Response(status_code=404)
        return await self._serve(Path(file).parent / plain, accept, cached=fingerprinted)

    async def serve_asset(self, path: str, accept: str, *, stamped: bool) -> Response:
        """A file of the assets folder; 404 for anything outside it."""
        asked = await asyncio.to_thread(_inside, self._assets, path)
        if asked is None:
            return Response(status_code=404)
        return await self._serve(asked, accept, cached=stamped)

    async def _serve(self, path: Path, accept: str, *, cached: bool) -> Response:
        if not await asyncio.to_thread(path.is_file):
            return Response(status_code=404)
        stored = await self._load(path, brotli="br" in accept, gzipped="gzip" in accept)
        headers = {"Cache-Control": YEAR if cached else "no-cache", "Vary": "Accept-Encoding"}
        if stored.encoding:
            headers["Content-Encoding"] = stored.encoding
        return Response(stored.body, media_type=stored.media_type, headers=headers)

    async def _load(self, path: Path, *, brotli: bool, gzipped: bool) -> StoredFile:
        if not gzipped:
            return await asyncio.to_thread(_read, path, None)
        key = (path, brotli)
        stamp = (await asyncio.to_thread(path.stat)).st_mtime_ns
        async with self._lock:
            stored = self._stored.get(key)
            if stored is None or stored.stamp != stamp:
                stored = await asyncio.to_thread(_read, path, "br" if brotli else "gzip")
                self._stored[key] = stored
        return stored


def _inside(folder: Path, path: str) -> Path | None:
    """The file that a path names in a folder; None where it leads out of it, by dots, a leading slash or a link."""
    if "\x00" in path:
        return None
    try:
        found = (folder / path.lstrip("/")).resolve()
    except OSError:
        return None
    return found if found.is_relative_to(folder) and not path.startswith("/") else None


def _read(path: Path, encoding: str | None) -> StoredFile:
    stamp = path.stat().st_mtime_ns
    media_type = MEDIA_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    twin = path.with_name(path.name + ".br")
    if encoding == "br" and twin.is_file():
        return StoredFile(twin.read_bytes(), "br", media_type, stamp)
    body = path.read_bytes()
    if encoding is None or path.suffix not in COMPRESSED:
        return StoredFile(body, None, media_type, stamp)
    return StoredFile(gzip.compress(body, compresslevel=9, mtime=0), "gzip", media_type, stamp)

"""A model hub on this machine, for tests: it lists repositories, serves byte ranges, and can be as bad as real ones."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

REVISION = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """What is served, and what was asked.

    files      "owner/name" -> file name -> content; releases/PATH are plain files
    altered    path -> other content than the listing says
    cut_after  path -> how many bytes are sent before the connection ends; each only so often as `cuts` says
    """

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.releases: dict[str, bytes] = {}
        self.told: dict[str, dict[str, Any]] = {}
        self.altered: dict[str, bytes] = {}
        self.cut_after: dict[str, int] = {}
        self.cuts = 1
        self.ranges = True
        self.asked: list[tuple[str, str]] = []
        self.address = ""

    def listing(self, name: str) -> dict[str, Any]:
        """What /api/models/NAME answers."""
        siblings = [self.sibling(file, content) for file, content in self.files[name].items()]
        answer = {"sha": REVISION, "cardData": {"license": "apache-2.0"}, "siblings": siblings}
        return answer | self.told.get(name, {})

    def sibling(self, name: str, content: bytes) -> dict[str, Any]:
        """One file: large ones by their SHA-256, others as a Git blob."""
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        lfs = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        return {"rfilename": name, "size": len(content), "blobId": blob} | ({"lfs": lfs} if len(content) > 1000 else {})

    def content(self, path: str) -> bytes | None:
        """The file at a path of the server."""
        found = re.fullmatch(rf"/(.+?/.+?)/resolve/{REVISION}/(.+)", path)
        if found:
            return self.altered.get(found[2], self.files.get(found[1], {}).get(found[2]))
        return self.releases.get(path.removeprefix("/releases/"))


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append((path, self.headers.get("Range", "")))
        if path.startswith("/api/models/"):
            self.answer_listing(path.removeprefix("/api/models/"))
        elif (content := self.hub.content(path)) is None:
            self.send_error(404)
        else:
            self.send_file(path, content)

    def answer_listing(self, name: str) -> None:
        if name not in self.hub.files:
            self.send_error(401)
            return
        raw = self.hub.told.get(name, {}).get("raw")
        body = raw if raw is not None else json.dumps(self.hub.listing(name)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_file(self, path: str, content: bytes) -> None:
        first = 0
        if self.hub.ranges and (asked := self.headers.get("Range")):
            first = int(asked.removeprefix("bytes=").rstrip("-"))
            if first >= len(content):
                self.send_error(416)
                return
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(content) - first))
        self.end_headers()
        part, cut = content[first:], self.hub.cut_after.get(path.rpartition("/")[2])
        if cut is not None and self.hub.cuts > 0:
            self.hub.cuts -= 1
            part = part[:cut]
        self.wfile.write(part)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub that answers at `address`."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        hub.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()

"""Ask the model hub what a repository holds: its files with sizes and checksums, its revision and its licence.

Two plain addresses are all that is used, with no library of the hub and no token:

    GET /api/models/OWNER/NAME?blobs=true        JSON: sha, cardData.license, siblings with size, blobId and lfs.sha256
    GET /OWNER/NAME/resolve/REVISION/FILE        the file, for large ones by a redirect; byte ranges are served

A large file's checksum is its SHA-256; a small one is a Git blob, whose name is a SHA-1 over a header and the content.
Huggingface_hub's documentation, "hf_api" and "file_download".
"""

from __future__ import annotations

import http.client
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from artwalks_live.core.errors import ModelError
from artwalks_live.paths import cache_folder

HUB = "https://huggingface.co"
RELEASES = "https://github.com/xinntao/Real-ESRGAN/releases/download"
TIMEOUT_S = 30.0
_LISTING_BYTES = 64 << 20
_HEX = {40: re.compile(r"[0-9a-f]{40}"), 64: re.compile(r"[0-9a-f]{64}")}

Json = dict[str, Any]


@dataclass(frozen=True)
class Places:
    """Where models are fetched from, and to; mirrors stand in through $HF_ENDPOINT and $ARTWALKS_RELEASES."""

    cache: Path
    hub: str = HUB
    releases: str = RELEASES

    @classmethod
    def told(cls, environment: Mapping[str, str] = os.environ) -> Places:
        """As the environment says. Raises ModelError for what is no address."""
        hub = environment.get("HF_ENDPOINT") or HUB
        releases = environment.get("ARTWALKS_RELEASES") or RELEASES
        for name, address in (("HF_ENDPOINT", hub), ("ARTWALKS_RELEASES", releases)):
            if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).netloc:
                raise ModelError(f"{name}={address} is no address: write it like {HUB}")
        return cls(cache_folder(environment), hub.rstrip("/"), releases.rstrip("/"))


@dataclass(frozen=True)
class Remote:
    """A file that can be fetched. `checksum` is a SHA-256 (64 digits), or a Git blob's SHA-1 (40)."""

    name: str
    url: str
    bytes: int
    checksum: str


@dataclass(frozen=True)
class Listing:
    """A repository at its newest revision."""

    name: str
    revision: str
    licence: str
    files: tuple[Remote, ...]


def listing(hub: str, repository: str) -> Listing:
    """Ask what a repository holds.

    Raises ModelError when there is no network, no such repository, one that asks for a login, or no answer to use.
    """
    with opened(f"{hub}/api/models/{quote(repository)}?blobs=true", repository) as answer:
        try:
            told = json.loads(answer.read(_LISTING_BYTES))
            if told.get("gated"):
                raise ModelError(_gated(repository, hub))
            revision = _hex(told["sha"], 40)
            files = tuple(_remote(f"{hub}/{repository}/resolve/{revision}", each) for each in told["siblings"])
            return Listing(repository, revision, _licence(told), files)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(
                f"{hub} gives no listing of {repository} that can be read ({type(error).__name__}): "
                "is it a model hub? try again later"
            ) from None
        except (OSError, http.client.HTTPException) as error:
            raise ModelError(_broken(urlsplit(hub).netloc, error)) from None


def _remote(base: str, told: Json) -> Remote:
    name, lfs = str(told["rfilename"]), told.get("lfs")
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts) or not name.isprintable() or "\\" in name:
        raise ModelError(f"{base} lists {name!r}, which leads out of its folder: nothing of it was fetched")
    checksum = _hex(lfs["sha256"], 64) if lfs else _hex(told["blobId"], 40)
    return Remote(name, f"{base}/{quote(name)}", int(told["size"]), checksum)


def _hex(value: object, digits: int) -> str:
    text = str(value).lower()
    if not _HEX[digits].fullmatch(text):
        raise ValueError(f"no {digits} digits")
    return text


def _licence(told: Json) -> str:
    """The licence as the repository's card says it."""
    card = told.get("cardData") or {}
    found = card.get("license_name") or card.get("license") or "not said"
    text = ", ".join(map(str, found)) if isinstance(found, list) else str(found)
    return "".join(c if c.isprintable() else "?" for c in text)[:100]


def opened(url: str, what: str, headers: Mapping[str, str] | None = None) -> Any:
    """Open an address: an http.client.HTTPResponse, to be used in a `with`.

    what  is fetched, for the message. Raises ModelError with a line that says why it cannot be had.
    """
    request = urllib.request.Request(url, headers={"User-Agent": "artwalks-live", **(headers or {})})
    host = urlsplit(url).netloc
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(error.code, what, f"{urlsplit(url).scheme}://{host}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UnreachableError(_broken(host, error)) from None


class UnreachableError(ModelError):
    """There is no way to the server, or it was lost."""


class RangeRefusedError(ModelError):
    """The server has nothing from that byte on."""


def _refused(code: int, what: str, place: str) -> ModelError:
    if code in (401, 403):
        return ModelError(_gated(what, place))
    if code in (404, 410):
        return ModelError(f"{what} is not at {place}: is it spelt right?")
    if code == 416:
        return RangeRefusedError(f"{place} has no more of {what}")
    return ModelError(f"{place} answers {code} when asked for {what}: try again later")


def _gated(what: str, place: str) -> str:
    return (
        f"{what} is not at {place}, or asks for a login: is it spelt right? "
        "one whose licence must be accepted is downloaded by hand; then give its folder"
    )


def _broken(host: str, error: BaseException) -> str:
    """Why there is no connection. URLError wraps what happened."""
    inner = getattr(error, "reason", None)
    cause = inner if isinstance(inner, BaseException) else error
    why = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return f"{host} cannot be reached ({why}): is there a network? what was fetched before works without one"

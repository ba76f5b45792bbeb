"""What a walk was before paintings joined it: kept in its bundle, so that takes of those days are still rendered.

    NAME.walk/earlier/FINGERPRINT.json     a walk.json as it stood; the files that it lists stay in the bundle with it

A loop's closing leg gives way to two others when a painting joins; only an earlier list still names its files.
"""

from __future__ import annotations

import re

from artwalks_live.core import walk
from artwalks_live.core.errors import BundleError
from artwalks_live.core.walk import Walk
from artwalks_live.core.walk_format import encode

FOLDER = "earlier"
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def keep(before: Walk) -> None:
    """Keep the list of a walk that is about to be replaced by a larger one."""
    folder = before.folder / FOLDER
    folder.mkdir(exist_ok=True)
    walk.write_file(folder / f"{walk.fingerprint(before)}.json", encode(before))


def find(now: Walk, fingerprint: str) -> Walk | None:
    """The walk of that fingerprint: the one given, or what it was earlier; None when the bundle does not know it.

    Raises BundleError when it is known and a file of it is missing or altered.
    """
    if walk.fingerprint(now) == fingerprint:
        return now
    name = f"{FOLDER}/{fingerprint}.json"
    if not _FINGERPRINT.fullmatch(fingerprint) or not (now.folder / name).is_file():
        return None
    found = walk.read(now.folder, name, known=now)
    if walk.fingerprint(found) != fingerprint:
        raise BundleError(f"{now.folder / name} was altered (its sha256 differs): restore it, or render without it")
    return found

"""Small bakes for the tests: three paintings, a request with twins for generator and flow, and a look at the result."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from artwalks_live.bake.request import BakeRequest
from artwalks_live.core import walk as bundle

CANVAS = (96, 64)
TWINS = "tests.bake.twins"
BAKE = """
import signal
import sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job starts with Ctrl-C ignored
from artwalks_live.bake.bake import bake
from artwalks_live.bake.request import BakeRequest
bake(BakeRequest((Path(sys.argv[1]),), Path(sys.argv[2]), keyframes=2, canvas=(96, 64),
                 generator="tests.bake.twins:Stalling", flow="tests.bake.twins:FieldFlow", anchors="none"))
"""


def paint(path: Path, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 255, (5, 7, 3), dtype=np.uint8)
    cv2.imwrite(str(path), cv2.resize(values, (160, 120), interpolation=cv2.INTER_CUBIC))


def request(paintings: Path, **changes: object) -> BakeRequest:
    made = BakeRequest(
        sources=(paintings,), folder=paintings.parent / "show.walk", keyframes=2, canvas=CANVAS,
        generator=f"{TWINS}:Dissolve", flow=f"{TWINS}:FieldFlow", anchors="none",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a bundle but the log and the records of the bake."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in files
        if path.name != "bake.log" and bundle.WORK not in path.parts
    }


def steps_made(folder: Path) -> list[str]:
    """The steps of the last bake, from its log: `plan 0`, `keyframe 1`, …"""
    last = (folder / "bake.log").read_text(encoding="utf-8").split("BakeRequest(")[-1]
    return [line.split(": ")[1] for line in last.splitlines() if line.endswith(" s") and "→" in line]


def parts(folder: Path) -> dict[str, int]:
    """Every record of a bundle's bake and when it was written."""
    return {path.name: path.stat().st_mtime_ns for path in (folder / ".bake" / "parts").glob("*.json")}


def await_true(condition: Callable[[], object], deadline_s: float = 20.0) -> None:
    """Look until something is so; fail when it never is."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, "the awaited never came"
        time.sleep(0.01)

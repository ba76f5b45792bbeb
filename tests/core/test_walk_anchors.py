"""Anchors in the bundle: written, read back, checked and hashed like keyframes; without them nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import BundleError, FlowShapeError
from artwalks_live.core.pieces import Piece, plain
from artwalks_live.core.walk import Anchor, Walk
from tests.core.test_walk import alter, flow_bytes, make_walk, png


def anchor(folder: Path, at: float, number: int) -> Anchor:
    image = bundle.put(folder, bundle.KEYFRAMES, png(100 + number), ".png")
    flow = bundle.put(folder, bundle.FLOWS, flow_bytes(10 + number), ".npy")
    crossover = bundle.put(folder, bundle.FLOWS, flow_bytes(10 + number, 2), ".x.npy")
    maps = (flow.sha256, crossover.sha256)
    return Anchor(at, image.name, image.sha256, image.bytes, flow.name, crossover.name, maps)


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    """Keyframes 0, 1, 2; segment 1 has anchors at ¼ and ½."""
    plain_walk = make_walk(tmp_path / "show.walk")
    anchors = (anchor(plain_walk.folder, 0.25, 0), anchor(plain_walk.folder, 0.5, 1))
    first, second = plain_walk.segments
    made = replace(plain_walk, segments=(first, replace(second, anchors=anchors)))
    bundle.write(made)
    return made


def test_anchors_are_read_back(walk: Walk) -> None:
    again = bundle.read(walk.folder)
    assert again == walk
    assert bundle.encode(again) == bundle.encode(walk)
    assert (again.length, again.painting_positions) == (2, (0.0, 2.0)), "positions and counts stay"
    assert again.pieces == (Piece(0, 1, 0, 1), Piece(1, 3, 1, 1.25), Piece(3, 4, 1.25, 1.5), Piece(4, 2, 1.5, 2))
    assert [bundle.load_image(again, i) for i in (2, 3, 4)] == [png(80), png(100), png(101)]
    # an anchor's maps lead to it; the segment's own are those of the rest of the way
    assert [float(bundle.load_flow(again, i)[0, 0, 0]) for i in range(4)] == [0, 10, 11, 1]
    assert bundle.load_crossover(again, 2).shape == (3, 4, 2)
    assert bundle.verify(again) == []


def test_a_walk_without_anchors_is_as_it_always_was(tmp_path: Path) -> None:
    walk = make_walk(tmp_path / "plain.walk")
    assert walk.pieces == plain([(0, 1), (1, 2)])
    lines = (walk.folder / bundle.FILE).read_text().splitlines()
    assert sum(line.endswith(('"anchors": []},', '"anchors": []}')) for line in lines) == 2


def test_the_files_of_anchors_belong_to_the_bundle(walk: Walk) -> None:
    on_disk = {f"{p.parent.name}/{p.name}" for p in walk.folder.rglob("*") if p.suffix in (".png", ".npy")}
    assert bundle.file_names(walk) == on_disk
    total = sum(p.stat().st_size for p in walk.folder.rglob("*") if p.is_file())
    assert bundle.size_bytes(walk) == total
    assert bundle.fingerprint(walk) != bundle.fingerprint(replace(walk, segments=(walk.segments[0],) * 2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a[0].update(at=0.0), r"segment 1: anchors lie at \[0.0, 0.5\], expected phases between 0 and 1"),
        (lambda a: a[1].update(at=1.0), r"anchors lie at \[0.25, 1.0\]"),
        (lambda a: a[1].update(at=0.25), r"anchors lie at \[0.25, 0.25\].* in order, 0.001 apart"),
        (lambda a: a[1].update(at=0.2), r"anchors lie at \[0.25, 0.2\]"),
        (lambda a: a[0].update(at=-0.25), "segment 1: anchor 0: at is -0.25"),
        (lambda a: a[0].update(at="half"), "anchor 0: at is 'half'"),
        (lambda a: a[0].pop("at"), "anchor 0: at is missing"),
        (lambda a: a.append(7), "anchor 2 is 7, expected an object"),
        (lambda a: a[1].update(image="keyframes/../../x.png"), "anchor 1: image is .* inside the bundle"),
        (lambda a: a[1].update(flow="keyframes/x.npy"), "anchor 1: flow is 'keyframes/x.npy'"),
        (lambda a: a[1].update(maps_sha256=["0" * 64]), "maps_sha256 is not a list of 2"),
        (lambda a: a[1].update(maps_sha256=["0" * 64, "x"]), "64 hexadecimal digits"),
        (lambda a: a[1].update(sha256=None), "64 hexadecimal digits"),
        (lambda a: a[1].update(bytes=1), "anchor 1: .* bytes, expected 1"),
    ],
)
def test_a_wrong_anchor_is_refused_in_one_line(walk: Walk, change: Callable[[list[Any]], object], message: str) -> None:
    alter(walk, lambda values: change(values["segments"][1]["anchors"]))
    with pytest.raises(BundleError, match=message) as caught:
        bundle.read(walk.folder)
    assert "\n" not in str(caught.value)


def test_anchors_that_are_no_list_are_refused(walk: Walk) -> None:
    alter(walk, lambda values: values["segments"][1].update(anchors={}))
    with pytest.raises(BundleError, match="segment 1: anchors is not a list"):
        bundle.read(walk.folder)


def test_missing_altered_and_misfitting_files_of_an_anchor(walk: Walk) -> None:
    each = walk.segments[1].anchors[1]
    path = walk.folder / each.image
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    opened = bundle.read(walk.folder)
    assert [line for line in bundle.verify(opened) if "segment 1: anchor 1" in line and "altered" in line]
    with pytest.raises(BundleError, match=r"segment 1: anchor 1: .* was altered"):
        bundle.load_image(opened, 4)
    path.unlink()
    with pytest.raises(BundleError, match=r"segment 1: anchor 1: keyframes/.* is missing"):
        bundle.read(walk.folder)
    path.write_bytes(png(1, (6, 8)))
    alter(walk, lambda values: values["segments"][1]["anchors"][1].update(bytes=path.stat().st_size))
    with pytest.raises(FlowShapeError, match=r"anchor 1: .* is 6x8, expected 8x6"):
        bundle.read(walk.folder)


def test_maps_of_an_anchor_must_fit_one_another(walk: Walk) -> None:
    other = bundle.put(walk.folder, bundle.FLOWS, flow_bytes(3, 4, (6, 8)), ".npy")
    alter(walk, lambda values: values["segments"][1]["anchors"][0].update(flow=other.name))
    with pytest.raises(FlowShapeError, match=r"segment 1: anchor 0: .* expected \(6, 8, 2\) like its flow"):
        bundle.read(walk.folder)


def test_at_survives_its_way_through_json(tmp_path: Path) -> None:
    walk = make_walk(tmp_path / "show.walk")
    at = float(np.float64(1) / 3)
    first, second = walk.segments
    bundle.write(replace(walk, segments=(replace(first, anchors=(anchor(walk.folder, at, 0),)), second)))
    assert bundle.read(walk.folder).pieces[0].end == at

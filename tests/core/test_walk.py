"""The bundle: what is written is read back; whatever is wrong with it is said in one line."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from artwalks_live.core import walk as bundle
from artwalks_live.core.embedding import packed, unpacked
from artwalks_live.core.errors import BundleError, FlowShapeError
from artwalks_live.core.walk import Keyframe, Painting, Segment, Walk

CANVAS = (8, 6)


def png(red: int, size: tuple[int, int] = CANVAS) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    width, height = size
    rows = b"".join(b"\0" + bytes([red, 0, 0]) * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def npy(array: np.ndarray) -> bytes:
    import io

    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def flow_bytes(value: float, channels: int = 4, shape: tuple[int, int] = (3, 4)) -> bytes:
    return npy(np.full((*shape, channels), value, np.float16))


def make_walk(folder: Path, loop: bool = False) -> Walk:
    """Painting, keyframe, painting (and, in a loop, a keyframe back), committed."""
    folder.mkdir()
    count = 4 if loop else 3
    images = [bundle.put(folder, bundle.KEYFRAMES, png(40 * i), ".png") for i in range(count)]
    numbers = [0, None, 1, None]
    weights: list[dict[int, float]] = [{0: 1.0}, {0: 0.5, 1: 0.5}, {1: 1.0}, {0: 0.5, 1: 0.5}]
    keyframes = tuple(
        Keyframe(file.name, file.sha256, file.bytes, numbers[i], weights[i], 0.1 * i) for i, file in enumerate(images)
    )
    segments = []
    for i in range(count if loop else count - 1):
        flow = bundle.put(folder, bundle.FLOWS, flow_bytes(i), ".npy")
        crossover = bundle.put(folder, bundle.FLOWS, flow_bytes(i, 2), ".x.npy")
        pair = (flow.sha256, crossover.sha256)
        segments.append(Segment(i, (i + 1) % count, flow.name, crossover.name, pair))
    paintings = (Painting("Über", "A", "CC0", "a.jpg", "0" * 64, 0), Painting("B", "", "", "b.jpg", "1" * 64, 2))
    generator = {"name": "patch", "seed": 0, "options": {"keyframes": 1}}
    walk = Walk(folder, CANVAS, loop, paintings, keyframes, tuple(segments), generator, {"numpy": "2"})
    bundle.write(walk)
    return walk


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    return make_walk(tmp_path / "show.walk")


def alter(walk: Walk, change: Callable[[dict[str, Any]], object]) -> None:
    path = walk.folder / bundle.FILE
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


@pytest.mark.parametrize("loop", [False, True])
def test_what_is_written_is_read_back(tmp_path: Path, loop: bool) -> None:
    walk = make_walk(tmp_path / "show.walk", loop)
    again = bundle.read(str(walk.folder))
    assert again == walk
    assert again.length == (4 if loop else 2)
    assert again.painting_positions == (0.0, 2.0)
    assert bundle.verify(again) == []
    assert np.array_equal(bundle.load_flow(again, 1), np.full((3, 4, 4), 1, np.float16))
    assert bundle.load_crossover(again, 1).shape == (3, 4, 2)
    assert bundle.load_image(again, 1) == png(40)


def test_json_is_the_published_format(walk: Walk) -> None:
    values = json.loads((walk.folder / "walk.json").read_text(encoding="utf-8"))
    assert list(values) == [
        "format", "canvas", "loop", "generator", "versions", "paintings", "keyframes", "segments",
    ]  # fmt: skip
    assert values["format"] == 1
    assert values["canvas"] == [8, 6]
    assert values["paintings"][0] == {
        "title": "Über", "artist": "A", "licence": "CC0", "source": "a.jpg", "source_sha256": "0" * 64, "keyframe": 0,
    }  # fmt: skip
    image = png(40)
    assert values["keyframes"][1] == {
        "image": f"keyframes/{hashlib.sha256(image).hexdigest()[:16]}.png",
        "sha256": hashlib.sha256(image).hexdigest(),
        "bytes": len(image),
        "painting": None,
        "weights": {"0": 0.5, "1": 0.5},
        "arc": 0.1,
    }
    assert set(values["segments"][0]) == {"from", "to", "flow", "crossover", "sha256", "anchors"}


def test_embeddings_are_kept_and_a_walk_without_them_has_no_such_field(walk: Walk) -> None:
    assert b"embedding" not in (walk.folder / bundle.FILE).read_bytes()
    vector = np.full(16, 0.25, np.float32)
    there = replace(walk, paintings=tuple(replace(each, embedding=packed(vector)) for each in walk.paintings))
    bundle.write(there)
    again = bundle.read(walk.folder)
    assert again == there
    assert np.array_equal(unpacked(again.paintings[1].embedding), vector)
    some = replace(there, paintings=(there.paintings[0], walk.paintings[1]))
    bundle.write(some)  # a painting that was appended where the model is not
    assert bundle.read(walk.folder) == some


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, "painting 0: embedding is '3', expected base64"),
        ("%%%", "embedding is '%%%', expected base64"),
        ("AAA=", "embedding has 1 values, expected 1 to 8192 of a vector of length 1"),
        (packed(np.full(9000, 1 / np.sqrt(9000), np.float32)), "embedding has 9000 values"),
        (packed(np.array([np.nan, 1.0], np.float32)), "embedding has 2 values"),
        (packed(np.array([0.6, 0.8], np.float32)), "the paintings' embeddings are of different lengths"),
    ],
)
def test_an_embedding_that_is_none_is_refused(walk: Walk, value: object, message: str) -> None:
    alter(walk, lambda values: values["paintings"][0].update(embedding=value))
    alter(walk, lambda values: values["paintings"][1].update(embedding=packed(np.ones(1, np.float32))))
    with pytest.raises(BundleError, match=message):
        bundle.read(walk.folder)


def test_same_walk_same_bytes_and_no_temporary_file_is_left(walk: Walk) -> None:
    before = (walk.folder / bundle.FILE).read_bytes()
    print_of_it = bundle.fingerprint(walk)
    bundle.write(bundle.read(walk.folder))
    assert (walk.folder / bundle.FILE).read_bytes() == before
    assert bundle.fingerprint(bundle.read(walk.folder)) == print_of_it
    assert not list(walk.folder.rglob("*.part"))


def test_an_unsound_walk_is_not_committed_over_a_sound_one(walk: Walk) -> None:
    before = (walk.folder / bundle.FILE).read_bytes()
    with pytest.raises(BundleError, match="segments"):
        bundle.write(replace(walk, loop=True))
    (walk.folder / walk.segments[0].flow).unlink()
    with pytest.raises(BundleError, match="missing"):
        bundle.write(walk)
    assert (walk.folder / bundle.FILE).read_bytes() == before


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "file"
    bundle.write_file(target, b"old")
    with pytest.raises(TypeError):
        bundle.write_file(target, "text")  # type: ignore[arg-type]
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_put_repairs_a_damaged_file_and_keeps_a_sound_one(tmp_path: Path) -> None:
    first = bundle.put(tmp_path, "flows", b"abc", ".npy")
    path = tmp_path / first.name
    stamp = path.stat().st_mtime_ns
    bundle.put(tmp_path, "flows", b"abc", ".npy")
    assert path.stat().st_mtime_ns == stamp
    path.write_bytes(b"ab")
    assert bundle.put(tmp_path, "flows", b"abc", ".npy") == first
    assert path.read_bytes() == b"abc"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.update(format=3), "format 3 is newer than this program reads"),
        (lambda v: v.update(format="1"), "format is '1'"),
        (lambda v: v.pop("canvas"), "canvas is missing"),
        (lambda v: v.update(canvas=[8]), "canvas is not a list of 2"),
        (lambda v: v.update(canvas=[8, 0]), "expected two sides"),
        (lambda v: v.update(canvas=[8, True]), "expected two sides"),
        (lambda v: v.update(loop=0), "expected true or false"),
        (lambda v: v.update(loop=True), "expected at least two keyframes and as many segments"),
        (lambda v: v.update(keyframes={}), "keyframes is not a list"),
        (lambda v: v.update(paintings=[1, 2]), "painting 0 is 1, expected an object"),
        (lambda v: v["keyframes"].pop(), "3|2 keyframes and 2 segments"),
        (lambda v: v["keyframes"][1].update(image="../secret.png"), "not keyframes/NAME.png inside the bundle"),
        (lambda v: v["keyframes"][1].update(image="keyframes/../walk.json"), "inside the bundle"),
        (lambda v: v["keyframes"][1].update(image="keyframes/a/b.png"), "inside the bundle"),
        (lambda v: v["keyframes"][1].update(image="keyframes/..png"), "inside the bundle"),
        (lambda v: v["keyframes"][1].update(image="keyframes\\a.png"), "inside the bundle"),
        (lambda v: v["keyframes"][1].update(image="/etc/passwd"), "inside the bundle"),
        (lambda v: v["keyframes"][1].update(image="flows/a.png"), "inside the bundle"),
        (lambda v: v["segments"][1].update(flow="keyframes/a.npy"), "segment 1: flow is 'keyframes/a.npy'"),
        (lambda v: v["segments"][1].update({"from": 0}), "leads from 0 to 2, expected 1 to 2"),
        (lambda v: v["segments"][1].update(sha256=["1"]), "sha256 is not a list of 2"),
        (lambda v: v["segments"][1].update(sha256=["1", "2"]), "64 hexadecimal digits"),
        (lambda v: v["keyframes"][1].update(bytes=7), "has .* bytes, expected 7"),
        (lambda v: v["keyframes"][1].update(bytes=-1), "a whole number of at least 1"),
        (lambda v: v["keyframes"][1].update(weights={"0": 0.9, "1": 0.9}), "sum to 1.8"),
        (lambda v: v["keyframes"][1].update(weights={"a": 1}), "the number of a painting"),
        (lambda v: v["keyframes"][1].update(weights={"7": 1}), "a painting that does not exist"),
        (lambda v: v["keyframes"][2].update(weights={"0": 1}), "weight 1 of itself"),
        (lambda v: v["keyframes"][1].update(arc=-1), "arc is -1"),
        (lambda v: v["keyframes"][1].update(arc=10**400), "arc is 1000"),
        (lambda v: v["keyframes"][1].update(arc=5), "arc is less than"),
        (lambda v: v["keyframes"][1].update(painting=1), "paintings are keyframes"),
        (lambda v: v["paintings"][1].update(keyframe=1), "paintings are keyframes"),
        (lambda v: v["paintings"][1].update(title="a\x1b[2J"), "expected one line of text"),
        (lambda v: v["paintings"][1].update(title="\ud800"), "expected one line of text"),
    ],
)
def test_a_wrong_walk_json_is_refused_in_one_line(
    walk: Walk, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    alter(walk, change)
    with pytest.raises(BundleError, match=message) as caught:
        bundle.read(walk.folder)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("walk.json: ")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": NaN}', "[" * 100_000, "\xff", '{"format": 1e999}'])
def test_what_is_not_json_is_refused(walk: Walk, text: str) -> None:
    (walk.folder / bundle.FILE).write_bytes(text.encode("latin-1"))
    with pytest.raises(BundleError, match=r"walk\.json"):
        bundle.read(walk.folder)


def test_unknown_fields_are_left_alone(walk: Walk) -> None:
    alter(walk, lambda values: values.update(later={"x": 1}))
    assert bundle.read(walk.folder) == walk


def test_missing_truncated_and_altered_files(walk: Walk) -> None:
    flow = walk.folder / walk.segments[1].flow
    data = flow.read_bytes()
    flow.write_bytes(data[:-1])
    with pytest.raises(BundleError, match=f"segment 1: {walk.segments[1].flow} has {len(data) - 1} bytes, expected"):
        bundle.read(walk.folder)
    flow.unlink()
    with pytest.raises(BundleError, match=r"segment 1: flows/.* is missing"):
        bundle.read(walk.folder)
    flow.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    opened = bundle.read(walk.folder)
    with pytest.raises(BundleError, match="was altered"):
        bundle.load_flow(opened, 1)
    assert [line for line in bundle.verify(opened) if "segment 1" in line and "altered" in line]
    assert len(bundle.verify(opened)) == 1


def rewrite_flow(walk: Walk, data: bytes) -> None:
    """Put other bytes in the place of segment 0's flow, with their right hash."""
    (walk.folder / walk.segments[0].flow).write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    alter(walk, lambda values: values["segments"][0].update(sha256=[digest, values["segments"][0]["sha256"][1]]))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (npy(np.zeros((3, 4), np.float16)), r"shape \(3, 4\), expected \(h, w, 4\): bake again"),
        (flow_bytes(0, 2), r"shape \(3, 4, 2\), expected \(h, w, 4\)"),
        (flow_bytes(0, 4, (6, 8)), r"shape \(3, 4, 2\), expected \(6, 8, 2\) like its flow"),
        (npy(np.zeros((3, 4, 4), np.float32)), "type <f4"),
        (npy(np.asfortranarray(np.zeros((3, 4, 4), np.float16))), "not a .npy file"),
        (npy(np.array([{"a": 1}], dtype=object)), r"type \|O"),
        (b"\x93NUMPY\x01\x00\x10\x00" + b"(" * 300, "not a .npy file"),
        (b"", "not a .npy file"),
        (b"PK\x03\x04", "not a .npy file"),
    ],
)
def test_a_flow_file_that_is_not_one_is_refused(walk: Walk, data: bytes, message: str) -> None:
    rewrite_flow(walk, data)
    with pytest.raises(BundleError, match=message):
        bundle.read(walk.folder)


def test_a_keyframe_of_another_size_is_refused(walk: Walk) -> None:
    data = png(1, (6, 8))
    (walk.folder / walk.keyframes[1].image).write_bytes(data)
    alter(walk, lambda values: values["keyframes"][1].update(bytes=len(data)))
    with pytest.raises(FlowShapeError, match=r"keyframe 1: .* is 6x8, expected 8x6"):
        bundle.read(walk.folder)


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_links_are_not_followed(walk: Walk, tmp_path: Path) -> None:
    image = walk.folder / walk.keyframes[1].image
    outside = tmp_path / "outside.png"
    image.rename(outside)
    image.symlink_to(outside)
    with pytest.raises(BundleError, match="is a link"):
        bundle.read(walk.folder)
    image.unlink()
    outside.rename(image)
    (walk.folder / "flows").rename(tmp_path / "flows")
    (walk.folder / "flows").symlink_to(tmp_path / "flows")
    with pytest.raises(BundleError, match="flows is a link"):
        bundle.read(walk.folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_does_not_hang_the_reader(walk: Walk) -> None:
    image = walk.folder / walk.keyframes[1].image
    image.unlink()
    os.mkfifo(image)
    with pytest.raises(BundleError, match="special file"):
        bundle.read(walk.folder)


def test_what_is_no_bundle_at_all(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="does not exist: make it with"):
        bundle.read(tmp_path / "none.walk")
    (tmp_path / "file").write_text("x")
    with pytest.raises(BundleError, match="not a folder"):
        bundle.read(tmp_path / "file")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BundleError, match=r"not a walk \(it has no walk.json\)"):
        bundle.read(tmp_path / "folder")
    (tmp_path / "folder" / bundle.WORK).mkdir()
    with pytest.raises(BundleError, match="unfinished bake"):
        bundle.read(tmp_path / "folder")


def test_verify_says_how_far_it_is(walk: Walk) -> None:
    shares: list[float] = []
    bundle.verify(walk, shares.append)
    assert shares == sorted(shares)
    assert (len(shares), shares[-1]) == (7, 1.0)


def test_size_counts_a_shared_file_once(walk: Walk) -> None:
    files = {keyframe.image for keyframe in walk.keyframes}
    files |= {name for segment in walk.segments for name in (segment.flow, segment.crossover)}
    expected = sum((walk.folder / name).stat().st_size for name in [*files, bundle.FILE])
    assert bundle.size_bytes(walk) == expected

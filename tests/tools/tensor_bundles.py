"""Writes TensorFlow's tensor bundles and SavedModel folders, well-formed or wrong in one place."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tools.film.crc32c import masked_crc32c

GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
Value = np.ndarray | bytes


@dataclass(frozen=True)
class Style:
    """How a bundle is written.

    block     bytes after which a block of the index ends
    restart   entries after which a key is written in full again
    method    of compression that blocks claim;  endian: 1 for big
    shards    number of data files, filled in turns
    dtype     of all arrays, instead of float32;  sliced: entries say that they lie in slices
    """

    block: int = 400
    restart: int = 4
    method: int = 0
    endian: int = 0
    shards: int = 1
    dtype: int = 1
    sliced: bool = False


PLAIN = Style()


def number(value: int) -> bytes:
    """A varint."""
    text = b""
    while value > 127:
        text += bytes([value & 127 | 128])
        value >>= 7
    return text + bytes([value])


def field(key: int, value: int | str | bytes) -> bytes:
    """A field of a message: an integer, or a text or message."""
    if isinstance(value, int):
        return number(key << 3) + number(value)
    data = value.encode() if isinstance(value, str) else value
    return number(key << 3 | 2) + number(len(data)) + data


def write_bundle(prefix: Path, values: Mapping[str, Value], style: Style = PLAIN) -> None:
    """Write arrays and strings (bytes) as one bundle."""
    prefix.parent.mkdir(parents=True, exist_ok=True)
    shards = [b""] * style.shards
    pairs = [(b"", field(1, style.shards) + (field(2, style.endian) if style.endian else b"") + field(3, field(1, 1)))]
    for i, (key, value) in enumerate(sorted(values.items())):
        shard = i % style.shards
        data, crc = _encoded(value)
        place = field(3, shard) + field(4, len(shards[shard])) + field(5, len(data))
        pairs.append((key.encode(), _kind(value, style) + place + number(6 << 3 | 5) + struct.pack("<I", crc)))
        shards[shard] += data
    prefix.with_name(prefix.name + ".index").write_bytes(table(pairs, style))
    for i, data in enumerate(shards):
        prefix.with_name(f"{prefix.name}.data-{i:05d}-of-{style.shards:05d}").write_bytes(data)


def _encoded(value: Value) -> tuple[bytes, int]:
    if isinstance(value, bytes):
        length = struct.pack("<I", len(value))
        sum_of_length = struct.pack("<I", masked_crc32c(length))
        return number(len(value)) + sum_of_length + value, masked_crc32c(length, sum_of_length, value)
    data = np.ascontiguousarray(value).tobytes()
    return data, masked_crc32c(data)


def _kind(value: Value, style: Style) -> bytes:
    if isinstance(value, bytes):
        return field(1, 7) + field(2, b"")
    shape = b"".join(field(2, field(1, side)) for side in value.shape)
    return field(1, style.dtype) + field(2, shape) + (field(7, b"") if style.sliced else b"")


def table(pairs: Iterable[tuple[bytes, bytes]], style: Style = PLAIN) -> bytes:
    """A sorted table: blocks of pairs, an empty block, a block of the blocks' places, and the footer."""
    out, places, waiting = b"", [], []
    for pair in pairs:
        waiting.append(pair)
        if sum(len(key) + len(value) for key, value in waiting) >= style.block:
            out, place = _add(out, waiting, style)
            places.append((waiting[-1][0], place))
            waiting = []
    if waiting:
        out, place = _add(out, waiting, style)
        places.append((waiting[-1][0], place))
    out, meta = _add(out, [], style)
    out, index = _add(out, places, replace(style, restart=1))
    return out + (meta + index).ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def _add(out: bytes, pairs: Sequence[tuple[bytes, bytes]], style: Style) -> tuple[bytes, bytes]:
    """The table so far with one block more, and that block's place."""
    block, before, restarts = b"", b"", []
    for i, (key, value) in enumerate(pairs):
        shared = 0
        if i % style.restart == 0:
            restarts.append(len(block))
        else:
            while shared < min(len(key), len(before)) and key[shared] == before[shared]:
                shared += 1
        block += number(shared) + number(len(key) - shared) + number(len(value)) + key[shared:] + value
        before = key
    block += struct.pack(f"<{max(1, len(restarts))}I", *(restarts or [0])) + struct.pack("<I", max(1, len(restarts)))
    method = bytes([style.method])
    place = number(len(out)) + number(len(block))
    return out + block + method + struct.pack("<I", masked_crc32c(block, method)), place


def object_graph(variables: Mapping[tuple[str, ...], tuple[str, str]]) -> bytes:
    """A TrackableObjectGraph of variables by their path of attributes: their names and their keys."""
    children: list[dict[str, int]] = [{}]
    leaves: dict[int, tuple[str, str]] = {}
    for path, leaf in variables.items():
        at = 0
        for step in path:
            if step not in children[at]:
                children[at][step] = len(children)
                children.append({})
            at = children[at][step]
        leaves[at] = leaf
    nodes = b""
    for i, steps in enumerate(children):
        node = b"".join(field(1, field(1, child) + field(2, step)) for step, child in steps.items())
        if i in leaves:
            name, key = leaves[i]
            node += field(2, field(1, "VARIABLE_VALUE") + field(2, name) + field(3, key))
        nodes += field(1, node)
    return nodes


def write_saved_model(
    folder: Path,
    variables: Mapping[tuple[str, ...], tuple[str, np.ndarray]],
    *,
    scope: str = "",
    style: Style = PLAIN,
) -> Path:
    """A SavedModel's folder as Keras writes it: variables under numbered keys, by path their names and values."""
    keys = {path: f"variables/{i}/.ATTRIBUTES/VARIABLE_VALUE" for i, path in enumerate(variables)}
    graph = object_graph({path: (scope + name, keys[path]) for path, (name, _) in variables.items()})
    values: dict[str, Value] = {keys[path]: value for path, (_, value) in variables.items()}
    write_bundle(folder / "variables" / "variables", {**values, GRAPH: graph}, style)
    (folder / "saved_model.pb").write_bytes(b"")
    return folder

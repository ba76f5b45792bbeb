"""TensorFlow's tensor bundle, the `variables` of a SavedModel, read without TensorFlow.

`NAME.index` is a sorted table in LevelDB's format: key → BundleEntryProto, and the key "" → BundleHeaderProto.
`NAME.data-00000-of-00001` and its fellows hold the tensors, raw and little-endian, each with a masked CRC-32C.
Sources: LevelDB's doc/table_format.md; TensorFlow's tensor_bundle.proto.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import ModelError
from artwalks_live.nn.protobuf import Wire, WireError
from tools.film.crc32c import masked_crc32c
from tools.film.message import Message

MAGIC = 0xDB4775248B80FB57
FOOTER = 48
TRAILER = 5  # behind each block: its compression and its sum
FLOAT, STRING = 1, 7  # of TensorFlow's DataType
MAX_INDEX = 64 << 20
MEND = "download the model again"


@dataclass(frozen=True)
class Entry:
    """Where a tensor lies."""

    dtype: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    crc: int
    sliced: bool


class TensorBundle:
    """The tensors of one bundle, by key. Every table block and every tensor that is read is checked by its sum."""

    def __init__(self, prefix: Path) -> None:
        """Read the index of the bundle `prefix`, which stands for `prefix.index` and `prefix.data-…`.

        Raises ModelError when it is missing, damaged, or of a kind that is not read here.
        """
        self.index = prefix.with_name(prefix.name + ".index")
        self._prefix = prefix
        try:
            size = self.index.stat().st_size
            if size > MAX_INDEX:
                raise WireError(f"it has {size >> 20} MB, and {MAX_INDEX >> 20} are enough for any")
            table = dict(_table(self.index.read_bytes()))
            self._shards = _shards(table.pop(b"", None))
            self.entries = {key.decode("utf-8", "replace"): _entry(value) for key, value in table.items()}
        except OSError as error:
            raise ModelError(f"{self.index} cannot be read ({error.strerror}): {MEND}") from None
        except WireError as error:
            raise ModelError(f"{self.index} is no whole index of TensorFlow 2's variables ({error}): {MEND}") from None

    def array(self, key: str) -> NDArray[np.float32]:
        """Read a float32 tensor. Raises ModelError when it is of another type, cut off or altered."""
        entry = self.entries[key]
        if entry.dtype != FLOAT or entry.sliced:
            kind = "kept in slices" if entry.sliced else f"of TensorFlow's type {entry.dtype}"
            raise ModelError(f"{self.index}: {key} is {kind}: only whole float32 variables can be converted")
        if entry.size != 4 * math.prod(entry.shape):
            raise ModelError(f"{self.index}: {key} has {entry.size} bytes for the shape {entry.shape}: {MEND}")
        data = self._data(key)
        self._check(key, masked_crc32c(data))
        return np.frombuffer(data, "<f4").reshape(entry.shape)

    def text(self, key: str) -> bytes:
        """Read a scalar of TensorFlow's string type: its length, the sum of that, its bytes. Raises ModelError."""
        entry = self.entries[key]
        if entry.dtype != STRING or entry.shape or entry.sliced:
            raise ModelError(f"{self.index}: {key} is no string: only SavedModels of TensorFlow 2 can be converted")
        data = self._data(key)
        try:
            length, at = Wire(data).varint(0, len(data))
        except WireError as error:
            raise ModelError(f"{self.index}: {key} is no string ({error}): {MEND}") from None
        # The sum is over the length as a plain integer, not as it is written.
        self._check(key, masked_crc32c(struct.pack("<I" if length < 1 << 32 else "<Q", length), data[at:]))
        return data[at + 4 :]

    def _data(self, key: str) -> bytes:
        entry = self.entries[key]
        path = self._prefix.with_name(f"{self._prefix.name}.data-{entry.shard:05d}-of-{self._shards:05d}")
        try:
            if path.stat().st_size < entry.offset + entry.size:
                raise ModelError(f"{path} ends before {key} does: {MEND}")
            with path.open("rb") as file:
                file.seek(entry.offset)
                return file.read(entry.size)
        except OSError as error:
            raise ModelError(f"{path} cannot be read ({error.strerror}): {MEND}") from None

    def _check(self, key: str, crc: int) -> None:
        if crc != self.entries[key].crc:
            raise ModelError(f"{self._prefix}: the checksum of {key} does not fit its data: {MEND}")


def _table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Every key and value of a table file, in order."""
    if len(data) < FOOTER or struct.unpack("<Q", data[-8:])[0] != MAGIC:
        raise WireError("its end is missing or foreign")
    footer = data[-FOOTER:]
    _, _, at = _handle(footer, 0)
    offset, size, _ = _handle(footer, at)
    for _, handle in _block(data, offset, size):
        yield from _block(data, *_handle(handle, 0)[:2])


def _handle(data: bytes, at: int) -> tuple[int, int, int]:
    """Where a block lies, its size, and where the handle that says so ends."""
    wire = Wire(data)
    offset, at = wire.varint(at, len(data))
    size, at = wire.varint(at, len(data))
    return offset, size, at


def _block(data: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of one block; a key is written as what it shares with the one before, and the rest."""
    end = offset + size
    if size < 4 or end + TRAILER > len(data) - FOOTER:
        raise WireError("a block lies outside of it")
    if masked_crc32c(data[offset : end + 1]) != struct.unpack_from("<I", data, end + 1)[0]:
        raise WireError("the checksum of a block does not fit")
    if data[end] != 0:
        raise WireError(f"a block is compressed, by method {data[end]}")
    wire = Wire(data[offset:end])
    end = size - 4 - 4 * struct.unpack_from("<I", wire.data, size - 4)[0]  # behind it: where keys are written in full
    at, key = 0, b""
    while at < end:
        shared, at = wire.varint(at, end)
        fresh, at = wire.varint(at, end)
        length, at = wire.varint(at, end)
        if shared > len(key) or at + fresh + length > end:
            raise WireError("a key or a value crosses the end of its block")
        key = key[:shared] + wire.data[at : at + fresh]
        yield key, wire.data[at + fresh : at + fresh + length]
        at += fresh + length


def _shards(value: bytes | None) -> int:
    """The number of data files, from BundleHeaderProto."""
    if value is None:
        raise WireError("it has no header")
    header = Message(value)
    if header.integer(2):
        raise WireError("it was written by a big-endian machine")
    return header.integer(1)


def _entry(value: bytes) -> Entry:
    """One tensor, from BundleEntryProto."""
    message = Message(value)
    return Entry(
        dtype=message.integer(1),
        shape=tuple(size.integer(1) for size in message.message(2).messages(2)),
        shard=message.integer(3),
        offset=message.integer(4),
        size=message.integer(5),
        crc=message.integer(6),
        sliced=bool(message.messages(7)),
    )

"""Mix two networks of one layout into one, weight by weight, without anything but their files.

Between networks that were trained from one another the mean of the weights behaves as what lies between them: that is
how realesr-general-x4v3 gets its denoise strength. Wang et al., "Deep Network Interpolation", CVPR 2019.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from artwalks_live.core.errors import ModelError
from artwalks_live.nn.onnx_file import OnnxFile
from artwalks_live.nn.protobuf import Part, Wire

_FLOAT32 = 1


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A weight: its name and sides, and where its values lie in the file."""

    name: str
    sides: tuple[int, ...]
    values: Part


def blended(a: OnnxFile, b: OnnxFile, share: float) -> OnnxFile:
    """The network whose weights are share·a + (1 − share)·b.

    share  [0, 1]; at 1 and 0 the weights are those of a and b, to the bit

    All but the weights is a's. Raises ModelError when the two are not of one layout.
    """
    ours, theirs = (list(_tensors(file)) for file in (a, b))
    if not ours or [(each.name, each.sides) for each in ours] != [(each.name, each.sides) for each in theirs]:
        raise ModelError(f"{a.path} and {b.path} are not of one layout and cannot be mixed: fetch both again")
    data = bytearray(a.data)
    for one, other in zip(ours, theirs, strict=True):
        values = [
            np.frombuffer(file.data, "<f4", (part.end - part.start) // 4, part.start)
            for file, part in ((a, one.values), (b, other.values))
        ]
        mixed = np.float32(share) * values[0] + np.float32(1.0 - share) * values[1]
        data[one.values.start : one.values.end] = mixed.astype("<f4").tobytes()
    return replace(a, data=bytes(data), sha256=hashlib.sha256(data).hexdigest())


def _tensors(file: OnnxFile) -> Iterator[_Tensor]:
    """The float32 weights of the main graph that lie in it as bytes, in order."""
    wire = Wire(file.data)
    for number, value in wire.fields(wire.whole):
        if number == 7:  # ModelProto.graph
            for inner, part in wire.fields(wire.part(value)):
                if inner == 5:  # GraphProto.initializer
                    found = _tensor(wire, wire.part(part))
                    if found is not None:
                        yield found


def _tensor(wire: Wire, part: Part) -> _Tensor | None:
    """TensorProto; None for another type, and for values that are not one run of bytes."""
    name, sides, kind, values = "", [], 0, None
    for number, value in wire.fields(part):
        match number:
            case 1 if isinstance(value, int):
                sides.append(value)
            case 2:
                kind = wire.number(value)
            case 8:
                name = wire.text(value)
            case 9:
                values = wire.part(value)
    if kind != _FLOAT32 or values is None or values.end - values.start != 4 * int(np.prod(sides, dtype=np.int64)):
        return None
    return _Tensor(name, tuple(sides), values)

"""CRC-32C (Castagnoli), as TensorFlow's files carry it; long data is taken in many lanes at once.

The register is linear over GF(2): lanes are run side by side from an empty register, and a lane's result is moved over
the lanes behind it by a 32x32 bit matrix. Source: RFC 3720, appendix B.4; the mask is that of LevelDB's log format.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]
LANES = 4096  # a power of two: 14 MB in 0.1 s
FULL = 0xFFFFFFFF


def masked_crc32c(*parts: bytes) -> int:
    """Sum the parts as if they were one, turned and shifted so that sums of data with sums inside stay good."""
    crc = crc32c(*parts)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & FULL


def crc32c(*parts: bytes) -> int:
    """Sum the parts as if they were one."""
    register = FULL
    for part in parts:
        register = _advance(register, part)
    return register ^ FULL


def _advance(register: int, data: bytes) -> int:
    length = len(data) // LANES
    if length >= 16:
        register = _advance_lanes(register, np.frombuffer(data, np.uint8, LANES * length).reshape(LANES, length))
        data = data[LANES * length :]
    for byte in data:
        register = _BYTES[(register ^ byte) & 255] ^ register >> 8
    return register


def _advance_lanes(register: int, lanes: NDArray[np.uint8]) -> int:
    registers = np.zeros(LANES, np.uint32)
    registers[0] = register
    for column in np.ascontiguousarray(lanes.T):
        registers = _TABLE[(registers ^ column) & 255] ^ registers >> 8
    move = _moved_by(lanes.shape[1])
    while registers.size > 1:
        registers = _apply(move, registers[0::2]) ^ registers[1::2]
        move = _apply(move, move)
    return int(registers[0])


def _moved_by(count: int) -> Words:
    """The matrix that takes a register over `count` zero bytes, as the images of its 32 bits."""
    bits = np.uint32(1) << np.arange(32, dtype=np.uint32)
    result, step = bits, _TABLE[bits & 255] ^ bits >> 8
    while count:
        if count & 1:
            result = _apply(step, result)
        step, count = _apply(step, step), count >> 1
    return result


def _apply(matrix: Words, registers: Words) -> Words:
    result = np.zeros_like(registers)
    for bit in range(32):
        result ^= matrix[bit] * (registers >> np.uint32(bit) & np.uint32(1))
    return result


def _table() -> Words:
    registers = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        registers = registers >> np.uint32(1) ^ np.uint32(0x82F63B78) * (registers & np.uint32(1))
    return registers


_TABLE = _table()
_BYTES: list[int] = _TABLE.tolist()

"""The latent at the keyframes: weights over all paintings that sum to 1, and a noise that moves smoothly."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake.compose import moments
from artwalks_live.bake.compose.sound import ROW_S, Song
from artwalks_live.bake.compose.track import Track

Vector = NDArray[np.float64]
FAINT = 0.03  # of a painting with less weight nothing would be seen
TIE = 1e-3
DIGITS = 6


@dataclass(frozen=True, eq=False)
class Score:
    """What stands at each keyframe.

    times      (K,) seconds
    standing   (K,) int64, the painting that the keyframe is, or -1
    weights    (K, N) of all paintings, each row summing to 1
    noise      (K, D) in [-1, 1]
    """

    times: Vector
    standing: NDArray[np.int64]
    weights: Vector
    noise: Vector

    def __len__(self) -> int:
        return len(self.times)

    def packed(self) -> dict[str, NDArray[Any]]:
        """As arrays."""
        return {"times": self.times, "standing": self.standing, "weights": self.weights, "noise": self.noise}

    @classmethod
    def unpacked(cls, arrays: Mapping[str, NDArray[Any]]) -> Score:
        """The reverse."""
        return cls(arrays["times"], arrays["standing"], arrays["weights"], arrays["noise"])

    @property
    def sha256(self) -> str:
        """Of everything that it says."""
        data = b"".join(np.ascontiguousarray(array).tobytes() for array in self.packed().values())
        return hashlib.sha256(data).hexdigest()


def score(song: Song, track: Track, when: moments.Moments, most: int) -> Score:
    """Read a track at the keyframes.

    most   paintings that one picture may be made of
    """
    at = moments.times(song, when)
    noise = np.round(_at(track.noise, at), DIGITS)
    raw = sparse(_at(track.classes, at), most)
    standing = moments.stands(song, at, raw)
    weights = sparse(moments.drawn(raw, standing), most)
    return Score(at, standing, np.round(weights, DIGITS), noise)


def sparse(weights: Vector, most: int) -> Vector:
    """Weights of which only so many of a row are left, (K, N).

    What is left is what exceeds the heaviest that is not: so a painting comes and goes by degrees.
    """
    ranks = np.argsort(np.argsort(-weights, axis=1, kind="stable"), axis=1, kind="stable")
    ranked = np.sort(weights, axis=1)[:, ::-1]
    beyond = ranked[:, most : most + 1] if weights.shape[1] > most else np.zeros((len(weights), 1))
    left = np.maximum(weights - np.maximum(beyond, FAINT), 0.0)
    left += np.where(ranks < most, TIE * weights, 0.0) * (left.sum(axis=1, keepdims=True) < TIE)  # where all are alike
    made: Vector = left / left.sum(axis=1, keepdims=True)
    return made


def _at(rows: Vector, at: Vector) -> Vector:
    """Rows (n, D) at instants (K,), between two rows on a line."""
    row = np.clip(at / ROW_S, 0.0, len(rows) - 1.0)
    first = np.minimum(row.astype(int), max(len(rows) - 2, 0))
    share = (row - first)[:, None]
    made: Vector = (1.0 - share) * rows[first] + share * rows[np.minimum(first + 1, len(rows) - 1)]
    return made

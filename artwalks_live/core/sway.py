"""Sway: how far each mode of a painting swings, from what pushes it and from how much it plays by itself.

A mode is a complex displacement field that swings at its own frequency (Li et al., "Generative Image Dynamics", CVPR
2024; Davis et al., "Image-space modal bases for plausible manipulation of objects in video", SIGGRAPH Asia 2015). The
painting is moved by d = Σ Re(mode · amplitude); this module makes the amplitudes. Played, they turn, and after 149/30 s
all stand again as they stood. Driven, each is an oscillator that hangs on the hand that pushes, by spring and damper:

    z' = (−c − g·min(|push|, 1) + iω)(z − push)

so a push held on leans it by just that much, let go it swings at its mode's frequency, and every mode loses the same
share of its swing in the same time, the slow ones too. (With one damping *ratio* for all, the slowest would take ten
seconds to come to rest, or the fast ones would not ring.) The hand grips while it pushes (g): a kick is there at once,
the swing comes after it. With nothing to move it, it comes to rest: exactly 0.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.timeline import TICK_HZ

Amplitudes = NDArray[np.complex128]

MODES = 16
LOOP_S = 149 / 30  # 149 frames at 30 per second: the published length
FREQUENCIES_HZ: NDArray[np.float64] = np.arange(MODES) / LOOP_S
TICK_S = 1 / TICK_HZ
DAMPING_PER_S = 4.0  # e⁻¹ in 0.25 s; from ten times a painting's full swing to rest in under 3 s
LEAST_DAMPING_PER_S = 0.1
GRIP_PER_S = 25.0  # without it the picture follows a kick 85 ms late and only .8 like it; above it hardly swings
LATENCY_S = 0.03  # at which the displacement is most like what pushes, at the default damping
REST = 1 / 55 / 64  # of an amplitude: under a fiftieth of a pixel where all modes together move 64
PLAY_S = 0.5  # in which playing comes up from nothing to all there is
PUSH_LIMIT = 8.0
_TURN = 2j * np.pi * FREQUENCIES_HZ


class Oscillators:
    """The oscillators of one show, stepped once a tick, so the same at any frame rate.

    tick_s   how much time a step is, s

    One thread. About 8 µs a tick, 1 at rest. What it adds to the path from sound to picture: `LATENCY_S`.
    """

    def __init__(self, tick_s: float = TICK_S) -> None:
        self._tick_s = tick_s
        self._loop_ticks = LOOP_S / tick_s
        self._ticks = 0
        self._play = 0.0
        self._z: Amplitudes = np.zeros(MODES, np.complex128)
        self._still: Amplitudes = np.zeros(MODES, np.complex128)
        self._still.flags.writeable = False
        self._moving = False
        self._damping_per_s = math.nan
        self._stays = self._still

    def step(
        self, push: float = 0.0, play: float = 0.0, amount: float = 1.0, damping_per_s: float = DAMPING_PER_S
    ) -> Amplitudes:
        """Go on by a tick.

        push           what pushes, during this tick; 1 leans every mode by its whole size. Beyond ±8 it counts as that
        play           how much the modes play by themselves, [0, 1]; followed within half a second
        amount         what all is magnified by, 0 .. 5
        damping_per_s  what rate the swing dies away at, 1/s, .1 or above; below the default, rest takes longer
        returns        (16,) complex128, read-only or the caller's own; exactly 0 at rest and where amount is 0
        """
        self._ticks += 1
        push = min(max(push, -PUSH_LIMIT), PUSH_LIMIT) if math.isfinite(push) else 0.0
        most = self._tick_s / PLAY_S
        self._play += min(max(play - self._play, -most), most)
        self._swing(push, amount, damping_per_s)
        if amount == 0.0 or not (self._moving or self._play):
            return self._still
        if not self._play:
            driven: Amplitudes = self._z * amount
            return driven
        part = math.fmod(self._ticks, self._loop_ticks) * self._tick_s  # small, so that an hour on it is as exact
        both: Amplitudes = (self._z + self._play * np.exp(_TURN * part)) * amount
        return both

    def _swing(self, push: float, amount: float, damping_per_s: float) -> None:
        """Move what is driven on by a tick, exactly for a push held that long; and let it come to rest."""
        if damping_per_s != self._damping_per_s:
            self._damping_per_s = damping_per_s
            self._stays = np.exp((_TURN - max(damping_per_s, LEAST_DAMPING_PER_S)) * self._tick_s)
        if not self._moving and abs(push) <= REST:
            return
        self._z = push + (self._z - push) * (self._stays * math.exp(-GRIP_PER_S * min(abs(push), 1.0) * self._tick_s))
        rest = REST / max(abs(amount), 1.0)
        self._moving = abs(push) > rest or bool(np.abs(self._z).max() > rest)
        if not self._moving:
            self._z = self._still


def displacement(modes: NDArray[np.floating], amplitudes: Amplitudes) -> NDArray[np.float32]:
    """Add up the modes as they stand: what the shader does, for one painting.

    modes       (K, h, w, 4) Re u, Im u, Re v, Im v in current px, K ≤ 16
    amplitudes  (16,) complex
    returns     (h, w, 2) (dx, dy) in current px, +y down: the painting is read at x − d
    """
    turned = amplitudes[: len(modes)]
    weights = np.stack([turned.real, -turned.imag], axis=1).astype(np.float32)
    parts = modes.astype(np.float32).reshape(*modes.shape[:3], 2, 2)
    moved: NDArray[np.float32] = np.einsum("khwcp,kp->hwc", parts, weights, dtype=np.float32)
    return moved

"""Whether a sound device's blocks still come, judged by how they have come so far. Pure: it is told the time."""

from __future__ import annotations

import math

LOST_S = 0.25  # without a block for this long, a device counts as lost ...
FIRST_S, AT_FIRST_S = 0.5, 3.0  # ... at first, while its habits are not known, for twice as long ...
MOST_S = 1.0  # ... and one that gives its blocks in bursts for half as long again as between them, but no longer
LONG_S = 0.125  # a pause between bursts, not between the blocks of one
BURSTS = 4  # pauses' time without a long one, and the device has changed its habit


class BlockWatch:
    """Tells a device that was lost from one that gives its blocks in bursts.

    Two long pauses in a row make a habit, a single one is a stutter. The audio thread says when a block came, any
    thread asks.
    """

    def __init__(self) -> None:
        self._last_s = self._first_s = self._paused_s = -math.inf
        self._pauses = (0.0, 0.0)

    @property
    def begun(self) -> bool:
        """Whether any block has come."""
        return self._last_s > -math.inf

    @property
    def last_s(self) -> float:
        """When the last one came; -inf before the first."""
        return self._last_s

    def came(self, now_s: float) -> None:
        """Note that a block came."""
        pause_s = now_s - self._last_s
        if not self.begun:
            self._first_s = now_s
        elif pause_s > MOST_S:
            self._pauses = (0.0, 0.0)
        elif pause_s > LONG_S:
            self._pauses = (self._pauses[1], pause_s)
            self._paused_s = now_s
        self._last_s = now_s

    def patience_s(self) -> float:
        """For how long the next block may be awaited after the last, LOST_S .. MOST_S."""
        usual_s = max(self._pauses) if min(self._pauses) > 0 else 0.0
        if self._last_s - self._paused_s > BURSTS * usual_s:
            usual_s = 0.0
        least_s = FIRST_S if self._last_s - self._first_s < AT_FIRST_S else LOST_S
        return min(max(least_s, 1.5 * usual_s), MOST_S)

    def lost(self, now_s: float) -> bool:
        """Whether blocks had begun to come and have ceased."""
        return self.begun and now_s - self._last_s >= self.patience_s()

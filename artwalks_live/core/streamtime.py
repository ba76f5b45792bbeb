"""How late a callback runs: the library that calls it read its own clock before, ours is read after waiting.

PortAudio stamps a callback in its own thread; then Python's lock may keep it waiting for tens of milliseconds. Both
clocks run alike, so what lies between them is the smallest difference seen, and what is more than that was waiting.
"""

from __future__ import annotations

import math

LEAK = 1e-4  # seconds a second: by how much the two clocks may come to differ without one early callback ...
WAIT_S = 1.0  # ... and a longer wait than this means that the library's clock was set anew


class StreamTime:
    """Turns the library's stamps into the show's clock. Audio thread; nothing is allocated."""

    def __init__(self) -> None:
        self._least_s = math.inf
        self._before_s = -math.inf

    def called_s(self, stream_s: float, now_s: float) -> float:
        """When the library called, on the show's clock; `now_s` where its clock does not run.

        stream_s  what the library's clock said then
        now_s     what the show's says now
        """
        runs = stream_s > self._before_s
        apart_s = now_s - stream_s
        passed_s = max(0.0, stream_s - self._before_s) if math.isfinite(self._before_s) else 0.0
        least_s = min(self._least_s + LEAK * passed_s, apart_s)
        self._before_s = stream_s
        if not runs or apart_s - least_s > WAIT_S:
            self._least_s = apart_s
            return now_s
        self._least_s = least_s
        return stream_s + least_s

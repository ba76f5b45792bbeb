"""Play a clip aloud while the picture listens to it: the sound card's count of samples leads."""

from __future__ import annotations

import numpy as np

from artwalks_live.core.audio import ArraySource, AudioClip, Hop, Samples, SoundPort
from artwalks_live.core.sampleclock import SampleClock

PATIENCE_S = 2.5  # how long the picture waits at 0: PulseAudio may take two seconds to begin


class PlayedSource:
    """A clip sounding on an output, with its hops at the very times of `ArraySource`.

    clip    what is analysed
    port    where it sounds; its rate is `sound`'s
    sound   the same clip at the port's rate, where the port refuses the clip's own

    Stream time follows the samples that are heard, through a loop that smooths the card's reports. If the output is
    lost the time runs on, and when it is back the sound joins in where the picture is; so it does when the card had to
    leave out a few blocks. After the end: silence.
    """

    def __init__(self, clip: AudioClip, port: SoundPort, sound: AudioClip | None = None) -> None:
        self.clip = clip
        self.sample_rate_hz = clip.sample_rate_hz
        self._hops = ArraySource(clip)
        self.hop = self._hops.hop
        self._port = port
        self._sound = (sound or clip).samples
        self._rate_hz = (sound or clip).sample_rate_hz
        self._clock = SampleClock(self._rate_hz)
        self._cursor = 0
        self._start_s = 0.0
        self._shown_s = 0.0

    @property
    def state(self) -> str:
        """'ok', or what the output says."""
        return self._port.state

    @property
    def latency_s(self) -> float:
        """0: what the picture hears of a file it knows in time."""
        return 0.0

    @property
    def overruns(self) -> int:
        """Blocks that the output did not have in time."""
        return self._port.faults

    def start(self, now_s: float) -> None:
        """Let it sound; stream time 0 is when the first sample is heard."""
        self._start_s = now_s
        self._port.open(self._fill)

    def time_at(self, now_s: float) -> float:
        """Seconds into the clip that are heard at `now_s`; waits at 0 for the first sound."""
        if not self._clock.anchored:
            waited_s = now_s - self._start_s
            if waited_s < PATIENCE_S and self._port.state == "ok":
                return 0.0
            self._clock.observe(0, min(now_s, self._start_s + PATIENCE_S))
        self._shown_s = max(self._shown_s, self._clock.samples_at(now_s) / self._rate_hz)
        return self._shown_s

    def hops_until(self, time_s: float) -> list[Hop]:
        """The hops of the clip that end by `time_s`."""
        return self._hops.hops_until(time_s)

    def _fill(self, block: Samples, heard_s: float) -> None:
        """Fill the next block (n, channels), the first sample of which will be heard at `heard_s`. Audio thread."""
        self._cursor += round(self._clock.slip(self._cursor, heard_s, self._port.faults) * self._rate_hz)
        self._clock.observe(self._cursor, heard_s)
        part = self._sound[max(self._cursor, 0) : max(self._cursor + len(block), 0)]
        quiet = min(max(-self._cursor, 0), len(block))
        block[:quiet] = 0
        np.clip(part, -1.0, 1.0, out=block[quiet : quiet + len(part)])
        block[quiet + len(part) :] = 0
        self._cursor += len(block)

    def take_samples(self) -> tuple[Samples, float]:
        """None: the clip is known."""
        return self._hops.take_samples()

    def close(self) -> None:
        """Stop the sound."""
        self._port.close()

"""From the sound in the air to the picture that shows it: every part of the way, and their sum."""

from __future__ import annotations

from dataclasses import dataclass, fields

HEARING_HOPS = 2.0
"""Half of the window that is analysed, which is four hops long."""


@dataclass(frozen=True, slots=True)
class Latency:
    """The parts, in seconds, in the order in which the sound goes through them.

    input_s      the sound device's own, as it says; 0 for a file, which is known in time
    hop_s        until a hop is full and is looked at
    hearing_s    half the window of the analysis: what begins is heard when it fills half of it
    frame_s      from the hop to the frame that shows it: the frame queue
    display_s    the display's own, as calibrated or told

    Beats are predicted, so they land on the sound all the same; what is late by the sum is all that only reacts.
    """

    input_s: float = 0.0
    hop_s: float = 0.0
    hearing_s: float = 0.0
    frame_s: float = 0.0
    display_s: float = 0.0

    @property
    def total_s(self) -> float:
        """Their sum."""
        return self.input_s + self.hop_s + self.hearing_s + self.frame_s + self.display_s

    def line(self) -> str:
        """`latency 92 ms: input 35, hop 16, hearing 21, frame 20, display 0`."""
        parts = ", ".join(f"{part.name[:-2]} {getattr(self, part.name) * 1e3:.0f}" for part in fields(self))
        return f"latency {self.total_s * 1e3:.0f} ms: {parts}"

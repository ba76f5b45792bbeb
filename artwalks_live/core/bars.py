"""Where the bar begins: what the ear claims of metre and downbeat, taken over only when it lasts."""

from __future__ import annotations

from artwalks_live.core.features import Features

USUAL_METER = 4
LONGEST_METER = 16
SURE, SURER = 0.5, 0.8  # the ear's confidence in its bars that is needed, and where a hand has set them
CLAIMED_BEATS = 4.0  # how long the same must be claimed


class Bars:
    """Beats in a bar, and how far the count must be shifted for its multiples to begin bars.

    meter     beats in a bar, 1 to 16
    by_hand   somebody tapped the bar, so the ear must be surer to move it
    """

    def __init__(self) -> None:
        self.meter = USUAL_METER
        self.by_hand = False
        self._told = 0
        self._claim = (0, 0)
        self._claimed = 0.0
        self._heard: Features | None = None

    def hear(self, features: Features) -> None:
        """What the ear says of bars."""
        self._heard = features

    def tell(self, meter: float) -> None:
        """/clock/meter: so many beats from now on; 0 leaves it to the leader."""
        self._told = min(max(round(meter), 0), LONGEST_METER)
        self.meter = self._told or USUAL_METER

    def outside(self) -> None:
        """Another clock leads, whose bars have four beats unless told."""
        self.meter = self._told or USUAL_METER
        self._claimed = 0.0

    def claim(self, ahead: int, beats: float) -> tuple[int, int] | None:
        """Weigh the ear's claim for a tick in which it leads.

        ahead   whole beats by which the show's count is ahead of the ear's
        beats   passed in this tick
        returns None, or (meter, beats by which the count must be moved): to be done at the next beat
        """
        heard = self._heard
        needed = SURER if self.by_hand else SURE
        if heard is None or not 1 <= heard.meter <= LONGEST_METER or heard.bar_confidence < needed:
            self._claimed = 0.0
            return None
        meter = self._told or heard.meter
        late = round(heard.downbeat + ahead) % meter  # of the downbeat in the show's bar
        if (meter, late) != self._claim:
            self._claim, self._claimed = (meter, late), 0.0
        self._claimed += beats
        if (late == 0 and meter == self.meter) or self._claimed < CLAIMED_BEATS:
            return None
        return meter, -late if 2 * late <= meter else meter - late

    def settle(self, meter: int) -> None:
        """Take the claimed meter over."""
        self.meter, self._claimed = meter, 0.0

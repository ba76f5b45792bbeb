"""Paintings that join the walk of a running show: what the render thread does about them, between two frames."""

from __future__ import annotations

from collections.abc import Callable

from artwalks_live.core.show import Show
from artwalks_live.perform.stage import Larger, Stage
from artwalks_live.perform.watch import Watch


class Joining:
    """Lets a show go on in the larger walk that a watch has found.

    The pictures around the position are read ahead in both walks; when those of the larger one are there, it is offered
    to the show, which goes on in it at the first tick at which nothing jumps by it.

    tell    told a line for each painting that has joined
    """

    def __init__(self, stage: Stage, watch: Watch, tell: Callable[[str], None]) -> None:
        self._stage, self._watch, self._tell = stage, watch, tell
        self._seen: Larger | None = None
        self._coming: Larger | None = None

    def frame(self, show: Show) -> None:
        """Do what is to be done after the show's frame and before it is drawn. Microseconds."""
        coming = self._coming
        if coming is not None and show.grown == coming.growth.walk:
            self._take_on(coming)
        if self._watch.newest is not self._seen:
            self._seen = self._coming = self._watch.newest
            self._stage.foresee(self._coming)
        coming = self._coming
        show.offer(coming.growth if coming is not None and self._stage.ready else None)

    @property
    def doing(self) -> str:
        """What is under way, for the status line; "" for nothing."""
        if self._coming is None:
            return self._watch.doing
        title = self._coming.walk.paintings[-1].title
        where = ": the show must leave the way back to the beginning first" if self._coming.walk.loop else ""
        return f"{title} waits to join{where}"

    @property
    def faults(self) -> tuple[str, ...]:
        """What went wrong, a line each."""
        return self._watch.faults

    def _take_on(self, larger: Larger) -> None:
        before = len(self._stage.walk.paintings)
        self._stage.go_on_in(larger)
        self._coming = None
        walk = larger.walk
        for number, painting in enumerate(walk.paintings[before:], before + 1):
            self._tell(f"{painting.title} joined the walk: painting {number}, {walk.length} segments now")

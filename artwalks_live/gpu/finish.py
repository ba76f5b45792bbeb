"""The finish: what becomes of the encoded picture on its way to the target: ISF filters in order, then the limiter.

    chain ─ picture ─ filter ─ picture ─ … ─ filter ─ limiter ─ target

Each part is there only while it is on: without any, the chain draws into the target itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import moderngl

from artwalks_live.core.errors import GraphicsError
from artwalks_live.core.params import ParamTable
from artwalks_live.gpu.isf import Drawn, IsfEffect
from artwalks_live.gpu.isf_filter import Filter
from artwalks_live.gpu.limiter import LIMIT, Limiter
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.gpu.surface import Surface


class Finish:
    """Render thread.

    target   what is shown
    size     of the picture in it, pixels

    Raises GraphicsError (file:line) when a shader or filter does not compile.
    """

    def __init__(self, ctx: moderngl.Context, library: ShaderLibrary, target: Surface, size: tuple[int, int]) -> None:
        self._ctx, self._target, self._size = ctx, target, size
        self._limiter = Limiter(ctx, library, target, size)
        self.effects = [IsfEffect(ctx, one, library.params) for one in library.filters]
        self._pictures: list[Surface] = []
        self._params = library.params
        self._events = _events(self.effects, library.params)
        self._pressed: frozenset[str] = frozenset()
        self._on: list[IsfEffect] = []
        self._limits = False

    @property
    def filters(self) -> bool:
        """Whether filters follow in this frame: black is then theirs to apply, after the last one."""
        return bool(self._on)

    def begin(self, values: Mapping[str, float]) -> Surface:
        """See what is on in a frame; returns the surface that the chain's last draw goes to."""
        self._on = [effect for effect in self.effects if effect.is_on(values)]
        self._limits = values[LIMIT] > 0.5
        if self._on:
            return self._picture(0)
        return self._limiter.input if self._limits else self._target

    def values(self, values: Mapping[str, float]) -> Mapping[str, float]:
        """The values as programs see them: an event is 1 only in the first frame in which it is pressed."""
        if not self._events:
            return values
        pressed = frozenset(name for name in self._events if values[name] > 0.5)
        fresh, self._pressed = pressed - self._pressed, pressed
        return {**values, **{name: float(name in fresh) for name in self._events}}

    def end(self, drawn: Drawn) -> None:
        """Bring the picture to the target. `drawn`: its picture is passed over, its black is the frame's."""
        for effect in self.effects:
            if effect not in self._on:
                effect.skip()
        for number, effect in enumerate(self._on):
            last = number == len(self._on) - 1
            end = self._limiter.input if self._limits else self._target
            effect.draw(end if last else self._picture(number + 1), _of(drawn, self._picture(number), last))
        if self._limits:
            self._limiter.run()
        else:
            self._limiter.skip()

    def warm_up(self, values: Mapping[str, float], drawn: Drawn) -> None:
        """Draw everything once: drivers finish compiling at the first draw."""
        self.begin({**values, LIMIT: 1.0, **{effect.filter.mix.name: 1.0 for effect in self.effects}})
        self.end(drawn)
        for effect in self.effects:
            effect.skip()
        self._limiter.skip()

    def reload(self, one: Filter) -> str | None:
        """Go on with another text of a filter.

        returns   None, or what is wrong with it in one line; then the last good program stays
        """
        for number, effect in enumerate(self.effects):
            if effect.filter.file == one.file:
                try:
                    self.effects[number] = effect.renewed(one, self._params)
                except GraphicsError as error:
                    return str(error)
                self._on = [self.effects[number] if each is effect else each for each in self._on]
                self._events = _events(self.effects, self._params)
                return None
        return None

    def release(self) -> None:
        """Free every GL object made here."""
        self._limiter.release()
        for effect in self.effects:
            effect.release()
        for picture in self._pictures:
            picture.release()

    def _picture(self, number: int) -> Surface:
        while len(self._pictures) <= number % 2:
            self._pictures.append(Surface.make(self._ctx, self._size))
        return self._pictures[number % 2]


def _events(effects: list[IsfEffect], params: ParamTable) -> list[str]:
    inputs = (each for effect in effects for each in effect.filter.header.inputs if each.type == "event")
    return [param.name for each in inputs for param in each.params if param.name in params]


def _of(drawn: Drawn, picture: Surface, last: bool) -> Drawn:
    return replace(drawn, picture=picture.texture, black=drawn.black if last else 0.0)

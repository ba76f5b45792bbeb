"""The renderer: a frame's state in, a picture in the target out.

The target has a fixed size and row 0 is the top of the picture everywhere, so reading it needs no flip; only showing it
in a window turns it over. With no effect on, the walk pass writes the 8-bit target itself; otherwise the chain runs in
linear light, in RGBA16F, and is encoded once, in its last draw. ISF filters and the flash limiter come after (finish).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import moderngl
import numpy as np
import numpy.typing as npt

from artwalks_live.core.errors import ArtwalksError, GraphicsError
from artwalks_live.core.video import PixelFormat, pixel_shape
from artwalks_live.gpu.chain import HISTORY, TARGET, WORK, Step, every_step, steps
from artwalks_live.gpu.finish import Finish
from artwalks_live.gpu.fit import Fit
from artwalks_live.gpu.isf import Drawn
from artwalks_live.gpu.isf_filter import Filter
from artwalks_live.gpu.living import Living
from artwalks_live.gpu.noise import grain_texture, wave_texture
from artwalks_live.gpu.programs import FrameBlock, Program
from artwalks_live.gpu.readback import Readback, planes_of
from artwalks_live.gpu.residency import Residency, SegmentTextures
from artwalks_live.gpu.shaders import Pass, Recipe, ShaderLibrary
from artwalks_live.gpu.source import pending
from artwalks_live.gpu.surface import Surface

INFINITE = 1e9  # what stands for an infinite logit in uniforms: infinity itself is not portable in GLSL
_BEFORE = "before"  # the history of the frame before; the two change places


class State(Protocol):
    """The part of a show's FrameState that a picture depends on."""

    @property
    def position(self) -> float: ...
    @property
    def values(self) -> Mapping[str, float]: ...
    @property
    def time_s(self) -> float: ...
    @property
    def dt_s(self) -> float: ...
    @property
    def black(self) -> float: ...
    @property
    def seed(self) -> int: ...
    @property
    def bands(self) -> Sequence[float]: ...
    @property
    def life(self) -> float: ...
    @property
    def sway(self) -> Sequence[complex]: ...


class Renderer:
    """Draws a walk into a fixed-size target.

    library     the shader passes; all programs are compiled here, so that no effect costs a hitch when it is turned on
    residency   where keyframes and flows come from; its fit gives the target's size

    Raises GraphicsError (file:line) when a shader does not compile.
    """

    def __init__(self, ctx: moderngl.Context, library: ShaderLibrary, residency: Residency) -> None:
        self.size = residency.fit.size
        self.target = Surface.make(ctx, self.size)
        self.target.framebuffer.viewport = residency.fit.viewport
        self._ctx = ctx
        self._library = library
        self._residency = residency
        self._picture = residency.fit.picture
        self._effects = tuple(each for each in library.passes if each.kind != "walk")
        self._block = FrameBlock(ctx, library.params)
        self._textures = {"u_grain": _tiling(ctx, grain_texture()), "u_waves": _tiling(ctx, wave_texture())}
        self._surfaces = self._allocate()
        self._living = Living(ctx, library, self._picture)
        self._finish = Finish(ctx, library, self.target, self._picture)
        self._plans: dict[tuple[str, ...], tuple[Step, ...]] = {}
        self._built: list[frozenset[str]] = []
        self._programs: dict[Recipe, Program] = {}
        self._cold: tuple[Step, ...] = ()
        self._drawing: frozenset[Recipe] = frozenset()
        self._stale: list[Recipe] = []
        self._show = Program(ctx, library.output("show"))
        self._planes = planes_of(ctx, library, self.target)
        self._readbacks: dict[PixelFormat, Readback] = {}
        self._last: tuple[float, float] | None = None
        self._fresh = True
        self.prepare(library.params)
        if "nv12" in self._planes:
            self.read("nv12")  # its programs draw once now: a recording may begin in the middle of the show

    def draw(self, state: State, wait: bool = False) -> bool:
        """Draw one frame into the target.

        wait      wait for the disk, so that the frame is exact (a render)
        returns   whether the frame shows the position asked for; otherwise it is the last good picture, or black
                  before the first one has arrived

        Render thread. Nothing is allocated after a combination of effects has been seen once.
        """
        segment = self._residency.want(state.position, self._speed(state), wait)
        if segment is None:
            return False
        plan = self._plan(tuple(each.name for each in self._effects if _is_on(each, state.values)))
        self._bind(segment)
        if self._cold:
            self._warm_up()
        if self._stale:
            self._catch_up(plan)
        values = self._finish.values(state.values)
        self._surfaces[TARGET] = self._finish.begin(values)
        self._block.send(self._frame(state, segment, 0.0 if self._finish.filters else state.black), values)
        self._textures["u_a"], self._textures["u_b"] = self._living.draw(segment, state, values)
        self._run(plan)
        self._drawing = frozenset(step.recipe for step in plan)
        self._finish.end(self._drawn(values, state.bands, state.time_s, state.black))
        return not segment.held

    def prepare(self, names: Collection[str]) -> None:
        """Compile programs that hold no more than the effects these parameters turn on.

        names   every parameter that a preset sets or routes to; all the library's are prepared for from the start

        Call before the show, once a preset: a frame is drawn with the smallest programs prepared that hold its effects.
        The next frame takes longer, since all of them are run once.

        Raises GraphicsError (file:line) when a shader does not compile.
        """
        built = frozenset(each.name for each in self._effects if not each.when or any(w in names for w in each.when))
        if built in self._built:
            return
        needed = tuple(every_step(self._library, built))
        for step in needed:
            if step.recipe not in self._programs:
                self._programs[step.recipe] = Program(self._ctx, self._library.source(step.recipe))
        self._built = sorted((*self._built, built), key=lambda names: (len(names), sorted(names)))
        self._plans.clear()
        self._cold += needed

    def read(self, pixel_format: PixelFormat) -> npt.NDArray[np.uint8]:
        """The target's pixels, row 0 on top, at once; `Readback` does it without waiting.

        returns   a view of shape core.video.pixel_shape, valid until the next read of this format
        """
        if pixel_format not in self._readbacks:
            self._readbacks[pixel_format] = self.readback(pixel_format, depth=1)
        readback = self._readbacks[pixel_format]
        readback.start()
        return readback.finish()

    def readback(self, pixel_format: PixelFormat, depth: int = 2) -> Readback:
        """A readback of the target that does not wait for the GPU; who asked for it releases it.

        Raises GraphicsError for NV12 of an odd size.
        """
        if pixel_format not in self._planes:
            width, height = self.size
            raise GraphicsError(f"{width}x{height}: 4:2:0 needs even sides: choose an even --size, or FFV1")
        shape = pixel_shape(pixel_format, self.size)
        return Readback(self._ctx, self.target, self._planes[pixel_format], shape, depth)

    def show_on(self, framebuffer: moderngl.Framebuffer, window_size: tuple[int, int]) -> None:
        """Show the target in a window, its aspect kept, black around it.

        framebuffer   the window's (`ctx.screen`)
        window_size   (width, height) of that framebuffer, pixels
        """
        framebuffer.use()
        framebuffer.viewport = (0, 0, *window_size)
        framebuffer.clear()
        framebuffer.viewport = Fit(self.size, window_size).viewport
        self._show.draw({"u_picture": self.target.texture})

    def reload(self, name: str) -> str | None:
        """Read a pass again from its file and compile it: what draws now at once, other programs one a frame.

        returns   None, or what is wrong with it in one line; then the last good programs stay
        """
        try:
            library = self._library.reread(name)
            return self._recompile(library, [recipe for recipe in self._programs if name in recipe.names])
        except ArtwalksError as error:
            return str(error)

    def reload_lib(self, name: str) -> str | None:
        """The same for a file of `shaders/lib/`, and everything that includes it."""
        origin = f"shaders/lib/{name}.glsl:1"
        try:
            using = [recipe for recipe in self._programs if origin in self._library.source(recipe).origins]
            return self._recompile(self._library, using)
        except ArtwalksError as error:
            return str(error)

    def reload_filter(self, one: Filter) -> str | None:
        """The same for an ISF filter, read again by its file."""
        return self._finish.reload(one)

    def pending(self, edited: str | Filter) -> str:
        """What of the parameters of a pass or filter waits for the next start, in one line; "" for nothing."""
        if isinstance(edited, str):
            return pending(f"{edited}.frag", self._library[edited].params, self._library.params)
        return pending(edited.file.name, edited.header.params, self._library.params)

    def _recompile(self, library: ShaderLibrary, recipes: list[Recipe]) -> str | None:
        """Raises GraphicsError before anything is exchanged."""
        first = [recipe for recipe in recipes if recipe in self._drawing] or recipes[:1]
        fresh: dict[Recipe, Program] = {}
        try:
            for recipe in first:
                fresh[recipe] = Program(self._ctx, library.source(recipe))
        except ArtwalksError:
            for program in fresh.values():
                program.release()
            raise
        self._library = library
        self._stale += [recipe for recipe in recipes if recipe not in fresh and recipe not in self._stale]
        for recipe, program in fresh.items():
            self._exchange(recipe, program)
        return None

    def _exchange(self, recipe: Recipe, program: Program) -> None:
        self._programs[recipe].release()
        self._programs[recipe] = program
        if recipe in self._stale:
            self._stale.remove(recipe)

    def _catch_up(self, plan: tuple[Step, ...]) -> None:
        """Compile one program of an edited pass that did not draw when it was edited, or that is to draw now."""
        wanted = [step.recipe for step in plan if step.recipe in self._stale] or self._stale[:1]
        for recipe in wanted:
            try:
                self._exchange(recipe, Program(self._ctx, self._library.source(recipe)))
            except ArtwalksError:  # it compiled in another program: this one goes on as it was
                self._stale.remove(recipe)

    def release(self) -> None:
        """Free every GL object made here; the residency is its maker's to release."""
        self._surfaces[TARGET] = self.target
        for surface in self._surfaces.values():
            surface.release()
        self._finish.release()
        self._living.release()
        for program in (*self._programs.values(), self._show):
            program.release()
        for readback in self._readbacks.values():
            readback.release()
        for plane in (plane for planes in self._planes.values() for plane in planes):
            plane.release()
        for name in ("u_grain", "u_waves"):
            self._textures[name].release()
        self._block.release()

    # --- one frame ---------------------------------------------------------------------------------------------------

    def _plan(self, on: tuple[str, ...]) -> tuple[Step, ...]:
        if on not in self._plans:
            built = next(names for names in self._built if names.issuperset(on))
            self._plans[on] = steps(self._library, on, built)
        return self._plans[on]

    def _run(self, plan: tuple[Step, ...]) -> None:
        surfaces, textures = self._surfaces, self._textures
        keeps = any(step.writes == HISTORY for step in plan)
        for step in plan:
            surfaces[step.writes].framebuffer.use()
            if step.reads:
                textures["u_picture"] = surfaces[step.reads].texture
            self._programs[step.recipe].draw(textures)
        self._fresh = not keeps
        if keeps:
            surfaces[HISTORY], surfaces[_BEFORE] = surfaces[_BEFORE], surfaces[HISTORY]
            textures["u_previous"] = surfaces[_BEFORE].texture

    def _bind(self, segment: SegmentTextures) -> None:
        textures = self._textures
        textures["u_a"], textures["u_b"] = segment.a, segment.b
        textures["u_flow"], textures["u_crossover"] = segment.flow, segment.crossover
        textures["u_strokes_a"], textures["u_strokes_b"] = segment.strokes_a, segment.strokes_b

    def _frame(self, state: State, segment: SegmentTextures, black: float) -> tuple[float, ...]:
        """The values of FRAME_UNIFORMS."""
        start, end = segment.span
        logits = (_logit(start + segment.phase * (end - start)), _logit(start), _logit(end))
        return (
            *self._picture, state.time_s, state.dt_s, segment.phase, *logits,
            state.position, float(state.seed % 1024), black, float(self._fresh),
        )  # fmt: skip

    def _drawn(self, values: Mapping[str, float], bands: Sequence[float], time_s: float, black: float) -> Drawn:
        textures = self._textures
        return Drawn(self.target.texture, textures["u_a"], textures["u_b"], values, bands, time_s, black)

    def _speed(self, state: State) -> float:
        """Segments per second since the last frame; its sign says where to read ahead."""
        before, self._last = self._last, (state.position, state.time_s)
        if before is None or state.time_s <= before[1]:
            return 0.0
        return self._residency.distance(before[0], state.position) / (state.time_s - before[1])

    # --- once --------------------------------------------------------------------------------------------------------

    def _allocate(self) -> dict[str, Surface]:
        width, height = self._picture
        scales = dict.fromkeys((*WORK, HISTORY, _BEFORE), 1.0)
        scales |= {stage.name: stage.scale for each in self._library.passes for stage in each.stages}
        made = {TARGET: self.target}
        for name, scale in scales.items():
            size = max(1, round(width * scale)), max(1, round(height * scale))
            made[name] = Surface.make(self._ctx, size, dtype="f2")
            self._textures[f"u_{name}"] = made[name].texture
        self._textures["u_picture"] = made[WORK[0]].texture
        self._textures["u_previous"] = made[_BEFORE].texture
        return made

    def _warm_up(self) -> None:
        """Run new programs once on the show's own textures: drivers finish compiling at the first draw."""
        defaults = self._library.params.defaults()
        self._surfaces[TARGET] = self.target
        self._block.send((1.0,) * FrameBlock.head, defaults)
        for step in self._cold:
            self._run((step,))
        self._living.warm_up(self._textures["u_a"])
        self._finish.warm_up(defaults, self._drawn(defaults, (1.0,) * 8, 1.0, 0.0))
        for surface in self._surfaces.values():
            surface.framebuffer.clear()
        self._ctx.finish()
        self._fresh = True
        self._cold = ()


def _logit(phase: float) -> float:
    """ln(phase / (1 − phase)); at the ends of a segment a number that stands for infinity."""
    return math.log(phase / (1 - phase)) if 0 < phase < 1 else math.copysign(INFINITE, phase - 0.5)


def _is_on(each: Pass, values: Mapping[str, float]) -> bool:
    return not each.when or any(values[name] != 0.0 for name in each.when)


def _tiling(ctx: moderngl.Context, values: npt.NDArray[np.float16]) -> moderngl.Texture:
    """A texture that repeats at its edges."""
    height, width, channels = values.shape
    return ctx.texture((width, height), channels, np.ascontiguousarray(values), dtype="f2", alignment=1)

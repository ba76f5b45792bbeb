"""Paintings that move while they are held: each of a piece's two pictures, carried by its currents and its modes.

    modes ─ sway ─────┐
    current ─ paths ──┴─ carry (or splat, settle) ─ a picture of the painting's size, which the walk pass reads instead

The motion fades out along the piece, so that a walk leaves a painting, and comes to one, without a jump. With nothing
to move a painting's own texture is handed on, and no draw is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import moderngl

from artwalks_live.core.walk_extras import MOST_MODES
from artwalks_live.gpu.programs import Program
from artwalks_live.gpu.residency import SegmentTextures
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.gpu.slots import Textures
from artwalks_live.gpu.splat import Splat
from artwalks_live.gpu.surface import Surface

_CURRENTS = "currents.amount"
_NONE = (1, 1)  # the size of a field that a painting lacks
_STEP = 4  # pixels of the picture for each place of which the path is found


class Moment(Protocol):
    """How motion stands in a frame: the phase of the lives, [0, 1), and the amplitudes of the sixteen modes."""

    @property
    def life(self) -> float: ...
    @property
    def sway(self) -> Sequence[complex]: ...


@dataclass(frozen=True, slots=True)
class _Trial:
    life: float = 0.0
    sway: Sequence[complex] = (0j,) * MOST_MODES


class Living:
    """Render thread; the Frame block must be bound. Cost beside a walk pass: see `artwalks bench`.

    library   says whether paint is splatted where it goes, rather than read from where it comes
    size      of the picture, pixels
    """

    def __init__(self, ctx: moderngl.Context, library: ShaderLibrary, size: tuple[int, int]) -> None:
        self._ctx, self._size = ctx, size
        self._programs = {name: Program(ctx, library.motion(name)) for name in ("sway", "paths", "carry")}
        small = (max(1, size[0] // _STEP), max(1, size[1] // _STEP))
        self._paths = Surface.make(ctx, small, dtype="f2")
        self._swayed: dict[tuple[int, int], Surface] = {}
        self._still = Surface.make(ctx, (1, 1), 2, "f2")
        self._pictures: dict[int, Surface] = {}
        self._splat = Splat(ctx, library, size) if library.splats else None

    def draw(self, shown: SegmentTextures, moment: Moment, values: Mapping[str, float]) -> tuple[moderngl.Texture, ...]:
        """Returns the textures to read for u_a and u_b: the paintings as they stand in this frame, or their own."""
        swings, flows = any(moment.sway), values[_CURRENTS] > 0.0
        sides = ((shown.a, shown.motion_a, 1.0 - shown.phase), (shown.b, shown.motion_b, shown.phase))
        drawn = []
        for number, (painting, motion, share) in enumerate(sides):
            carried = motion is not None and share > 0.0 and flows and motion[0].size != _NONE
            swayed = motion is not None and share > 0.0 and swings and motion[1].size != _NONE
            if motion is None or not (carried or swayed):
                drawn.append(painting)
                continue
            strength = share * share * (3.0 - 2.0 * share)
            textures = {"u_painting": painting, "u_current": motion[0], "u_paths": self._paths.texture}
            textures["u_displacement"] = self._sway(motion, moment, strength) if swayed else self._still.texture
            drawn.append(self._move(number, textures, moment.life, strength if carried else 0.0))
        return tuple(drawn)

    def release(self) -> None:
        """Free every GL object made here."""
        for program in self._programs.values():
            program.release()
        for surface in (self._paths, self._still, *self._swayed.values(), *self._pictures.values()):
            surface.release()
        if self._splat is not None:
            self._splat.release()

    def warm_up(self, painting: moderngl.Texture) -> None:
        """Draw everything once: drivers finish compiling at the first draw."""
        textures = dict.fromkeys(("u_painting", "u_current", "u_modes"), painting)
        textures |= {"u_paths": self._paths.texture, "u_displacement": self._still.texture}
        self._sway((painting, painting), _Trial(), 1.0)
        self._move(0, textures, 0.0, 1.0)

    def _sway(self, motion: Textures, moment: Moment, strength: float) -> moderngl.Texture:
        """Where the modes carry each place; as large as one mode."""
        width, rows = motion[1].size
        size = (width, rows // MOST_MODES)
        if size not in self._swayed:
            self._swayed[size] = Surface.make(self._ctx, size, 2, "f2")
        program, surface = self._programs["sway"], self._swayed[size]
        program.set("u_sway", _pairs(moment.sway))
        program.set("u_strength", strength)
        surface.framebuffer.use()
        program.draw({"u_modes": motion[1]})
        return surface.texture

    def _move(self, number: int, textures: dict[str, moderngl.Texture], life: float, far: float) -> moderngl.Texture:
        """Draw a painting as it is carried; `far` is the share of the way that it goes."""
        paths = self._programs["paths"]
        paths.set("u_life", life)
        paths.set("u_strength", far)
        paths.set("u_direction", -1.0 if self._splat is None else 1.0)
        self._paths.framebuffer.use()
        paths.draw(textures)
        if number not in self._pictures:
            self._pictures[number] = Surface.make(self._ctx, self._size)
        picture = self._pictures[number]
        if self._splat is not None:
            self._splat.draw(picture, textures, life)
            return picture.texture
        carry = self._programs["carry"]
        carry.set("u_life", life)
        picture.framebuffer.use()
        carry.draw(textures)
        return picture.texture


def _pairs(amplitudes: Sequence[complex]) -> tuple[tuple[float, float, float, float], ...]:
    """Sixteen complex numbers as eight vec4."""
    flat = [part for each in amplitudes for part in (each.real, each.imag)]
    return tuple((flat[i], flat[i + 1], flat[i + 2], flat[i + 3]) for i in range(0, 2 * MOST_MODES, 4))

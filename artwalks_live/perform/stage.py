"""The stage: a walk on the GPU, its parameters and presets. A live performance and a render both stand on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import moderngl
import numpy as np
import numpy.typing as npt

from artwalks_live.core import preset, show, walk
from artwalks_live.core.errors import PresetError, choices
from artwalks_live.core.params import ParamTable
from artwalks_live.core.preset import Preset
from artwalks_live.core.show import Log, Show, Start
from artwalks_live.core.walk import Walk
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.gpu.fit import Fit
from artwalks_live.gpu.renderer import Renderer
from artwalks_live.gpu.residency import Fetchers, Residency, ResidencyOptions
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.io.images import load_pixels
from artwalks_live.paths import presets_dir, shaders_dir

DEFAULT_PRESET = {True: "vj", False: "gallery"}
"""The preset with sound, and without."""


@dataclass(frozen=True)
class Tables:
    """What can be turned, and how it stands: known before anything is drawn.

    shaders   the passes, compiled by the renderer
    params    core's and the shaders' own
    presets   by name, in the order of the keys 1..9
    """

    shaders: ShaderLibrary
    params: ParamTable
    presets: dict[str, Preset]

    @classmethod
    def load(cls) -> Tables:
        """Read the shipped shaders and presets. Raises GraphicsError or PresetError with file and line."""
        shaders = ShaderLibrary.read(shaders_dir())
        params = ParamTable([*show.PARAMS, *shaders.params.values()])
        return cls(shaders, params, preset.load_folder(presets_dir(), params))

    def with_preset(self, wanted: str) -> tuple[Tables, str]:
        """Take a preset by name or by file; a file is added under its own name. Returns the tables and the name.

        Raises PresetError with the valid names.
        """
        if wanted in self.presets:
            return self, wanted
        path = Path(wanted)
        if path.suffix != ".toml" and not path.exists():
            raise PresetError(f"--preset: {choices(wanted, self.presets)}, or the path of a .toml file")
        own = preset.load(path, self.params)
        return replace(self, presets={**self.presets, own.name: own}), own.name


class Stage:
    """A walk ready to be drawn.

    size       of the target, pixels; None: the walk's canvas
    on_fault   told once about each file that cannot be read during the show

    Raises BundleError, GraphicsError. Close it to give the GPU's memory back.
    """

    def __init__(
        self,
        bundle: Walk,
        tables: Tables,
        ctx: moderngl.Context,
        size: tuple[int, int] | None = None,
        *,
        on_fault: Callable[[str], None] = lambda message: None,
        options: ResidencyOptions | None = None,
    ) -> None:
        self.walk = bundle
        self.tables = tables
        self.shape = WalkShape.of(bundle)
        self.ctx = ctx
        self.size = size or bundle.canvas
        fit = Fit(bundle.canvas, self.size)
        self.residency = Residency(ctx, fit, bundle.pieces, self._fetchers(), options=options, on_fault=on_fault)
        self.renderer = Renderer(ctx, tables.shaders, self.residency)
        for each in tables.presets.values():  # live and rendered alike, so that both draw with the same programs
            self.renderer.prepare({*each.values, *(route.target for route in each.routes)})

    def _fetchers(self) -> Fetchers:
        def image(index: int) -> npt.NDArray[np.uint8]:
            return load_pixels(self.walk, index)

        def segment(index: int) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.float16]]:
            return walk.load_flow(self.walk, index), walk.load_crossover(self.walk, index)

        return Fetchers(image, segment)

    def show(self, start: Start, log: Log | None = None) -> Show:
        """A show of this walk."""
        return Show(self.shape, self.tables.params, self.tables.presets, start, log)

    @property
    def upscaled(self) -> str:
        """A line that says so when the target is larger than the walk; "" otherwise."""
        scale = self.residency.fit.scale
        if scale <= 1.0:
            return ""
        wide, high = self.walk.canvas
        return f"upscaled {scale:.3g}x: the walk is {wide}x{high}; bake it larger for real brush strokes at this size"

    def title(self, painting: int) -> str:
        """The title of a painting."""
        return self.walk.paintings[painting].title

    def close(self) -> None:
        """Release everything on the GPU."""
        self.renderer.release()
        self.residency.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

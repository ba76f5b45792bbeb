"""The stage: a walk on the GPU, its parameters and presets. A live performance and a render both stand on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import moderngl

from artwalks_live.core import preset, show, walk
from artwalks_live.core.cues import Cues
from artwalks_live.core.errors import PresetError, UsageError, choices
from artwalks_live.core.frame import FrameState
from artwalks_live.core.growth import Growth
from artwalks_live.core.params import ParamTable
from artwalks_live.core.preset import Preset
from artwalks_live.core.show import Log, Show, Start
from artwalks_live.core.walk import Walk
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.gpu.context import is_software
from artwalks_live.gpu.course import Course
from artwalks_live.gpu.fit import Fit
from artwalks_live.gpu.isf_filter import Filter
from artwalks_live.gpu.renderer import Renderer
from artwalks_live.gpu.residency import Residency, ResidencyOptions
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.paths import presets_dir, shaders_dir, user_presets_dir
from artwalks_live.perform.catalogue import Catalogue

READS = ("auto", "sharp", "plain", "splat")
DEFAULT_PRESET = {True: "vj", False: "gallery"}
"""The preset with sound, and without."""
CUES_PRESET = "song"
"""The preset with cues."""


@dataclass(frozen=True)
class Tables:
    """What can be turned, and how it stands: known before anything is drawn.

    shaders   the passes, compiled by the renderer
    params    core's and the shaders' own
    presets   by name, in the order of the keys 1..9
    files     where they came from; none for those of a take
    """

    shaders: ShaderLibrary
    params: ParamTable
    presets: dict[str, Preset]
    files: Mapping[str, Path] = field(default_factory=dict)

    @classmethod
    def load(cls, own: Path | None = None, filters: Iterable[Filter] = ()) -> Tables:
        """Read the shipped shaders and presets, and the user's own presets, which stand before shipped ones.

        own       the folder of these; by default that of the user's configuration
        filters   ISF filters that follow the passes
        Raises GraphicsError or PresetError with file and line.
        """
        shaders = ShaderLibrary.read(shaders_dir()).with_filters(filters)
        params = ParamTable([*show.PARAMS, *shaders.params.values()])
        folders = (presets_dir(), own or user_presets_dir())
        files = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
        return cls(shaders, params, preset.load_files(files.values(), params), files)

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
        presets = {**self.presets, own.name: own}
        return replace(self, presets=presets, files={**self.files, own.name: path}), own.name


def _reading(library: ShaderLibrary, reads: str) -> ShaderLibrary:
    return replace(library, sharp=reads != "plain", splats=reads == "splat")


@dataclass(frozen=True)
class Larger:
    """A walk with more paintings than the one on a stage, ready to be gone on in."""

    walk: Walk
    growth: Growth
    course: Course


class Stage:
    """A walk ready to be drawn.

    size       of the target, pixels; None: the walk's canvas
    reads      how pictures in motion are read: `sharp`, `plain`, or `auto`: plain where the processor draws; `splat`:
               sharp, and the paint of held paintings that move is splatted where it goes, not read where it comes from
    on_fault   told once about each file that cannot be read during the show

    Raises BundleError, GraphicsError, UsageError. Close it to give the GPU's memory back.
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
        reads: str = "sharp",
    ) -> None:
        if reads not in READS:
            raise UsageError(f"--reads {choices(reads, READS)}")
        self.walk = bundle
        self.tables = tables
        self.reads = ("plain" if is_software(ctx) else "sharp") if reads == "auto" else reads
        self.shape = WalkShape.of(bundle)
        self.ctx = ctx
        self.size = size or bundle.canvas
        fit = Fit(bundle.canvas, self.size)
        self._catalogue = Catalogue(bundle.folder, bundle.canvas)
        course, fetchers = self._catalogue.course(bundle), self._catalogue.fetchers
        self.residency = Residency(ctx, fit, course, fetchers, options=options, on_fault=on_fault)
        self.renderer = Renderer(ctx, _reading(tables.shaders, self.reads), self.residency)
        for each in tables.presets.values():  # live and rendered alike, so that both draw with the same programs
            self.renderer.prepare({*each.values, *(route.target for route in each.routes)})

    def enlarge(self, bundle: Walk) -> Larger:
        """Make a larger walk ready. Any thread, but one at a time; about 10 ms for a thousand segments."""
        growth = Growth(walk.fingerprint(bundle), WalkShape.of(bundle))
        return Larger(bundle, growth, self._catalogue.course(bundle))

    def foresee(self, larger: Larger | None) -> None:
        """Read ahead in a larger walk, too."""
        self.residency.foresee(None if larger is None else larger.course)

    @property
    def ready(self) -> bool:
        """Whether the pictures of the foreseen walk are there, as far as they will be needed soon."""
        return self.residency.ready

    def go_on_in(self, larger: Larger) -> None:
        """Draw from the larger walk from now on, as the show that has grown into it says."""
        self.walk, self.shape = larger.walk, larger.growth.shape
        self.residency.foresee(larger.course)
        self.residency.follow()

    def show(self, start: Start, log: Log | None = None, cues: Cues | None = None) -> Show:
        """A show of this walk."""
        return Show(self.shape, self.tables.params, self.tables.presets, start, log, cues=cues, song=self.walk.song)

    @property
    def upscaled(self) -> str:
        """A line that says so when the target is larger than the walk; "" otherwise."""
        scale = self.residency.fit.scale
        if scale <= 1.0:
            return ""
        wide, high = self.walk.canvas
        return f"upscaled {scale:.3g}x: the walk is {wide}x{high}; bake it larger for real brush strokes at this size"

    def draw(self, state: FrameState, wait: bool = False) -> bool:
        """Draw a frame, and read ahead of it; False when the picture had to be held. `wait` as for `Renderer.draw`."""
        self.residency.expect(state.onward, state.heading, state.entered)
        return self.renderer.draw(state, wait)

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

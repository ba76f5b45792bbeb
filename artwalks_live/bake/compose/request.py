"""What a composed walk is asked for, and whether it can be done."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from artwalks_live.bake import fit
from artwalks_live.bake.compose import bands, chroma
from artwalks_live.bake.compose.bands import BandOptions
from artwalks_live.bake.compose.chroma import ChromaOptions
from artwalks_live.bake.compose.moments import Moments
from artwalks_live.bake.compose.painters import painter_named, painter_of
from artwalks_live.bake.compose.restyle import Restyling
from artwalks_live.bake.compose.sound import Song
from artwalks_live.bake.compose.track import Latent, Track
from artwalks_live.bake.estimators import flow_named
from artwalks_live.bake.request import BakeRequest, check_choice, check_folder, check_range, check_size

MAPPINGS = ("bands", "chroma")
HEARINGS = ("whole", "causal")


@dataclass(frozen=True)
class ComposeRequest:
    """What to compose.

    sources    files and folders with paintings, in the order in which `bands` leads through them
    folder     the bundle, made or gone on with
    mapping    'bands' or 'chroma'
    hearing    'whole' (measured against the whole song) or 'causal' (against what has sounded, as a live set would be)
    options    of the mapping
    when       what keyframes fall on
    generator  'patch', or `module:callable` of your own (see `painters`)
    canvas     (width, height), even, 64 to 8192 pixels
    restyling  how keyframes are painted over with Stable Diffusion; None: they are not
    workers    processes at work, 0: one a core; the walk does not depend on it
    """

    sources: tuple[Path, ...]
    folder: Path
    mapping: str = "bands"
    hearing: str = "whole"
    options: BandOptions | ChromaOptions = field(default_factory=BandOptions)
    when: Moments = field(default_factory=Moments)
    canvas: tuple[int, int] = (1280, 720)
    fit: str = "crop"
    generator: str = "patch"
    flow: str = "film"
    seed: int = 0
    workers: int = 0
    restyling: Restyling | None = None

    def check(self) -> None:
        """Raise UsageError for the first value that cannot be used, BakeError for a folder that is not free."""
        check_choice("--mapping", self.mapping, MAPPINGS)
        check_choice("--hearing", self.hearing, HEARINGS)
        check_choice("--fit", self.fit, fit.FITS)
        fit.model_of(self.fit)
        painter_named(self.generator)
        if self.restyling is not None:
            self.restyling.check()
        flow_named(self.flow)
        self.options.check()
        self.when.check()
        check_range("--seed", self.seed, 0, 2**32 - 1)
        check_range("--workers", self.workers, 0, 1024)
        check_size(self.canvas)
        check_folder(self.folder)
        painter_of(self.generator, self.restyling)  # last: to know a model by its content, its files are read

    def track(self, song: Song, latent: Latent) -> Track:
        """What the mapping makes of the song."""
        causal = self.hearing == "causal"
        if isinstance(self.options, ChromaOptions):
            return chroma.track(song, self.options, latent, causal)
        return bands.track(song, self.options, latent, causal)

    @property
    def framing(self) -> BakeRequest:
        """The same as a bake that only frames its paintings."""
        return BakeRequest(self.sources, self.folder, keyframes=0, canvas=self.canvas, fit=self.fit, order="given",
                           flow=self.flow, seed=self.seed, anchors="none")  # fmt: skip

    @property
    def told(self) -> dict[str, Any]:
        """The options as walk.json keeps them."""
        painted: dict[str, Any] = {}
        if self.restyling is not None:
            model = Path(self.restyling.model)
            name = model.absolute().name if model.is_dir() else self.restyling.model
            painted["restyle"] = {"model": name, **self.restyling.deciding()}
        return painted | {
            "mapping": self.mapping, "hearing": self.hearing, **asdict(self.options), "on": self.when.on,
            "every": self.when.every, "fit": self.fit, "flow": flow_named(self.flow).name,
        }  # fmt: skip

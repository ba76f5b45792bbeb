"""What a bake is asked for, and whether it can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from artwalks_live.bake import anchors, concept, fit, legs, paintings
from artwalks_live.bake.clip import Clip
from artwalks_live.bake.enlarged import known_upscaler
from artwalks_live.bake.estimators import flow_named
from artwalks_live.bake.join import check_address
from artwalks_live.bake.keyframes import LegRequest
from artwalks_live.bake.keyframes.options import USUAL, Diffusion, Value, recalled, resolved
from artwalks_live.bake.keyframes.painter import DiffusionGenerator
from artwalks_live.bake.leg import generator_named
from artwalks_live.bake.upscale import NONE
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import BakeError, BundleError, UsageError, choices
from artwalks_live.core.walk import Walk

MIN_SIDE, MAX_SIDE = 64, 8192
METRICS = ("plain", "clip")


@dataclass(frozen=True)
class BakeRequest:
    """What to bake.

    sources    files and folders with paintings
    folder     the bundle, made or gone on with
    keyframes  generated between two paintings, 0 to 100
    canvas     (width, height), even, 64 to 8192 pixels
    generator  a name, or `module:callable` of your own
    flow       a name, a flow model FILE.onnx, or `module:callable`
    weights    'even' (steps of equal size), a curve of `bake.concept`, or the weights themselves: '0.2,0.5,0.8'
    chain      [0, 1], how much of a keyframe lives on in the next
    anchors    'auto' (pictures inside a segment where its motion is too long or too curved for one flow) or 'none'
    upscale    'none', or by what keyframes that are made at half the size are enlarged: `bake.upscale`
    workers    processes at work, 0: one a core, of a diffusion model one or one a GPU; the pictures do not depend on it
    ray        the Ray cluster whose machines do the work, 'auto', HOST:PORT or ray://HOST:PORT; '': this machine
    diffusion  what a diffusion generator is told, where it is not as usual: names and values of `Diffusion`
    metric     how alike pictures are, for the order 'similar' and for even weights: 'plain' (their colours, place by
               place) or 'clip', which also keeps the paintings' embeddings in the bundle
    clip       the CLIP model, by name or folder
    legs       which legs there are: 'chain', 'all', 'similar:K' or legs by number, see `bake.legs`
    """

    sources: tuple[Path, ...]
    folder: Path
    keyframes: int = 5
    canvas: tuple[int, int] = (1280, 720)
    fit: str = "crop"
    generator: str = "patch"
    flow: str = "film"
    weights: str = "even"
    chain: float = LegRequest.chain
    order: str = "name"
    loop: bool = False
    seed: int = 0
    anchors: str = "auto"
    upscale: str = NONE
    workers: int = 0
    ray: str = ""
    diffusion: Mapping[str, Value] = field(default_factory=dict)
    metric: str = "plain"
    clip: str = "clip"
    legs: str = legs.CHAIN

    def __post_init__(self) -> None:
        # names are as good as paths, for whoever writes a line of Python
        object.__setattr__(self, "sources", tuple(Path(source) for source in self.sources))
        object.__setattr__(self, "folder", Path(self.folder))

    @classmethod
    def like(
        cls, walk: Walk, sources: Sequence[Path], workers: int = 0, called: Mapping[str, Any] | None = None
    ) -> BakeRequest:
        """More of a walk: the options that it was baked with. What the bundle does not say is as it is by default.

        called   how the walk's makers were called when it was baked here: `flow`, taken when it still is the one in
                 walk.json, a diffusion model's folders and device, and the CLIP model's folder

        Raises BundleError when walk.json has a value of the wrong kind; ModelError, UsageError for a `called` that is
        no estimator any more.
        """
        own: dict[str, Any] = {"canvas": walk.canvas, "loop": walk.loop, "order": "given", "workers": workers}
        made, ends = walk.generator, walk.stands[-2:]
        told = {"keyframes": ends[-1] - ends[0] - 1, "generator": made.get("name"), "seed": made.get("seed")}
        told |= made.get("options", {})
        for entry in fields(cls):
            value = told.get(entry.name)
            if value is None or entry.default is MISSING or entry.name in own:
                continue
            number = isinstance(entry.default, (int, float))
            if isinstance(value, bool) or not isinstance(value, (int, float) if number else str):
                raise BundleError(f"{bundle.FILE}: option {entry.name} is {value!r}: bake again")
            own[entry.name] = value
        known = called or {}
        if known.get("flow") and flow_named(known["flow"]).name == own.get("flow"):
            own["flow"] = known["flow"]
        if "diffusion" in told:
            own["diffusion"] = recalled(str(own.get("generator")), told["diffusion"], known.get("diffusion"))
        if own.get("metric") == "clip" and known.get("clip") and Path(known["clip"]).is_dir():
            own["clip"] = known["clip"]
        return cls(tuple(sources), walk.folder, **own)

    @property
    def leg(self) -> LegRequest:
        """What a generator is told."""
        clip = str(self.model.folder) if self.model else ""
        return LegRequest(self.keyframes, self.weights, self.chain, self.seed, self.prepared, clip)

    @cached_property
    def model(self) -> Clip | None:
        """The CLIP model, where it is asked for. Raises ModelError when it is not here."""
        return Clip.of(self.clip) if self.metric == "clip" else None

    @cached_property
    def prepared(self) -> Diffusion | None:
        """The whole of a diffusion generator's options, checked, its model found; None for other generators."""
        maker = generator_named(self.generator)
        if isinstance(maker, DiffusionGenerator):
            return maker.prepared(self.diffusion)
        return resolved(self.generator, self.diffusion)

    @property
    def options(self) -> dict[str, Any]:
        """The options as walk.json keeps them: all that decides about the pictures of a leg."""
        told = {
            "keyframes": self.keyframes,
            "weights": self.weights,
            "chain": self.chain,
            "fit": self.fit,
            "flow": flow_named(self.flow).name,
            "anchors": self.anchors,
        }
        if self.upscale != NONE:
            told["upscale"] = known_upscaler(self.upscale).name
        if self.metric != "plain":
            told["metric"] = self.metric
        if self.prepared is not None:
            told["diffusion"] = self.prepared.told(USUAL[generator_named(self.generator).name])
        return told

    def check(self) -> None:
        """Raise UsageError for the first value that cannot be used, BakeError for a folder that is not free."""
        check_choice("--fit", self.fit, fit.FITS)
        fit.model_of(self.fit)
        concept.check(self.weights, self.keyframes)
        check_choice("--order", self.order, paintings.ORDERS)
        check_choice("--metric", self.metric, METRICS)
        check_choice("--anchors", self.anchors, anchors.CHOICES)
        generator_named(self.generator)
        flow_named(self.flow)
        if self.upscale != NONE:
            known_upscaler(self.upscale)
        legs.check(self.legs)
        check_range("--keyframes", self.keyframes, 0, 100)
        check_range("--chain", self.chain, 0.0, 1.0)
        check_range("--seed", self.seed, 0, 2**32 - 1)
        check_range("--workers", self.workers, 0, 1024)
        check_size(self.canvas)
        check_folder(self.folder)
        if self.ray:
            check_address(self.ray)
        _ = self.model, self.prepared  # last: to know a model by its content, its files are read


def check_choice(option: str, value: str, valid: Sequence[str]) -> None:
    """Raise UsageError unless the value is one of these."""
    if value not in valid:
        raise UsageError(f"{option} {choices(value, valid)}")


def check_range(option: str, value: float, low: float, high: float) -> None:
    """Raise UsageError unless the value lies between these."""
    if not low <= value <= high:
        raise UsageError(f"{option} {value}: use a value from {low} to {high}")


def check_size(canvas: tuple[int, int]) -> None:
    """Raise UsageError for a canvas, (width, height), that a walk cannot have."""
    if any(side % 2 or not MIN_SIDE <= side <= MAX_SIDE for side in canvas):
        raise UsageError("--size {}x{}: use even sides of {} to {} pixels".format(*canvas, MIN_SIDE, MAX_SIDE))


def check_folder(folder: Path) -> None:
    """A bundle, a bake that was stopped, an empty folder or a new one is fine; anything else is somebody's."""
    if folder.is_dir():
        ours = (folder / bundle.FILE).exists() or (folder / bundle.WORK).is_dir()
        if not ours and any(folder.iterdir()):
            raise BakeError(f"{folder} holds other files: choose a new folder, such as {folder / 'show.walk'}")
    elif folder.exists() or folder.is_symlink():
        raise BakeError(f"{folder} is a file: choose a new folder, such as {folder.with_suffix('.walk')}")
    elif not folder.absolute().parent.is_dir():
        raise BakeError(f"the folder {folder.absolute().parent} does not exist: make it first, or choose another -o")

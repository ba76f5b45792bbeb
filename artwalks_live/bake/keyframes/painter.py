"""Keyframes by a diffusion model that is steered by mixed CLIP image embeddings: what all such generators share.

The plan holds what is cheap to keep of a leg: the two paintings' embeddings, the one guided away from, the seeded
noise and the weights. A keyframe is what the model makes of the mixed embedding and that noise: so each is made on its
own, by any process, as often as one likes. Where the model paints over a picture, that is the patch generator's.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake import concept, operators
from artwalks_live.bake.keyframes import Generated, Generator, LegRequest, Picture, Plan, Progress
from artwalks_live.bake.keyframes.encoder import Encoder
from artwalks_live.bake.keyframes.frame import Pixels, Size, from_canvas, onto_canvas, painted_size
from artwalks_live.bake.keyframes.mix import Array, angles, even_weights, mixed, noise
from artwalks_live.bake.keyframes.options import Diffusion, Value, check_installed, resolved
from artwalks_live.bake.keyframes.patch import PatchGenerator
from artwalks_live.bake.keyframes.placing import in_batches, told

_PATCH = "patch_"  # before the names of the patch generator's arrays in a plan
LOOK_STEPS, LOOK_LEAST = 4, 6  # a look takes that much fewer steps of denoising, but not too few, at half the size


@dataclass(frozen=True)
class Order:
    """A batch of pictures to be painted.

    embeddings  (n, E) float32, what to paint
    negative    (E,) float32, what to keep away from
    latents     (n, …) float32, the noise begun with; None where the model draws it from the seed
    begin       n pictures of that size to be painted over; None where there are none
    """

    embeddings: Array
    negative: Array
    latents: Array | None
    begin: list[Pixels] | None
    size: Size
    steps: int
    seed: int

    def generators(self) -> list[Any]:
        """A source of noise for each picture, all from the same seed: a batch gives what one by one gives."""
        import torch

        return [torch.Generator("cpu").manual_seed(self.seed) for _ in self.embeddings]


class Painter(Protocol):
    """A loaded model. `most_pixels` is what it was trained for, `begins` whether it paints over a picture."""

    options: Diffusion
    encoder: Encoder
    most_pixels: float
    begins: bool
    batch: int

    def negative(self) -> Array:
        """The embedding (E,) to keep away from."""

    def latent_shape(self, size: Size) -> tuple[int, ...]:
        """The shape of one picture's noise."""

    def paint(self, order: Order) -> list[Pixels]:
        """Paint a batch; pictures (h, w, 3) uint8 sRGB, of about the size that was ordered."""

    def spare(self) -> None:
        """Take less memory from now on, for the same pictures."""


class DiffusionGenerator:
    """A generator made of a model.

    find  completes options with what the model's folders say, and refuses folders that cannot be used
    load  brings the model into memory; it is called again and again, and keeps what it loaded
    rough makes the pictures that are painted over, where the model paints over pictures
    """

    version: int = 1

    def __init__(
        self,
        name: str,
        find: Callable[[Diffusion], Diffusion],
        load: Callable[[Diffusion], Painter],
        rough: Generator | None = None,
    ) -> None:
        self.name = name
        self._find = find
        self._load = load
        self._rough = rough or PatchGenerator()

    def prepared(self, given: Mapping[str, Value]) -> Diffusion:
        """The options for a leg's request. Raises UsageError or ModelError before anything is baked."""
        options = resolved(self.name, given)
        assert options is not None
        check_installed(self.name)
        operators.declare()
        return self._find(options)

    def plan(self, a: Picture, b: Picture, request: LegRequest, progress: Progress | None = None) -> Plan:
        """Embed both paintings, draw the noise, choose the weights.

        Weights 'even' are measured on pictures: small quick ones from weight 0 to 1, as the model's own CLIP encoder
        sees them. Where it paints over the patch generator's pictures, the weights are that generator's.
        """
        painter = self._at_work(request)
        options = painter.options
        report = progress or (lambda done: None)
        with told(f"the model {options.model}"):
            plan: Plan = {"embeddings": painter.encoder.embed([a.whole, b.whole]), "negative": painter.negative()}
        if painter.begins:
            rough = self._rough.plan(a, b, request, progress)
            return {**plan, "weights": rough["weights"], **{_PATCH + name: rough[name] for name in rough}}
        size = painted_size(a.canvas.shape[:2], painter.most_pixels)
        plan["latents"] = leg_latents(a, b, painter.latent_shape(size), options.latents, request.seed)
        if request.weights != "even":
            return {**plan, "weights": np.array(concept.weights(request.weights, request.keyframes), np.float64)}
        order = Order(plan["embeddings"], plan["negative"], None, None, size, options.steps, request.seed)
        return {**plan, "weights": looked(painter, plan, order, request.keyframes, report)}

    def keyframe(self, a: Picture, b: Picture, request: LegRequest, plan: Plan, i: int) -> Generated:
        """Paint keyframe i."""
        return self.keyframes(a, b, request, plan, [i])[0]

    def batch(self, request: LegRequest) -> int:
        """How many keyframes are best painted together."""
        return self._at_work(request).batch

    def keyframes(
        self, a: Picture, b: Picture, request: LegRequest, plan: Plan, indices: Sequence[int]
    ) -> list[Generated]:
        """Paint several keyframes in one go; each is what `keyframe` gives, but for rounding in the last bits."""
        painter = self._at_work(request)
        canvas = a.canvas.shape[:2]
        size = painted_size(canvas, painter.most_pixels)
        weights = [float(plan["weights"][i]) for i in indices]
        begin = None
        if painter.begins:
            rough = {name.removeprefix(_PATCH): plan[name] for name in plan if name.startswith(_PATCH)}
            made = (self._rough.keyframe(a, b, request, rough, i).image for i in indices)
            begin = [from_canvas(image, size) for image in made]
        order = Order(plan["embeddings"], plan["negative"], None, begin, size, painter.options.steps, request.seed)
        painted = paint_at(painter, plan, weights, order)
        return [
            Generated(onto_canvas(image, canvas), weight, None) for image, weight in zip(painted, weights, strict=True)
        ]

    def _at_work(self, request: LegRequest) -> Painter:
        options = request.diffusion or self.prepared({})
        with told(f"the model {options.model}"):
            operators.declare()
            return self._load(options)


def paint_at(painter: Painter, plan: Plan, weights: Sequence[float], like: Order) -> list[Pixels]:
    """Paint a leg's pictures at weights in [0, 1]; at 0 and 1 they are what A and B alone give.

    like    size, steps, seed, and pictures to begin with, one for each weight
    """
    (a, b), latents = plan["embeddings"], plan.get("latents")
    embeddings = np.stack([mixed(a, b, weight, painter.options.mix) for weight in weights])
    noises = None if latents is None else [mixed(latents[0], latents[-1], weight, "slerp") for weight in weights]

    def paint(batch: Sequence[int]) -> list[Pixels]:
        return painter.paint(replace(
            like,
            embeddings=embeddings[list(batch)],
            latents=None if noises is None else np.stack([noises[index] for index in batch]),
            begin=None if like.begin is None else [like.begin[index] for index in batch],
        ))  # fmt: skip

    what = f"painting {like.size[1]}x{like.size[0]}"
    return in_batches(paint, len(weights), painter.batch, painter.spare, what)


def leg_latents(a: Picture, b: Picture, shape: tuple[int, ...], how: str, seed: int) -> Array:
    """The noise of a leg: 'one', (1, …), the same all along the walk; 'two', (2, …), its paintings' own."""
    if how == "one":
        return noise((1, *shape), seed)
    return np.stack([noise(shape, seed, zlib.crc32(painting.whole.tobytes())) for painting in (a, b)])


def looked(painter: Painter, plan: Plan, like: Order, count: int, report: Progress) -> NDArray[np.float64]:
    """Weights (count,) evenly far apart in CLIP's distance, measured on small quick pictures of the leg."""
    seen = np.linspace(0.0, 1.0, 2 * count + 3)
    small = painted_size((like.size[0] // 2, like.size[1] // 2), painter.most_pixels)
    order = replace(like, size=small, steps=max(min(like.steps, LOOK_LEAST), like.steps // LOOK_STEPS))
    looks = {**plan, "latents": noise((1, *painter.latent_shape(small)), like.seed)}
    embedded = []
    for start in range(0, len(seen), painter.batch):
        batch = seen[start : start + painter.batch].tolist()
        embedded.append(painter.encoder.embed(paint_at(painter, looks, batch, order)))
        report((start + len(batch)) / len(seen))
    return even_weights(seen, angles(np.concatenate(embedded)), count)

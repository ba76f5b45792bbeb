"""Keyframes by analytic patch diffusion with transport-balanced attention: no weights, no download, no GPU.

`leg` walks the whole leg in small pictures, `stops` finds where to stop; `field` turns each stop into whole pieces of
the two paintings; `compose` lays those pieces at full size, from the paintings at full size. The plan holds the
pieces, so a keyframe costs little more than its composition.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from artwalks_live.bake import concept
from artwalks_live.bake.clip import Clip
from artwalks_live.bake.keyframes import Generated, LegRequest, PatchField, Picture, Plan, Progress
from artwalks_live.bake.keyframes.compose import compose, outlines, sources
from artwalks_live.bake.keyframes.diffusion import schedule
from artwalks_live.bake.keyframes.field import Pieces, common_shifts, cost_volume, settle, shifts_of
from artwalks_live.bake.keyframes.leg import Leg, Link, encoded, grid, reduced
from artwalks_live.bake.keyframes.palette import PalettePath
from artwalks_live.bake.keyframes.stops import even_choice, expected, signature, unevenness
from artwalks_live.core.errors import UsageError

Array = NDArray[np.float32]
FINEST = 48  # height of the last level painted by diffusion
LABEL_SCALE = 2  # the pieces' outlines are found on a grid this much finer
FIELD_LEVEL = 192  # height of the field that flows are helped by
ROUNDS = 5  # times at most that the stops are chosen, each after a look at the pictures that the last ones gave
WALKING = 0.4  # share of a plan's time that the coarse walk takes
Measure = Callable[[list[Array]], Array]
CLOSE = 1.2  # largest step over smallest that ends the search


def decoded(picture: Array) -> NDArray[np.uint8]:
    """float32 sRGB in [-1, 1] → uint8 sRGB."""
    levels: NDArray[np.uint8] = np.clip(np.rint((picture + 1.0) * 127.5), 0, 255).astype(np.uint8)
    return levels


class PatchGenerator:
    """The default generator."""

    name: str = "patch"
    version: int = 1

    def plan(self, a: Picture, b: Picture, request: LegRequest, progress: Progress | None = None) -> Plan:
        """Lay out the leg: the weights and pieces of every keyframe.

        Raises UsageError on a chain outside [0, 1], fewer than 0 keyframes, or an unknown curve.
        """
        checked(request)
        if np.array_equal(a.canvas, b.canvas):
            return standing_still(a.canvas.shape[:2], request)
        report = progress or (lambda done: None)
        leg = Leg.between(a, b, request.chain, request.seed)
        links = leg.walk(lambda done: report(WALKING * done))
        places = leg.path(links, max(8, request.keyframes // 4))

        def looking(done: float) -> None:
            report(WALKING + (1.0 - WALKING) * done)

        if request.weights == "even":
            return packed(*evenly(leg, places, request.keyframes, measure_of(request), looking))
        stops = [nearest(places, weight) for weight in concept.weights(request.weights, request.keyframes)]
        made = []
        for stop in stops:
            made.append(pieces_of(leg, stop))
            looking(len(made) / len(stops))
        return packed(stops, made)

    def keyframe(self, a: Picture, b: Picture, request: LegRequest, plan: Plan, i: int) -> Generated:
        """Lay keyframe i at full size."""
        weight, pieces = unpacked(plan, i)
        palette = PalettePath.between(reduced(a), reduced(b))
        moved = [palette.move(encoded(picture.canvas), k, weight) for k, picture in enumerate((a, b))]
        shape = moved[0].shape[:2]
        image = compose(moved[0], moved[1], sources(pieces, outlines(pieces, shape)))
        return Generated(decoded(image), weight, patch_field(pieces, grid(shape, FIELD_LEVEL)))


def checked(request: LegRequest) -> None:
    """Refuse what cannot be walked."""
    if not 0.0 <= request.chain <= 1.0:
        raise UsageError(f"--chain {request.chain:g}: use a number from 0 (each keyframe for itself) to 1 (chained)")
    if request.keyframes < 0:
        raise UsageError(f"--keyframes {request.keyframes}: use 0 or more")
    concept.check(request.weights, request.keyframes)


def standing_still(canvas: tuple[int, int], request: LegRequest) -> Plan:
    """The plan of a leg from a painting to itself: that painting at every weight."""
    curve = "linear" if request.weights == "even" else request.weights
    height, width = grid(canvas, FINEST)
    return {
        "weights": np.array(concept.weights(curve, request.keyframes), np.float64),
        "shifts": np.zeros((request.keyframes, 1, 3), np.int32),
        "labels": np.zeros((request.keyframes, height, width), np.int32),
    }


def nearest(places: list[Link], weight: float) -> Link:
    """The place of a path whose weight is nearest, as if it were exactly there."""
    found = min(places, key=lambda place: abs(place.weight - weight))
    return Link(weight, found.picture, found.share)


def pieces_of(leg: Leg, stop: Link) -> Pieces:
    """Paint a stop at the finest level, and find the pieces that it is made of."""
    picture, _ = leg.paint(stop.picture, stop.weight, FINEST, schedule(0.2, 0.04, 3))
    field = shifts_of(leg.denoiser(stop.weight, FINEST).choose(picture, 0.3))
    shape = grid(leg.canvas, FINEST)
    fine = (shape[0] * LABEL_SCALE, shape[1] * LABEL_SCALE)
    pair = leg.at(stop.weight, fine)
    spread = np.repeat(np.repeat(field, LABEL_SCALE, 0), LABEL_SCALE, 1).astype(np.float32)
    target = compose(*pair, (spread[..., 0], spread[..., 1] * LABEL_SCALE, spread[..., 2] * LABEL_SCALE))
    shifts = common_shifts(field) * np.array([1, LABEL_SCALE, LABEL_SCALE], np.int32)
    return Pieces(shifts, settle(cost_volume(target, pair, shifts)))


def preview(leg: Leg, weight: float, pieces: Pieces) -> Array:
    """What a keyframe will look like, small."""
    shape = grid(leg.canvas, 144)
    return compose(*leg.at(weight, shape), sources(pieces, outlines(pieces, shape)))


def measure_of(request: LegRequest) -> Measure:
    """What turns pictures (h, w, 3), sRGB in [-1, 1], into vectors (n, D): by their distances steps are even."""
    if not request.clip:
        return lambda pictures: np.stack([signature(picture) for picture in pictures])
    model = Clip.of(request.clip)
    return lambda pictures: model.embed([decoded(picture) for picture in pictures])


def evenly(
    leg: Leg, places: list[Link], count: int, measure: Measure, report: Callable[[float], None]
) -> tuple[list[Link], list[Pieces]]:
    """Choose stops evenly far apart, look at the pictures that they give, and choose again where those differ."""
    guessed = measure([place.picture for place in places])
    first, last = measure([leg.a, leg.b])
    seen = {0: first, len(places) - 1: last}
    made: dict[int, Pieces] = {}
    best, least = [0] * count, np.inf
    for turn in range(ROUNDS):
        chosen = even_choice(expected(guessed, seen), count)
        for index in chosen:
            if index not in made:
                made[index] = pieces_of(leg, places[index])
                seen[index] = measure([preview(leg, places[index].weight, made[index])])[0]
        ratio = unevenness([seen[index] for index in (0, *chosen, len(places) - 1)])
        if ratio < least:
            best, least = chosen, ratio
        if ratio < CLOSE:
            break
        report((turn + 1) / ROUNDS)
    report(1.0)
    return [places[index] for index in best], [made[index] for index in best]


def packed(stops: list[Link], made: list[Pieces]) -> Plan:
    """The plan as arrays: weights (n,), shifts (n, K, 3), labels (n, h, w)."""
    most = max((len(pieces.shifts) for pieces in made), default=0)
    shifts = [np.pad(pieces.shifts, ((0, most - len(pieces.shifts)), (0, 0))) for pieces in made]
    return {
        "weights": np.array([stop.weight for stop in stops], np.float64),
        "shifts": np.array(shifts, np.int32),
        "labels": np.array([pieces.labels for pieces in made], np.int32),
    }


def unpacked(plan: Plan, i: int) -> tuple[float, Pieces]:
    """The weight and the pieces of keyframe i."""
    return float(plan["weights"][i]), Pieces(plan["shifts"][i], plan["labels"][i])


def patch_field(pieces: Pieces, shape: tuple[int, int]) -> PatchField:
    """Where each place of the keyframe comes from, on a grid (h, w)."""
    painting, dy, dx = sources(pieces, outlines(pieces, shape))
    y, x = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")
    inside_x = np.clip(x + dx, 0, shape[1] - 1).astype(np.float32)
    inside_y = np.clip(y + dy, 0, shape[0] - 1).astype(np.float32)
    return PatchField(painting.astype(np.uint8), inside_x, inside_y)

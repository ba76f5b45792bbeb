"""The chain: which draws a picture needs, given the effects that are on. Pure; no GL here.

All effects off is one draw, the walk pass writing the target. As soon as one is on, the programs hold every warp and
every point (each guarded by its own parameters), and only the passes that need a texture of the picture so far add
draws. So there are few programs, all compiled before the show, and turning an effect on never costs a hitch.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from artwalks_live.gpu.shaders import Recipe, ShaderLibrary

TARGET = "target"
HISTORY = "history"
WORK = ("work0", "work1")


@dataclass(frozen=True, slots=True)
class Step:
    """One draw.

    reads    the picture bound as u_picture: a name of WORK, HISTORY, or "" when the program reads none
    writes   TARGET, HISTORY, a name of WORK, or the name of a stage
    """

    recipe: Recipe
    reads: str
    writes: str


def steps(library: ShaderLibrary, on: Collection[str]) -> tuple[Step, ...]:
    """The draws of a frame in which the passes named in `on` have something to do."""
    if not on:
        return (Step(Recipe("walk"), "", TARGET),)
    warps = tuple(each.name for each in library.passes if each.kind == "warp")
    work = itertools.cycle(WORK)
    done: list[Step] = []
    recipe, reads = Recipe("walk", warps=warps, encode=False), ""
    for each in library.passes:
        if each.kind in ("warp", "walk") or (each.breaks and each.name not in on):
            continue
        if each.kind == "spatial":
            done.append(Step(recipe, reads, next(work)))
            reads = done[-1].writes
            done += [Step(Recipe(each.name, stage.name, encode=False), reads, stage.name) for stage in each.stages]
            recipe = Recipe(each.name, encode=False)
            continue
        recipe = replace(recipe, points=(*recipe.points, each.name))
        if each.history:
            done.append(Step(recipe, reads, HISTORY))
            recipe, reads = Recipe("", encode=False), HISTORY
    done.append(Step(replace(recipe, encode=True), reads, TARGET))
    return tuple(done)


def every_step(library: ShaderLibrary) -> Iterator[Step]:
    """Every draw that can ever be asked for, some more than once: what to compile before the show."""
    yield from steps(library, ())
    breaking = [each.name for each in library.passes if each.breaks]
    others = [each.name for each in library.passes if each.kind != "walk" and not each.breaks]
    for count in range(len(breaking) + 1):
        for names in itertools.combinations(breaking, count):
            if names or others:
                yield from steps(library, names or others[:1])

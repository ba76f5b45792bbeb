"""The chain: which draws a picture needs, given the effects that are on. Pure; no GL here.

All effects off is one draw, the walk pass writing the target. With some on, a program may hold more warps and points
than are on at the moment (each is guarded by its own parameters), and only the passes that need a texture of the
picture so far add draws. So a few programs, compiled before the show, serve every combination: turning an effect on
costs no hitch, and one that comes and goes with the music does not change the program.
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


def steps(library: ShaderLibrary, on: Collection[str], built: Collection[str]) -> tuple[Step, ...]:
    """The draws of a frame.

    on      passes that have something to do
    built   passes that the programs hold; must include `on`
    """
    if not on:
        return (Step(Recipe("walk"), "", TARGET),)
    warps = tuple(each.name for each in library.passes if each.kind == "warp" and each.name in built)
    work = itertools.cycle(WORK)
    done: list[Step] = []
    recipe, reads = Recipe("walk", warps=warps, encode=False), ""
    for each in library.passes:
        if each.kind in ("warp", "walk") or each.name not in (on if each.breaks else built):
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


def every_step(library: ShaderLibrary, built: Collection[str]) -> Iterator[Step]:
    """Every draw that these passes can ever ask for, some more than once: what to compile before the show."""
    yield from steps(library, (), built)
    breaking = [each.name for each in library.passes if each.breaks and each.name in built]
    joined = [name for name in built if name not in breaking]
    for count in range(len(breaking) + 1):
        for names in itertools.combinations(breaking, count):
            yield from steps(library, (*names, *joined), built)

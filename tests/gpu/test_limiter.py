"""The flash limiter: strobes of many kinds go in, three flashes a second come out, and calm pictures are left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import moderngl
import numpy as np
import numpy.typing as npt
import pytest

from artwalks_live.gpu.context import headless_context
from artwalks_live.gpu.limiter import Limiter
from artwalks_live.gpu.programs import FrameBlock
from artwalks_live.gpu.shaders import ShaderLibrary
from artwalks_live.gpu.surface import Surface
from artwalks_live.paths import shaders_dir
from tests.gpu.flashes import Reference, decoded, flashes
from tests.gpu.scene import scene

LIBRARY = ShaderLibrary.read(shaders_dir())
SIZE = (96, 54)
Image = npt.NDArray[np.uint8]
Strobe = Callable[[float], Image]
BLACK, WHITE, GREY = (0, 0, 0), (255, 255, 255), (128, 128, 128)
RED, DARK_RED, PALE = (255, 0, 0), (60, 0, 0), (240, 240, 240)


def flat(colour: tuple[int, int, int]) -> Image:
    return np.broadcast_to(np.array(colour, np.uint8), (SIZE[1], SIZE[0], 3)).copy()


def square(hz: float, a: tuple[int, int, int] = BLACK, b: tuple[int, int, int] = WHITE) -> Strobe:
    """All of the picture, half of the time each."""
    return lambda time_s: flat(b if (time_s * hz) % 1.0 < 0.5 else a)


def patch(hz: float, share: float) -> Strobe:
    """A square of grey in the middle that flashes; share of a field of view."""

    def at(time_s: float) -> Image:
        image = flat(GREY)
        height = round((share * SIZE[1] * SIZE[0] / 9) ** 0.5 * 0.75)
        width = round(share * SIZE[1] * SIZE[0] / 9 / height)
        image[20 : 20 + height, 40 : 40 + width] = 255 if (time_s * hz) % 1.0 < 0.5 else 0
        return image

    return at


def boards(hz: float) -> Strobe:
    """Large squares that change places: the picture's mean never changes."""
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]] // 9

    def at(time_s: float) -> Image:
        odd = (x + y + ((time_s * hz) % 1.0 < 0.5)) % 2
        return np.repeat((odd * 255).astype(np.uint8)[..., None], 3, 2)

    return at


def bursts(time_s: float) -> Image:
    """Half a second of 12 Hz, then a second and a half of 2.4 Hz, and so on."""
    hz = 12.0 if time_s % 2.0 < 0.5 else 2.4
    return square(hz)(time_s % 2.0)


def chance(seed: int) -> Strobe:
    """All of the picture jumps to another light at chance moments."""
    rng = np.random.default_rng(seed)
    moments = np.cumsum(rng.exponential(0.06, 400))
    lights = rng.integers(0, 256, 401)
    return lambda time_s: flat((lights[np.searchsorted(moments, time_s)],) * 3)


class Film:
    """A limiter and what is needed to run films through it."""

    def __init__(self, ctx: moderngl.Context, bars: int = 0) -> None:
        self.target = Surface.make(ctx, (SIZE[0] + 2 * bars, SIZE[1]))
        self.target.framebuffer.viewport = (bars, 0, *SIZE)
        self.limiter = Limiter(ctx, LIBRARY, self.target, SIZE)
        self._block, self._bars = FrameBlock(ctx, LIBRARY.params), bars

    def run(self, strobe: Strobe, fps: float, seconds: float) -> tuple[list[Image], list[Image]]:
        """What went in and what came out."""
        given = [strobe(index / fps) for index in range(round(seconds * fps))]
        self.limiter.skip()
        return given, [self.show(image, 1 / fps) for image in given]

    def show(self, image: Image, dt_s: float) -> Image:
        """One frame."""
        self.limiter.input.texture.write(np.dstack([image, np.full(image.shape[:2], 255, np.uint8)]).tobytes())
        self._block.send((*SIZE, 1.0, dt_s, *(0.0,) * (FrameBlock.head - 4)), LIBRARY.params.defaults())
        self.limiter.run()
        read = np.frombuffer(self.target.texture.read(), np.uint8).reshape(SIZE[1], -1, 4)
        return read[:, self._bars : self._bars + SIZE[0], :3].copy()


@pytest.fixture(scope="module")
def ctx() -> Iterator[moderngl.Context]:
    made = headless_context()
    yield made
    made.release()


@pytest.fixture(scope="module")
def film(ctx: moderngl.Context) -> Film:
    return Film(ctx)


def light(images: list[Image]) -> npt.NDArray[np.float64]:
    """A film in linear light, a place for every 4x3 pixels: finer than the limiter's cells."""
    stack = decoded(np.array(images))
    return stack.reshape(len(images), SIZE[1] // 3, 3, SIZE[0] // 4, 4, 3).mean((2, 4))


STROBES = {
    "4 Hz": square(4),
    "7 Hz": square(7),
    "15 Hz": square(15),
    "grey 10 Hz": square(10, (90, 90, 90), (150, 150, 150)),
    "red 6 Hz": square(6, DARK_RED, RED),
    "red and blue 5 Hz": square(5, (255, 0, 0), (0, 60, 255)),
    "a large patch 8 Hz": patch(8, 0.6),
    "boards 6 Hz": boards(6),
    "bursts": bursts,
    "chance": chance(1),
}


@pytest.mark.parametrize("name", STROBES)
def test_a_strobe_becomes_three_flashes_a_second_at_most(film: Film, name: str) -> None:
    fps = 60.0 if name in ("15 Hz", "chance") else 30.0
    given, shown = film.run(STROBES[name], fps, 4.0)
    assert flashes(light(given), fps) > 3
    assert flashes(light(shown), fps) <= 3


@pytest.mark.parametrize(
    ("name", "strobe"),
    [
        ("3 Hz", square(3)),
        ("2 Hz red", square(2, DARK_RED, RED)),
        ("fast, but bright against bright", square(10, PALE, WHITE)),
        ("fast, but faint", square(10, (120, 120, 120), (135, 135, 135))),
        ("fast, but small", patch(10, 0.15)),
        ("fast, but fine", lambda time_s: np.roll(np.kron(np.indices((54, 96)).sum(0) % 2 * 255, 1)[..., None]
                                                  .repeat(3, 2).astype(np.uint8), int(time_s * 15) % 2, 1)),
    ],
)  # fmt: skip
def test_what_is_allowed_is_shown_as_it_is(film: Film, name: str, strobe: Strobe) -> None:
    given, shown = film.run(strobe, 30.0, 2.0)
    np.testing.assert_array_equal(shown, given, name)


@pytest.mark.parametrize("name", ["7 Hz", "red 6 Hz", "a large patch 8 Hz", "bursts", "chance"])
def test_it_shows_what_the_reference_shows(film: Film, name: str) -> None:
    """Within two levels of 255: half floats keep what was shown, and its light is decoded by a fit."""
    given, shown = film.run(STROBES[name], 30.0, 2.5)
    reference, kept = Reference(), decoded(given[0])
    for number, (image, got) in enumerate(zip(given, shown, strict=True)):
        linear = decoded(image)
        cells = linear.reshape(27, 2, 48, 2, 3).mean((1, 3))
        kept = kept + (linear - kept) * reference.share(cells, 1 / 30)
        wanted = 255 * np.where(kept <= 0.0031308, 12.92 * kept, 1.055 * kept ** (1 / 2.4) - 0.055)
        assert np.abs(got - wanted).max() <= 2.5, f"frame {number}"


def test_nothing_leaps_when_it_takes_hold_nor_when_it_lets_go(film: Film) -> None:
    strobe, calm = square(8), flat((200, 180, 160))
    _, shown = film.run(lambda time_s: strobe(time_s) if time_s < 2.0 else calm, 60.0, 4.6)
    means = [float(decoded(image).mean()) for image in shown]
    after = means[60:]
    assert max(abs(b - a) for a, b in pairwise(after)) < 0.03
    np.testing.assert_array_equal(shown[-1], calm)


def test_the_frame_rate_changes_nothing_that_is_seen(film: Film) -> None:
    """A strobe that 30 and 60 frames a second both draw exactly."""
    slow, fast = (film.run(square(5), fps, 3.0)[1] for fps in (30.0, 60.0))
    difference = np.abs(np.array(slow).astype(int) - np.array(fast[::2]).astype(int))
    assert difference[30:].max() <= 12  # each takes hold at its own frame


def test_the_same_frames_give_the_same_pictures(ctx: moderngl.Context, film: Film) -> None:
    _, first = film.run(chance(2), 30.0, 2.0)
    _, second = film.run(chance(2), 30.0, 2.0)
    np.testing.assert_array_equal(first, second)
    barred = Film(ctx, bars=8)  # a target wider than the picture
    _, third = barred.run(chance(2), 30.0, 2.0)
    np.testing.assert_array_equal(first, third)


def test_in_a_show_it_is_the_last_pass_and_off_unless_asked_for() -> None:
    """Black pressed and let go ten times a second: what a nervous hand can do."""
    with scene(2) as stage:
        frames = {}
        for limit in (0.0, 1.0):
            taken = []
            for index in range(90):
                state = stage.frame(0.0, time_s=index / 30, flash__limit=limit, bloom__amount=0.5,
                                    black=float(index % 3 == 0))  # fmt: skip
                stage.renderer.draw(state, wait=True)
                taken.append(stage.renderer.read("rgb24")[::2, ::2].copy())
            frames[limit] = decoded(np.array(taken))[:, :36, :64].reshape(90, 12, 3, 16, 4, 3).mean((2, 4))
        assert stage.library.params["flash.limit"].default == 0.0
    assert flashes(frames[0.0], 30.0) > 3
    assert flashes(frames[1.0], 30.0) <= 3

"""What each effect does to the picture, and that off means off."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.gpu.scene import Array, Scene, scene

EFFECTS: dict[str, dict[str, float]] = {
    "push": {"flow__push": 1.0},
    "zoom": {"zoom__pulse": 1.0},
    "angle": {"zoom__angle": 8.0},
    "bloom": {"bloom__amount": 1.0},
    "drift": {"drift__amount": 1.0},
    "vignette": {"vignette__amount": 1.0},
    "grain": {"grain__amount": 1.0},
}


@pytest.fixture(scope="module")
def stage() -> Iterator[Scene]:
    with scene(2) as made:
        yield made


def light(image: Array) -> Array:
    """sRGB to linear light."""
    encoded = image.astype(np.float64) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("name", EFFECTS)
def test_an_effect_changes_the_picture_and_leaves_it_when_it_is_off(stage: Scene, name: str) -> None:
    before = stage.shoot(0.0)
    assert np.abs(stage.shoot(0.0, **EFFECTS[name]).astype(int) - before).mean() > 1
    np.testing.assert_array_equal(stage.shoot(0.0), before)


@pytest.mark.parametrize("name", EFFECTS)
def test_an_effect_fades_in(stage: Scene, name: str) -> None:
    """A hundredth of the effect is hardly a change: no jump when a fader leaves zero, nor from encoding twice."""
    little = {key: value / 100 for key, value in EFFECTS[name].items()}
    change = np.abs(stage.shoot(0.0, **little).astype(int) - stage.shoot(0.0))
    assert change.mean() < 1


def test_the_same_instant_gives_the_same_picture(stage: Scene) -> None:
    everything = {key: value for options in EFFECTS.values() for key, value in options.items()}
    first = stage.shoot(0.3, time_s=7.5, **everything)
    stage.shoot(0.8, time_s=99.0)
    np.testing.assert_array_equal(stage.shoot(0.3, time_s=7.5, **everything), first)


def test_an_effect_elsewhere_leaves_the_painting_exact(stage: Scene) -> None:
    """Programs hold passes that are off, decode, encode and dither: none of that may change a level."""
    for position in (0.0, 1.0):
        np.testing.assert_array_equal(stage.shoot(position, alpha__dark=0.001), stage.images[int(position)])
        near_nothing = stage.shoot(position, alpha__dark=0.001, bloom__amount=1e-9)
        np.testing.assert_array_equal(near_nothing, stage.images[int(position)])


def test_grain_is_new_with_time_and_keeps_the_brightness(stage: Scene) -> None:
    clean = stage.shoot(0.0)
    one, other = (stage.shoot(0.0, time_s=t, grain__amount=1.0) for t in (1.0, 2.0))
    assert np.abs(one.astype(int) - other).mean() > 2
    assert abs(one.mean() - clean.mean()) < 2


def test_bloom_only_adds_light(stage: Scene) -> None:
    assert (stage.shoot(0.0, bloom__amount=1.0).astype(int) - stage.shoot(0.0) >= -1).all()


def test_a_vignette_darkens_the_corners_more(stage: Scene) -> None:
    ratio = light(stage.shoot(0.0, vignette__amount=1.0)) / np.maximum(light(stage.shoot(0.0)), 0.02)
    corners = ratio[[0, 0, -1, -1], [0, -1, 0, -1]].mean()
    assert corners < 0.6 * ratio[36, 64].mean()


def test_keyed_paint_is_transparent_and_its_colour_stays(stage: Scene) -> None:
    def seen_through(**values: float) -> Array:
        stage.shoot(0.0, **values)
        return stage.renderer.read("rgba")[..., 3].copy()

    seen = stage.shoot(0.0).astype(float)
    assert np.abs(stage.shoot(0.0, alpha__dark=1.0, alpha__oval=0.5) - seen).max() <= 1
    assert (seen_through() == 255).all()
    dark = seen_through(alpha__dark=1.0)
    bright = np.sqrt(light(seen) @ (0.2126, 0.7152, 0.0722))
    assert (dark[bright > 0.37] == 255).all()
    assert 0 < (dark < 255).mean() < 0.5
    assert (dark[bright < 0.13] <= 1).all()
    oval = seen_through(alpha__oval=1.0)
    assert oval[36, 64] == 255
    assert oval[0, 0] == 0


@pytest.mark.parametrize("angle", [-45.0, -10.0, 10.0, 45.0])
def test_a_turned_camera_sees_no_edge(stage: Scene, angle: float) -> None:
    """The outermost pixels are painted red: a camera that saw them repeated would be full of red."""
    stage.images[0][:] = (60, 120, 180)
    stage.images[0][[0, -1]] = stage.images[0][:, [0, -1]] = (255, 0, 0)
    with scene(2) as fresh:
        fresh.images[0][:] = stage.images[0]
        seen = fresh.shoot(0.0, zoom__angle=angle, zoom__wander=1.0)
    red = (seen[..., 0] > 150).mean()
    assert red < 0.02


def after(stage: Scene, fps: int, seconds: float, **values: float) -> Array:
    """The picture a while after a cut from the bright end of a segment to its dark one."""
    stage.shoot(0.0, **values)
    stage.shoot(0.0)  # a frame without feedback forgets the trail
    shown = stage.shoot(1.0, time_s=1.0, **values)
    for n in range(round(seconds * fps)):
        shown = stage.shoot(0.0, time_s=1 + (n + 1) / fps, dt_s=1 / fps, **values)
    return shown


@pytest.fixture
def lamp() -> Iterator[Scene]:
    """A walk from a black picture to a white one."""
    with scene(2) as made:
        made.images[0][:] = 0
        made.images[1][:] = 255
        yield made


@pytest.mark.parametrize("soft", [0.0, 1.0])
def test_light_lingers_equally_long_at_any_frame_rate(lamp: Scene, soft: float) -> None:
    values = {"feedback__amount": 0.5, "feedback__soft": soft}
    slow, fast = (light(after(lamp, fps, 0.5, **values)).mean() for fps in (30, 120))
    assert slow == pytest.approx(np.exp(-0.5 / 0.5), abs=0.02)
    assert fast == pytest.approx(slow, abs=0.02)


def test_a_fader_next_to_zero_in_a_frame_without_length_spoils_nothing(lamp: Scene) -> None:
    lamp.shoot(1.0, dt_s=0.0, feedback__amount=1e-30)
    lamp.shoot(1.0, dt_s=0.0, feedback__amount=1e-30)
    assert lamp.shoot(1.0, feedback__amount=1e-30).min() == 255


def test_light_that_lingered_is_forgotten_when_feedback_was_off(lamp: Scene) -> None:
    lamp.shoot(1.0, feedback__amount=1.0)
    lamp.shoot(0.0)
    assert lamp.shoot(0.0, feedback__amount=1.0).max() <= 1


def test_a_smaller_program_draws_the_same_picture() -> None:
    values = {"grain__amount": 0.5, "vignette__amount": 0.5}
    with scene(2) as stage:
        whole = stage.shoot(0.4, **values).astype(int)
        stage.renderer.prepare(("grain.amount", "vignette.amount"))
        lean = stage.shoot(0.4, **values)
    assert np.abs(whole - lean).max() <= 1

"""Showing the target: the right way up, its aspect kept, words over it and never in it."""

from __future__ import annotations

import numpy as np

from artwalks_live.gpu.overlay import Overlay
from artwalks_live.gpu.surface import Surface
from tests.gpu.scene import Array, Scene, scene


def as_seen(window: Surface) -> Array:
    """A window's pixels as a person sees them: GL's row 0 is at the bottom."""
    width, height = window.texture.size
    pixels = window.framebuffer.read((0, 0, width, height), components=3, alignment=1)
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)[::-1]


def show(stage: Scene, size: tuple[int, int]) -> tuple[Surface, Array]:
    window = Surface.make(stage.ctx, size)
    stage.renderer.show_on(window.framebuffer, size)
    return window, as_seen(window)


def test_a_window_of_the_targets_size_shows_it_exactly() -> None:
    with scene(2) as stage:
        target = stage.shoot(0.0)
        window, seen = show(stage, (128, 72))
        np.testing.assert_array_equal(seen, target)
        window.release()


def test_another_aspect_gets_black_bars() -> None:
    with scene(2) as stage:
        target = stage.shoot(0.0).astype(float)
        window, seen = show(stage, (256, 200))
        assert not seen[:28].any()
        assert not seen[-28:].any()
        inside = seen[28:-28].reshape(72, 2, 128, 2, 3).mean(axis=(1, 3))
        assert np.abs(inside - target).mean() < 6
        window.release()


def test_words_are_blended_over_the_window_only() -> None:
    with scene(2) as stage:
        target = stage.shoot(0.0)
        window, before = show(stage, (128, 72))
        overlay = Overlay(stage.ctx, stage.library)
        panel = np.zeros((10, 20, 4), np.uint8)
        panel[2:5] = (255, 255, 255, 255)
        panel[5:8] = (0, 0, 0, 128)
        overlay.update(panel)
        overlay.draw(window.framebuffer, (128, 72), left=7, top=3)
        after = as_seen(window)
        assert (after[5:8, 7:27] == 255).all()
        assert np.abs(after[8:11, 7:27] - before[8:11, 7:27] * (127 / 255)).max() <= 1
        changed = (after != before).any(axis=2)
        changed[3:13, 7:27] = False
        assert not changed.any()
        np.testing.assert_array_equal(stage.renderer.read("rgb24"), target)
        overlay.release()
        window.release()

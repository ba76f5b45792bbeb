"""The window on a real, virtual X server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.io.screen import virtual_screen

SHOW_RED = """
import moderngl
from artwalks_live.io.awake import screen_awake
from artwalks_live.io.window import Window, display_is_there, monitors
assert display_is_there() and monitors()
window = Window("test", (640, 360), None)
context = moderngl.create_context()
with screen_awake(window.x11_display) as way:
    print("awake", way, flush=True)
    window.toggle_fullscreen()
    assert window.fullscreen
    for _ in range(3):
        context.screen.use()
        context.viewport = (0, 0, *window.size)
        context.clear(1.0, 0.0, 0.0)
        window.swap()
    print("size", *window.size, flush=True)
    keys, released = [], []
    while "escape" not in keys and not window.closed:
        keys += window.poll()
        released += window.released()
    print("keys", *keys, "released", *released[:3], "pointer", *window.pointer(), flush=True)
    window.toggle_fullscreen()
    assert not window.fullscreen and window.size[0] <= 640
window.close()
window.close()
"""


def start(screen_environment: dict[str, str], code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code], env=screen_environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_a_window_fills_the_monitor_shows_its_picture_and_hears_its_keys(tmp_path: Path) -> None:
    with virtual_screen(tmp_path, "800x450") as screen:
        child = start(screen.environment, SHOW_RED)
        assert child.stdout is not None
        assert child.stdout.readline().startswith("awake")
        assert child.stdout.readline().split() == ["size", "800", "450"]
        picture = screen.picture()
        assert picture.shape == (450, 800, 3)
        assert (picture == (255, 0, 0)).all()
        screen.point(200, 90)
        screen.press("space", "comma", "7", "Escape")
        out, err = child.communicate(timeout=60)
        told = "keys space comma 7 escape released space comma 7 pointer 0.25 0.2 False"
        assert out.split() == told.split(), err
        assert child.returncode == 0, err


def test_an_unknown_monitor_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    code = (
        "from artwalks_live.io.window import Window\nfrom artwalks_live.core.errors import GraphicsError\n"
        "try:\n    Window('test', (640, 360), 'projector')\nexcept GraphicsError as error:\n    print(error)\n"
    )
    with virtual_screen(tmp_path) as screen:
        out, err = start(screen.environment, code).communicate(timeout=60)
    assert "monitor 'projector' is unknown: use one of 1, primary, screen" in out, err


def test_without_a_display_one_line_says_what_to_do() -> None:
    code = (
        "from artwalks_live.io.window import Window, display_is_there\n"
        "from artwalks_live.core.errors import GraphicsError\n"
        "assert not display_is_there()\n"
        "try:\n    Window('test', (640, 360))\nexcept GraphicsError as error:\n    print(error)\n"
    )
    out, err = start({"PATH": "/usr/bin", "PYTHONPATH": ":".join(sys.path)}, code).communicate(timeout=60)
    assert "--headless" in out, err
    assert out.count("\n") == 1

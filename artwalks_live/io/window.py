"""What the audience sees: a GLFW window, or a monitor filled by one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import glfw

from artwalks_live.core.errors import GraphicsError, choices

_NAMED_KEYS = {
    glfw.KEY_SPACE: "space",
    glfw.KEY_LEFT: "left",
    glfw.KEY_RIGHT: "right",
    glfw.KEY_UP: "up",
    glfw.KEY_DOWN: "down",
    glfw.KEY_COMMA: "comma",
    glfw.KEY_PERIOD: "period",
    glfw.KEY_ESCAPE: "escape",
    glfw.KEY_ENTER: "enter",
    glfw.KEY_KP_ENTER: "enter",
    glfw.KEY_BACKSPACE: "backspace",
    glfw.KEY_DELETE: "delete",
    **{glfw.KEY_A + i: chr(ord("a") + i) for i in range(26)},
    **{glfw.KEY_0 + i: str(i) for i in range(10)},
    **{glfw.KEY_KP_0 + i: str(i) for i in range(10)},
}
_MISSING = (
    "no window can be opened: {why}; install libx11-6 libxcursor1 libxinerama1 libxi6 libxrandr2 libgl1, "
    "set DISPLAY, or perform with --headless"
)


@contextlib.contextmanager
def _glfw() -> Iterator[None]:
    """Initialise GLFW or say in one line what is missing; its own warnings become that line."""
    reasons: list[str] = []

    def keep(_code: int, text: bytes) -> None:
        reasons.append(text.decode("utf-8", "replace"))

    glfw.ERROR_REPORTING = False
    glfw.set_error_callback(keep)
    if not glfw.init():
        raise GraphicsError(_MISSING.format(why=reasons[-1] if reasons else "GLFW did not start"))
    try:
        yield
    except BaseException:
        glfw.terminate()
        raise


def display_is_there() -> bool:
    """Whether a window could be opened at all. Leaves GLFW as it was found."""
    try:
        with _glfw():
            glfw.terminate()
    except GraphicsError:
        return False
    return True


def _text(name: bytes | str | None) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else (name or "unnamed")


def _monitor(wanted: str) -> Any:
    """The monitor named `wanted`: a number from 1, a name or part of one, or `primary`."""
    monitors = list(glfw.get_monitors() or [])
    names = [_text(glfw.get_monitor_name(m)) for m in monitors]
    if not monitors:
        raise GraphicsError("--fullscreen: no monitor is connected; perform with --window or --headless")
    if wanted in ("", "primary"):
        return glfw.get_primary_monitor() or monitors[0]
    if wanted.isdigit() and 1 <= int(wanted) <= len(monitors):
        return monitors[int(wanted) - 1]
    for monitor, name in zip(monitors, names, strict=True):
        if wanted.casefold() in name.casefold():
            return monitor
    numbered = [*names, "primary", *(str(i + 1) for i in range(len(names)))]
    raise GraphicsError(f"--fullscreen: monitor {choices(wanted, numbered)}")


class Window:
    """A window with a GL 3.3 core context, current on the thread that made it.

    size         (width, height) in screen units of the windowed state
    fullscreen   None for a window; a monitor's number from 1, its name, or `primary`

    Raises GraphicsError when there is no display, no GL or no such monitor.
    """

    def __init__(self, title: str, size: tuple[int, int], fullscreen: str | None = None) -> None:
        self._windowed = (0, 0, *size)
        with _glfw():
            for hint, value in (
                (glfw.CONTEXT_VERSION_MAJOR, 3),
                (glfw.CONTEXT_VERSION_MINOR, 3),
                (glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE),
                (glfw.OPENGL_FORWARD_COMPAT, True),
                (glfw.AUTO_ICONIFY, False),  # a projector must not go dark when another window takes the focus
            ):
                glfw.window_hint(hint, value)
            monitor = None if fullscreen is None else _monitor(fullscreen)
            self._handle = glfw.create_window(*self._fit(size), title, None, None)
            if not self._handle:
                raise GraphicsError(_MISSING.format(why="the driver gives no OpenGL 3.3"))
        glfw.set_window_size_limits(self._handle, 160, 90, glfw.DONT_CARE, glfw.DONT_CARE)
        glfw.set_window_aspect_ratio(self._handle, *size)
        glfw.make_context_current(self._handle)
        glfw.swap_interval(1)
        self._keys: list[str] = []
        self._released: list[str] = []
        glfw.set_key_callback(self._handle, self._on_key)
        if monitor is not None:
            self._fill(monitor)

    def _fit(self, size: tuple[int, int]) -> tuple[int, int]:
        """Shrink a size that the primary monitor cannot show; a 4K walk opens on a laptop too."""
        monitor = glfw.get_primary_monitor()
        _, _, wide, high = glfw.get_monitor_workarea(monitor) if monitor else (0, 0, 0, 0)
        if wide <= 0 or high <= 0:  # a virtual display may report 0x0
            return size
        scale = min(1.0, wide / size[0], high / size[1])
        return max(160, round(size[0] * scale)), max(90, round(size[1] * scale))

    def _on_key(self, _window: object, key: int, _scancode: int, action: int, _mods: int) -> None:
        if action == glfw.PRESS and key in _NAMED_KEYS:
            self._keys.append(_NAMED_KEYS[key])
        elif action == glfw.RELEASE and key in _NAMED_KEYS:
            self._released.append(_NAMED_KEYS[key])

    @property
    def size(self) -> tuple[int, int]:
        """The frame buffer in pixels; at least 1x1, though a minimised window reports 0x0."""
        wide, high = glfw.get_framebuffer_size(self._handle)
        return max(1, wide), max(1, high)

    @property
    def fullscreen(self) -> bool:
        """Whether a monitor is filled."""
        return bool(glfw.get_window_monitor(self._handle))

    @property
    def refresh_hz(self) -> float:
        """The refresh rate that the monitor reports; 0 where it reports none, as virtual ones do."""
        monitor = glfw.get_window_monitor(self._handle) or glfw.get_primary_monitor()
        mode = glfw.get_video_mode(monitor) if monitor else None
        return float(mode.refresh_rate) if mode else 0.0

    @property
    def x11_display(self) -> int:
        """The address of Xlib's Display, for those who keep the screen awake; 0 on other platforms."""
        get = getattr(glfw, "get_x11_display", None)
        return int(get() or 0) if get is not None and glfw.get_platform() == glfw.PLATFORM_X11 else 0

    @property
    def closed(self) -> bool:
        """Whether somebody closed it."""
        return bool(glfw.window_should_close(self._handle))

    def poll(self) -> Sequence[str]:
        """The keys pressed since the last call, oldest first: `space`, `left`, `comma`, `a`, `7`, `escape` …"""
        glfw.poll_events()
        keys, self._keys = self._keys, []
        return keys

    def released(self) -> Sequence[str]:
        """The keys let go of up to the last `poll`, since they were last asked for; by the same names."""
        keys, self._released = self._released, []
        return keys

    def pointer(self) -> tuple[float, float, bool]:
        """Where the mouse is: shares of the width and the height, [0, 1], from the upper left; is it pressed."""
        wide, high = glfw.get_window_size(self._handle)
        x, y = glfw.get_cursor_pos(self._handle)
        pressed = glfw.get_mouse_button(self._handle, glfw.MOUSE_BUTTON_LEFT) == glfw.PRESS
        return min(max(x / max(wide, 1), 0.0), 1.0), min(max(y / max(high, 1), 0.0), 1.0), pressed

    def swap(self) -> None:
        """Show what was drawn. Waits for the monitor where its driver does."""
        glfw.swap_buffers(self._handle)

    def toggle_fullscreen(self) -> None:
        """Fill the monitor that the window lies on, or go back to the window as it was."""
        if self.fullscreen:
            x, y, wide, high = self._windowed
            glfw.set_window_monitor(self._handle, None, x, y, wide, high, glfw.DONT_CARE)
            glfw.set_input_mode(self._handle, glfw.CURSOR, glfw.CURSOR_NORMAL)
            return
        self._windowed = (*glfw.get_window_pos(self._handle), *glfw.get_window_size(self._handle))
        monitor = self._monitor_under()
        if monitor is not None:
            self._fill(monitor)

    def _monitor_under(self) -> Any:
        """The monitor that holds the window's centre, else the primary one; None where there is none."""
        x, y, wide, high = self._windowed
        for monitor in glfw.get_monitors() or []:
            mx, my = glfw.get_monitor_pos(monitor)
            mode = glfw.get_video_mode(monitor)
            if mode and 0 <= x + wide // 2 - mx < mode.size.width and 0 <= y + high // 2 - my < mode.size.height:
                return monitor
        return glfw.get_primary_monitor()

    def _fill(self, monitor: Any) -> None:
        mode = glfw.get_video_mode(monitor)
        if not mode or mode.size.width <= 0 or mode.size.height <= 0:
            return  # a monitor that is just going away: stay in the window
        rate = mode.refresh_rate or glfw.DONT_CARE
        glfw.set_window_monitor(self._handle, monitor, 0, 0, mode.size.width, mode.size.height, rate)
        glfw.set_input_mode(self._handle, glfw.CURSOR, glfw.CURSOR_HIDDEN)

    def close(self) -> None:
        """Give the window and GLFW back. May be called twice."""
        if self._handle:
            glfw.destroy_window(self._handle)
            self._handle = None
            glfw.terminate()


def monitors() -> list[str]:
    """The connected monitors, described one a line for `artwalks devices`; empty without a display."""
    try:
        with _glfw():
            lines = []
            for number, monitor in enumerate(glfw.get_monitors() or [], 1):
                mode = glfw.get_video_mode(monitor)
                shape = f"{mode.size.width}x{mode.size.height} at {mode.refresh_rate} Hz" if mode else "no mode"
                lines.append(f"{number}  {_text(glfw.get_monitor_name(monitor))}  {shape}")
            glfw.terminate()
            return lines
    except GraphicsError:
        return []

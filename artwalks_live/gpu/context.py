"""A GL context: headless over EGL, or around the window's own."""

from __future__ import annotations

import sys
from typing import Any

import moderngl

from artwalks_live.core.errors import GraphicsError

_NEEDED = 330  # GL 3.3 core: what every driver since 2010 gives, macOS included
_BACKEND = {"backend": "egl"} if sys.platform == "linux" else {}
_MEND = "on Debian or Ubuntu: apt install libegl1 libgl1 libgl1-mesa-dri, or the graphics card's driver"


def headless_context() -> moderngl.Context:
    """Open a GL context without a window: over EGL on Linux, by the system's own way elsewhere.

    Raises GraphicsError naming the missing packages when EGL cannot be loaded or no driver answers.
    """
    return _open("no GL without a window", standalone=True, **_BACKEND)


def window_context() -> moderngl.Context:
    """Wrap the GL context that a window has made current on this thread.

    Raises GraphicsError when none is current or it is older than GL 3.3.
    """
    return _open("no GL in the window")


def describe(ctx: moderngl.Context) -> str:
    """One line for the log: `llvmpipe (LLVM 15.0.6, 256 bits), GL 4.5`."""
    return f"{ctx.info['GL_RENDERER']}, GL {ctx.version_code // 100}.{ctx.version_code % 100 // 10}"


def is_software(ctx: moderngl.Context) -> bool:
    """Whether the processor draws, not a graphics card."""
    return any(name in describe(ctx).lower() for name in ("llvmpipe", "softpipe", "swrast"))


def _open(what: str, **options: Any) -> moderngl.Context:
    try:
        return moderngl.create_context(require=_NEEDED, **options)
    except Exception as error:  # noqa: BLE001 - glcontext raises Exception itself: nothing narrower covers it
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise GraphicsError(f"{what} ({reason}): {_MEND}") from None

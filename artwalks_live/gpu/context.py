"""A GL context: headless over EGL, or around the window's own."""

from __future__ import annotations

from typing import Any

import moderngl

from artwalks_live.core.errors import GraphicsError

_NEEDED = 330
_EGL: dict[str, Any] = {"backend": "egl"}
_MEND = "install a driver, or the software one: apt install libegl1 libgl1 libgl1-mesa-dri"


def headless() -> moderngl.Context:
    """Open a GL context without a window.

    Raises GraphicsError naming the missing packages when EGL cannot be loaded or no driver answers.
    """
    try:
        return _checked(moderngl.create_context(standalone=True, require=_NEEDED, **_EGL))
    except (ImportError, OSError) as error:
        raise GraphicsError(f"EGL is missing ({_first_line(error)}): {_MEND}") from None
    except Exception as error:  # noqa: BLE001 - glcontext raises bare Exception; nothing narrower exists
        raise GraphicsError(f"no GL context over EGL ({_first_line(error)}): {_MEND}") from None


def of_window() -> moderngl.Context:
    """Wrap the GL context that a window has made current on this thread.

    Raises GraphicsError when none is current or it is older than GL 3.3.
    """
    try:
        return _checked(moderngl.create_context(require=_NEEDED))
    except (ImportError, OSError) as error:
        raise GraphicsError(f"GL is missing ({_first_line(error)}): apt install libgl1 libegl1") from None
    except Exception as error:  # noqa: BLE001 - as above
        raise GraphicsError(f"the window has no usable GL context ({_first_line(error)}): {_MEND}") from None


def describe(ctx: moderngl.Context) -> str:
    """One line for the log: `llvmpipe (LLVM 15.0.6, 256 bits), GL 4.5`."""
    return f"{ctx.info['GL_RENDERER']}, GL {ctx.version_code // 100}.{ctx.version_code % 100 // 10}"


def is_software(ctx: moderngl.Context) -> bool:
    """Whether the processor draws, not a graphics card."""
    renderer = str(ctx.info["GL_RENDERER"]).lower()
    return any(name in renderer for name in ("llvmpipe", "softpipe", "swrast", "swr"))


def _checked(ctx: moderngl.Context) -> moderngl.Context:
    ctx.disable(moderngl.DEPTH_TEST | moderngl.BLEND | moderngl.CULL_FACE)
    return ctx


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__

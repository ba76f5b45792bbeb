"""`artwalks doctor`: what this machine can do, and how to mend what it cannot."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from artwalks_live import __version__
from artwalks_live.core.errors import ArtwalksError

HELP = "Say what this machine can do, and how to mend what it cannot."
EXAMPLES = """\
examples:
  artwalks doctor            before the show: everything the bake and the stage need
exit status: 0 when a walk can be baked, shown and recorded here; 1 when something needed is missing
"""

_PACKAGES = ("numpy", "pillow", "opencv-python-headless", "moderngl", "glfw", "sounddevice", "soundfile", "av")
_SOFTWARE_GL = ("llvmpipe", "softpipe", "swrast", "software")


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    level   `ok`, `note` (works, with less) or `lack` (something needed is missing)
    mend    what to do about it; empty when all is well
    """

    level: str
    name: str
    text: str
    mend: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The doctor asks no questions."""


def run(_arguments: argparse.Namespace) -> int:
    """Print the findings as they come. Returns 1 if something that every show needs is missing."""
    signs = {"ok": "ok  ", "note": "note", "lack": "LACK"}
    lacks = 0
    for check in (_versions, _opengl, _window, _audio, _clocks, _encoders, _inference, _disk):
        for finding in check():
            lacks += finding.level == "lack"
            print(f"{signs[finding.level]}  {finding.name:<12} {finding.text}")
            if finding.mend:
                print(f"{'':18} -> {finding.mend}")
    print("all that a show needs is here" if lacks == 0 else f"{lacks} needed thing(s) missing: see LACK above")
    return 1 if lacks else 0


def _versions() -> Iterator[Finding]:
    yield Finding("ok", "artwalks", f"{__version__}, Python {platform.python_version()}, {platform.platform()}")
    versions = []
    for name in _PACKAGES:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            yield Finding("lack", name, "is not installed", f"pip install {name}")
    yield Finding("ok", "packages", ", ".join(versions))


def _opengl() -> Iterator[Finding]:
    from artwalks_live.gpu.context import headless_context

    try:
        context = headless_context()
    except ArtwalksError as error:
        yield Finding("lack", "OpenGL", str(error), "apt install libegl1 libgl1 libgl1-mesa-dri, or a graphics driver")
        return
    renderer = str(context.info["GL_RENDERER"])
    text = f"{context.info['GL_VERSION'].split()[0]} on {renderer}, headless"
    context.release()
    if any(word in renderer.lower() for word in _SOFTWARE_GL):
        mend = "software drawing: use --size 640x360 live, render the master afterwards; or install a graphics driver"
        yield Finding("note", "OpenGL", text, mend)
    else:
        yield Finding("ok", "OpenGL", text)


def _window() -> Iterator[Finding]:
    from artwalks_live.io.window import display_is_there, monitors

    if display_is_there():
        yield Finding("ok", "display", "; ".join(monitors()) or "a display without monitors")
    else:
        mend = "log in to a desktop or set DISPLAY for a window; --headless works without"
        yield Finding("note", "display", "none", mend)


def _audio() -> Iterator[Finding]:
    try:
        sounddevice = importlib.import_module("sounddevice")
    except OSError:
        yield Finding(
            "note", "sound", "PortAudio is missing: files play silently, no live input", "apt install libportaudio2"
        )
        return
    devices = list(sounddevice.query_devices())
    inputs = sum(device["max_input_channels"] > 0 for device in devices)
    outputs = sum(device["max_output_channels"] > 0 for device in devices)
    text = f"{inputs} input(s), {outputs} output(s)"
    if inputs and outputs:
        yield Finding("ok", "sound", f"{text}: `artwalks devices` lists them")
    else:
        yield Finding("note", "sound", text, "plug in or enable a sound device; a file is still followed, silently")


def _clocks() -> Iterator[Finding]:
    from artwalks_live.io import calibration_file
    from artwalks_live.io.rtmidi_ports import RtMidiPorts
    from artwalks_live.paths import calibration_file as kept

    if importlib.util.find_spec("aalink") is None:
        yield Finding("note", "Link", "not installed", "pip install 'artwalks-live[link]' to follow Ableton Link")
    else:
        yield Finding("ok", "Link", "perform --link joins the network's session")
    try:
        yield Finding("ok", "MIDI", f"{len(RtMidiPorts().inputs())} input(s): `artwalks devices` lists them")
    except ArtwalksError as error:
        yield Finding("note", "MIDI", str(error).removeprefix("--midi: "), "only needed to play by MIDI devices")
    try:
        late_s = calibration_file.read(kept()).display_s
    except ArtwalksError as error:
        yield Finding("note", "calibration", str(error), f"remove {kept()}")
        return
    if late_s:
        text = f"the display is {late_s * 1e3:.0f} ms late: beats are drawn that much earlier"
        yield Finding("ok", "calibration", text)
    else:
        yield Finding("note", "calibration", "the display's latency is not known", "artwalks calibrate display")


def _encoders() -> Iterator[Finding]:
    import av

    names = {"libx264": "H.264", "libx265": "H.265", "prores_ks": "ProRes", "ffv1": "FFV1", "aac": "AAC"}
    there = [label for codec, label in names.items() if codec in av.codecs_available]
    missing = [label for codec, label in names.items() if codec not in av.codecs_available]
    yield Finding(
        "ok" if "H.264" in there else "lack",
        "encoders",
        ", ".join(there),
        f"missing {', '.join(missing)}: pip install --force-reinstall av" if missing else "",
    )


def _inference() -> Iterator[Finding]:
    found = []
    for name in ("onnxruntime", "onnxruntime-gpu"):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    if not found:
        yield Finding(
            "note",
            "inference",
            "no ONNX Runtime: the default bake does not need it",
            "pip install 'artwalks-live[cpu]' or 'artwalks-live[gpu]' for learned networks",
        )
        return
    if len(found) == 2:
        yield Finding(
            "note",
            "inference",
            " and ".join(found) + " overwrite each other",
            "pip uninstall -y onnxruntime onnxruntime-gpu, then install one of the extras cpu and gpu",
        )
        return
    runtime = importlib.import_module("onnxruntime")
    yield Finding("ok", "inference", f"{found[0]}, built with {', '.join(runtime.get_available_providers())}")


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(os.getcwd()).free / 2**30
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    level = "note" if free < 5 else "ok"
    yield Finding(
        level,
        "machine",
        f"{cores} cores, {free:.0f} GiB free here",
        "a 2K bake takes about 10 MB a keyframe, a master about 1 GB for ten minutes" if free < 5 else "",
    )

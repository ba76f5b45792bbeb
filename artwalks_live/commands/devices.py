"""`artwalks devices`: sound devices, MIDI inputs and monitors by the names that the options take."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from artwalks_live.core.errors import AudioError, ControlError
from artwalks_live.io.audio_device import SoundDevice, devices

HELP = "List sound devices, MIDI inputs and monitors by the names the options take."
EXAMPLES = """\
examples:
  artwalks devices                                        what is connected
  artwalks perform show.walk --audio live                 the default input
  artwalks perform show.walk --audio live:Scarlett:3-4    part of a name is enough; channels count from 1
  artwalks perform show.walk --fullscreen 2               the second monitor
exit status: 0, whatever is connected
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print what is connected; what cannot be listed is named with the reason."""
    try:
        sounds, lack = devices(), ""
    except AudioError as error:
        sounds, lack = [], str(error)
    midi, no_midi = _midi()
    monitors = list(_monitors())
    if arguments.json:
        table = {"sound": [_entry(device) for device in sounds], "midi": midi, "monitors": monitors}
        print(json.dumps(table, indent=2))
        return 0
    parts = (inputs(sounds, lack), outputs(sounds, lack), midi_inputs(midi, no_midi), _screens(monitors))
    print("\n\n".join("\n".join(part) for part in parts))
    return 0


def _midi() -> tuple[list[str], str]:
    """The MIDI inputs, and why there can be none."""
    from artwalks_live.core.midi_ports import is_own
    from artwalks_live.io.rtmidi_ports import RtMidiPorts

    try:
        return [port for port in RtMidiPorts().inputs() if not is_own(port)], ""
    except ControlError as error:
        return [], str(error).removeprefix("--midi: ")


def midi_inputs(names: list[str], lack: str) -> Iterator[str]:
    """The lines about MIDI inputs; `lack` says why there can be none, "" that none is connected."""
    yield "MIDI inputs         perform --midi plays by all of them, --midi NAME[,NAME] by those named"
    yield from (f"  {name}" for name in names)
    if not names:
        yield f"  none: {lack or 'connect one'}"


def _entry(device: SoundDevice) -> dict[str, object]:
    return {name: getattr(device, name) for name in device.__slots__}


def inputs(sounds: list[SoundDevice], lack: str) -> Iterator[str]:
    """The lines about inputs; `lack` says why there are none, "" that none is connected."""
    yield "sound inputs        perform --audio live[:NAME[:CHANNELS]], part of the name is enough"
    for device in sounds:
        if device.inputs:
            yield _line(device, device.inputs, "input" in device.default)
    if not any(device.inputs for device in sounds):
        yield f"  none: {lack or 'connect one, or use --audio FILE or none'}"


def outputs(sounds: list[SoundDevice], lack: str) -> Iterator[str]:
    """The lines about outputs."""
    yield "sound outputs       perform --audio FILE plays on the default one"
    for device in sounds:
        if device.outputs:
            yield _line(device, device.outputs, "output" in device.default)
    if not any(device.outputs for device in sounds):
        yield f"  none: {lack or 'a file is followed in silence'}"


def _line(device: SoundDevice, channels: int, default: bool) -> str:
    mark = "*" if default else " "
    plural = "" if channels == 1 else "s"
    return f"{mark} {device.name}  ({device.host}, {channels} channel{plural}, {device.sample_rate_hz} Hz)"


def _screens(monitors: list[dict[str, object]]) -> Iterator[str]:
    yield "monitors            perform --fullscreen NUMBER, or part of the name"
    for monitor in monitors:
        rate = f", {monitor['hz']} Hz" if monitor["hz"] else ""
        yield f"{'*' if monitor['primary'] else ' '} {monitor['number']}  {monitor['name']}  ({monitor['size']}{rate})"
    if not monitors:
        yield "  none: perform with --headless, or where there is a display"


def _monitors() -> Iterator[dict[str, object]]:
    """Every monitor that GLFW sees; none where there is no display."""
    import glfw

    glfw.ERROR_REPORTING = False
    if not glfw.init():
        return
    try:
        for number, monitor in enumerate(glfw.get_monitors() or [], 1):
            name = glfw.get_monitor_name(monitor)
            mode = glfw.get_video_mode(monitor)
            yield {
                "number": number,
                "name": name.decode("utf-8", "replace") if isinstance(name, bytes) else (name or "unnamed"),
                "size": f"{mode.size.width}x{mode.size.height}" if mode else "size unknown",
                "hz": mode.refresh_rate if mode else 0,
                "primary": number == 1,
            }
    finally:
        glfw.terminate()

"""`artwalks calibrate`: how late sound and display are, measured or set by eye and ear."""

from __future__ import annotations

import argparse

from artwalks_live import paths

HELP = "Measure the sound loop by clicks, or set the display's latency by eye and ear."
EXAMPLES = """\
examples:
  artwalks calibrate display                     a flash and a click: press left and right until they are one
  artwalks calibrate display --fullscreen 2      on the projector that the show will use
  artwalks calibrate sound                       clicks from the default output to the default input
  artwalks calibrate sound --output 'USB Audio' --input 'USB Audio'

`display` is found against the sound of the output that it clicks on: use the one that plays tonight. What is found is
kept, and `artwalks perform` draws its beats so much earlier. `sound` says how long a sample takes out of this machine
and back into it; it needs a loop: a cable, a loop-back device, or a microphone at the speaker.
"""
CLICKS = 10
UNSTEADY_S = 0.01


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("what", choices=("sound", "display"), help="what to calibrate")
    add("--input", metavar="NAME", default="", help="sound: the input that hears the clicks; part of the name will do")
    add("--output", metavar="NAME", default="", help="the output that clicks")
    add("--fullscreen", metavar="MONITOR", help="display: a monitor's number from 1, its name, or primary")


def run(arguments: argparse.Namespace) -> int:
    """Calibrate, say what was found, and keep it."""
    return sound(arguments) if arguments.what == "sound" else display(arguments)


def sound(arguments: argparse.Namespace) -> int:
    """Play clicks, find them, and keep how long they took."""
    from artwalks_live.core.clock import LiveClock
    from artwalks_live.core.errors import AudioError
    from artwalks_live.io import calibration_file
    from artwalks_live.io.audio_device import input_port, output_port
    from artwalks_live.perform.soundloop import BEFORE_S, EVERY_S, SoundLoop

    clock = LiveClock()
    source, _ = input_port(arguments.input, (), clock)
    output = output_port(arguments.output, 2, source.sample_rate_hz, clock)
    loop = SoundLoop(output, source, CLICKS)
    print(f"{CLICKS} clicks …", flush=True)
    try:
        loop.start()
        if not loop.wait(BEFORE_S + CLICKS * EVERY_S + 10.0):
            raise AudioError("the sound devices gave no sound for ten seconds: free them, or choose others")
        found = loop.result()
    finally:
        loop.close()
    said_s = output.latency_s + source.latency_s
    kept = paths.calibration_file()
    calibration_file.save(kept, sound_loop_s=found.median_s, sound_spread_s=found.spread_s)
    heard = f"{len(found.delays_s)} of {found.played} clicks heard"
    print(
        f"sound loop {found.median_s * 1e3:.1f} ms ± {found.spread_s * 1e3:.1f} ({heard}); "
        f"the devices say {said_s * 1e3:.1f} ms; kept in {kept}"
    )
    if found.spread_s > UNSTEADY_S:
        print("the sound was not steady: end what else keeps this machine busy, and measure again")
    return 0


def display(arguments: argparse.Namespace) -> int:
    """Show the flashing page until somebody keeps a value or leaves."""
    from artwalks_live.io import calibration_file
    from artwalks_live.perform.flashing import flash

    kept = paths.calibration_file()
    before_s = calibration_file.read(kept).display_s
    found_s = flash(before_s, arguments.output, arguments.fullscreen)
    if found_s is None:
        print(f"nothing was changed: the display's latency is {before_s * 1e3:.0f} ms")
        return 0
    calibration_file.save(kept, display_s=found_s)
    print(f"the display's latency is {found_s * 1e3:.0f} ms; kept in {kept}")
    return 0

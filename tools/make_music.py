"""Make music with exact beats: rhythms, basses and chords of our own, at exact tempi, played and damaged.

    python -m tools.make_music FOLDER [--count 20] [--seed 0] [--style NAME] [--sound auto|fluid|plain] [--clean]
    python -m tools.make_music FOLDER --mix HOURS

Each piece is `STYLE-SEED.flac` with `.beats` and `.downbeats` beside it (seconds, one a line). The same seed and the
same sound fonts give the same music. --mix writes one file instead, hours of pieces that follow one another, cut or
faded, as `mix-SEED.flac`. `auto` plays on the sound fonts of this machine (Debian: fluidsynth, fluid-soundfont-gm,
timgm6mb-soundfont) and on plain tones where there are none.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from artwalks_live.__main__ import Parser
from artwalks_live.core.errors import ArtwalksError, UsageError, choices
from tools.music import compose, damage, sound
from tools.music.score import Piece
from tools.music.sound import RATE_HZ, Sound

Times = npt.NDArray[np.float64]
FADE_S = 6.0


@dataclass(frozen=True, slots=True)
class Options:
    """style: None for any; clean: undamaged; kind: auto, fluid or plain."""

    style: str | None = None
    clean: bool = False
    kind: str = "auto"


def make(seed: int, options: Options) -> tuple[Piece, Sound]:
    """A piece and how it sounds, (n,) at RATE_HZ. Raises UsageError where FluidSynth is asked for and missing."""
    rng = np.random.default_rng(seed)
    piece = compose.compose(rng, options.style)
    fonts = sound.fonts() if options.kind != "plain" else []
    if options.kind == "fluid" and not fonts:
        raise UsageError("no sound font is installed: apt install fluid-soundfont-gm, or use --sound plain")
    played = sound.fluid(piece, fonts[int(rng.integers(len(fonts)))], rng) if fonts else sound.plain(piece, rng)
    if options.clean:
        return piece, np.asarray(played / (np.abs(played).max() + 1e-6) * 0.7, np.float32)
    return piece, damage.damaged(rng, played)


def write(folder: Path, seed: int, options: Options) -> Path:
    """One piece to its three files. Returns the sound's path."""
    piece, samples = make(seed, options)
    path = folder / f"{piece.style}-{seed:05d}.flac"
    soundfile.write(path, np.clip(samples, -1.0, 1.0), RATE_HZ)
    end_s = len(samples) / RATE_HZ
    _write_times(path.with_suffix(".beats"), piece.beats_s[piece.beats_s < end_s])
    _write_times(path.with_suffix(".downbeats"), piece.downbeats_s[piece.downbeats_s < end_s])
    return path


def write_mix(folder: Path, hours: float, seed: int, options: Options) -> Path:
    """Hours of music in one file, a piece after the other; only one piece is in memory at a time."""
    path = folder / f"mix-{seed:05d}.flac"
    beats: list[Times] = []
    downbeats: list[Times] = []
    with soundfile.SoundFile(path, "w", RATE_HZ, 1) as out:
        for start_s, own_s, piece, samples in _mixed(hours * 3600.0, seed, options):
            out.write(np.clip(samples, -1.0, 1.0))
            for kept, times in ((beats, piece.beats_s), (downbeats, piece.downbeats_s)):
                kept.append(times[(times >= own_s[0]) & (times < own_s[1])] + start_s)
    _write_times(path.with_suffix(".beats"), np.concatenate(beats))
    _write_times(path.with_suffix(".downbeats"), np.concatenate(downbeats))
    return path


def _mixed(length_s: float, seed: int, options: Options) -> Iterator[tuple[float, tuple[float, float], Piece, Sound]]:
    """(where the piece's own 0 lies in the mix, the part of it that leads the mix, the piece, samples to append)."""
    rng = np.random.default_rng((seed, 1))
    tail: Sound = np.zeros(0, np.float32)
    done = 0
    while done < length_s * RATE_HZ:
        piece, samples = make(int(rng.integers(1 << 31)), options)
        fade = round(FADE_S * RATE_HZ) if rng.random() < 0.5 else 0
        first = round(rng.uniform(0.0, 10.0) * RATE_HZ)  # not every piece is met at its beginning
        samples = samples[first : round(piece.end_s * RATE_HZ)]
        body, after = samples[: len(samples) - fade], samples[len(samples) - fade :]
        rising = np.linspace(0.0, 1.0, len(tail), dtype=np.float32)
        body[: len(tail)] = body[: len(tail)] * rising + tail[: len(body)] * (1.0 - rising)
        own_s = (first + len(tail) // 2) / RATE_HZ, (first + len(body) + len(after) // 2) / RATE_HZ
        yield (done - first) / RATE_HZ, own_s, piece, body
        done, tail = done + len(body), after


def _write_times(path: Path, times: Times) -> None:
    path.write_text("".join(f"{time_s:.4f}\n" for time_s in times), encoding="ascii")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the music. Returns 0, or 2 after one line on what was wrong."""
    parser = Parser(prog="make_music", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--count", type=int, default=20, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the first piece; the others follow")
    parser.add_argument("--style", metavar="NAME", help=f"one of {', '.join(compose.STYLES)}; default: any")
    parser.add_argument("--sound", default="auto", choices=("auto", "fluid", "plain"))
    parser.add_argument("--clean", action="store_true", help="no rooms, crowds, noise, low levels or clipping")
    parser.add_argument("--mix", type=float, metavar="HOURS", help="one long file instead")
    given = parser.parse_args(arguments)
    try:
        if given.style is not None and given.style not in compose.STYLES:
            raise UsageError(f"--style {choices(given.style, compose.STYLES)}")
        if given.count < 1 or given.seed < 0 or (given.mix is not None and not 0.0 < given.mix <= 48.0):
            raise UsageError("--count must be 1 or more, --seed 0 or more, --mix up to 48 hours")
        options = Options(given.style, given.clean, given.sound)
        given.folder.mkdir(parents=True, exist_ok=True)
        if given.mix is not None:
            print(write_mix(given.folder, given.mix, given.seed, options))
        else:
            for seed in range(given.seed, given.seed + given.count):
                print(write(given.folder, seed, options), flush=True)
    except ArtwalksError as error:
        print(f"make_music: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"make_music: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

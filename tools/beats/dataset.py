"""Made music as a network sees it: band powers hop by hop, with the beats. Computed many hops at a time.

    python -m tools.beats.dataset FOLDER --count 500 [--seed 0] [--workers 2] [--style NAME …]
    python -m tools.beats.dataset FOLDER --midi MIDI [--takes 1] [--without MIDI …] [--audio FOLDER] [--seconds 120]

A file a piece, `FOLDER/SEED.npz`: `bands` (n, 64) float16, log10 of the power of each hop's window; `beats_s` and
`downbeats_s` (empty: bars are not known); `style`. What is there already is not made again.
With --midi the music is that of all MIDI files under a folder (style "midi"), each a random stretch of at most
--seconds in a random key and balance; a line a file tells its number, or why it was left out. What is near a copy of a
file under --without, or of one taken before, is left out. --audio keeps the sound too, undamaged, with its beats.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
from numpy.lib.stride_tricks import sliding_window_view

from artwalks_live.core.audio import hop_length
from artwalks_live.core.errors import UsageError
from artwalks_live.core.spectrum import HOPS_PER_WINDOW, Bands
from tools.beats import midi_beats, midi_files, near_copies
from tools.music import compose, damage, sound

Array = npt.NDArray[np.float32]
Times = npt.NDArray[np.float64]
LEAST_POWER = 1e-12
DAMAGED = 0.65  # of all pieces
SEMITONES, GAIN_DB = 3, 4.0  # by how much a MIDI file's key and channels are changed
_FONT_SHARES = {"FluidR3_GM": 4.0, "TimGM6mb": 2.5, "MuseScore_General_Lite": 1.5, "OPL-3_FM_128M": 1.0}


def band_powers(samples: Array, sample_rate_hz: int) -> Array:
    """The power in each band after every hop, (n_hops, n_bands): what the live spectrum gives, all at once."""
    hop = hop_length(sample_rate_hz)
    size = HOPS_PER_WINDOW * hop
    window = np.blackman(size + 1)[:-1]
    window *= np.sqrt(2 / (size * float(window @ window)))
    bands = Bands(sample_rate_hz, size)
    matrix = np.stack([bands.do(row) for row in np.eye(size // 2 + 1)])
    padded = np.concatenate([np.zeros(size - hop, np.float32), samples[: len(samples) // hop * hop]])
    frames = sliding_window_view(padded, size)[::hop]
    result = np.empty((len(frames), matrix.shape[1]), np.float32)
    for first in range(0, len(frames), 512):
        part = frames[first : first + 512]
        offset = (part @ window) / window.sum()
        bins = np.fft.rfft((part - offset[:, None]) * window)
        result[first : first + 512] = (bins.real**2 + bins.imag**2) @ matrix
    return result


def make(folder: Path, seed: int, styles: tuple[str, ...] = ()) -> None:
    """One piece: composed, played, damaged with a chance of two in three, heard and saved. styles: () for all."""
    path = folder / f"{seed:06d}.npz"
    if path.exists():
        return
    rng = np.random.default_rng(seed)
    piece = compose.compose(rng, str(rng.choice(styles)) if styles else None)
    font = _font(rng) if rng.random() < 0.9 else None
    samples = sound.plain(piece, rng) if font is None else sound.fluid(piece, font, rng)
    if rng.random() < DAMAGED:
        samples = damage.damaged(rng, samples)
    _save(path, samples, piece.style, piece.beats_s, piece.downbeats_s)


def _font(rng: np.random.Generator) -> Path | None:
    known = [font for font in sound.fonts() if font.stem in _FONT_SHARES]
    shares = np.array([_FONT_SHARES[font.stem] for font in known])
    return known[int(rng.choice(len(known), p=shares / shares.sum()))] if known else None


def _save(path: Path, samples: Array, style: str, beats_s: Times, downbeats_s: Times) -> None:
    """The file appears whole."""
    bands = np.log10(np.maximum(band_powers(samples, sound.RATE_HZ), LEAST_POWER))
    part = path.with_suffix(".part.npz")
    kept = bands.astype(np.float16)
    np.savez(part, bands=kept, style=style, beats_s=beats_s, downbeats_s=downbeats_s)
    part.rename(path)


@dataclass(frozen=True, slots=True)
class Take:
    """A MIDI file to be played: as what number, and at most how long; audio: where to keep the sound, if at all."""

    path: Path
    number: int
    seconds: float = 120.0
    audio: Path | None = None


def midi_takes(midi: Path, takes: int, without: tuple[Path, ...]) -> Iterator[tuple[Path, str | int]]:
    """Every MIDI file under a folder in an order of no meaning, with a number for each take, or why there is none."""
    known = near_copies.Known()
    for folder in without:
        for path in _midi_under(folder):
            try:
                known.add(str(path), near_copies.turns(midi_files.read(path).notes))
            except midi_files.UnfitError:
                continue
    for path in sorted(_midi_under(midi), key=lambda path: _number(midi, path, 0)):
        try:
            score = midi_files.read(path)
            midi_beats.marked(score)
        except midi_files.UnfitError as error:
            yield path, str(error)
            continue
        found = near_copies.turns(score.notes)
        like = known.like(found)
        known.add(str(path), found)
        if like is not None:
            yield path, f"a copy of {like}"
            continue
        for take in range(takes):
            yield path, _number(midi, path, take)


def _midi_under(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in (".mid", ".midi") and path.is_file()]


def _number(folder: Path, path: Path, take: int) -> int:
    """Of a take: always the same, above those of made music."""
    return 100_000 + zlib.crc32(f"{path.relative_to(folder)}#{take}".encode()) % 900_000


def make_midi(folder: Path, take: Take) -> float:
    """Play a take, hear it and save it, as `make`. Returns its seconds, 0 where it is there already."""
    path = folder / f"{take.number:06d}.npz"
    if path.exists():
        return 0.0
    rng = np.random.default_rng(take.number)
    font = _font(rng)
    if font is None:
        raise UsageError("there is no sound font: apt install fluidsynth fluid-soundfont-gm timgm6mb-soundfont")
    score = midi_files.read(take.path)
    marks = midi_beats.marked(score)
    begins_s, ends_s = max(float(marks.beats_s[0]) - 2.0, 0.0), float(marks.beats_s[-1]) + 2.0
    start_s = float(rng.uniform(begins_s, max(ends_s - take.seconds, begins_s + 1e-3)))
    length_s = min(take.seconds, ends_s - start_s)
    gains_db = tuple(rng.uniform(-GAIN_DB, GAIN_DB, 16).tolist())
    how = midi_files.Stretch(start_s, length_s, int(rng.integers(-SEMITONES, SEMITONES + 1)), gains_db)
    samples = sound.played(midi_files.stretch(score, how), font, length_s, wet=bool(rng.random() < 0.2))
    beats_s, downbeats_s = (each[(each > start_s) & (each < start_s + length_s)] - start_s
                            for each in (marks.beats_s, marks.downbeats_s))  # fmt: skip
    if take.audio is not None:
        _keep(take.audio / f"{take.number:06d}", samples, beats_s, downbeats_s)
    elif rng.random() < DAMAGED:
        samples = damage.damaged(rng, samples)
    _save(path, samples, "midi", beats_s, downbeats_s)
    return length_s


def _keep(stem: Path, samples: Array, beats_s: Times, downbeats_s: Times) -> None:
    """The sound itself and what tools.evaluate_beats wants beside it."""
    loudest = float(np.abs(samples).max())
    soundfile.write(stem.with_suffix(".flac"), samples / max(loudest, 1e-6) * 0.9, sound.RATE_HZ)
    for suffix, times in ((".beats", beats_s), (".downbeats", downbeats_s)):
        if len(times):
            stem.with_suffix(suffix).write_text("".join(f"{each:.4f}\n" for each in times))


def main() -> int:
    """Make what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="of the first piece; the others follow")
    parser.add_argument("--style", action="append", default=[], choices=compose.STYLES, help="only such; several times")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--midi", type=Path, help="play the MIDI files under this folder instead")
    parser.add_argument("--takes", type=int, default=1, help="of each MIDI file")
    parser.add_argument("--without", type=Path, action="append", default=[], help="leave out copies of these")
    parser.add_argument("--audio", type=Path, help="keep the sound of MIDI files there, undamaged, with the beats")
    parser.add_argument("--seconds", type=float, default=120.0, help="of a MIDI file, at most")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.midi is not None:
        return _all_midi(options)
    with ProcessPoolExecutor(options.workers) as pool:
        seeds = range(options.seed, options.seed + options.count)
        for done, _ in enumerate(pool.map(partial(make, options.folder, styles=tuple(options.style)), seeds), 1):
            if done % 20 == 0:
                print(f"{done} of {options.count}", file=sys.stderr, flush=True)
    return 0


def _all_midi(options: argparse.Namespace) -> int:
    if options.audio is not None:
        options.audio.mkdir(parents=True, exist_ok=True)
    for path, found in midi_takes(options.midi, options.takes, tuple(options.without)):
        name, seconds = path.relative_to(options.midi), 0.0
        if isinstance(found, int):
            seconds = make_midi(options.folder, Take(path, found, options.seconds, options.audio))
        print(f"{name}\t{found}\t{seconds:.0f}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

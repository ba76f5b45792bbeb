"""How well the live ear finds beats: every file is streamed through it, hop by hop, and what it announced is judged.

    python -m tools.evaluate_beats DIR [--out FOLDER] [--json]

DIR has NAME.wav, .flac or .ogg with NAME.beats (seconds, one a line, whatever follows on it) and perhaps
NAME.downbeats. Only beats that were announced before they sounded count. Reported a file: mir_eval's F-measure
(±70 ms), the best over the allowed levels, CMLt, AMLt, Cemgil, the median offset, F at the moment of emission and of
downbeats; the first 5 s are not judged. Then all files follow one another as one stream with the ear's state kept.
--out writes NAME.est: `announced_s beat_s`, a line a beat. The last line of --json is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from artwalks_live.__main__ import Parser
from artwalks_live.core.audio import AudioClip
from artwalks_live.core.errors import ArtwalksError, UsageError
from artwalks_live.io import audio_ffmpeg, audio_file
from artwalks_live.perform.listening import open_clip, rendered_ear

Times = npt.NDArray[np.float64]

SUFFIXES = (".wav", ".flac", ".ogg")
PIECE_S = 5.0  # of sound heard at a time
INSTALL = "mir_eval is not installed: pip install mir_eval"


@dataclass(frozen=True, slots=True)
class Heard:
    """What the ear announced: (n, 2) announced_s, beat_s; and of its bars; the CPU seconds it took."""

    beats: Times
    downbeats: Times
    cpu_s: float

    @property
    def ahead(self) -> Times:
        """The beats that were announced before they sounded."""
        return np.asarray(self.beats[self.beats[:, 1] > self.beats[:, 0], 1])


def listen(clip: AudioClip) -> Heard:
    """Stream a clip through the live ear."""
    ear = rendered_ear(clip)
    ear.start(0.0)
    beats: list[tuple[float, float]] = []
    downbeats: list[float] = []
    began = time.process_time()
    until_s = 0.0
    last_downbeat = -1.0
    while until_s < clip.duration_s:
        until_s = min(until_s + PIECE_S, clip.duration_s)
        for features in ear.poll(until_s):
            if features.announced_s > 0.0:
                beats.append((features.time_s, features.announced_s))
            whole = math.floor(features.beat)
            if features.meter and whole > last_downbeat and (whole - features.downbeat) % features.meter == 0:
                downbeats.append(features.time_s - (features.beat - whole) * 60.0 / features.tempo_bpm)
                last_downbeat = whole
    ear.close()
    return Heard(np.array(beats).reshape(-1, 2), np.array(downbeats), time.process_time() - began)


def read_times(path: Path) -> Times:
    """The first number of each line. Raises UsageError when a line has none or times do not increase."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(float(line.split()[0]))
        except ValueError:
            raise UsageError(f"{path}:{number}: {line[:40]!r} does not begin with a time in seconds") from None
    times = np.array(found)
    if len(times) < 2 or (np.diff(times) <= 0).any() or not np.isfinite(times).all():
        raise UsageError(f"{path}: two or more increasing times are needed")
    return times


def find_files(folder: Path) -> list[tuple[Path, Times]]:
    """Every sound in a folder that has its beats, with them. Raises UsageError when there is none."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: give one with NAME.wav, .flac or .ogg and NAME.beats")
    paths = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES]
    found = [(path, read_times(path.with_suffix(".beats"))) for path in paths if path.with_suffix(".beats").is_file()]
    if not found:
        raise UsageError(f"{folder} has no NAME.wav, .flac or .ogg with a NAME.beats beside it")
    return found


def evaluate(files: Sequence[tuple[Path, Times]], out: Path | None) -> Iterator[tuple[str, dict[str, float]]]:
    """The figures of each file, then of the whole as one stream (named ""), then the means (named "mean")."""
    from tools.beats.metrics import score

    rows, cpu_s, heard_s = [], 0.0, 0.0
    for path, truth in files:
        clip = open_clip(path)
        heard = listen(clip)
        cpu_s, heard_s = cpu_s + heard.cpu_s, heard_s + clip.duration_s
        if out is not None:
            np.savetxt(out / f"{path.stem}.est", heard.beats, fmt="%.4f")
        judged = score(truth, heard.ahead)
        row = {
            "f_measure": judged.f_measure, "f_best": judged.f_best, "cmlt": judged.cmlt, "amlt": judged.amlt,
            "cemgil": judged.cemgil, "offset_ms": judged.offset_s * 1e3,
            "f_emission": score(truth, heard.beats[:, 0]).f_measure,
            "downbeat_f": _downbeats(path, heard), "ahead": len(heard.ahead) / max(len(heard.beats), 1),
        }  # fmt: skip
        rows.append(row)
        yield path.stem, row
    mean = {name: _mean([row[name] for row in rows]) for name in rows[0]}
    yield "mean", {**mean, "cpu_per_s": cpu_s / heard_s}
    yield "stream", stream(files)


def stream(files: Sequence[tuple[Path, Times]]) -> dict[str, float]:
    """All files as one uninterrupted stream: F, best F a segment, the time to lock on again after each cut."""
    from tools.beats.metrics import locked_s, score

    clips = [open_clip(path) for path, _ in files]
    rate = clips[0].sample_rate_hz
    parts = [clip if clip.sample_rate_hz == rate else audio_file.convert(clip, audio_ffmpeg.resample(clip, rate))
             for clip in clips]  # fmt: skip
    whole = np.concatenate([part.samples.mean(axis=1, dtype=np.float32) for part in parts])[:, None]
    beats = listen(AudioClip(whole, rate)).ahead
    best, plain, locks, start_s = [], [], [], 0.0
    for (_, truth), part in zip(files, parts, strict=True):
        inside = beats[(beats >= start_s) & (beats < start_s + part.duration_s)] - start_s
        judged = score(truth, inside)
        plain.append(judged.f_measure)
        best.append(judged.f_best)
        if start_s > 0.0:
            locks.append(locked_s(truth, inside, 0.0))
        start_s += part.duration_s
    relock = float(np.median(locks)) if locks else math.nan
    return {"stream_f": _mean(plain), "stream_f_best": _mean(best), "relock_median_s": relock}


def _downbeats(path: Path, heard: Heard) -> float:
    """F of the downbeats; NaN where none are given."""
    from tools.beats.metrics import score

    given = path.with_suffix(".downbeats")
    return score(read_times(given), heard.downbeats).f_measure if given.is_file() else math.nan


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return float(np.mean(known)) if known else math.nan


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures. Returns 0, or 2 after one line on what was wrong."""
    parser = Parser(prog="evaluate_beats", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write NAME.est there")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    options = parser.parse_args(arguments)
    try:
        import mir_eval  # noqa: F401
    except ImportError:
        print(f"evaluate_beats: {INSTALL}", file=sys.stderr)
        return 2
    try:
        files = find_files(options.folder)
        if options.out is not None:
            options.out.mkdir(parents=True, exist_ok=True)
        totals: dict[str, float] = {}
        for name, row in evaluate(files, options.out):
            print(f"{name:<28} " + "  ".join(f"{key} {value:.3f}" for key, value in row.items()), flush=True)
            if name in ("mean", "stream"):
                totals.update(row)
    except ArtwalksError as error:
        print(f"evaluate_beats: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"evaluate_beats: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({key: round(value, 4) if math.isfinite(value) else None for key, value in totals.items()}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

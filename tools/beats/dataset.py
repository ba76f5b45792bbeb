"""Made music as a network sees it: band powers hop by hop, with the beats. Computed many hops at a time.

    python -m tools.beats.dataset FOLDER --count 500 [--seed 0] [--workers 2] [--style NAME …]

A file a piece, `FOLDER/SEED.npz`: `bands` (n, 64) float16, log10 of the power of each hop's window; `beats_s` and
`downbeats_s`; `style`. What is there already is not made again.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from artwalks_live.core.audio import hop_length
from artwalks_live.core.spectrum import HOPS_PER_WINDOW, Bands
from tools.music import compose, damage, sound

Array = npt.NDArray[np.float32]
LEAST_POWER = 1e-12
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
    known = [font for font in sound.fonts() if font.stem in _FONT_SHARES]
    if known and rng.random() < 0.9:
        shares = np.array([_FONT_SHARES[font.stem] for font in known])
        samples = sound.fluid(piece, known[int(rng.choice(len(known), p=shares / shares.sum()))], rng)
    else:
        samples = sound.plain(piece, rng)
    if rng.random() < 0.65:
        samples = damage.damaged(rng, samples)
    bands = np.log10(np.maximum(band_powers(samples, sound.RATE_HZ), LEAST_POWER))
    part = path.with_suffix(".part.npz")
    kept = bands.astype(np.float16)
    np.savez(part, bands=kept, style=piece.style, beats_s=piece.beats_s, downbeats_s=piece.downbeats_s)
    part.rename(path)


def main() -> int:
    """Make what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="of the first piece; the others follow")
    parser.add_argument("--style", action="append", default=[], choices=compose.STYLES, help="only such; several times")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(options.workers) as pool:
        seeds = range(options.seed, options.seed + options.count)
        for done, _ in enumerate(pool.map(partial(make, options.folder, styles=tuple(options.style)), seeds), 1):
            if done % 20 == 0:
                print(f"{done} of {options.count}", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

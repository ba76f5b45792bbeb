"""Train the beat network on made music.

    python -m tools.beats.train RUN FOLDER[:SHARE] … [--hours 1] [--weights FILE.safetensors]

A FOLDER holds what tools.beats.dataset makes; new files are taken in as they appear. Of each folder a SHARE (1) of the
chunks is taken, however many files it has. RUN gets `last.pt` (training goes on from it after a kill),
`weights.safetensors` and a line of `log.tsv` every hundred steps. One thread; no GPU is needed.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional

from artwalks_live.core.audio import hop_length
from tools.beats.inputs import network_inputs, targets
from tools.beats.network import HOPS, BeatNetwork
from tools.music.sound import RATE_HZ

HOP_S = hop_length(RATE_HZ) / RATE_HZ
BATCH, SPAN = 16, 2400
WARM = 100  # hops at a chunk's beginning that are not judged
RATE = 2e-3
USUAL_BPM, USUAL_OCTAVES = 105.0, 0.45
HELD_OUT = 50  # the first files: never trained on
UNKNOWN = -1.0  # what is wanted where nobody knows
LEAST = -12.0  # log10 of power: nothing
Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece: bands (n, 64) float16, log10 of power; beats and downbeats in hops; no downbeats: they are not known."""

    bands: npt.NDArray[np.float16]
    beats: npt.NDArray[np.float64]
    downbeats: npt.NDArray[np.float64]

    @classmethod
    def read(cls, path: Path) -> Heard:
        """A file of tools.beats.dataset."""
        with np.load(path) as file:
            return cls(file["bands"], file["beats_s"] / HOP_S, file["downbeats_s"] / HOP_S)

    def batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The whole piece as it is, but for a last hop alone: (1, n, 128) and (1, n, 2)."""
        whole = self.bands[: len(self.bands) // HOPS * HOPS]
        inputs = network_inputs((10.0 ** whole.astype(np.float32)), HOP_S)
        wanted = [targets(len(inputs), places) for places in (self.beats, self.downbeats)]
        if not len(self.downbeats):
            wanted[1][:] = UNKNOWN
        return torch.from_numpy(inputs[None]), torch.from_numpy(np.stack(wanted, 1)[None])


class Folder:
    """The files of one folder in memory, those that are new taken in by `refresh`."""

    def __init__(self, path: Path, share: float = 1.0) -> None:
        self._path, self.share = path, share
        self._names: set[str] = set()
        self.kept: list[Heard] = []
        self.held: list[Heard] = []
        self._weights: list[float] = []
        self._shares = np.zeros(0)

    def refresh(self) -> None:
        """Take in the files that are new."""
        for path in sorted(self._path.glob("[0-9]*.npz")):
            if path.name in self._names or path.name.endswith(".part.npz"):
                continue
            self._names.add(path.name)
            heard = Heard.read(path)
            if len(heard.bands) < SPAN // 4 or len(heard.beats) < 8:
                continue
            if int(path.stem) < HELD_OUT:
                self.held.append(heard)
                continue
            self.kept.append(heard)
            # Which of two octaves is the beat is a matter of custom: most music is counted near this tempo.
            bpm = 60.0 / HOP_S / float(np.median(np.diff(heard.beats)))
            self._weights.append(float(np.exp(-0.5 * (np.log2(bpm / USUAL_BPM) / USUAL_OCTAVES) ** 2)))
        self._shares = np.cumsum(self._weights) / max(sum(self._weights), 1e-9)

    def any(self, rng: np.random.Generator) -> Heard:
        """One of its pieces, those at usual tempi more often."""
        return self.kept[min(int(np.searchsorted(self._shares, rng.random())), len(self.kept) - 1)]


class Pieces:
    """Random chunks of the pieces of folders, never twice the same: one in three is cut from two or three pieces; each
    is slower or faster, higher or lower, brighter or duller than it was."""

    def __init__(self, folders: Sequence[Folder]) -> None:
        self._folders = folders
        self._shares = np.zeros(0)

    def refresh(self) -> None:
        """Take in the files that are new."""
        for folder in self._folders:
            folder.refresh()
        shares = np.cumsum([folder.share * bool(folder.kept) for folder in self._folders])
        self._shares = shares / max(shares[-1], 1e-9)

    @property
    def held(self) -> list[Heard]:
        """Those that are never trained on."""
        return [heard for folder in self._folders for heard in folder.held]

    @property
    def hours(self) -> float:
        """Of music to train on."""
        return sum(len(heard.bands) for folder in self._folders for heard in folder.kept) * HOP_S / 3600

    def batch(self, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """(BATCH, SPAN, 128) and (BATCH, SPAN, 2)."""
        chunks = [self._chunk(rng) for _ in range(BATCH)]
        return torch.from_numpy(np.stack([a for a, _ in chunks])), torch.from_numpy(np.stack([b for _, b in chunks]))

    def _chunk(self, rng: np.random.Generator) -> tuple[Array, Array]:
        most = 0 if rng.random() < 0.65 else int(rng.integers(1, 3))
        cuts = sorted(set(rng.integers(300, SPAN - 300, most).tolist()))
        bands = np.full((SPAN, 64), LEAST, np.float32)
        wanted = np.zeros((SPAN, 2), np.float32)
        for first, after in pairwise([0, *cuts, SPAN]):
            folder = self._folders[int(np.searchsorted(self._shares, rng.random(), side="right"))]
            heard = folder.any(rng)
            part, *places = _altered(rng, heard, after - first)
            bands[first : first + len(part)] = part
            for i, each in enumerate(places):
                wanted[first : first + len(part), i] = targets(len(part), each)
            if not len(heard.downbeats):
                wanted[first : first + len(part), 1] = UNKNOWN
        if rng.random() < 0.1:  # as at a low sample rate, or through a telephone
            bands[:, int(rng.integers(30, 60)) :] = LEAST
        return network_inputs(np.exp(bands * np.float32(math.log(10.0))), HOP_S), wanted


def _altered(
    rng: np.random.Generator, heard: Heard, count: int
) -> tuple[Array, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Up to `count` hops of a piece at another pace, pitch and tone; its beats and downbeats in them, in hops."""
    pace = float(np.exp(rng.uniform(-0.2, 0.2))) if rng.random() < 0.7 else 1.0
    room = len(heard.bands) - 2 - count * pace
    start = rng.uniform(0.0, room) if room > 0 else 0.0
    at = start + pace * np.arange(count)
    at = at[at < len(heard.bands) - 2]
    whole = at.astype(int)
    share = (at - whole).astype(np.float32)[:, None]
    near = heard.bands[int(start) : whole[-1] + 2].astype(np.float32)
    whole -= int(start)
    bands = near[whole] + (near[whole + 1] - near[whole]) * share
    shift = int(rng.integers(-4, 5))
    bands = np.roll(bands, shift, axis=1)
    bands[:, slice(0, shift) if shift > 0 else slice(64 + shift, 64)] = LEAST
    tone = np.interp(np.arange(64), np.linspace(0, 63, 6), rng.normal(0, 0.3, 6)).astype(np.float32)
    tone *= rng.random() < 0.6
    inside = [(places[(places >= start) & (places < start + pace * len(at))] - start) / pace
              for places in (heard.beats, heard.downbeats)]  # fmt: skip
    return np.asarray(bands + tone, np.float32), inside[0], inside[1]


def loss_of(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Cross entropy, beats weighed more than what lies between, downbeats half, what is UNKNOWN not at all."""
    weight = torch.where(wanted < 0.0, 0.0, 1.0 + 4.0 * wanted)
    each = functional.binary_cross_entropy_with_logits(logits, wanted.clamp_min(0.0), weight=weight, reduction="none")
    return (each[:, WARM:] * torch.tensor([1.0, 0.5])).mean()


def judge(network: BeatNetwork, pieces: Pieces) -> float:
    """The mean loss over the pieces held out."""
    network.eval()
    with torch.no_grad():
        batches = [heard.batch() for heard in pieces.held]
        losses = [float(loss_of(network(inputs), wanted)) for inputs, wanted in batches]
    network.train()
    return float(np.mean(losses))


def main() -> int:
    """Train until the hours are over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", nargs="+", type=_shared)
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--channels", type=int, default=40)
    parser.add_argument("--weights", type=Path, help="begin with these")
    parser.add_argument("--rate", type=float, default=RATE, help="of learning, at its highest")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    options.run.mkdir(parents=True, exist_ok=True)
    network = BeatNetwork(options.channels)
    if options.weights is not None:
        network.load_state_dict(load_file(options.weights))
    train(Pieces(options.folder), options.run, options.hours * 3600, network, options.seed, most=options.rate)
    return 0


def _shared(text: str) -> Folder:
    path, colon, share = text.rpartition(":")
    try:
        return Folder(Path(path), float(share)) if colon else Folder(Path(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: write FOLDER or FOLDER:SHARE") from None


def train(pieces: Pieces, run: Path, seconds: float, network: BeatNetwork, seed: int, *, most: float = RATE) -> None:
    """See main. The rate falls along a cosine over the time there is."""
    optimiser = torch.optim.AdamW(network.parameters(), most, weight_decay=1e-3)
    step, spent = 0, 0.0
    last = run / "last.pt"
    if last.exists():
        state = torch.load(last, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent = int(state["step"]), float(state["spent"])
    rng = np.random.default_rng((seed, step))
    losses: list[float] = []
    pieces.refresh()
    if not pieces.hours:
        raise SystemExit("there is nothing to train on in these folders: make it with tools.beats.dataset")
    began = time.monotonic() - spent
    while (spent := time.monotonic() - began) < seconds:
        if step % 100 == 0:
            pieces.refresh()
        rate = most * min(1.0, step / 100 + 0.05) * (0.5 + 0.5 * math.cos(math.pi * spent / seconds)) + 1e-5
        for group in optimiser.param_groups:
            group["lr"] = rate
        inputs, wanted = pieces.batch(rng)
        loss = loss_of(network(inputs), wanted)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        losses.append(loss.item())
        step += 1
        if step % 100 == 0:
            line = f"{step}\t{spent:.0f}\t{np.mean(losses):.4f}\t{judge(network, pieces):.4f}\t{pieces.hours:.2f}"
            with (run / "log.tsv").open("a") as log:
                log.write(line + "\n")
            losses = []
            _save(run, network, optimiser, step, spent)
    _save(run, network, optimiser, step, spent)


def _save(run: Path, network: BeatNetwork, optimiser: torch.optim.Optimizer, step: int, spent: float) -> None:
    part = run / "last.part"
    states = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
    torch.save({**states, "step": step, "spent": spent}, part)
    part.rename(run / "last.pt")
    save_file(network.state_dict(), run / "weights.safetensors")


if __name__ == "__main__":
    raise SystemExit(main())

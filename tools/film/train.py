"""Train the flow network through the walk pass, on scenes made on the fly.

    python -m tools.film.train RUN [--images FOLDER …] [--hours 3] [--weights FILE.safetensors]

RUN is a folder: the state of the training (run again to go on after a kill), `log.csv`, `curve.png` and sample
pictures. When it is done, `python -m tools.film.export RUN` writes the network that ships. A new training may begin
with the weights of an earlier one.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads would starve whatever runs beside

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from artwalks_live.core.errors import ModelError
from tools.film import curve
from tools.film.losses import flow_error, laplacian, sight_error
from tools.film.network import FilmSmall, Shape
from tools.film.renderer import show
from tools.film.scenes import Scene, make
from tools.film.textures import Textures
from tools.film.weights import STATE, read_weights

SHARPNESS = 6.0  # k of the crossover between two looks
WARM_UP = 0.01  # share of the time in which the rate rises
EMA = 0.999
LEVELS = 5  # scales trained on: crops are small. The weights are the same for every scale, so more are used later.
HELD_OUT = 2**40  # scenes from this number on are never trained on


@dataclass(frozen=True)
class Options:
    """How to train; kept with the state."""

    hours: float
    batch: int
    size: tuple[int, int]
    rate: float
    seed: int
    flow_weight: float


class Scenes(IterableDataset[Scene]):
    """Scene number n, n+1, …, shared among the workers; the same number is always the same scene."""

    def __init__(self, folders: list[Path], options: Options, first: int) -> None:
        self.folders, self.options, self.first = folders, options, first

    def __iter__(self) -> Iterator[Scene]:
        cv2.setNumThreads(1)
        worker = torch.utils.data.get_worker_info()
        step, number = (worker.num_workers, self.first + worker.id) if worker else (1, self.first)
        textures = Textures(self.folders)
        while True:
            yield make(np.random.default_rng([self.options.seed, number]), textures, self.options.size)
            number += step


def main(arguments: Sequence[str] | None = None) -> int:
    """Train until the time is used up, or Ctrl-C: the state is kept either way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--images", type=Path, nargs="*", default=[], help="folders of pictures to cut layers from")
    parser.add_argument("--weights", type=Path, metavar="FILE.safetensors", help="weights to begin with")
    parser.add_argument("--hours", type=float, default=3.0, help="training time in all, earlier runs counted")
    parser.add_argument("--batch", type=int, default=0, help="default: 6, and 64 on a GPU")
    parser.add_argument("--size", type=int, nargs=2, default=(192, 128), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--rate", type=float, default=8e-4)
    parser.add_argument("--flow-weight", type=float, default=0.1, help="of the flows beside the picture")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="of torch; default: one per core")
    parser.add_argument(
        "--workers", type=int, default=0, help="that make scenes; default: 1, and one per core on a GPU"
    )
    given = parser.parse_args(arguments)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    fast = device.type == "cuda"
    if given.threads:
        torch.set_num_threads(given.threads)
    options = Options(
        given.hours, given.batch or (64 if fast else 6), tuple(given.size), given.rate, given.seed, given.flow_weight
    )
    check(options, given.images)
    given.run.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(given.run, given.images, options, device)
    try:
        trainer.begin(given.weights)
    except ModelError as error:
        sys.exit(str(error))
    try:
        trainer.run(given.workers or (os.cpu_count() or 1 if fast else 1))
    except KeyboardInterrupt:
        trainer.save()
        print("stopped; run the same command again to go on")
        return 130
    return 0


def check(options: Options, folders: list[Path]) -> None:
    """Refuse what cannot be trained on, in one line."""
    multiple = Shape(levels=LEVELS).multiple
    if any(side % multiple or side <= 0 for side in options.size):
        sys.exit(f"--size {options.size[0]} {options.size[1]}: both must be multiples of {multiple}")
    missing = [folder for folder in folders if not folder.is_dir()]
    if missing:
        sys.exit(f"--images {missing[0]}: no such folder")


class Trainer:
    """Everything that changes while training."""

    def __init__(self, run: Path, folders: list[Path], options: Options, device: torch.device) -> None:
        torch.manual_seed(options.seed)
        self.folder, self.folders, self.options, self.device = run, folders, options, device
        self.net = FilmSmall(Shape(levels=LEVELS)).to(device)
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.mean = {name: value.detach().clone() for name, value in self.net.state_dict().items()}
        self.optimizer = torch.optim.AdamW(self.net.parameters(), lr=options.rate, weight_decay=1e-4)
        self.before: list[dict[str, Any]] = []  # what the weights that it began with had been trained for
        self.seen = self.steps = 0
        self.elapsed = 0.0

    def begin(self, weights: Path | None) -> None:
        """Go on where this run stopped; a new run begins with the given weights, or with none.

        Raises ModelError when the weights cannot be read, or are of another network.
        """
        if (self.folder / STATE).exists():
            self._resume()
        elif weights is not None:
            found = read_weights(weights)
            try:
                self.net.load_state_dict(dict(found.tensors))
            except RuntimeError:
                raise ModelError(f"{weights} is of another network than tools/film/network.py") from None
            self.mean = {name: value.detach().clone() for name, value in self.net.state_dict().items()}
            own = {name: value for name, value in found.training.items() if name != "before"}
            self.before = [*found.training.get("before", []), own]

    @property
    def progress(self) -> float:
        """Share of the training time that is used up, [0, 1]."""
        return min(1.0, self.elapsed / (self.options.hours * 3600))

    def run(self, workers: int) -> None:
        data = DataLoader(
            Scenes(self.folders, self.options, self.seen), batch_size=self.options.batch, num_workers=workers,
            collate_fn=batched, prefetch_factor=4, pin_memory=self.device.type == "cuda",
            multiprocessing_context="spawn",  # threads of OpenCV and OpenMP do not survive a fork
        )  # fmt: skip
        held_out = self._held_out(24)
        self._say_what_it_takes()
        sums: dict[str, float] = {}
        count, last_log, last = 0, time.monotonic(), time.monotonic()
        for batch in data:
            for name, value in self.step({key: x.to(self.device) for key, x in batch.items()}).items():
                sums[name] = sums.get(name, 0.0) + value
            count += 1
            now = time.monotonic()
            self.elapsed, last = self.elapsed + now - last, now
            done = self.progress >= 1.0
            if done or now - last_log > min(180.0, self.options.hours * 180):
                self._log({name: value / count for name, value in sums.items()}, held_out)
                self.save()
                sums, count, last_log = {}, 0, now
                last = time.monotonic()
            if done:
                print(f"done: {self.steps} steps in {self.elapsed / 3600:.2f} h")
                return

    def step(self, batch: dict[str, Tensor]) -> dict[str, float]:
        """One step of the optimiser; gives the parts of the loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate * schedule(self.progress)
        with torch.autocast(self.device.type, torch.bfloat16):
            states = self.net.coarse_to_fine(batch["first"], batch["last"], batch["start"])
        parts = losses(states, batch)
        # the flows' own truth leads at first; in the end only the shown picture counts
        flow_weight = self.options.flow_weight * (0.1 + 0.9 * (1 - self.progress) ** 2)
        loss = parts["middle"] + parts["other"] + flow_weight * parts["flow"] + 0.1 * parts["sight"]
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        if bool(torch.isfinite(norm)):
            self.optimizer.step()
        self.steps += 1
        self.seen += len(batch["phase"])
        keep = min(EMA, (1 + self.steps) / (10 + self.steps))
        for name, value in self.net.state_dict().items():
            self.mean[name].lerp_(value, 1 - keep)
        return {name: float(value.detach()) for name, value in parts.items()}

    @torch.no_grad()
    def _log(self, parts: dict[str, float], held_out: dict[str, Tensor]) -> None:
        mean = FilmSmall(self.net.shape).to(self.device)
        mean.load_state_dict(self.mean)
        states = mean.coarse_to_fine(held_out["first"], held_out["last"], held_out["start"])
        shown = picture(states, held_out, torch.full_like(held_out["phase"], 0.5))
        apart = (shown.clamp(0, 1) - target(held_out, "middle", torch.full_like(held_out["phase"], 0.5))).square()
        psnr = float((-10 * torch.log10(apart.mean((1, 2, 3)) + 1e-9)).mean())
        flow, _ = FilmSmall.as_maps(states[-1])
        seen = held_out["seen"].repeat_interleave(2, 1)
        apart = ((flow - held_out["flow"]) * seen).square()
        epe = float((apart[:, 0::2] + apart[:, 1::2]).sqrt().mean())
        row = {"hours": self.elapsed / 3600, "steps": self.steps, **parts, "psnr": psnr, "epe": epe}
        path = self.folder / "log.csv"
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(row)
            writer.writerow([f"{value:.5g}" for value in row.values()])
        print("  ".join(f"{name} {value:.4g}" for name, value in row.items()), flush=True)
        curve.samples(self.folder / "samples.png", held_out, shown, flow)
        curve.draw(path, self.folder / "curve.png")

    def _held_out(self, count: int) -> dict[str, Tensor]:
        scenes = iter(Scenes(self.folders, self.options, HELD_OUT))
        batch = batched([next(scenes) for _ in range(count)])
        return {name: value.to(self.device) for name, value in batch.items()}

    def _say_what_it_takes(self) -> None:
        count = sum(p.numel() for p in self.net.parameters())
        left = self.options.hours * (1 - self.progress)
        print(
            f"{count / 1e6:.2f} M parameters on {self.device}, {torch.get_num_threads()} threads; batch "
            f"{self.options.batch} of {self.options.size[0]}x{self.options.size[1]}; {left:.2f} h to go, "
            f"state, log and samples in {self.folder} every few minutes",
            flush=True,
        )

    def save(self) -> None:
        """Keep the state: to another name first, so that a kill leaves the last one whole."""
        state = {
            "net": self.net.state_dict(), "mean": self.mean, "optimizer": self.optimizer.state_dict(),
            "shape": self.net.shape.to_json(), "seen": self.seen, "steps": self.steps, "elapsed": self.elapsed,
            "before": self.before,
            "options": {field.name: getattr(self.options, field.name) for field in fields(self.options)},
        }  # fmt: skip
        part = self.folder / (STATE + ".part")
        torch.save(state, part)
        part.replace(self.folder / STATE)

    def _resume(self) -> None:
        state = torch.load(self.folder / STATE, map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.mean = {name: value.to(self.device) for name, value in state["mean"].items()}
        self.optimizer.load_state_dict(state["optimizer"])
        self.seen, self.steps, self.elapsed = state["seen"], state["steps"], state["elapsed"]
        self.before = state["before"]
        print(f"going on after {self.steps} steps, {self.elapsed / 3600:.2f} h")


def schedule(progress: float) -> float:
    """The rate over the time: up quickly, then down along a cosine."""
    if progress < WARM_UP:
        return progress / WARM_UP + 0.01
    return 0.5 + 0.5 * float(np.cos(np.pi * (progress - WARM_UP) / (1 - WARM_UP)))


def losses(states: list[Tensor], batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """The parts of the loss: the picture at ½ and at another phase, the flows, the visibilities."""
    half = torch.full_like(batch["phase"], 0.5)
    found = {"middle": laplacian(picture(states, batch, half), target(batch, "middle", half))}
    found["other"] = laplacian(picture(states, batch, batch["phase"]), target(batch, "other", batch["phase"]))
    found["flow"] = flow_error(states, batch["flow"], batch["seen"])
    found["sight"] = sight_error(states[-1], batch["seen"])
    return found


def picture(states: list[Tensor], batch: dict[str, Tensor], t: Tensor) -> Tensor:
    """What the walk pass shows at phase t; places of two looks cross over at the moment the scene gives them."""
    flow, crossover = FilmSmall.as_maps(states[-1])
    return show(batch["first"], batch["last"], flow, staggered(crossover, batch), t)


def staggered(crossover: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """The network's crossover; with the scene's own moments where the ends look different."""
    k = 1 + (SHARPNESS - 1) * batch["two_looks"]
    return torch.cat([crossover[:, :1] + k * torch.logit(batch["turn"]), crossover[:, 1:] * k], 1)


def target(batch: dict[str, Tensor], which: str, t: Tensor) -> Tensor:
    """The true picture at phase t: of each look where it should be shown."""
    size = (batch["first"].shape[-2], batch["first"].shape[-1])
    moment = torch.nn.functional.interpolate(batch["turn"], size, mode="bilinear", align_corners=False)
    weight = torch.sigmoid(SHARPNESS * (torch.logit(t) - torch.logit(moment)))
    return torch.lerp(batch[f"{which}_a"], batch[f"{which}_b"], weight)


def batched(scenes: list[Scene]) -> dict[str, Tensor]:
    """Stack scenes: pictures and maps as (N, C, H, W), numbers as (N, 1, 1, 1)."""

    def maps(arrays: list[np.ndarray]) -> Tensor:
        return torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2)

    def numbers(values: list[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32).view(-1, 1, 1, 1)

    return {
        "first": maps([s.first for s in scenes]), "last": maps([s.last for s in scenes]),
        "middle_a": maps([s.middle[0] for s in scenes]), "middle_b": maps([s.middle[1] for s in scenes]),
        "other_a": maps([s.other[0] for s in scenes]), "other_b": maps([s.other[1] for s in scenes]),
        "flow": maps([s.flow for s in scenes]).contiguous(), "seen": maps([s.seen for s in scenes]).contiguous(),
        "start": maps([s.start for s in scenes]).contiguous(),
        "turn": maps([s.turn[..., None] for s in scenes]).contiguous(),
        "phase": numbers([s.phase for s in scenes]), "two_looks": numbers([float(s.two_looks) for s in scenes]),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

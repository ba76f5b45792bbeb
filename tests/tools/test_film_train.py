"""Training: true scenes, the walk pass in torch as everywhere, and runs that go on where they stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from artwalks_live.bake.flows import SegmentFlow
from artwalks_live.core import warp
from tools.film import renderer, train
from tools.film.network import FilmSmall, Shape
from tools.film.scenes import Scene, make
from tools.film.screen import Pair, open_screen
from tools.film.textures import Textures
from tools.film.weights import STATE

SIZE = (128, 64)


def scenes(count: int) -> list[Scene]:
    textures = Textures([])
    return [make(np.random.default_rng([7, number]), textures, SIZE) for number in range(count)]


def test_along_the_true_flow_each_end_is_the_picture_in_between_wherever_it_is_seen() -> None:
    still, moved = [], []
    for scene in scenes(12):
        flow = warp.resize(scene.flow, SIZE)
        for end, (picture, middle) in enumerate(zip((scene.first, scene.last), scene.middle, strict=True)):
            seen = warp.resize(scene.seen[..., end : end + 1], SIZE)[..., 0] > 0.99
            read = warp.warp(picture, flow[..., 2 * end : 2 * end + 2] * np.float32(0.5))
            moved.append(np.abs(read - middle)[seen].mean())
            still.append(np.abs(picture - middle)[seen].mean())
    assert np.mean(moved) < 0.4 * np.mean(still)


def test_the_same_number_is_the_same_scene() -> None:
    first, again = scenes(1)[0], scenes(1)[0]
    assert np.array_equal(first.first, again.first)
    assert np.array_equal(first.flow, again.flow)
    assert not np.array_equal(first.first, scenes(2)[1].first)


def test_some_scenes_have_two_looks_and_cross_over_place_by_place() -> None:
    found = scenes(16)
    assert 0 < sum(scene.two_looks for scene in found) < 16
    for scene in found:
        apart = np.abs(scene.middle[0] - scene.middle[1]).mean()
        assert (apart > 0.005) == scene.two_looks
        assert (np.ptp(scene.turn) > 0.1) == scene.two_looks


@pytest.mark.parametrize("t", [0.1, 0.5, 0.8])
def test_the_walk_pass_is_the_same_in_training_in_numpy_and_in_the_shader(t: float) -> None:
    scene = scenes(3)[2]
    generator = np.random.default_rng(5)
    flow = (warp.resize(generator.normal(0, 6, (4, 6, 4)), (64, 32))).astype(np.float16)
    crossover = np.dstack([warp.resize(generator.normal(0, 2, (4, 6, 1)), (64, 32)), np.full((32, 64), 3.0)])
    crossover = crossover.astype(np.float16)
    a, b = (np.rint(picture * 255).astype(np.uint8) for picture in (scene.first, scene.last))
    expected = warp.show(a, b, flow, crossover, t)

    def tensor(maps: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(maps.astype(np.float32)).permute(2, 0, 1)[None]

    pixels = tensor(flow) * 2  # the grid has half the size of the pictures
    phase = torch.full((1, 1, 1, 1), t)
    shown = renderer.show(tensor(a) / 255, tensor(b) / 255, pixels, tensor(crossover), phase)
    assert np.abs(shown[0].permute(1, 2, 0).numpy() - expected).max() < 2e-5
    with open_screen() as screen:
        drawn = screen.draw(Pair(a, b, SegmentFlow(flow, crossover)), t)
    assert np.abs(drawn / 255.0 - expected).max() < 2.5 / 255


def test_the_rough_flow_is_kept_where_the_network_adds_nothing() -> None:
    net = FilmSmall(Shape(levels=3))
    for module in (net.predictor, net.refiner):
        torch.nn.init.zeros_(module[-1].weight)
        torch.nn.init.zeros_(module[-1].bias)
        module[-1].bias.data[3:4] = -100.0  # the gate of the matching is shut
    start = torch.randn(1, 4, 16, 32, generator=torch.Generator().manual_seed(1)) * 3
    pictures = torch.rand(2, 1, 3, 32, 64, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        flow, crossover = net(pictures[0], pictures[1], start)
    assert torch.allclose(flow, start, atol=1e-4)
    assert torch.equal(crossover[:, 0], torch.zeros(1, 16, 32))


def test_swapping_the_pictures_swaps_the_flows() -> None:
    torch.manual_seed(3)
    net = FilmSmall(Shape(levels=3))
    a, b = torch.rand(2, 1, 3, 32, 64)
    start = torch.randn(1, 4, 16, 32)
    with torch.no_grad():
        flow, crossover = net(a, b, start)
        swapped, other = net(b, a, torch.cat([start[:, 2:], start[:, :2]], 1))
    assert torch.allclose(swapped, torch.cat([flow[:, 2:], flow[:, :2]], 1), atol=1e-5)
    assert torch.allclose(other[:, 0], -crossover[:, 0], atol=1e-5)


def test_a_training_leaves_its_state_curve_and_samples_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    given = [str(run), "--batch", "1", "--size", "64", "64", "--threads", "1"]
    assert train.main([*given, "--hours", "1e-6"]) == 0
    assert {STATE, "log.csv", "curve.png", "samples.png"} <= {path.name for path in run.iterdir()}
    before = torch.load(run / STATE, weights_only=True)
    assert before["steps"] == 1
    trainer = train.Trainer(run, [], train.Options(1.0, 1, (64, 64), 1e-3, 0, 0.1), torch.device("cpu"))
    trainer.begin(None)
    assert trainer.steps == 1
    assert all(torch.equal(value, before["mean"][name]) for name, value in trainer.mean.items())
    out = capsys.readouterr().out
    assert "M parameters on cpu" in out
    assert "psnr" in out


def test_a_step_of_training_lowers_the_loss_on_its_own_batch(tmp_path: Path) -> None:
    trainer = train.Trainer(tmp_path, [], train.Options(1.0, 2, (64, 64), 2e-3, 0, 0.1), torch.device("cpu"))
    textures = Textures([])
    batch = train.batched([make(np.random.default_rng([3, n]), textures, (64, 64)) for n in range(2)])
    trainer.elapsed = 60.0  # past the warm-up
    flows = [trainer.step(batch)["flow"] for _ in range(25)]
    assert flows[-1] < flows[0]


@pytest.mark.parametrize(
    ("given", "says"),
    [(["--size", "100", "64"], "--size 100 64: both must be multiples of 64"),
     (["--images", "nowhere"], "--images nowhere: no such folder"),
     (["--weights", "nowhere.safetensors"], "nowhere.safetensors does not exist")],
)  # fmt: skip
def test_what_cannot_be_trained_on_is_refused_in_a_line(given: list[str], says: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=says):
        train.main([str(tmp_path / "run"), *given])

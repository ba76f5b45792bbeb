"""What the diffusion generators refuse, before anything is baked and without torch; and what they do without memory."""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from artwalks_live.bake.bake import bake
from artwalks_live.bake.keyframes import mix
from artwalks_live.bake.keyframes.frame import from_canvas, onto_canvas, painted_size
from artwalks_live.bake.keyframes.options import check_installed, check_tokens, resolved
from artwalks_live.bake.keyframes.placing import in_batches, told
from artwalks_live.bake.keyframes.stable_diffusion import adapter_in
from artwalks_live.bake.keyframes.weights_folder import identity, located, part, pipeline_of, weights_count
from artwalks_live.core.errors import ModelError, UsageError
from tests.bake.bakery import request


def tensors(path: Path, values: bytes = bytes(8)) -> None:
    """A safetensors file of one small tensor."""
    header = json.dumps({"w": {"dtype": "F32", "shape": [len(values) // 4], "data_offsets": [0, len(values)]}}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(header)) + header + values)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder that looks like a diffusers pipeline."""
    folder = tmp_path / "decoder"
    tensors(folder / "unet" / "diffusion_pytorch_model.safetensors")
    index = {"_class_name": "KandinskyV22Pipeline", "unet": ["diffusers", "UNet2DConditionModel"],
             "feature_extractor": [None, None]}  # fmt: skip
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


KANDINSKY = ["KandinskyV22Pipeline"]


@pytest.mark.parametrize(
    ("generator", "given", "message"),
    [
        ("kandinsky", {"steps": 0}, "--steps 0: use a value from 1 to 500"),
        ("kandinsky", {"steps": 2.5}, r"--steps 2\.5: a whole number is expected"),
        ("kandinsky", {"guidance": 0.0}, "--guidance 0: use a value from 1 to 30"),
        ("kandinsky", {"guidance": float("nan")}, "--guidance nan"),
        ("sd", {"strength": 1.5}, r"--strength 1\.5: use a value from 0\.01 to 1"),
        ("sd", {"strength": 0.1, "steps": 5}, r"--strength 0\.1 of --steps 5 is not one step: raise either"),
        ("sd", {"prompt": "  "}, "--prompt is empty: leave it out"),
        ("unclip", {"prompt": "x" * 1001}, "--prompt has 1001 characters: use 1000 at most"),
        ("kandinsky", {"mix": "lerp"}, "--mix 'lerp' is unknown: use one of linear, slerp"),
        ("kandinsky", {"latents": "three"}, "--latents 'three' is unknown: use one of one, two"),
        ("kandinsky", {"device": "gpu"}, "--device 'gpu' is unknown: use auto, cpu, cuda, cuda:N or mps"),
        ("kandinsky", {"dtype": "int8"}, "--dtype 'int8' is unknown"),
        ("kandinsky", {"batch": 65}, "--batch 65: use a value from 0 to 64"),
        ("kandinsky", {"seeds": 1}, "--'seeds' is unknown"),
        ("kandinsky", {"prompt": "a boat"}, "--prompt: this is for --generator unclip or sd, not for kandinsky"),
        ("patch", {"steps": 9}, "--steps: this is for --generator kandinsky or unclip or sd, not for patch"),
        ("tests.bake.twins:Dissolve", {"model": "x"}, "--model: this is for --generator kandinsky"),
    ],
)
def test_options_that_cannot_be_used(folder: Path, generator: str, given: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        resolved(generator, given)  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        bake(request(folder, generator=generator, diffusion=given))
    assert not (folder.parent / "show.walk").exists()


def test_what_is_not_installed_is_said_with_the_line_that_installs_it() -> None:
    with pytest.raises(UsageError, match=r"--generator sd needs diffusers: pip install 'artwalks-live\[diffusion\]'"):
        check_installed("sd", lambda name: None if name == "diffusers" else name)


def test_a_prompt_that_is_longer_than_the_model_reads() -> None:
    class Words:
        model_max_length = 4

        def __call__(self, text: str, verbose: bool) -> object:
            return type("Read", (), {"input_ids": text.split()})

    check_tokens(Words(), prompt="a boat", negative="")
    with pytest.raises(UsageError, match="--negative has 6 tokens, the model reads 4: shorten it"):
        check_tokens(Words(), prompt="a boat", negative="a b c d e f")


def test_folders_that_hold_no_such_model(model: Path, tmp_path: Path) -> None:
    assert pipeline_of(model, KANDINSKY) == KANDINSKY[0]
    with pytest.raises(ModelError, match=r"decoder: this is a KandinskyV22Pipeline, and Other is needed"):
        pipeline_of(model, ["Other"])
    with pytest.raises(ModelError, match=r"no diffusers pipeline \(model_index.json\) is there, but diffusion_py"):
        pipeline_of(model / "unet", KANDINSKY)
    (model / "unet").rename(model / "gone")
    with pytest.raises(ModelError, match="decoder: unet is missing: fetch the model again"):
        pipeline_of(model, KANDINSKY)
    (model / "gone").rename(model / "unet")
    with pytest.raises(ModelError, match="there is no such folder"):
        pipeline_of(tmp_path / "nowhere", KANDINSKY)
    with pytest.raises(ModelError, match="a folder prior is expected in it"):
        part(tmp_path, "prior")
    assert part(tmp_path, "decoder") == model
    with pytest.raises(ModelError, match=r"ip-adapter_sd15\.safetensors and a folder image_encoder are expected"):
        adapter_in(model)


def test_a_pickle_is_never_opened(model: Path, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "went-off",))

    checkpoint = tmp_path / "model.ckpt"
    checkpoint.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelError, match=r"model.ckpt: a pickle file can run code and is never opened: give a diff"):
        located(str(checkpoint))
    with pytest.raises(ModelError, match=r"gone.ckpt: a pickle file can run code"):
        located(str(tmp_path / "gone.ckpt"), "--adapter")
    weights = model / "unet" / "diffusion_pytorch_model.safetensors"
    checkpoint.rename(weights.with_suffix(".bin"))
    weights.unlink()
    with pytest.raises(ModelError, match=r"only diffusion_pytorch_model.bin is there, a pickle file, .* never opened"):
        pipeline_of(model, KANDINSKY)
    assert not (tmp_path / "went-off").exists()


def test_files_that_were_fetched_by_half(model: Path) -> None:
    weights = model / "unet" / "diffusion_pytorch_model.safetensors"
    whole = weights.read_bytes()
    for cut, message in (
        (whole[:-1], f"has {len(whole) - 1} bytes, {len(whole)} are expected: fetch the model again"),
        (whole[:20], "this is no whole safetensors file: fetch the model again"),
        (b"", "this is no whole safetensors file"),
        (b"<html>not found</html>", "this is no whole safetensors file"),
    ):
        weights.write_bytes(cut)
        with pytest.raises(ModelError, match=message):
            pipeline_of(model, KANDINSKY)
    (model / "unet" / "config.json").touch()
    weights.unlink()
    with pytest.raises(ModelError, match="unet: its weights are missing: fetch the model again"):
        pipeline_of(model, KANDINSKY)
    weights.write_bytes(whole)
    index = model / "unet" / "diffusion_pytorch_model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"w": weights.name, "v": "second.safetensors"}}))
    with pytest.raises(ModelError, match=r"second\.safetensors is missing: fetch the model again"):
        pipeline_of(model, KANDINSKY)


def test_a_model_is_known_by_its_content_wherever_it_lies(model: Path, tmp_path: Path) -> None:
    before = identity(model)
    assert identity(model.rename(tmp_path / "moved")) == before
    tensors(tmp_path / "moved" / "unet" / "diffusion_pytorch_model.safetensors", b"trained!")
    assert identity(tmp_path / "moved") != before


def test_weights_are_counted_once_whatever_their_format(model: Path) -> None:
    assert weights_count(model) == 2
    tensors(model / "unet" / "diffusion_pytorch_model.fp16.safetensors")
    assert weights_count(model) == 2, "of two formats one is loaded"
    tensors(model / "vae" / "diffusion_pytorch_model.safetensors", bytes(40))
    tensors(model / "safety_checker" / "model.safetensors", bytes(400))
    assert weights_count(model) == 12


def test_out_of_memory_a_smaller_batch_is_tried_then_less_at_once_then_it_is_said() -> None:
    tried: list[int] = []

    def paint(most: int, batch: Sequence[int]) -> list[int]:
        tried.append(len(batch))
        if len(batch) > most:
            raise MemoryError
        return list(batch)

    assert in_batches(lambda batch: paint(2, batch), 7, 4, lambda: None, "painting") == list(range(7))
    assert tried == [4, 2, 2, 2, 1]

    allowed = [0]
    made = in_batches(lambda batch: paint(allowed[0], batch), 2, 2, lambda: allowed.append(allowed.pop() + 1), "x")
    assert made == [0, 1], "after the model was told to take less"
    with pytest.raises(ModelError, match="out of memory: painting 64x64 does not fit, one picture at a time: use a sm"):
        in_batches(lambda batch: paint(0, batch), 2, 2, lambda: None, "painting 64x64")


def test_what_torch_raises_while_it_loads_becomes_one_line() -> None:
    with (
        pytest.raises(ModelError, match=r"^the model x cannot be used \(no file named y in z\): fetch it again"),
        told("the model x"),
    ):
        raise OSError("no file named y\n   in z")
    with pytest.raises(ModelError, match=r"^out of memory: x does not fit: use --device cpu"), told("x"):
        raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB")


def test_another_fault_is_not_taken_for_want_of_memory() -> None:
    def paint(batch: Sequence[int]) -> list[int]:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        in_batches(paint, 2, 2, lambda: None, "painting")


@pytest.mark.parametrize("canvas", [(64, 96), (720, 1280), (1920, 1080), (90, 2000), (64, 64)])
@pytest.mark.parametrize("most", [256.0**2, 1024.0**2])
def test_any_canvas_is_painted_in_64s_and_fitted_back(canvas: tuple[int, int], most: float) -> None:
    size = painted_size(canvas, most)
    assert all(side % 64 == 0 for side in size)
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (*canvas, 3), np.uint8)
    began = from_canvas(picture, size)
    assert began.shape[:2] == size
    back = onto_canvas(began, canvas)
    assert back.shape == picture.shape
    if canvas[0] * canvas[1] <= most:
        assert np.array_equal(back, picture), "nothing is resampled that fits"
    else:
        assert size[0] * size[1] <= 2.2 * most


def test_embeddings_are_mixed_along_the_true_angle() -> None:
    a, b = np.array([2, 0, 0], np.float32), np.array([0, 4, 0], np.float32)
    half = mix.mixed(a, b, 0.5, "slerp")
    assert half == pytest.approx(3 * np.array([1, 1, 0]) / np.sqrt(2))
    assert mix.mixed(a, b, 0.5, "linear") == pytest.approx(np.array([1, 2, 0]))
    steps = mix.angles(np.stack([mix.mixed(a, b, w, "slerp") for w in (0.0, 0.25, 0.5, 0.75, 1.0)]))
    assert steps == pytest.approx(np.full(4, np.pi / 8), abs=1e-4)
    for how in mix.MIXES:
        assert mix.mixed(a, b, 0.0, how) is a
        assert mix.mixed(a, b, 1.0, how) is b
        assert np.isfinite(mix.mixed(a, -a, 0.5, how)).all()
        assert mix.mixed(a, a, 0.3, how) == pytest.approx(a)


def test_noise_between_noises_is_noise() -> None:
    a, b = mix.noise((4, 32, 32), 1), mix.noise((4, 32, 32), 2)
    assert np.array_equal(a, mix.noise((4, 32, 32), 1))
    assert mix.mixed(a, b, 0.5, "slerp").std() == pytest.approx(1.0, abs=0.03)


def test_even_weights_lie_closer_where_pictures_change_faster() -> None:
    seen = np.linspace(0, 1, 5)
    weights = mix.even_weights(seen, np.array([0.1, 1.0, 1.0, 0.1]), 3)
    assert weights[1] == pytest.approx(0.5)
    assert weights[2] - weights[1] < 0.25
    assert mix.even_weights(seen, np.zeros(4), 3) == pytest.approx([0.25, 0.5, 0.75])
    assert (np.diff([0, *mix.even_weights(seen, np.array([5.0, 0, 0, 0]), 9), 1]) > 0).all()

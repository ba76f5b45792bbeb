"""The diffusion generators, end to end and offline, on tiny pipelines of diffusers' own classes with random weights."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from artwalks_live.bake import concept, decode, fit, framing, paintings
from artwalks_live.bake.bake import bake, silent
from artwalks_live.bake.keyframes import LegRequest, Picture, generator
from artwalks_live.bake.keyframes.options import Value
from artwalks_live.bake.keyframes.painter import DiffusionGenerator, Order, paint_at
from artwalks_live.bake.leg import Leg, do, missing
from artwalks_live.bake.request import BakeRequest
from artwalks_live.bake.store import Store
from artwalks_live.core import walk as bundle
from artwalks_live.core.errors import BakeError, UsageError
from artwalks_live.io.images import load_pixels
from tests.bake.bakery import CANVAS, request, steps_made
from tests.bake.twins import Dissolve
from tools import random_models

GONE = [name for name in ("torch", "diffusers", "transformers") if importlib.util.find_spec(name) is None]
pytestmark = [
    pytest.mark.skipif(bool(GONE), reason=f"needs the extra diffusion ({', '.join(GONE)})"),
]


@pytest.fixture(scope="module", autouse=True)
def offline() -> None:
    """Nothing here may ask the model hub, and none of it is worth more than a thread."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["OMP_NUM_THREADS"] = "1"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tiny models."""
    folder = tmp_path_factory.mktemp("models")
    random_models.kandinsky(folder / "kandinsky")
    random_models.stable_unclip(folder / "unclip")
    random_models.karlo(folder / "karlo")
    random_models.stable_diffusion(folder / "sd")
    random_models.adapter(folder / "ip-adapter", folder / "sd")
    return folder


def picture(seed: int) -> Picture:
    """A painting of large soft patches."""
    values = np.random.default_rng(seed).integers(0, 255, (3, 4, 3), dtype=np.uint8)
    whole = np.asarray(cv2.resize(values, CANVAS, interpolation=cv2.INTER_CUBIC))
    return Picture(whole, whole, whole)


A, B = picture(0), picture(1)
MAKERS = {"kandinsky": "kandinsky", "unclip": "unclip", "karlo": "unclip", "sd": "sd"}


def told(models: Path, name: str, **given: object) -> tuple[DiffusionGenerator, LegRequest]:
    """A generator, and a leg's request with the tiny model of that name."""
    maker = generator(MAKERS[name])
    assert isinstance(maker, DiffusionGenerator)
    maker = DiffusionGenerator(maker.name, maker._find, maker._load, Dissolve())  # a start that costs nothing
    options = {"model": str(models / name), "steps": 4, **given}
    if name == "sd":
        options["adapter"] = str(models / "ip-adapter")
    return maker, LegRequest(3, "linear", seed=5, diffusion=maker.prepared(options))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", MAKERS)
def test_a_leg_is_seeded_repeatable_and_of_the_right_size(models: Path, name: str) -> None:
    maker, leg = told(models, name)
    plan = maker.plan(A, B, leg)
    assert plan["weights"].tolist() == pytest.approx([0.25, 0.5, 0.75])
    made = maker.keyframe(A, B, leg, plan, 1)
    assert made.image.shape == (CANVAS[1], CANVAS[0], 3)
    assert made.weight == pytest.approx(0.5)
    again = maker.plan(A, B, leg)
    assert all(np.array_equal(plan[key], again[key]) for key in plan)
    assert np.array_equal(made.image, maker.keyframe(A, B, leg, again, 1).image)
    other = replace(leg, seed=6)
    assert not np.array_equal(made.image, maker.keyframe(A, B, other, maker.plan(A, B, other), 1).image)


@pytest.mark.parametrize("name", MAKERS)
def test_a_batch_gives_what_one_by_one_gives(models: Path, name: str) -> None:
    maker, leg = told(models, name)
    plan = maker.plan(A, B, leg)
    together = maker.keyframes(A, B, leg, plan, range(3))
    _, three = told(models, name, batch=3)
    at_once = maker.keyframes(A, B, three, plan, range(3))
    for i in range(3):
        alone = maker.keyframe(A, B, leg, plan, i).image.astype(int)
        assert np.array_equal(alone, together[i].image)
        assert np.abs(alone - at_once[i].image).max() <= 1, "rounding, and no more"


@pytest.mark.parametrize("name", MAKERS)
def test_guidance_1_is_no_guidance_and_paints_all_the_same(models: Path, name: str) -> None:
    (maker, plain), (_, guided) = told(models, name, guidance=1.0, batch=3), told(models, name, batch=3)
    made = [maker.keyframes(A, B, leg, maker.plan(A, B, leg), range(2))[0].image for leg in (plain, guided)]
    assert made[0].std() > 1
    assert not np.array_equal(*made)


def test_at_the_ends_kandinsky_paints_each_paintings_own(models: Path) -> None:
    """Weights 0 and 1 against diffusers' own pipelines, called as their documentation has it."""
    import torch
    from diffusers import KandinskyV22Pipeline, KandinskyV22PriorPipeline

    maker, leg = told(models, "kandinsky")
    plan = maker.plan(A, B, leg)
    assert leg.diffusion is not None
    painter = maker._load(leg.diffusion)
    order = Order(plan["embeddings"], plan["negative"], None, None, (64, 128), 4, leg.seed)
    first, last = paint_at(painter, plan, [0.0, 1.0], order)
    assert np.abs(first.astype(int) - last).mean() > 3, "the embeddings must steer it"
    prior = KandinskyV22PriorPipeline.from_pretrained(models / "kandinsky" / "prior", image_processor=None)
    decoder = KandinskyV22Pipeline.from_pretrained(models / "kandinsky" / "decoder")
    for painting, made in ((A, first), (B, last)):
        pixels = torch.from_numpy(painter.encoder.pixels(painting.whole)[None])
        with torch.no_grad():
            expected = decoder(
                prior.image_encoder(pixels).image_embeds, prior.get_zero_embed(), height=64, width=128,
                num_inference_steps=4, guidance_scale=4.0, latents=torch.from_numpy(plan["latents"]),
                generator=torch.Generator().manual_seed(leg.seed), output_type="np",
            ).images[0]  # fmt: skip
        assert np.abs(expected * 255 - made).max() <= 1


def test_at_the_ends_sd_is_steered_by_each_paintings_own(models: Path) -> None:
    """Weights 0 and 1 against diffusers' own pipeline with the IP-Adapter, over one and the same picture."""
    import torch
    from diffusers import StableDiffusionImg2ImgPipeline

    maker, leg = told(models, "sd", prompt="a red boat")
    assert leg.diffusion is not None
    painter = maker._load(leg.diffusion)
    embeddings = painter.encoder.embed([A.whole, B.whole])
    begin = cv2.resize(A.canvas, (128, 64))
    order = Order(embeddings, painter.negative(), None, [begin, begin], (64, 128), 4, leg.seed)
    first, last = paint_at(painter, {"embeddings": embeddings}, [0.0, 1.0], order)
    assert np.abs(first.astype(int) - last).mean() > 1, "the embeddings must steer it"
    pipeline = StableDiffusionImg2ImgPipeline.from_pretrained(models / "sd", safety_checker=None)
    pipeline.load_ip_adapter(
        str(models / "ip-adapter"), subfolder="models", weight_name="ip-adapter_sd15.safetensors",
        image_encoder_folder=None,
    )  # fmt: skip
    for embedding, made in zip(embeddings, (first, last), strict=True):
        steering = torch.from_numpy(np.stack([np.zeros_like(embedding), embedding])[:, None])
        expected = pipeline(
            "a red boat", image=begin[None] / np.float32(255.0), strength=0.5, num_inference_steps=4,
            guidance_scale=7.0, ip_adapter_image_embeds=[steering],
            generator=torch.Generator().manual_seed(leg.seed), output_type="np",
        ).images[0]  # fmt: skip
        assert np.abs(expected * 255 - made).max() <= 1


@pytest.mark.parametrize("name", ["unclip", "karlo"])
def test_at_the_ends_unclip_paints_each_paintings_own(models: Path, name: str) -> None:
    """Weights 0 and 1 against diffusers' own pipelines, given the picture itself."""
    import torch

    maker, leg = told(models, name)
    plan = maker.plan(A, B, leg)
    assert leg.diffusion is not None
    painter = maker._load(leg.diffusion)
    size = (64, 128) if name == "unclip" else (32, 32)
    order = Order(plan["embeddings"], plan["negative"], None, None, size, 4, leg.seed)
    first, last = paint_at(painter, plan, [0.0, 1.0], order)
    assert first.shape[:2] == size
    assert np.abs(first.astype(int) - last).mean() > 1, "the embeddings must steer it"
    for painting, made in ((A, first), (B, last)):
        pixels = torch.from_numpy(painter.encoder.pixels(painting.whole)[None])
        latents, seeded = torch.from_numpy(plan["latents"]), torch.Generator().manual_seed(leg.seed)
        if name == "unclip":
            expected = painter._pipeline(
                pixels, "", height=64, width=128, num_inference_steps=4, guidance_scale=8.0, latents=latents,
                generator=seeded, output_type="np",
            ).images[0]  # fmt: skip
        else:
            expected = painter._pipeline(
                pixels, decoder_num_inference_steps=4, generator=seeded, decoder_latents=latents, output_type="np"
            ).images[0]
        assert np.abs(expected * 255 - made).max() <= 1


def test_the_less_strength_the_more_is_left_of_the_picture_painted_over(models: Path) -> None:
    def left(strength: float) -> float:
        maker, leg = told(models, "sd", strength=strength)
        assert leg.diffusion is not None
        painter = maker._load(leg.diffusion)
        rows, begin = np.ones((2, random_models.WIDTH), np.float32), [cv2.resize(p.canvas, (64, 64)) for p in (A, B)]
        first, last = painter.paint(Order(rows, painter.negative(), None, begin, (64, 64), 4, 0))
        return float(np.abs(first.astype(int) - last).mean())

    assert left(0.25) > 2 * left(1.0) > 0


def test_a_prompt_too_long_for_the_models_own_tokenizer(models: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match=r"--prompt has 162 tokens, the model reads 77: shorten it"):
        told(models, "sd", prompt=40 * "word ")
    assert capfd.readouterr().err == "", "one line, and no other"


def test_kandinsky_keeps_away_from_what_the_negative_prompt_says(models: Path) -> None:
    (maker, plain), (_, wary) = told(models, "kandinsky"), told(models, "kandinsky", negative="text, frame")
    plans = [maker.plan(A, B, leg) for leg in (plain, wary)]
    assert np.array_equal(plans[0]["embeddings"], plans[1]["embeddings"])
    assert not np.allclose(plans[0]["negative"], plans[1]["negative"])


def test_even_weights_are_measured_on_looks(models: Path) -> None:
    maker, leg = told(models, "kandinsky")
    assert maker.plan(A, B, replace(leg, weights="0.1,0.2,0.9"))["weights"].tolist() == [0.1, 0.2, 0.9]
    shares: list[float] = []
    weights = maker.plan(A, B, replace(leg, weights="even"), shares.append)["weights"]
    assert (np.diff([0.0, *weights, 1.0]) > 0.05).all()
    assert not np.allclose(weights, [0.25, 0.5, 0.75], atol=1e-3)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_two_latents_meet_at_the_paintings(models: Path) -> None:
    maker, leg = told(models, "kandinsky", latents="two", mix="slerp")
    here, on = maker.plan(A, B, leg)["latents"], maker.plan(B, A, leg)["latents"]
    assert here.shape == (2, 4, 8, 16)
    assert np.array_equal(here[::-1], on)
    assert not np.array_equal(here[0], here[1])
    assert maker.keyframe(A, B, leg, maker.plan(A, B, leg), 0).image.std() > 1


def test_a_bake_by_kandinsky_dies_goes_on_and_is_cached(
    models: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "2.png").unlink()
    given = {"model": str(models / "kandinsky"), "steps": 2}
    dying = tmp_path / "dying"
    dying.touch()
    monkeypatch.setenv("TWIN_DYING", str(dying))
    wanted = request(folder, generator="tests.bake.dying:DyingKandinsky", diffusion=given, weights="sinh")
    with pytest.raises(BakeError, match="a worker process ended by itself"):
        bake(wanted)
    assert steps_made(wanted.folder) == ["plan 0", "keyframe 0"]

    wanted = replace(wanted, generator="kandinsky")
    walk = bake(wanted)
    assert "plan 0" not in steps_made(walk.folder), "what was done must not be done again"
    assert "keyframe 0" not in steps_made(walk.folder)
    assert bundle.verify(walk) == []
    kept = walk.generator["options"]["diffusion"]
    assert (kept["model"], kept["steps"], len(kept["identity"])) == ("kandinsky", 2, 32)
    assert str(models) not in (walk.folder / bundle.FILE).read_text(encoding="utf-8"), "walk.json holds no path"
    assert [keyframe.weights for keyframe in walk.keyframes[1:3]] == [
        {0: pytest.approx(1 - w, abs=1e-5), 1: pytest.approx(w, abs=1e-5)}
        for w in concept.weights("sinh", 2)
    ]  # fmt: skip
    same = leg_of(walk, wanted)
    assert np.array_equal(load_pixels(walk, 2), same), "uninterrupted, it is the same"

    more = BakeRequest.like(walk, [], called=Store(walk.folder).remembered())
    assert more.leg == wanted.leg, "a painting that is appended is painted alike, by the same folder's model"

    lines: list[str] = []
    bake(wanted, note=lines.append)
    assert steps_made(walk.folder) == []
    assert lines[0].endswith("2 of 2 keyframes are there already; nothing is missing")


@pytest.mark.parametrize("name", MAKERS)
def test_less_memory_is_the_same_picture_and_half_the_digits_nearly(models: Path, name: str) -> None:
    maker, leg = told(models, name, batch=2)
    plan = maker.plan(A, B, leg)
    before = [made.image for made in maker.keyframes(A, B, leg, plan, range(2))]
    assert leg.diffusion is not None
    maker._load(leg.diffusion).spare()
    assert np.array_equal(maker.plan(A, B, leg)["embeddings"], plan["embeddings"])
    after = [made.image.astype(int) for made in maker.keyframes(A, B, leg, plan, range(2))]
    assert max(np.abs(was - now).max() for was, now in zip(before, after, strict=True)) <= 1
    rounded, short = told(models, name, dtype="bfloat16")
    if name == "karlo":
        with pytest.raises(UsageError, match="--dtype bfloat16: Karlo on a CPU paints in float32 only"):
            rounded.plan(A, B, short)
        return
    image = rounded.keyframe(A, B, short, rounded.plan(A, B, short), 0).image.astype(int)
    assert 0 < np.abs(before[0] - image).mean() < 12


@pytest.mark.parametrize("name", ["kandinsky", "karlo"])
def test_weights_in_float16_files_alone(models: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(models / name, tmp_path / name)
    for path in (tmp_path / name).rglob("*.safetensors"):
        path.rename(path.with_suffix(".fp16.safetensors"))
    (maker, leg), (same, plain) = told(tmp_path, name), told(models, name)
    assert np.array_equal(maker.plan(A, B, leg)["embeddings"], same.plan(A, B, plain)["embeddings"])


MADE_BY = {"unclip": "unclip", "karlo": "unclip", "sd": "tests.bake.dying:SdOverDissolve"}


@pytest.mark.parametrize("name", MADE_BY)
def test_a_walk_by_each_of_the_others_in_batches_and_stopped_between(models: Path, folder: Path, name: str) -> None:
    """The steps that a bake's worker does, done here; then the bake, which finds nothing missing and commits."""
    (folder / "2.png").unlink()
    given: dict[str, Value] = {"model": str(models / name), "steps": 2, "batch": 2}
    if name == "sd":
        given |= {"adapter": str(models / "ip-adapter"), "strength": 1.0}
    wanted = request(folder, generator=MADE_BY[name], diffusion=given, keyframes=3, weights="linear")
    wanted.folder.mkdir()
    store = Store(wanted.folder)
    entries = framing.frame_all(wanted, paintings.find(wanted.sources), store, silent, silent)
    leg = Leg(entries[0].framed, entries[1].framed, wanted.leg, wanted.generator, wanted.flow, wanted.anchors)
    assert Leg.from_json(json.loads(json.dumps(asdict(leg)))) == leg, "it goes to the worker as JSON"
    plan, first, *_ = missing(leg, store)
    for step in (plan, first):
        do(leg, step, store, silent)
    assert missing(leg, store)[0] == ("keyframe", 2), "0 and 1 were one batch"
    for step in missing(leg, store):
        do(leg, step, Store(wanted.folder), silent)
    walk = bake(wanted)
    assert "keyframe 0" not in steps_made(walk.folder)
    assert bundle.verify(walk) == []
    pictures = [load_pixels(walk, index) for index in (1, 2, 3)]
    assert all(picture.shape == (CANVAS[1], CANVAS[0], 3) for picture in pictures)
    assert not np.array_equal(pictures[0], pictures[2])
    told = walk.generator["options"]["diffusion"]
    assert (told["model"], "batch" in told, "device" in told) == (name, False, False)


def leg_of(walk: bundle.Walk, wanted: object) -> np.ndarray:
    """Keyframe 1 of the first leg, made here and at once."""
    sources = sorted((walk.folder.parent / "paintings").glob("*.png"))
    a, b = (fit.fit(decode.decode(path).pixels, CANVAS, "crop") for path in sources)
    maker = generator("kandinsky")
    plan = maker.plan(a, b, wanted.leg)  # type: ignore[attr-defined]
    return maker.keyframe(a, b, wanted.leg, plan, 1).image  # type: ignore[attr-defined]

"""Diffusion models of random weights, of diffusers' own classes, saved as a user's folder has them.

TINY ones for the tests, of a few thousand weights; REAL ones as large as the published models, to measure time and
memory with: random weights take as long and as much as trained ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artwalks_live.bake import operators

operators.declare()  # before transformers and diffusers are imported below

Sizes = Mapping[str, Mapping[str, Any]]
WIDTH = 16  # of a tiny CLIP embedding

_TINY_VISION = {"hidden_size": WIDTH, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2,
                "image_size": 32, "patch_size": 8, "projection_dim": WIDTH}  # fmt: skip
_TINY_TEXT = {"hidden_size": WIDTH, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2,
              "projection_dim": WIDTH}  # fmt: skip
_TINY_VAE = {"block_out_channels": (16,) * 4, "norm_num_groups": 8, "layers_per_block": 1}
_TINY_UNET = {"block_out_channels": (16, 32), "layers_per_block": 1, "norm_num_groups": 8, "cross_attention_dim": WIDTH,
              "attention_head_dim": 4, "sample_size": 8, "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
              "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D")}  # fmt: skip
TINY: Sizes = {
    "kandinsky_vision": _TINY_VISION, "vision": _TINY_VISION,
    "kandinsky_text": _TINY_TEXT, "unclip_text": _TINY_TEXT, "sd_text": _TINY_TEXT,
    "prior": {"num_attention_heads": 2, "attention_head_dim": 8, "embedding_dim": WIDTH, "num_layers": 1},
    "decoder": {"block_out_channels": (16, 32), "layers_per_block": 1, "norm_num_groups": 8, "cross_attention_dim": 16,
                "attention_head_dim": 4, "encoder_hid_dim": WIDTH},
    "movq": {**_TINY_VAE, "block_out_channels": (32,) * 4, "num_vq_embeddings": 12},
    "unclip_unet": _TINY_UNET, "sd_unet": _TINY_UNET, "vae": _TINY_VAE,
}  # fmt: skip

_BIG_G = {"hidden_size": 1664, "intermediate_size": 8192, "num_hidden_layers": 48, "num_attention_heads": 16,
          "image_size": 224, "patch_size": 14, "projection_dim": 1280}  # fmt: skip
_HUGE = {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 16,
         "image_size": 224, "patch_size": 14, "projection_dim": 1024}  # fmt: skip
_FOUR_UNET = {"block_out_channels": (320, 640, 1280, 1280), "layers_per_block": 2, "norm_num_groups": 32}
_FOUR_VAE = {"block_out_channels": (128, 256, 512, 512), "norm_num_groups": 32, "layers_per_block": 2}
REAL: Sizes = {
    "kandinsky_vision": _BIG_G, "vision": _HUGE,
    "kandinsky_text": {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32,
                       "num_attention_heads": 20, "projection_dim": 1280},
    "unclip_text": {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 23, "num_attention_heads": 16},
    "sd_text": {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12},
    "prior": {"num_attention_heads": 32, "attention_head_dim": 64, "embedding_dim": 1280, "num_layers": 20},
    "decoder": {"block_out_channels": (384, 768, 1152, 1536), "layers_per_block": 3, "norm_num_groups": 32,
                "cross_attention_dim": 768, "attention_head_dim": 64, "encoder_hid_dim": 1280},
    "movq": {**_FOUR_VAE, "block_out_channels": (128, 256, 256, 512), "num_vq_embeddings": 16384},
    "unclip_unet": {**_FOUR_UNET, "cross_attention_dim": 1024, "attention_head_dim": (5, 10, 20, 20),
                    "use_linear_projection": True, "sample_size": 96},
    "sd_unet": {**_FOUR_UNET, "cross_attention_dim": 768, "attention_head_dim": 8, "sample_size": 64},
    "vae": _FOUR_VAE,
}  # fmt: skip


def vision(size: Mapping[str, Any], seed: int = 0) -> Any:
    """A CLIP image encoder."""
    import torch
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(seed)
    return CLIPVisionModelWithProjection(CLIPVisionConfig(**size)).eval()


def text(size: Mapping[str, Any], projected: bool = True) -> Any:
    """A CLIP text encoder, for the words of `tokenizer`."""
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    settings = CLIPTextConfig(**size, vocab_size=600, bos_token_id=512, eos_token_id=513, pad_token_id=513)
    return (CLIPTextModelWithProjection if projected else CLIPTextModel)(settings).eval()


def tokenizer(folder: Path) -> Any:
    """A tokenizer that spells every word; a text of more than 75 letters is too long for it."""
    from transformers import CLIPTokenizer

    letters = [chr(code) for code in range(33, 289)]
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps({word: index for index, word in enumerate(words)}), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)


def save(pipeline: Any, folder: Path, dtype: str = "float32") -> None:
    """Write a pipeline as safetensors of that format."""
    import torch

    pipeline.to(dtype=getattr(torch, dtype)).save_pretrained(folder)


def kandinsky(folder: Path, sizes: Sizes = TINY, dtype: str = "float32") -> Path:
    """Kandinsky 2.2: folders prior and decoder, one after the other: together they are large."""
    _kandinsky_prior(folder, sizes, dtype)
    _kandinsky_decoder(folder, sizes, dtype)
    return folder


def _kandinsky_prior(folder: Path, sizes: Sizes, dtype: str) -> None:
    import torch
    from diffusers import KandinskyV22PriorPipeline, PriorTransformer, UnCLIPScheduler

    encoder = vision(sizes["kandinsky_vision"])
    prior = PriorTransformer(**sizes["prior"], additional_embeddings=4)
    prior.clip_std = torch.nn.Parameter(torch.ones_like(prior.clip_std))
    steps = UnCLIPScheduler(variance_type="fixed_small_log", prediction_type="sample")
    words = tokenizer(folder / "words")
    texts = text(sizes["kandinsky_text"])
    save(KandinskyV22PriorPipeline(prior, encoder, texts, words, steps, None), folder / "prior", dtype)


def _kandinsky_decoder(folder: Path, sizes: Sizes, dtype: str) -> None:
    from diffusers import DDPMScheduler, KandinskyV22Pipeline

    unet = embedding_unet(sizes["decoder"], 4, addition_embed_type="image", encoder_hid_dim_type="image_proj")
    scheduler = DDPMScheduler(variance_type="learned_range", beta_start=0.0001, beta_end=0.02, clip_sample=True)
    save(KandinskyV22Pipeline(unet, scheduler, movq_of(sizes)), folder / "decoder", dtype)


def kandinsky_inpaint(folder: Path, sizes: Sizes = TINY, dtype: str = "float32") -> Path:
    """The decoder that repaints: it is shown the picture and what of it to keep."""
    from diffusers import DDPMScheduler, KandinskyV22InpaintPipeline

    unet = embedding_unet(sizes["decoder"], 9, addition_embed_type="image", encoder_hid_dim_type="image_proj")
    scheduler = DDPMScheduler(variance_type="learned_range", beta_start=0.0001, beta_end=0.02, clip_sample=True)
    save(KandinskyV22InpaintPipeline(unet, scheduler, movq_of(sizes)), folder, dtype)
    return folder


def movq_of(sizes: Sizes) -> Any:
    """Kandinsky's picture decoder."""
    from diffusers import VQModel

    return VQModel(
        **sizes["movq"], latent_channels=4, vq_embed_dim=4, norm_type="spatial",
        down_block_types=("DownEncoderBlock2D",) * 3 + ("AttnDownEncoderBlock2D",),
        up_block_types=("AttnUpDecoderBlock2D",) + ("UpDecoderBlock2D",) * 3,
    )  # fmt: skip


def embedding_unet(size: Mapping[str, Any], channels: int, **more: Any) -> Any:
    """A UNet that is steered by a few tokens made of an embedding, and says how sure it is."""
    from diffusers import UNet2DConditionModel

    crossed = len(size["block_out_channels"]) - 1
    return UNet2DConditionModel(
        **size, in_channels=channels, out_channels=2 * min(channels, 4), resnet_time_scale_shift="scale_shift",
        down_block_types=("ResnetDownsampleBlock2D",) + ("SimpleCrossAttnDownBlock2D",) * crossed,
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=("SimpleCrossAttnUpBlock2D",) * crossed + ("ResnetUpsampleBlock2D",), **more,
    )  # fmt: skip


def vae(size: Mapping[str, Any]) -> Any:
    """An autoencoder of eighths."""
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        **size, latent_channels=4, down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip


def stable_unclip(folder: Path, sizes: Sizes = TINY, dtype: str = "float32") -> Path:
    """Stable unCLIP."""
    from diffusers import DDIMScheduler, DDPMScheduler, StableUnCLIPImg2ImgPipeline, UNet2DConditionModel
    from diffusers.pipelines.stable_diffusion.stable_unclip_image_normalizer import StableUnCLIPImageNormalizer

    encoder = vision(sizes["vision"], seed=2)
    width = sizes["vision"]["projection_dim"]
    unet = UNet2DConditionModel(
        **sizes["unclip_unet"], class_embed_type="projection", projection_class_embeddings_input_dim=2 * width
    )
    words = tokenizer(folder / "words")
    pipeline = StableUnCLIPImg2ImgPipeline(
        None, encoder, StableUnCLIPImageNormalizer(width), DDPMScheduler(beta_schedule="squaredcos_cap_v2"),
        words, text(sizes["unclip_text"], projected=False), unet, DDIMScheduler(clip_sample=False), vae(sizes["vae"]),
    )  # fmt: skip
    save(pipeline, folder, dtype)
    return folder


def stable_diffusion(folder: Path, sizes: Sizes = TINY, dtype: str = "float32") -> Path:
    """Stable Diffusion."""
    import torch
    from diffusers import DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel

    torch.manual_seed(0)
    scheduler = DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    texts, unet = text(sizes["sd_text"], projected=False), UNet2DConditionModel(**sizes["sd_unet"])
    words = tokenizer(folder / "words")
    pipeline = StableDiffusionPipeline(
        vae(sizes["vae"]), texts, words, unet, scheduler, None, None, requires_safety_checker=False
    )
    save(pipeline, folder, dtype)
    return folder


def adapter(folder: Path, model: Path, sizes: Sizes = TINY, dtype: str = "float32") -> Path:
    """An IP-Adapter for that Stable Diffusion, with its image encoder."""
    import torch
    from diffusers import UNet2DConditionModel
    from safetensors.torch import save_file

    torch.manual_seed(1)
    unet = UNet2DConditionModel.from_pretrained(model / "unet")
    wide, width = unet.config.cross_attention_dim, sizes["vision"]["projection_dim"]
    state = {
        "image_proj.proj.weight": torch.randn(4 * wide, width), "image_proj.proj.bias": torch.zeros(4 * wide),
        "image_proj.norm.weight": torch.ones(wide), "image_proj.norm.bias": torch.zeros(wide),
    }  # fmt: skip
    crossed = [name for name in unet.attn_processors if name.endswith("attn2.processor")]
    for number, name in enumerate(crossed):
        out = unet.get_submodule(name.removesuffix(".processor")).to_k.weight.shape[0]
        for kind in ("to_k_ip", "to_v_ip"):
            state[f"ip_adapter.{2 * number + 1}.{kind}.weight"] = torch.randn(out, wide)
    (folder / "models").mkdir(parents=True)
    kept = {name: values.cpu().to(getattr(torch, dtype)).contiguous() for name, values in state.items()}
    save_file(kept, folder / "models" / "ip-adapter_sd15.safetensors")
    vision(sizes["vision"], seed=1).to(getattr(torch, dtype)).save_pretrained(folder / "models" / "image_encoder")
    return folder


def clipseg(folder: Path) -> Path:
    """A tiny CLIPSeg with its tokenizer, as transformers saves it: the spelling one of the others, of 75 letters."""
    import torch
    from transformers import CLIPSegConfig, CLIPSegForImageSegmentation

    torch.manual_seed(4)
    words = {**_TINY_TEXT, "vocab_size": 600, "bos_token_id": 512, "eos_token_id": 513, "pad_token_id": 513}
    settings = CLIPSegConfig(
        text_config=words, vision_config={**_TINY_VISION, "num_hidden_layers": 3}, projection_dim=WIDTH,
        extract_layers=[0, 1], reduce_dim=8, decoder_num_attention_heads=2, decoder_intermediate_size=16,
    )  # fmt: skip
    model = CLIPSegForImageSegmentation(settings).eval()
    with torch.no_grad():  # of what is drawn at random the words hardly change anything
        model.decoder.film_mul.weight *= 40.0
    model.save_pretrained(folder)
    tokenizer(folder / "words").save_pretrained(folder)
    said = {"size": {"height": 64, "width": 64}, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.25, 0.3]}
    (folder / "preprocessor_config.json").write_text(json.dumps(said), encoding="utf-8")
    return folder


def karlo(folder: Path) -> Path:
    """A tiny Karlo, part by part, with the index that the published one has: diffusers cannot load what it saves."""
    import torch
    from diffusers import UnCLIPScheduler, UNet2DModel
    from diffusers.pipelines.deprecated.unclip.text_proj import UnCLIPTextProjModel

    encoder = vision(TINY["vision"], seed=3)
    torch.manual_seed(3)
    size = {name: value for name, value in TINY["decoder"].items() if name != "encoder_hid_dim"}
    parts: dict[str, Any] = {
        "decoder": embedding_unet(size, 3, sample_size=16, class_embed_type="identity"), "image_encoder": encoder,
        "text_encoder": text(TINY["kandinsky_text"]), "tokenizer": tokenizer(folder / "words"),
        "text_proj": UnCLIPTextProjModel(
            clip_extra_context_tokens=4, clip_embeddings_dim=WIDTH, time_embed_dim=64, cross_attention_dim=16),
        "decoder_scheduler": UnCLIPScheduler(variance_type="learned_range"),
        "super_res_scheduler": UnCLIPScheduler(variance_type="fixed_small_log"),
    }  # fmt: skip
    for name in ("super_res_first", "super_res_last"):
        parts[name] = UNet2DModel(
            sample_size=32, in_channels=6, out_channels=3, layers_per_block=1, block_out_channels=(16, 32),
            norm_num_groups=8, down_block_types=("ResnetDownsampleBlock2D",) * 2,
            up_block_types=("ResnetUpsampleBlock2D",) * 2,
        )  # fmt: skip
    for name, made in parts.items():
        made.save_pretrained(folder / name)
    index = {"_class_name": "UnCLIPImageVariationPipeline"}
    (folder / "model_index.json").write_text(json.dumps(index), encoding="utf-8")
    return folder

"""Diffusion models of a few thousand random weights, of diffusers' own classes, saved as a user's folder has them."""

from __future__ import annotations

import json
from pathlib import Path

WIDTH = 16  # of a CLIP embedding


def vision(seed: int = 0):
    import torch
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(seed)
    return CLIPVisionModelWithProjection(CLIPVisionConfig(
        hidden_size=WIDTH, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2, image_size=32,
        patch_size=8, projection_dim=WIDTH,
    )).eval()  # fmt: skip


def text(projected: bool = True):
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    settings = CLIPTextConfig(
        hidden_size=WIDTH, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2, vocab_size=600,
        max_position_embeddings=77, projection_dim=WIDTH, bos_token_id=512, eos_token_id=513, pad_token_id=513,
    )  # fmt: skip
    return (CLIPTextModelWithProjection if projected else CLIPTextModel)(settings).eval()


def tokenizer(folder: Path):
    """A tokenizer that spells every word."""
    from transformers import CLIPTokenizer

    letters = [chr(code) for code in range(33, 289)]
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps({word: index for index, word in enumerate(words)}), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)


def kandinsky(folder: Path, seed: int = 0) -> Path:
    import torch
    from diffusers import (
        DDPMScheduler,
        KandinskyV22Pipeline,
        KandinskyV22PriorPipeline,
        PriorTransformer,
        UnCLIPScheduler,
        UNet2DConditionModel,
        VQModel,
    )  # fmt: skip

    encoder = vision(seed)
    unet = UNet2DConditionModel(
        in_channels=4, out_channels=8, addition_embed_type="image", encoder_hid_dim=WIDTH,
        encoder_hid_dim_type="image_proj", cross_attention_dim=16, attention_head_dim=4, layers_per_block=1,
        block_out_channels=(16, 32), norm_num_groups=8, resnet_time_scale_shift="scale_shift",
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
    )  # fmt: skip
    movq = VQModel(
        block_out_channels=(32, 32, 32, 32), norm_num_groups=8, layers_per_block=1, latent_channels=4,
        norm_type="spatial", num_vq_embeddings=12, vq_embed_dim=4, down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip
    scheduler = DDPMScheduler(variance_type="learned_range", beta_start=0.0001, beta_end=0.02, clip_sample=True)
    prior = PriorTransformer(
        num_attention_heads=2, attention_head_dim=8, embedding_dim=WIDTH, num_layers=1, additional_embeddings=4
    )
    prior.clip_std = torch.nn.Parameter(torch.ones(1, WIDTH))
    KandinskyV22Pipeline(unet, scheduler, movq).save_pretrained(folder / "decoder")
    words = tokenizer(folder / "words")
    KandinskyV22PriorPipeline(
        prior, encoder, text(), words, UnCLIPScheduler(variance_type="fixed_small_log", prediction_type="sample"), None
    ).save_pretrained(folder / "prior")
    return folder


def vae():
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(16, 16, 16, 16), norm_num_groups=8, layers_per_block=1, latent_channels=4, sample_size=64,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip


def text_unet(**more: object):
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        in_channels=4, out_channels=4, sample_size=8, layers_per_block=1, block_out_channels=(16, 32),
        norm_num_groups=8, cross_attention_dim=WIDTH, attention_head_dim=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        **more,
    )  # fmt: skip


def stable_diffusion(folder: Path) -> Path:
    import torch
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    torch.manual_seed(0)
    scheduler = DDIMScheduler(beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    StableDiffusionPipeline(
        vae(), text(projected=False), tokenizer(folder / "words"), text_unet(), scheduler, None, None,
        requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def adapter(folder: Path, model: Path) -> Path:
    """An IP-Adapter for a tiny Stable Diffusion, and its image encoder."""
    import torch
    from diffusers import UNet2DConditionModel
    from safetensors.torch import save_file

    torch.manual_seed(1)
    state = {"image_proj.proj.weight": torch.randn(4 * WIDTH, WIDTH), "image_proj.proj.bias": torch.zeros(4 * WIDTH),
             "image_proj.norm.weight": torch.ones(WIDTH), "image_proj.norm.bias": torch.zeros(WIDTH)}  # fmt: skip
    unet = UNet2DConditionModel.from_pretrained(model / "unet")
    crossed = [name for name in unet.attn_processors if name.endswith("attn2.processor")]
    for number, name in enumerate(crossed):
        width = unet.get_submodule(name.removesuffix(".processor")).to_k.weight.shape[0]
        for kind in ("to_k_ip", "to_v_ip"):
            state[f"ip_adapter.{2 * number + 1}.{kind}.weight"] = torch.randn(width, WIDTH)
    (folder / "models").mkdir(parents=True)
    save_file(state, folder / "models" / "ip-adapter_sd15.safetensors")
    vision(1).save_pretrained(folder / "models" / "image_encoder")
    return folder


def stable_unclip(folder: Path) -> Path:
    import torch
    from diffusers import DDIMScheduler, DDPMScheduler, StableUnCLIPImg2ImgPipeline
    from diffusers.pipelines.stable_diffusion.stable_unclip_image_normalizer import StableUnCLIPImageNormalizer

    encoder = vision(2)
    torch.manual_seed(2)
    unet = text_unet(class_embed_type="projection", projection_class_embeddings_input_dim=2 * WIDTH)
    StableUnCLIPImg2ImgPipeline(
        None, encoder, StableUnCLIPImageNormalizer(WIDTH), DDPMScheduler(beta_schedule="squaredcos_cap_v2"),
        tokenizer(folder / "words"), text(projected=False), unet, DDIMScheduler(clip_sample=False), vae(),
    ).save_pretrained(folder)  # fmt: skip
    return folder


def karlo(folder: Path) -> Path:
    """Part by part, with the index that the published model has: diffusers cannot save it as it loads it."""
    import torch
    from diffusers import UnCLIPScheduler, UNet2DConditionModel, UNet2DModel
    from diffusers.pipelines.deprecated.unclip.text_proj import UnCLIPTextProjModel

    encoder = vision(3)
    torch.manual_seed(3)
    decoder = UNet2DConditionModel(
        sample_size=16, in_channels=3, out_channels=6, block_out_channels=(16, 32), layers_per_block=1,
        norm_num_groups=8, cross_attention_dim=WIDTH, attention_head_dim=4, class_embed_type="identity",
        resnet_time_scale_shift="scale_shift", mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
    )  # fmt: skip
    parts = {
        "decoder": decoder, "text_encoder": text(), "image_encoder": encoder, "tokenizer": tokenizer(folder / "words"),
        "text_proj": UnCLIPTextProjModel(
            clip_extra_context_tokens=4, clip_embeddings_dim=WIDTH, time_embed_dim=64, cross_attention_dim=WIDTH),
        "decoder_scheduler": UnCLIPScheduler(variance_type="learned_range", num_train_timesteps=1000),
        "super_res_scheduler": UnCLIPScheduler(variance_type="fixed_small_log", num_train_timesteps=1000),
    }  # fmt: skip
    for name in ("super_res_first", "super_res_last"):
        parts[name] = UNet2DModel(
            sample_size=32, in_channels=6, out_channels=3, layers_per_block=1, block_out_channels=(16, 32),
            norm_num_groups=8, down_block_types=("ResnetDownsampleBlock2D",) * 2,
            up_block_types=("ResnetUpsampleBlock2D",) * 2,
        )  # fmt: skip
    for name, part in parts.items():
        part.save_pretrained(folder / name)
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "UnCLIPImageVariationPipeline"}))
    return folder

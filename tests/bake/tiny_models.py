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

"""The models that have a name here: where they come from, which of their files are taken, and under what licence.

Sizes are rounded and only announce a download; what is fetched is checked against what the hub declares for every
file, and a Real-ESRGAN checkpoint against the SHA-256 written here. Their makers published none; these are the ones
that Arch Linux's package of realesrgan and several programs that pin these releases agree upon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from artwalks_live.core.errors import ModelError, choices

PICKLES = (".ckpt", ".bin", ".pt", ".pth", ".pkl", ".pickle")
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True)
class Repository:
    """Files of one repository on the hub.

    into   sub-folder of the model's folder
    files  patterns of those taken; none: all that a pipeline is loaded from
    """

    name: str
    into: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checkpoint:
    """A published Real-ESRGAN checkpoint, below the releases of xinntao/Real-ESRGAN; it is kept as ONNX."""

    path: str
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Entry:
    """One model. `gigabytes` is 0 where it is not known before the hub was asked."""

    name: str
    what: str
    licence: str
    gigabytes: float
    repositories: tuple[Repository, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()

    @property
    def size(self) -> str:
        """About how large it is, to read; "" where that is not known."""
        if not self.gigabytes:
            return ""
        return f"{self.gigabytes:.0f} GB" if self.gigabytes >= 1 else f"{self.gigabytes * 1000:.0f} MB"


_GENERAL = Checkpoint(
    "v0.2.5.0/realesr-general-x4v3.pth", 4_885_111, "8dc7edb9ac80ccdc30c3a5dca6616509367f05fbc184ad95b731f05bece96292"
)
_GENERAL_WDN = Checkpoint(
    "v0.2.5.0/realesr-general-wdn-x4v3.pth", 4_885_111,
    "1641f8c4464b9f097c9fdda5589273713f67cf59f3d909e0bd688f0cee269dca",
)  # fmt: skip
_X4PLUS = Checkpoint(
    "v0.1.0/RealESRGAN_x4plus.pth", 67_040_989, "4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1"
)
_X2PLUS = Checkpoint(
    "v0.2.1/RealESRGAN_x2plus.pth", 67_061_725, "49fafd45f8fd7aa8d31ab2a22d14d91b536c34494a5cfe31eb5d89c2fa266abb"
)
_ANIME = Checkpoint(
    "v0.2.5.0/realesr-animevideov3.pth", 2_504_012, "b8a8376811077954d82ca3fcf476f1ac3da3e8a68a4f4d71363008000a18b75d"
)
_KANDINSKY = "kandinsky-community/kandinsky-2-2"
_CLIP_FILES = ("open_clip_*", "tokenizer*", "vocab.json", "merges.txt", "special_tokens_map.json")
_IP_FILES = ("models/ip-adapter_sd15.safetensors", "models/image_encoder/*")
_RAIL, _APACHE, _BSD = "CreativeML Open RAIL", "Apache-2.0", "BSD-3-Clause"

CATALOGUE = {
    entry.name: entry
    for entry in (
        Entry("kandinsky", "keyframes by Kandinsky 2.2: prior and decoder", _APACHE, 14.4,
              (Repository(f"{_KANDINSKY}-prior", "prior"), Repository(f"{_KANDINSKY}-decoder", "decoder"))),
        Entry("kandinsky-inpaint", "outpainting by Kandinsky 2.2, with the prior of kandinsky", _APACHE, 5.3,
              (Repository(f"{_KANDINSKY}-decoder-inpaint"),)),
        Entry("unclip", "keyframes by Stable unCLIP 2.1", f"{_RAIL}++-M", 7.8,
              (Repository("sd2-community/stable-diffusion-2-1-unclip"),)),
        Entry("karlo", "keyframes by Karlo, as ArtWalks used it", f"{_RAIL}-M", 8.6,
              (Repository("kakaobrain/karlo-v1-alpha-image-variations"),)),
        Entry("sd", "restyling by Stable Diffusion 1.5", f"{_RAIL}-M", 5.5,
              (Repository("stable-diffusion-v1-5/stable-diffusion-v1-5"),)),
        Entry("ip-adapter", "lets paintings steer sd", _APACHE, 2.6, (Repository("h94/IP-Adapter", "", _IP_FILES),)),
        Entry("clip", "CLIP ViT-L/14 for weights and order", _APACHE, 1.7,
              (Repository("timm/vit_large_patch14_clip_224.openai", "", _CLIP_FILES),)),
        Entry("realesr-general-x4v3", "upscaling, small and fast; denoise strength by @0 to @1", _BSD, 0.010,
              checkpoints=(_GENERAL, _GENERAL_WDN)),
        Entry("RealESRGAN_x4plus", "upscaling, large", _BSD, 0.067, checkpoints=(_X4PLUS,)),
        Entry("RealESRGAN_x2plus", "upscaling by two, large", _BSD, 0.067, checkpoints=(_X2PLUS,)),
        Entry("realesr-animevideov3", "upscaling of drawn pictures, very small", _BSD, 0.003, checkpoints=(_ANIME,)),
    )
}  # fmt: skip


def entry(name: str) -> Entry:
    """The model of that name: one of the catalogue, or `owner/name` of the hub.

    Raises ModelError for a file that is a pickle, and for an unknown name, with the nearest known one.
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    if Path(name).suffix.lower() in PICKLES:
        raise ModelError(
            f"{name} is a pickle, which can run any program when it is opened: use the model's .safetensors instead"
        )
    if _HUB_NAME.fullmatch(name):
        return Entry(name, "from the hub", "", 0.0, (Repository(name),))
    raise ModelError(f"model {choices(name, CATALOGUE)}, or owner/name of the hub")

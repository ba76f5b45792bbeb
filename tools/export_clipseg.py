"""Write CLIPSeg, for words that are fixed, as an ONNX file: a show's machine then masks by them without torch.

    python -m tools.export_clipseg FOLDER --words "water, waterfall, sky" -o water.onnx

FOLDER is a CLIPSeg model as transformers saves it. The file is a segmenter as docs/motion-models.md declares it, with
a channel for each word. Nothing is written unless it gives what torch gives.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import nn

from artwalks_live.__main__ import Parser
from artwalks_live.bake.fields import fit
from artwalks_live.bake.motion.clipseg import ClipSeg, Preparation, opened
from artwalks_live.bake.motion.segmenter import OnnxSegmenter, words_of
from artwalks_live.core.errors import ArtwalksError, ModelError
from tools.film.flow_file import OPSET, check_place, write_whole

PROGRAM = "export_clipseg"
APART = 5e-3  # of what torch says, [0, 1]


class FixedWords(nn.Module):
    """CLIPSeg with the embeddings of its words in it: (1, 3, side, side) sRGB [0, 1] to logits (1, C, side, side)."""

    embeddings: torch.Tensor
    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, model: Any, embeddings: torch.Tensor, prepared: Preparation) -> None:
        super().__init__()
        self.model: Any = model
        self.register_buffer("embeddings", embeddings)
        self.register_buffer("mean", torch.tensor(prepared.mean)[:, None, None])
        self.register_buffer("deviation", torch.tensor(prepared.deviation)[:, None, None])

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """The picture is looked at once, whatever the number of words."""
        pixels = (image - self.mean) / self.deviation
        seen = self.model.clip.vision_model(pixel_values=pixels, output_hidden_states=True).hidden_states
        count = len(self.embeddings)
        layers = [seen[layer + 1].expand(count, -1, -1) for layer in self.model.extract_layers]
        logits: torch.Tensor = self.model.decoder(layers, self.embeddings).logits
        return logits.reshape(1, count, *image.shape[-2:])


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file. Returns 0, or 2 after one line on what was wrong."""
    parser = Parser(prog=PROGRAM, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--words", required=True, metavar="TEXT", help="with commas between")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE.onnx")
    options = parser.parse_args(arguments)
    try:
        check_place(options.out, ".onnx")
        words = words_of(options.words)
        data, apart = export(ClipSeg.of(options.folder), words)
        write_whole(options.out, data)
    except ArtwalksError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2
    print(f"{options.out}: {len(data) / 1e6:.1f} MB, {len(words)} words; at most {apart:.1e} of 1 from torch")
    return 0


def export(found: ClipSeg, words: Sequence[str]) -> tuple[bytes, float]:
    """The file's bytes, and how far it is from torch at most. Raises ModelError when that is too far."""
    model, tokenizer, _ = opened(found.folder)
    model = model.to("cpu")
    prepared = Preparation.of(found.folder)
    with torch.no_grad():
        text = tokenizer(list(words), padding=True, truncation=True, return_tensors="pt")
        embeddings = model.get_conditional_embeddings(
            batch_size=len(words), input_ids=text.input_ids, attention_mask=text.attention_mask
        )
        data = _onnx(FixedWords(model, embeddings, prepared).eval(), prepared.side, words)
    return data, _apart(data, found, words, prepared.side)


def _onnx(network: FixedWords, side: int, words: Sequence[str]) -> bytes:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls this exporter old; the new one takes twenty times as long
        path = Path(folder, "clipseg.onnx")
        torch.onnx.export(
            network, (torch.zeros(1, 3, side, side),), path, input_names=["image"], output_names=["logits"],
            opset_version=OPSET, dynamo=False, external_data=False,
        )  # fmt: skip
        model = onnx.load(path)
    facts = {"artwalks.labels": ",".join(words), "artwalks.activation": "sigmoid"}
    onnx.helper.set_model_props(model, facts)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _apart(data: bytes, found: ClipSeg, words: Sequence[str], side: int) -> float:
    rough = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    picture = np.asarray(fit(rough, (side, side)), np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clipseg.onnx")
        path.write_bytes(data)
        made = OnnxSegmenter.of(path).likely(picture, words)
    apart = float(np.abs(made - found.likely(picture, words)).max())
    if apart > APART:
        raise ModelError(f"the exported network is {apart:.2g} of 1 from torch, more than {APART:g}: nothing is kept")
    return apart


if __name__ == "__main__":
    raise SystemExit(main())

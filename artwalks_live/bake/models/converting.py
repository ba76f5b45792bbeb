"""The process in which a Real-ESRGAN checkpoint becomes ONNX: what the file holds is of no concern to any other.

    python -m artwalks_live.bake.models.converting CHECKPOINT TARGET.onnx

A .pth is read with `weights_only=True`: tensors and plain containers, and nothing that it names is run. The ONNX file
is written only when ONNX Runtime gives what torch gives. The last line printed is {"done": true} or {"error": "…"}.
"""

from __future__ import annotations

import json
import pickle
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch

from artwalks_live.bake.models.esrgan import Compact, Residual, Weights, network
from artwalks_live.core.errors import ArtwalksError, ModelError
from artwalks_live.core.walk import write_file
from artwalks_live.nn.upscale_model import IMAGE, LARGE, SOFT, UpscaleModel

OPSET = 18
AGREE = 1e-3  # of [0, 1], a quarter of a level
_TILES = {Compact: 384, Residual: 256}  # pixels a side; memory grows with what is kept at the large size
_SETS = ("params_ema", "params")  # in the order in which Real-ESRGAN's own loader prefers them


def main(checkpoint: Path, target: Path) -> None:
    """Convert one file."""
    try:
        made = network(_weights(checkpoint), checkpoint.name)
        write_file(target, _checked(made, checkpoint.stem))
    except ArtwalksError as error:
        print(json.dumps({"error": str(error)}))
        return
    print(json.dumps({"done": True}))


def _weights(path: Path) -> Weights:
    """The tensors of a checkpoint, by name."""
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            held: object = load_file(path)
        else:
            held = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise ModelError(f"{path.name} holds more than tensors and was refused; nothing in it was run") from None
    except Exception as error:  # noqa: BLE001 - a stranger's file; this process is there for nothing else
        why = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        raise ModelError(f"{path.name} cannot be read ({why}): download it again") from None
    for name in _SETS:
        if isinstance(held, dict) and isinstance(held.get(name), dict):
            held = held[name]
    if not isinstance(held, dict) or not held or not all(isinstance(value, torch.Tensor) for value in held.values()):
        raise ModelError(f"{path.name} is no checkpoint of a network alone: give one as Real-ESRGAN publishes them")
    return held


def _checked(made: Compact | Residual, name: str) -> bytes:
    """The ONNX file, found to give what torch gives."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{name}.onnx")
        path.write_bytes(to_onnx(made, name))
        picture = np.random.default_rng(0).random((20, 28, 3), np.float32)
        with UpscaleModel.open(path) as model, torch.no_grad():
            given = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)[None]))
            wanted = made(given)[0].numpy().transpose(1, 2, 0)
            off = float(np.abs(model.raw(picture) - wanted).max())
        if not off <= AGREE:
            raise ModelError(f"{name}: ONNX Runtime and torch disagree by {off:.2g} of 1: its weights are damaged")
        return path.read_bytes()


def to_onnx(made: Compact | Residual, name: str) -> bytes:
    """Export for pictures of any size; the same weights give the same bytes."""
    sides = {IMAGE: {2: "H", 3: "W"}, LARGE: {2: "h", 3: "w"}}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls this exporter old; the new one takes twenty times as long
        path = Path(folder, "network.onnx")
        torch.onnx.export(
            made, (torch.zeros(1, 3, 16, 24),), path, input_names=[IMAGE], output_names=[LARGE],
            opset_version=OPSET, dynamic_axes=sides, dynamo=False, external_data=False,
        )  # fmt: skip
        exported = path.read_bytes()
    overlap = -(-(made.reach + SOFT) // 8) * 8
    facts = {"name": name, "multiple": made.multiple, "overlap": overlap, "tile": _TILES[type(made)]}
    return exported + b"".join(_property(f"artwalks.{key}", str(value)) for key, value in facts.items())


def _property(key: str, value: str) -> bytes:
    """One more entry of ModelProto.metadata_props (field 14): a message may be lengthened by appending to it."""
    pair = b"".join(bytes([tag, len(text)]) + text for tag, text in ((10, key.encode()), (18, value.encode()[:100])))
    return bytes([14 << 3 | 2]) + _varint(len(pair)) + pair


def _varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + _varint(value >> 7)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Check the conversion of the official FILM against the official code, run by TensorFlow.

usage: python -m tools.film.check_official ask OFFICIAL_CHECKOUT FOLDER [--saved-model FOLDER] [--sizes 128x64 …]
       python -m tools.film.check_official compare FOLDER

`ask` runs where TensorFlow and TensorFlow Addons are; they are in no extra of this project and go with older NumPy, so
give them an environment of their own (docs/official-film.md names versions). OFFICIAL_CHECKOUT is a clone of
github.com/google-research/frame-interpolation. Its network is built with random weights and biases, exported to
FOLDER/saved_model as its authors do, and asked for the flows between windows of a soft noise: FOLDER/official.npz.
With --saved-model the given one is asked instead, the published Style say.

`compare` runs in this project's environment. It converts that SavedModel to FOLDER/film-official.onnx and compares the
flows of the finest level, B with the official backward flow and F with the forward flow; and, as the proof of sign and
direction, both pictures read half-way along them. Status 1: further apart than 1e-4 of the longest flow.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artwalks_live.core.errors import ArtwalksError, UsageError

Array = NDArray[np.float32]
SIZES = ("128x64", "320x192", "448x256", "640x384", "1280x128")
TOLERANCE = 1e-4
# film_net-*.gin: the same for all three published variants
OFFICIAL = {
    "pyramid_levels": 7, "fusion_pyramid_levels": 5, "specialized_levels": 3, "sub_levels": 4,
    "flow_convs": [3, 3, 3, 3], "flow_filters": [32, 64, 128, 256], "filters": 64,
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Ask the official model, or compare ours with its answers. Returns 0, 1 when they disagree, 2 for a mistake."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    asking = kinds.add_parser("ask")
    asking.add_argument("checkout", type=Path)
    asking.add_argument("folder", type=Path)
    asking.add_argument("--saved-model", type=Path)
    asking.add_argument("--sizes", nargs="+", default=SIZES)
    kinds.add_parser("compare").add_argument("folder", type=Path)
    options = parser.parse_args(argv)
    try:
        if options.kind == "compare":
            return compare(options.folder)
        ask(options.checkout, options.folder, options.saved_model, options.sizes)
    except ArtwalksError as error:
        print(f"check_official: {error}", file=sys.stderr)
        return 2
    return 0


def ask(checkout: Path, folder: Path, saved_model: Path | None, sizes: Sequence[str]) -> None:
    """Write what the official model finds, and which it is."""
    try:
        tf = importlib.import_module("tensorflow")
    except ImportError as error:
        raise UsageError(f"TensorFlow cannot be loaded ({error}): run this where it is installed") from None
    if saved_model is None:
        saved_model = folder / "saved_model"
        build(tf, checkout, saved_model)
    model = tf.saved_model.load(str(saved_model))
    answers: dict[str, Any] = {"saved_model": str(saved_model.resolve()), "tensorflow": tf.__version__}
    for size in sizes:
        width, height = (int(side) for side in size.split("x"))
        x0, x1 = windows(width, height)
        given = {"x0": tf.constant(x0), "x1": tf.constant(x1), "time": tf.fill((1, 1), 0.5)}
        found = model(given, training=False)
        flows = [found[f"{way}_flow_pyramid"][0].numpy() for way in ("backward", "forward")]
        answers[f"pictures {size}"] = np.concatenate([x0, x1])
        answers[f"flow {size}"] = np.concatenate(flows, -1)
        answers[f"read {size}"] = np.concatenate([found["x0_warped"].numpy(), found["x1_warped"].numpy()])
    np.savez(folder / "official.npz", **answers)


def build(tf: Any, checkout: Path, folder: Path) -> None:
    """Save the official network with weights that keep signals alive to its end, and flows of many lengths."""
    if not (checkout / "models" / "film_net").is_dir():
        raise UsageError(f"{checkout} has no models/film_net: give a clone of google-research/frame-interpolation")
    sys.path.insert(0, str(checkout))
    interpolator = importlib.import_module("models.film_net.interpolator")
    options = importlib.import_module("models.film_net.options").Options(**OFFICIAL)
    x0, x1 = (tf.keras.Input((None, None, 3), name=name) for name in ("x0", "x1"))
    model = interpolator.create_model(x0, x1, tf.keras.Input((1,), name="time"), options)
    random = np.random.default_rng(1)
    for variable in model.variables:
        shape = tuple(variable.shape)
        spread = 1.5 / np.sqrt(np.prod(shape[:3])) if len(shape) == 4 else 0.1
        variable.assign(random.normal(0, spread, shape).astype(np.float32))
    model.save(str(folder))


def windows(width: int, height: int) -> tuple[Array, Array]:
    """Two windows on one soft noise, 9 pixels apart across and 5 down, (1, H, W, 3) in [0, 1]."""
    noise = np.random.default_rng(2).random((height // 8 + 4, width // 8 + 4, 3))
    for axis, length in enumerate((height + 5, width + 9)):
        at = np.arange(length) / 8
        first = at.astype(int)
        share = np.expand_dims(at - first, [i for i in range(3) if i != axis])
        noise = noise.take(first, axis) * (1 - share) + noise.take(first + 1, axis) * share
    picture = noise.astype(np.float32)[None]
    return picture[:, :height, :width], picture[:, 5:, 9:]


def compare(folder: Path) -> int:
    """Print, a size a line, how far the flows and the pictures read along them are apart."""
    import torch

    from artwalks_live.nn.model import Model
    from tools.film.convert_official import convert

    if not (folder / "official.npz").is_file():
        raise UsageError(f"{folder} has no official.npz: run `ask` first")
    answers = np.load(folder / "official.npz")
    print(f"TensorFlow {answers['tensorflow']}, torch {torch.__version__}")
    print(convert(Path(str(answers["saved_model"])), folder / "film-official.onnx"))
    worst = 0.0
    with Model.open(folder / "film-official.onnx") as model:
        for size in (name.split()[1] for name in answers if name.startswith("flow")):
            pictures, expected, read = (
                channels_first(answers[f"{kind} {size}"]) for kind in ("pictures", "flow", "read")
            )
            found = model.run({"image0": pictures[:1], "image1": pictures[1:]})["flow"]
            apart, longest = np.abs(found - expected).max(), np.abs(expected).max()
            levels = np.abs(half_way(pictures, found) - read).max() * 255
            print(
                f"{size}: flows up to {longest:.1f} px, spread {expected.std(axis=(2, 3)).mean():.2f} px, at most "
                f"{apart:.1e} px apart ({apart / longest:.1e} of the longest); pictures {levels:.1e} levels apart"
            )
            worst = max(worst, apart / longest)
    return int(worst > TOLERANCE)


def channels_first(pictures: Array) -> Array:
    """(N, H, W, C) to (N, C, H, W)."""
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))


def half_way(pictures: Array, flow: Array) -> Array:
    """Read image 0 at x + B/2 and image 1 at x + F/2, as the walk pass does at phase ½."""
    import torch

    from tools.film.network import read

    found: Array = read(torch.from_numpy(pictures), torch.from_numpy(np.concatenate(np.split(flow / 2, 2, 1)))).numpy()
    return found


if __name__ == "__main__":
    raise SystemExit(main())

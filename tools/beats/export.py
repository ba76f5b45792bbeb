"""Write a trained beat network as the ONNX file that ships, with its weights and its card.

    python -m tools.beats.export RUN [--note "trained for …"] [--metrics FIGURES.json]

Nothing is written unless ONNX Runtime, hop by hop, gives what torch gives of the whole.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from safetensors.torch import load_file, save_file

from artwalks_live.core.errors import ArtwalksError, ModelError
from artwalks_live.nn.beat_model import BeatModel
from tools.beats.network import HOPS, N_INPUTS, BeatNetwork, dilations

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "artwalks_live" / "models" / "beat-small.onnx"
WEIGHTS = ROOT / "tools" / "beats" / "beat-small.safetensors"
DELAY_HOPS = 2.5
"""Measured: how much later than the beats the filter's are, with the likeness that this network gives, in hops."""
MOST_APART = 1e-4


class _Step(torch.nn.Module):
    """The step as a module, which is what can be exported."""

    def __init__(self, network: BeatNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: torch.Tensor, past: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """See BeatNetwork.step."""
        return self.network.step(inputs, past)


def read_network(weights: Path) -> BeatNetwork:
    """The network whose weights these are."""
    state = load_file(weights)
    layers = {name.split(".")[1] for name in state if name.startswith("layers.")}
    network = BeatNetwork(int(state["enter.weight"].shape[0]), len(layers))
    network.load_state_dict(state)
    return network.eval()


def to_onnx(network: BeatNetwork) -> bytes:
    """The step as ONNX, opset 18, with what the runtime side must know in its metadata."""
    given = torch.zeros(HOPS, N_INPUTS), torch.zeros(len(network.layers), 2 * network.channels)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls this exporter old; the new one takes twenty times as long
        path = Path(folder, "beat.onnx")
        torch.onnx.export(
            _Step(network).eval(), given, path, input_names=["inputs", "past"], output_names=["likeness", "now"],
            opset_version=18, dynamo=False, external_data=False,
        )  # fmt: skip
        model = onnx.load(path)
    facts = {"artwalks.kind": "beat", "artwalks.name": "beat-small", "artwalks.delay_hops": str(DELAY_HOPS),
             "artwalks.dilations": ",".join(map(str, dilations(network)))}  # fmt: skip
    onnx.helper.set_model_props(model, facts)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def apart(network: BeatNetwork, path: Path, hops: int = 1500) -> float:
    """The largest difference between ONNX Runtime hop by hop and torch on the whole."""
    inputs = np.random.default_rng(0).uniform(0, 3, (hops, N_INPUTS)).astype(np.float32)
    with torch.no_grad():
        whole = torch.sigmoid(network(torch.from_numpy(inputs[None])))[0].numpy()
    model = BeatModel.open(path)
    steps = np.array([model.do(row) for row in inputs])
    late = HOPS - 1  # a hop's likeness is known when the last hop of its step is
    return float(np.abs(whole[: hops - late] - steps[late:]).max())


def card(network: BeatNetwork, data: bytes, note: str, metrics: dict[str, float], difference: float) -> str:
    """What the network is, in Markdown."""
    count = sum(weight.numel() for weight in network.parameters())
    lines = [
        "# beat-small", "",
        "Says how much each hop of music sounds like a beat and like a bar's first. Dilated causal convolutions after",
        "Davies & Böck (EUSIPCO 2019), trained from scratch by this project on music made by tools/music and on MIDI",
        "files of public repositories, played by tools/beats/dataset.py: no recording, no weights of others. Whose",
        "files they were, and which were kept out because pieces are judged by them, is in docs/sound.md.", "",
        "| | |", "|---|---|",
        f"| file | beat-small.onnx, {len(data)} bytes |",
        f"| sha256 | {hashlib.sha256(data).hexdigest()} |",
        "| form | artwalks_live/nn/beat_model.py |",
        f"| architecture | tools/beats/network.py, {network.channels} channels, {len(network.layers)} layers |",
        f"| parameters | {count:,} |",
        *([f"| training | {note} |"] if note else []),
        "", "## Measured", "", f"- ONNX Runtime hop by hop against torch on the whole: at most {difference:.1e} apart",
        *(f"- {name}: {value}" for name, value in metrics.items()),
        "", "Licence: MIT, as the project's.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def main() -> int:
    """Write the three files. Returns 0, or 2 after one line on what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="a folder of tools.beats.train, or a .safetensors")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--note", default="", help="data, hours and hardware, for the card")
    parser.add_argument("--metrics", type=Path, help="what tools.evaluate_beats --json printed")
    options = parser.parse_args()
    source = options.run / "weights.safetensors" if options.run.is_dir() else options.run
    try:
        if not source.is_file():
            raise ModelError(f"{source} does not exist: give a folder of tools.beats.train or a .safetensors")
        network = read_network(source)
        part = options.out.with_suffix(".part.onnx")
        part.write_bytes(to_onnx(network))
        difference = apart(network, part)
        if difference > MOST_APART:
            raise ModelError(f"ONNX Runtime and torch are {difference:.1e} apart: nothing is written")
    except ArtwalksError as error:
        print(f"export: {error}", file=sys.stderr)
        return 2
    metrics = json.loads(options.metrics.read_text().splitlines()[-1]) if options.metrics else {}
    data = part.read_bytes()
    part.rename(options.out)
    save_file(network.state_dict(), options.weights)
    options.out.with_suffix(".md").write_text(card(network, data, options.note, metrics, difference), encoding="utf-8")
    print(f"{options.out}: {len(data)} bytes, {difference:.1e} from torch")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

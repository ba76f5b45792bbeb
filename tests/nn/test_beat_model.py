"""The beat network that ships, and files that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from artwalks_live.core.beatinput import N_INPUTS
from artwalks_live.core.errors import ModelError
from artwalks_live.nn.beat_model import BeatModel
from artwalks_live.paths import model_file
from tests.nn.networks import model, port, saved

SHIPPED = "beat-small.onnx"


def test_the_one_that_ships_hears_and_remembers() -> None:
    heard, deaf = BeatModel.open(model_file(SHIPPED)), BeatModel.open(model_file(SHIPPED))
    rng = np.random.default_rng(0)
    for _ in range(200):
        answer = heard.do(rng.uniform(0, 2, N_INPUTS).astype(np.float32))
        assert all(0.0 <= value <= 1.0 for value in answer)
        deaf.do(np.zeros(N_INPUTS, np.float32))
    silence = np.zeros(N_INPUTS, np.float32)
    assert heard.do(silence) != deaf.do(silence)
    assert heard.delay_hops > 0


def test_it_is_small_and_has_a_card() -> None:
    path = model_file(SHIPPED)
    assert path.stat().st_size < 2_000_000
    assert "tools/music" in path.with_suffix(".md").read_text(encoding="utf-8")


def made(folder: Path, *, hops: int = 1, now: int = 2, **metadata: str) -> Path:
    """A network of the right form that gives the sum of each hop's inputs, but for what is said of it."""
    facts = {"artwalks.kind": "beat", "artwalks.dilations": "1,2", "artwalks.delay_hops": "2.5", **metadata}
    nodes = [
        helper.make_node("ReduceSum", ["inputs", "axis"], ["sum"], keepdims=1),
        helper.make_node("Concat", ["sum", "sum"], ["likeness"], axis=1),
        helper.make_node("Slice", ["past", "from", "to", "axis"], ["now"]),
    ]
    made = model(
        nodes, inputs=[port("inputs", (hops, N_INPUTS)), port("past", (2, 4))],
        outputs=[port("likeness", (hops, 2)), port("now", (2, now))], metadata=facts,
    )  # fmt: skip
    return saved(folder, made)


def test_the_right_form_is_taken(tmp_path: Path) -> None:
    assert BeatModel.open(made(tmp_path)).do(np.zeros(N_INPUTS, np.float32)) == (0.0, 0.0)


def test_two_hops_a_step_answer_a_hop_later_and_in_order(tmp_path: Path) -> None:
    one, two = BeatModel.open(made(tmp_path)), BeatModel.open(made(tmp_path, hops=2))
    assert two.delay_hops == one.delay_hops + 1
    hops = np.random.default_rng(0).uniform(0, 1, (9, N_INPUTS)).astype(np.float32)
    at_once, later = ([each.do(hop) for hop in hops] for each in (one, two))
    assert np.allclose(later[1:], at_once[:-1])


def test_another_number_of_hops_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"a beat network is as nn/beat_model\.py says"):
        BeatModel.open(made(tmp_path, hops=5))


def test_what_does_not_fit_what_it_keeps_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"a beat network is as nn/beat_model\.py says"):
        BeatModel.open(made(tmp_path, now=3))


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"artwalks.kind": "flow"}, "is no beat network: give one that tools.beats.export wrote"),
        ({"artwalks.dilations": "a"}, "is no beat network"),
        ({"artwalks.dilations": "0,1"}, "it must be 1 to 32 of 1 to 4096"),
        ({"artwalks.dilations": "1,99999"}, "it must be 1 to 32 of 1 to 4096"),
        ({"artwalks.dilations": "1,2,4"}, "a beat network is as nn/beat_model.py says"),
        ({"artwalks.delay_hops": "soon"}, "says artwalks.delay_hops = 'soon': it must be 0 to 50"),
    ],
)
def test_what_is_none_is_refused(tmp_path: Path, metadata: dict[str, str], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        BeatModel.open(made(tmp_path, **metadata))

"""A parameter is a parameter: whoever sets it, the picture is the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pythonosc.osc_message_builder import OscMessageBuilder

from artwalks_live.core import osc_packet, walk
from artwalks_live.core.events import Event
from artwalks_live.core.params import Param
from artwalks_live.core.preset import parse
from artwalks_live.core.show import FrameState, Show, Start
from artwalks_live.core.take import Replay, TakeHeader, TakeReader, TakeWriter
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.gpu.context import headless_context
from artwalks_live.perform.stage import Stage, Tables
from tests.perform.stagehand import Picture
from tests.walks import make_walk

SETTLED_S = 8.0
PLACE = 1.4
TABLES = Tables.load()


def wanted(param: Param) -> float:
    """A value that is not the default, nor an end of the range."""
    share = 0.3 if param.default < param.high else -0.3
    reach = param.high - param.default if share > 0 else param.default - param.low
    return 1.0 - param.default if param.type == "bool" else param.clamp(param.default + share * reach)


VALUES = {name: wanted(param) for name, param in TABLES.params.items()}
STILL = 'mode = "position"\n'


def settled(show: Show) -> FrameState:
    return show.frame(1, SETTLED_S, 1 / 60)


def by_preset() -> FrameState:
    lines = "".join(f"{name} = {value!r}\n" for name, value in VALUES.items())
    preset = parse(f"{STILL}[values]\n{lines}", "still", TABLES.params)
    return settled(Show(SHAPE, TABLES.params, {"still": preset}, Start("still", position=PLACE)))


def plain(log: object = None, more: str = "") -> Show:
    preset = parse(STILL + more, "still", TABLES.params)
    return Show(SHAPE, TABLES.params, {"still": preset}, Start("still", position=PLACE), log)  # type: ignore[arg-type]


def send_osc(show: Show) -> None:
    for name, value in VALUES.items():
        builder = OscMessageBuilder(TABLES.params[name].address)
        builder.add_arg(value, "f")
        (message,) = osc_packet.parse(builder.build().dgram)
        assert show.send(Event(message.address, message.args)) is None


def by_osc() -> FrameState:
    show = plain()
    send_osc(show)
    return settled(show)


def by_take(folder: Path) -> FrameState:
    header = TakeHeader("0" * 64, Start("still", position=PLACE), {"still": STILL}, (64, 36), "60")
    with TakeWriter(folder / "a.take", header) as writer:
        show = plain(writer.append)
        send_osc(show)
        settled(show)
    show = plain()
    Replay(iter(TakeReader(folder / "a.take")), show).feed(SETTLED_S)
    return settled(show)


def by_midi() -> FrameState:
    """Each parameter by a control of its own, over its whole range."""
    routes = "".join(
        f'[[route]]\nsource = "input"\ninput = "midi/cc/1/{number}"\ntarget = "{param.name}"\n'
        f'amount = {param.high - param.low!r}\ntake_over = "replace"\n'
        for number, param in enumerate(TABLES.params.values())
    )
    show = plain(more=routes)
    for number, (name, value) in enumerate(VALUES.items()):
        param = TABLES.params[name]
        share = (value - param.low) / (param.high - param.low)
        assert show.send(Event(f"/input/midi/cc/1/{number}", (share,))) is None
    return settled(show)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> walk.Walk:
    return make_walk(tmp_path_factory.mktemp("walk") / "show.walk")


@pytest.fixture(scope="module")
def draw(bundle: walk.Walk) -> Iterator[object]:
    """Draw a frame as the first of a show."""
    ctx = headless_context()

    def first(state: FrameState) -> Picture:
        with Stage(bundle, TABLES, ctx, None, reads="sharp") as stage:
            stage.renderer.draw(state, wait=True)
            return stage.renderer.read("rgb24").copy()

    yield first
    ctx.release()


SHAPE = WalkShape(4, (0, 4))


def test_the_same_picture_whoever_sets_it(bundle: walk.Walk, draw: object, tmp_path: Path) -> None:
    assert callable(draw)
    states = {"preset": by_preset(), "osc": by_osc(), "take": by_take(tmp_path), "midi": by_midi()}
    for name, param in TABLES.params.items():
        close = 1e-6 * max(abs(param.low), abs(param.high))
        for how, state in states.items():
            assert state.values[name] == pytest.approx(VALUES[name], abs=close), (how, name)
    assert states["osc"] == states["take"]
    pictures = {how: draw(state).astype(int) for how, state in states.items()}
    assert all(np.abs(picture - pictures["preset"]).max() <= 1 for picture in pictures.values())
    untouched = draw(settled(plain())).astype(int)
    assert np.abs(untouched - pictures["preset"]).mean() > 3 and pictures["preset"].std() > 5

"""A knob takes over when it passes the value, not before; and loses it when something else sets it."""

from __future__ import annotations

from artwalks_live.core.midi_pickup import Pickup


def test_it_takes_over_when_it_has_passed() -> None:
    pickup = Pickup()
    assert not pickup.passes(0.1, 0.5, 5.0)
    assert not pickup.passes(0.3, 0.5, 5.0)
    assert pickup.passes(0.6, 0.5, 5.0)  # from below to above, over a gap
    pickup.sent(6.0)
    assert pickup.passes(0.9, 0.5, 5.0), "what was sent has not arrived yet"
    pickup.sent(9.0)
    assert pickup.passes(1.0, 0.9, 9.0) and pickup.held


def test_near_is_there() -> None:
    assert Pickup().passes(0.51, 0.5, 5.0) and not Pickup().passes(0.53, 0.5, 5.0)


def test_it_loses_what_another_sets() -> None:
    pickup = Pickup()
    assert pickup.passes(0.5, 0.5, 5.0)
    pickup.sent(5.0)
    assert not pickup.passes(0.52, 0.1, 1.0) and not pickup.held
    assert not pickup.passes(0.3, 0.1, 1.0)
    assert pickup.passes(0.05, 0.1, 1.0)


def test_what_was_just_taught_takes_over_at_once_and_only_then() -> None:
    pickup = Pickup()
    pickup.grant()
    assert pickup.passes(0.9, 0.1, 1.0)
    pickup.sent(9.0)
    assert pickup.passes(0.8, 0.9, 9.0)
    assert not pickup.passes(0.8, 0.2, 2.0)
    pickup.lose()
    assert not pickup.owns(9.0) and pickup.last(3.0) == 3.0

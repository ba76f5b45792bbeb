"""Compose pieces: a style, a metre, a form of sections, and parts that play rhythms over a harmony."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.music import grooves, rhythm
from tools.music.harmony import Harmony, harmony
from tools.music.rhythm import Rhythm
from tools.music.score import DRUMS, Note, Part, Piece
from tools.music.tempo import KINDS, beat_times

SHORTEST_S = 55.0


@dataclass(frozen=True, slots=True)
class Style:
    """What kinds of pieces: the share of such pieces, tempi, metres, and who plays.

    bpm      lowest and highest
    meters   beats in a bar to choose from
    steps    of a beat: 4, or 3 for compound and shuffled beats
    drums    the chance that there is a kit at all
    roles    names of ROLES
    swing    the chance that it swings, where a beat has four steps
    loose    how little rhythms keep to the metre, at most
    two_beat drums low on the beat and high between beats
    """

    share: float
    bpm: tuple[float, float]
    roles: tuple[str, ...]
    meters: tuple[int, ...] = (4,)
    steps: tuple[int, ...] = (4,)
    drums: float = 1.0
    swing: float = 0.0
    loose: float = 0.5
    blues: bool = False
    tempo: tuple[str, ...] = KINDS
    two_beat: bool = False


STYLES = {
    "rock": Style(3, (75, 155), ("guitar", "bass", "riff", "organ", "lead"), loose=0.5),
    "metal": Style(3, (65, 165), ("riff", "riff", "bass", "lead", "pad"), loose=0.7),
    "techno": Style(1.5, (110, 150), ("bass", "arp", "pad", "stab", "synth"), tempo=("steady",), loose=0.6),
    "breaks": Style(1, (75, 176), ("bass", "pad", "stab", "arp"), tempo=("steady",), loose=0.8),
    "funk": Style(1.5, (75, 125), ("bass", "guitar", "stab", "organ", "lead"), swing=0.3, loose=0.9),
    "jazz": Style(2, (75, 190), ("walk", "comp", "lead", "lead"), swing=0.9, loose=0.9),
    "shuffle": Style(2, (65, 145), ("walk", "guitar", "organ", "lead"), steps=(3,), blues=True, loose=0.5),
    "ragtime": Style(1.5, (60, 110), ("stride", "melody", "walk"), drums=0.15, swing=0.4, loose=0.8),
    "latin": Style(1.5, (75, 150), ("bass", "montuno", "lead", "stab"), loose=0.8),
    "reggae": Style(1, (65, 95), ("bass", "skank", "organ", "lead"), swing=0.4, loose=0.7),
    "ballad": Style(1.5, (55, 95), ("arp", "pad", "bass", "melody"), drums=0.6, steps=(4, 4, 3), loose=0.4),
    "waltz": Style(1.5, (70, 180), ("oompah", "melody", "pad", "arp"), meters=(3,), drums=0.35, steps=(4, 4, 3)),
    "strings": Style(1.5, (60, 130), ("strings", "strings", "pad", "melody", "low"), meters=(4, 3, 6), drums=0.15),
    "march": Style(1, (90, 140), ("oompah", "brass", "melody", "low"), meters=(4, 2), drums=0.7, loose=0.3),
    "odd": Style(1.5, (70, 160), ("riff", "bass", "pad", "arp", "lead"), meters=(7, 6, 5, 7, 6), drums=0.8),
    "compound": Style(1, (55, 130), ("arp", "bass", "guitar", "melody"), meters=(4, 2, 3), steps=(3,), drums=0.7),
    "dark": Style(2.5, (60, 135), ("pad", "low", "arp", "stab", "melody"), drums=0.5, loose=0.7, meters=(4, 4, 4, 3)),
    "solo": Style(1, (60, 140), ("stride", "melody"), meters=(4, 3, 2), drums=0.0, loose=0.5),
    "drums": Style(1, (65, 150), ("hands",), meters=(4, 4, 3, 7), steps=(4, 4, 3), loose=0.7),
    "country": Style(1.5, (75, 150), ("oom", "pah", "melody", "lead"), drums=0.8, loose=0.6, two_beat=True),
    "ska": Style(1, (90, 165), ("oom", "pah", "brass", "bass"), drums=0.9, loose=0.6, two_beat=True),
    "polka": Style(1, (70, 140), ("oom", "pah", "melody"), meters=(2, 4), drums=0.4, loose=0.5, two_beat=True),
    "rag": Style(1, (55, 105), ("oom", "pah", "melody", "lead"), drums=0.15, swing=0.3, loose=0.8, two_beat=True),
    "punk": Style(1, (75, 130), ("riff", "bass", "oom", "lead"), loose=0.6, two_beat=True),
    "hip-hop": Style(1, (70, 105), ("bass", "stab", "pad", "arp"), swing=0.5, tempo=("steady",), loose=0.8),
}


@dataclass(frozen=True, slots=True)
class Role:
    """A way of playing: instruments, register, how dense, how many notes at once, how loud.

    shape   chord, root, walk, two, off, line, arp, power, stride or oompah
    """

    programs: tuple[int, ...]
    low: int
    shape: str
    density: tuple[float, float] = (0.2, 0.6)
    volume: tuple[float, float] = (0.5, 0.9)


ROLES = {
    "guitar": Role((24, 25, 26, 27, 28), 52, "chord", (0.2, 0.6)),
    "riff": Role((29, 30, 29, 30, 81, 38), 40, "power", (0.3, 0.9), (0.55, 0.9)),
    "bass": Role((32, 33, 34, 35, 36, 38, 39, 87), 31, "root", (0.2, 0.7), (0.6, 1.0)),
    "walk": Role((32, 32, 33, 35, 43, 58), 31, "walk", (0.25, 0.3), (0.6, 0.95)),
    "low": Role((42, 43, 58, 60, 70, 48), 36, "root", (0.08, 0.35), (0.5, 0.9)),
    "organ": Role((16, 17, 18, 19, 22), 55, "chord", (0.08, 0.4), (0.3, 0.6)),
    "pad": Role((48, 49, 50, 51, 52, 88, 89, 90, 91, 92, 94, 95, 19), 52, "chord", (0.05, 0.12), (0.3, 0.8)),
    "strings": Role((40, 41, 42, 44, 45, 48, 48, 49), 50, "chord", (0.1, 0.5), (0.4, 0.9)),
    "comp": Role((0, 1, 4, 26, 11, 0), 53, "chord", (0.12, 0.4), (0.4, 0.75)),
    "skank": Role((27, 28, 16, 0), 55, "off", (0.2, 0.3), (0.4, 0.8)),
    "stab": Role((55, 61, 62, 63, 81, 48, 0, 5), 55, "chord", (0.08, 0.3), (0.4, 0.9)),
    "arp": Role((0, 4, 6, 8, 10, 11, 12, 46, 24, 80, 81, 104, 108, 112), 55, "arp", (0.4, 1.0), (0.35, 0.8)),
    "montuno": Role((0, 1, 11, 24), 58, "arp", (0.4, 0.7), (0.5, 0.85)),
    "synth": Role((80, 81, 82, 84, 87, 38), 50, "arp", (0.4, 1.0), (0.35, 0.75)),
    "lead": Role((29, 30, 26, 65, 66, 56, 57, 73, 80, 81, 18), 62, "line", (0.2, 0.6), (0.45, 0.9)),
    "melody": Role((0, 40, 68, 71, 73, 74, 75, 22, 105, 78, 6, 56), 64, "line", (0.15, 0.5), (0.5, 0.95)),
    "brass": Role((56, 57, 60, 61, 59), 55, "chord", (0.1, 0.4), (0.5, 0.9)),
    "stride": Role((0, 0, 1, 3, 6), 43, "stride", (0.25, 0.3), (0.6, 0.95)),
    "oompah": Role((0, 21, 58, 32, 48, 24), 40, "oompah", (0.25, 0.3), (0.5, 0.9)),
    "oom": Role((32, 33, 35, 43, 58, 0, 3), 36, "two", (0.25, 0.3), (0.6, 1.0)),
    "pah": Role((24, 25, 27, 0, 3, 21, 22, 105, 16, 61), 55, "off", (0.25, 0.3), (0.4, 0.85)),
    "hands": Role((47, 114, 117, 115, 113), 45, "line", (0.2, 0.6), (0.4, 0.9)),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What all parts of a piece share."""

    style: Style
    beats: int
    steps: int
    bars: int
    sections: tuple[tuple[int, int], ...]
    harmony: Harmony


def compose(rng: np.random.Generator, style: str | None = None) -> Piece:
    """A piece of about a minute or more; every choice comes from `rng`."""
    names = list(STYLES)
    shares = np.array([STYLES[name].share for name in names])
    name = style or str(rng.choice(names, p=shares / shares.sum()))
    chosen = STYLES[name]
    plan, bpm = _plan(rng, chosen)
    times = beat_times(rng, plan.bars * plan.beats, bpm, str(rng.choice(chosen.tempo)), plan.beats)
    parts = _parts(rng, plan)
    swing, unit = 0.5, 1.0
    if plan.steps == 4 and rng.random() < chosen.swing:
        unit = 1.0 if bpm > 90 or rng.random() < 0.5 else 0.5
        swing = float(rng.uniform(0.54, 0.72))
    downbeats = tuple(range(0, plan.bars * plan.beats, plan.beats))
    return Piece(name, tuple(part for part in parts if part.notes), times, downbeats, swing, unit)


def _plan(rng: np.random.Generator, style: Style) -> tuple[Plan, float]:
    bpm = float(np.exp(rng.uniform(*np.log(style.bpm))))
    if rng.random() < 0.4:
        bpm = float(round(bpm))
    beats, steps = int(rng.choice(style.meters)), int(rng.choice(style.steps))
    length_s = SHORTEST_S + rng.exponential(15.0)
    bars = max(8, round(length_s * bpm / 60.0 / beats))
    sections, at = [], 0
    while at < bars:
        size = int(rng.choice([4, 4, 8, 8, 8, 12, 16, 2, 6]))
        sections.append((at, min(at + size, bars)))
        at += size
    return Plan(style, beats, steps, bars, tuple(sections), harmony(rng, beats, style.blues)), bpm


def _parts(rng: np.random.Generator, plan: Plan) -> list[Part]:
    style, parts, count = plan.style, [], int(rng.integers(1, len(plan.style.roles) + 1))
    kept = list(rng.permutation(len(style.roles))[: max(count, 1)])
    sloppy = rng.random() < 0.5
    for i in sorted(int(k) for k in kept):
        role = ROLES[style.roles[i]]
        part = Part(
            int(rng.choice(role.programs)), float(rng.uniform(*role.volume)), float(rng.uniform(0.2, 0.8)),
            float(rng.uniform(-0.008, 0.02)) if sloppy else 0.0, float(rng.uniform(0, 0.012)) if sloppy else 0.0,
        )  # fmt: skip
        _play(rng, plan, role, part)
        parts.append(part)
    if rng.random() < style.drums or not parts:
        drums = Part(DRUMS, float(rng.uniform(0.6, 1.0)), jitter_s=float(rng.uniform(0, 0.006)) if sloppy else 0.0)
        _drum(rng, plan, drums)
        parts.append(drums)
    return parts


def _drum(rng: np.random.Generator, plan: Plan, part: Part) -> None:
    count = int(rng.integers(1, 4))
    two = plan.style.two_beat
    kits = [grooves.two_beat(rng, plan.beats) if two else grooves.kit(rng, plan.beats, plan.steps)
            for _ in range(count)]  # fmt: skip
    amount = float(rng.choice([0.0, 0.0, 0.1, 0.25]))
    for number, (first, after) in enumerate(plan.sections):
        if rng.random() < 0.14 and len(plan.sections) > 1:
            continue  # a part without drums
        kit = kits[number % len(kits)]
        for bar in range(first, after):
            hits = grooves.varied(rng, kit.bar, amount)
            if bar == after - 1 and rng.random() < 0.6:
                begins = min((step for step, _, _ in kit.fill), default=0)
                hits = [hit for hit in hits if hit[0] < begins] + kit.fill
            if bar == first and rng.random() < 0.5:
                hits = [*hits, (0, grooves.CRASH, 0.8)]
            part.notes += [Note(bar * plan.beats + step / plan.steps, 0.2, key, _loud(rng, v)) for step, key, v in hits]


def _loud(rng: np.random.Generator, velocity: float) -> float:
    return float(np.clip(velocity * rng.uniform(0.85, 1.1), 0.1, 1.0))


def _play(rng: np.random.Generator, plan: Plan, role: Role, part: Part) -> None:
    """Play a role through the piece: a figure a section, repeated, varied, at times silent."""
    absent = float(rng.choice([0.0, 0.1, 0.3]))
    figures: dict[int, list[Rhythm]] = {}
    loose = rng.uniform(0, plan.style.loose)
    density = rng.uniform(*role.density)
    span = int(rng.choice([1, 1, 2]))
    for number, (first, after) in enumerate(plan.sections):
        if rng.random() < absent and number > 0:
            continue
        if number % 3 not in figures:
            figures[number % 3] = [_figure(rng, plan, role, density, loose) for _ in range(span)]
        for bar in range(first, after):
            figure = figures[number % 3][bar % span]
            if rng.random() < 0.08:
                figure = _figure(rng, plan, role, density, loose)
            part.notes += _bar(rng, plan, role, bar, figure)


def _figure(rng: np.random.Generator, plan: Plan, role: Role, density: float, loose: float) -> Rhythm:
    if role.shape in ("walk", "two", "stride", "oompah"):
        return rhythm.even(plan.beats, plan.steps, plan.steps)
    if role.shape == "off":
        half = plan.steps // 2 if plan.steps == 4 else 2
        return [(step + half, 1) for step, _ in rhythm.even(plan.beats, plan.steps, plan.steps)]
    if role.shape == "arp" and rng.random() < 0.5:
        return rhythm.even(plan.beats, plan.steps, int(rng.choice([1, 1, 2]) if plan.steps == 4 else 1))
    return rhythm.rhythm(rng, plan.beats, plan.steps, density, loose)


def _bar(rng: np.random.Generator, plan: Plan, role: Role, bar: int, figure: Rhythm) -> list[Note]:
    size, notes = plan.beats * plan.steps, []
    for index, (step, long) in enumerate(figure):
        if step >= size:
            continue
        beat = bar * plan.beats + step / plan.steps
        length = min(long, size) / plan.steps * float(rng.choice([0.5, 0.9, 0.98]))
        accent = 1.0 if step % size == 0 else 0.9 if step % plan.steps == 0 else 0.75
        velocity = _loud(rng, 0.85 * accent)
        notes += [Note(beat, length, pitch, velocity) for pitch in _pitches(rng, plan, role, beat, index)]
    return notes


def _pitches(rng: np.random.Generator, plan: Plan, role: Role, beat: float, index: int) -> list[int]:
    chord = plan.harmony.chord(beat, role.low)
    root = role.low + (plan.harmony.pitch(plan.harmony.degree(beat)) - role.low) % 12
    place = round(beat * plan.steps) % (plan.beats * plan.steps) // plan.steps
    if role.shape in ("chord", "off"):
        return chord
    if role.shape == "power":
        return [root, root + 7] if rng.random() < 0.8 else [root + int(rng.choice([0, 1, 3, 5, 10, 12]))]
    if role.shape == "root":
        return [root if rng.random() < 0.75 else root + int(rng.choice([7, 12, 5, 3, -5]))]
    if role.shape == "walk":
        return [root if place == 0 else int(rng.choice(chord)) + int(rng.choice([0, 0, 0, 1, -1]))]
    if role.shape == "two":
        return [root if place % 2 == 0 else root + int(rng.choice([7, -5, 7, 0]))]
    if role.shape == "arp":
        return [chord[index % len(chord)] + 12 * int(index // len(chord) % 2)]
    if role.shape in ("stride", "oompah"):
        strong = place % 2 == 0 if plan.beats % 2 == 0 else place == 0
        return [root - 12 * (role.shape == "stride")] if strong else [pitch + 12 for pitch in chord]
    return [int(rng.choice(chord)) + 12 * int(rng.integers(0, 2)) if rng.random() < 0.6 else
            role.low + (plan.harmony.pitch(int(rng.integers(0, 12))) - role.low) % 24]  # fmt: skip

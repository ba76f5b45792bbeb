"""Render: the live loop's twin with a fixed clock and no window. Every frame is exact, however long it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from artwalks_live.core import earlier, preset, walk
from artwalks_live.core.audio import AudioClip, stereo
from artwalks_live.core.clock import frame_count, frame_rate, frame_time_s
from artwalks_live.core.cues import Cues
from artwalks_live.core.cues import parse as parse_cues
from artwalks_live.core.cues import read as read_cues
from artwalks_live.core.ear import Ear
from artwalks_live.core.errors import TakeError, UsageError
from artwalks_live.core.hearing import DEFAULT, HearingOptions
from artwalks_live.core.preset import Preset
from artwalks_live.core.show import Show, Start
from artwalks_live.core.sink import FrameSink, SinkCounts
from artwalks_live.core.take import Replay, TakeReader
from artwalks_live.core.video import plan_master
from artwalks_live.core.walk_shape import WalkShape
from artwalks_live.gpu.context import headless_context
from artwalks_live.io.recorder import Recorder
from artwalks_live.io.still import PngSequence, is_sequence
from artwalks_live.perform.filters import find_filters, of_take
from artwalks_live.perform.listening import Listening, composed_by, open_clip, own_place, rendered_ear
from artwalks_live.perform.recording import Feed
from artwalks_live.perform.stage import CUES_PRESET, DEFAULT_PRESET, Larger, Stage, Tables

Progress = Callable[[int, int], None]
"""Told (frames done, frames in all)."""


@dataclass(frozen=True)
class RenderOptions:
    """What to render, and how.

    output     a master (.mp4, .mov, .mkv) or numbered pictures (folder/%05d.png)
    take       the performance to reproduce; size and fps default to its own
    audio      the song that drives the show and sounds in the master; beside a take, only sounds
    cues       of the song, as `artwalks listen` made them: paintings arrive by them; beside a take it may not be given
    preset     None: `song` with cues, `vj` with sound, `gallery` without; beside a take it may not be given
    size       None: the take's, else the walk's canvas
    fps        None: the take's, else 60
    seconds    None: as long as the take, else the song, else one way through the walk
    codec      None: chosen by the suffix
    reads      how pictures in motion are read; `auto`: as in the take, else sharp
    hearing    gate, trim and auto-gain of the ear; beside a take they may not be given
    isf        ISF filters: files are on from the start, folders stand ready; beside a take they may not be given
    """

    bundle: Path
    output: Path
    take: Path | None = None
    audio: Path | None = None
    cues: Path | None = None
    preset: str | None = None
    size: tuple[int, int] | None = None
    fps: Fraction | None = None
    seconds: float | None = None
    codec: str | None = None
    reads: str = "auto"
    alpha: bool = False
    seed: int = 0
    overwrite: bool = False
    hearing: HearingOptions = DEFAULT
    isf: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """What was written: its path, size, rate, counts, and how long it lasts."""

    path: Path
    size: tuple[int, int]
    fps: Fraction
    counts: SinkCounts

    @property
    def seconds(self) -> float:
        """Of the master."""
        return float(self.counts.written / self.fps)


@dataclass(frozen=True)
class _Plan:
    """A render whose every default is settled. The show's inputs come from `reader`, else `clip`, else nowhere.

    walks   that it goes through, in order: one, unless paintings joined during the take
    """

    walks: tuple[walk.Walk, ...]
    tables: Tables
    start: Start
    size: tuple[int, int] | None
    fps: Fraction
    seconds: float
    clip: AudioClip | None
    reader: TakeReader | None
    cues: Cues | None = None
    hearing: HearingOptions = DEFAULT


def render(
    options: RenderOptions,
    progress: Progress = lambda done, total: None,
    note: Callable[[str], None] = lambda line: None,
) -> Rendered:
    """Write a walk, or a performance of it, as a master.

    progress   told (frames done, frames in all)
    note       told, before the first frame, what may surprise

    Raises ArtwalksError before the first frame for everything that can be known then; RecordError when the master
    cannot be written further. What is on disk when it is interrupted plays.
    """
    bundle = walk.read(options.bundle)
    plan = _from_take(options, bundle, note) if options.take is not None else _from_options(options, bundle)
    with ExitStack() as stack:
        ctx = headless_context()
        stack.callback(ctx.release)
        stage = stack.enter_context(Stage(plan.walks[0], plan.tables, ctx, plan.size, reads=_reads(options, plan)))
        if stage.upscaled:
            note(stage.upscaled)
        show = stage.show(plan.start, cues=plan.cues)
        sink = _open_sink(options, stage, plan)
        try:
            _run(stage, plan, show, sink, progress)
        finally:
            sink.close()
    return Rendered(options.output, stage.size, plan.fps, sink.counts)


def _reads(options: RenderOptions, plan: _Plan) -> str:
    if options.reads != "auto":
        return options.reads
    return "sharp" if plan.reader is None else plan.reader.header.reads


def _run(stage: Stage, plan: _Plan, show: Show, sink: FrameSink, progress: Progress) -> None:
    larger = {each.growth.walk: each for each in map(stage.enlarge, plan.walks[1:])}
    inputs = _inputs(plan, show, larger)
    grown = show.grown
    frames = frame_count(plan.seconds, plan.fps)
    feed = Feed(stage, sink)
    sounded = 0
    for index in range(frames):
        time_s = frame_time_s(index, plan.fps)
        inputs(show.horizon_s(time_s))
        state = show.frame(index, time_s, frame_time_s(1, plan.fps))
        show.take_requests()  # a performance's stills and masters are not made again
        if show.grown != grown:
            grown = show.grown
            stage.go_on_in(larger[grown])
        stage.draw(state, wait=True)
        feed.frame(index)
        if plan.clip is not None:
            sounded = _sound(plan, sink, sounded, frame_time_s(index + 1, plan.fps))
        progress(index + 1, frames)
    feed.end()


def _sound(plan: _Plan, sink: FrameSink, sounded: int, until_s: float) -> int:
    """Hand over the clip's samples up to an instant; the recorder fills what is missing with silence.

    A take whose pictures were drawn ahead of the beat, for a slow display, gets its sound that much earlier.
    """
    clip, ahead_s = plan.clip, plan.start.display_latency_s
    assert clip is not None
    until = min(len(clip.samples), round((until_s + ahead_s) * clip.sample_rate_hz))
    if until > sounded:
        sink.write_audio(stereo(clip.samples[sounded:until]), sounded / clip.sample_rate_hz - ahead_s)
    return max(sounded, until)


def _inputs(plan: _Plan, show: Show, larger: Mapping[str, Larger]) -> Callable[[float], None]:
    """What gives the show its inputs up to an instant: the take, the song, or nothing."""
    if plan.reader is not None:
        return Replay(iter(plan.reader), show, {name: each.growth.shape for name, each in larger.items()}).feed
    if plan.clip is None:
        return lambda until_s: None
    ear: Ear = rendered_ear(plan.clip, Listening(plan.hearing, plan.cues, plan.walks[0].song))

    def hear(until_s: float) -> None:
        for features in ear.poll(until_s):
            show.feed(features)

    return hear


def _open_sink(options: RenderOptions, stage: Stage, plan: _Plan) -> FrameSink:
    if is_sequence(options.output):
        return PngSequence(options.output, stage.size, alpha=options.alpha, overwrite=options.overwrite)
    rate = plan.clip.sample_rate_hz if plan.clip is not None else 0
    spec = plan_master(options.output, stage.size, plan.fps, codec=options.codec, sample_rate_hz=rate)
    return Recorder(spec, overwrite=options.overwrite)


# plans


def _from_options(options: RenderOptions, bundle: walk.Walk) -> _Plan:
    clip = open_clip(options.audio) if options.audio is not None else None
    cues = None if options.cues is None else read_cues(options.cues)
    own_place(clip, cues) if clip is not None else None
    known = cues is not None or (options.audio is not None and composed_by(options.audio, bundle.song))
    default = CUES_PRESET if known else DEFAULT_PRESET[clip is not None]
    tables, name = Tables.load(filters=find_filters(options.isf)).with_preset(options.preset or default)
    start = Start(name, seed=options.seed)
    if known:
        start = replace(start, mode="cues", song_s=-1.0 if clip is not None else 0.0)
    fps = options.fps or Fraction(60)
    seconds = options.seconds
    if seconds is None:
        song_s = clip.duration_s if clip is not None else cues.duration_s if cues is not None else None
        seconds = song_s if song_s is not None else _once_through(bundle, tables, name)
    return _Plan((bundle,), tables, start, options.size, fps, seconds, clip, None, cues, options.hearing)


def _once_through(bundle: walk.Walk, tables: Tables, name: str) -> float:
    """ArtWalks' length of a walk, n·F + segments·I, for a preset that goes by the clock."""
    chosen: Preset = tables.presets[name]
    if chosen.mode != "clock":
        raise UsageError(f"preset {name} has no end of its own in mode {chosen.mode}: give --seconds or --audio")
    values = {**tables.params.defaults(), **chosen.values}
    shape = WalkShape.of(bundle)
    segments = shape.graph.once() if shape.branching else shape.segments
    return len(shape.paintings) * values["clock.hold_s"] + segments * values["clock.segment_s"]


def _from_take(options: RenderOptions, bundle: walk.Walk, note: Callable[[str], None]) -> _Plan:
    assert options.take is not None
    if options.hearing != DEFAULT:
        raise UsageError("--gate-db, --trim, --auto-gain: a take holds what was heard: leave them out")
    reader = TakeReader(options.take)
    header = reader.header
    walks = tuple(found for name in reader.walks if (found := earlier.find(bundle, name)) is not None)
    if len(walks) < len(reader.walks):
        raise TakeError(f"{options.take} is a take of another walk (or of this one before it was baked again)")
    if options.preset is not None:
        raise UsageError("--preset: a take has its own presets: leave it out")
    if options.cues is not None:
        raise UsageError("--cues: a take has its own cues: leave them out")
    cues = parse_cues(header.cues, str(options.take)) if header.cues else None
    if options.isf:
        raise UsageError("--isf: a take has its own filters: leave it out")
    filters, edited = of_take(header.isf)
    for line in edited:
        note(line)
    tables = Tables.load(filters=filters)
    presets = {name: preset.parse(text, name, tables.params) for name, text in header.presets.items()}
    tables = Tables(tables.shaders, tables.params, presets)
    seconds = options.seconds if options.seconds is not None else reader.duration_s
    fps = options.fps or frame_rate(header.fps)
    size, clip = options.size or header.size, _take_clip(options, reader)
    return _Plan(walks, tables, header.start, size, fps, seconds, clip, reader, cues)


def _take_clip(options: RenderOptions, reader: TakeReader) -> AudioClip | None:
    """The song that sounded in a take: the one given, else the one that the take names, if it is still that one."""
    header = reader.header
    if options.audio is None and not header.audio_name:
        return None
    clip = open_clip(options.audio or Path(header.audio_name))
    if options.audio is None and clip.sha256 != header.audio_sha256:
        raise TakeError(f"{header.audio_name} is not this take's song any more (sha256 differs): give --audio FILE")
    return clip

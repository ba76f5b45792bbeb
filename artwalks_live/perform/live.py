"""The real-time loop: show time in, pictures on the screen, masters and takes on the disk."""

from __future__ import annotations

import gc
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from artwalks_live import paths
from artwalks_live.core import cues, walk
from artwalks_live.core.clock import LiveClock, frame_count, frame_time_s, rate_name
from artwalks_live.core.errors import UsageError
from artwalks_live.core.latency import Latency
from artwalks_live.core.show import FrameState, Show, Start
from artwalks_live.core.sink import SinkCounts
from artwalks_live.core.take import TakeHeader, TakeWriter, default_path
from artwalks_live.gpu.context import headless_context, window_context
from artwalks_live.io import calibration_file
from artwalks_live.io.awake import screen_awake
from artwalks_live.io.window import Window
from artwalks_live.perform import status
from artwalks_live.perform.edits import Edits
from artwalks_live.perform.filters import find_filters, noted
from artwalks_live.perform.joining import Joining
from artwalks_live.perform.listening import Hearing, Listening, composed_by, open_hearing
from artwalks_live.perform.logbook import Logbook
from artwalks_live.perform.midi import Now
from artwalks_live.perform.options import Performed, PerformOptions
from artwalks_live.perform.pace import Pacer
from artwalks_live.perform.pages import Pages
from artwalks_live.perform.people import People, Room
from artwalks_live.perform.recording import Masters
from artwalks_live.perform.resume import PlaceKeeper, load_place
from artwalks_live.perform.saving import save_preset
from artwalks_live.perform.signals import ending_on_signals
from artwalks_live.perform.stage import CUES_PRESET, DEFAULT_PRESET, Stage, Tables
from artwalks_live.perform.watch import Watch, check_folder

_NAP_S = 0.1


def perform(options: PerformOptions) -> Performed:
    """Perform a walk until its time is up or somebody ends it (Esc, a closed window, Ctrl-C, SIGTERM).

    Everything that can be wrong before the show raises an ArtwalksError before anything is shown; afterwards nothing
    stops the picture.
    """
    with ExitStack() as stack:
        return Performance(options, stack).run()


class Performance:
    """One live performance. Everything opened here is closed by the stack, last opened first."""

    def __init__(self, options: PerformOptions, stack: ExitStack) -> None:
        self.options = options
        self._stack = stack
        self._line = status.StatusLine(options.quiet)
        self._faults: dict[str, str] = {}
        self._take_path: Path | None = None
        bundle = walk.read(options.bundle)
        if options.watch is not None:
            check_folder(options.watch, options.bundle)
            if bundle.song is not None:
                raise UsageError(f"--watch {options.watch}: a walk composed by a song does not grow: leave it out")
        self._cues = None if options.cues is None else cues.read(options.cues)
        own = options.audio.kind == "file" and composed_by(Path(options.audio.name), bundle.song)
        known = self._cues is not None or own
        default = CUES_PRESET if known else DEFAULT_PRESET[options.audio.kind != "none"]
        tables, preset = Tables.load(filters=find_filters(options.isf)).with_preset(options.preset or default)
        self._calibrated = calibration_file.read(paths.calibration_file())
        display_s = options.display_latency_s
        display_s = self._calibrated.display_s if display_s is None else display_s
        start = Start(preset, seed=options.seed, display_latency_s=display_s)
        if options.resume:
            place = load_place(options.bundle, tables.presets, start)
            start = place if options.preset is None else replace(place, preset=preset, mode=None)
        if known:
            start = replace(start, mode="cues", song_s=0.0 if options.audio.kind == "none" else -1.0)
        self._display_s = start.display_latency_s
        self._clock = LiveClock()
        how = Listening(options.hearing, self._cues, bundle.song)
        self._hearing: Hearing = open_hearing(options.audio, self._clock, how)
        stack.callback(self._hearing.ear.close)
        self._people = People(stack, self._clock, tables, options.doors, self._line.tell)
        self._window = self._open_window(bundle)
        ctx = headless_context() if self._window is None else window_context()
        stack.callback(ctx.release)
        self._stage = stack.enter_context(
            Stage(bundle, tables, ctx, options.size, on_fault=self._on_fault, reads=options.reads)
        )
        self._pages = Pages(ctx, tables.shaders) if self._window is not None else None
        if self._pages is not None:
            stack.callback(self._pages.release)
        self._room = Room(self._window, self._pages)
        if self._stage.upscaled and not options.quiet:
            self._line.tell(self._stage.upscaled)
        self._masters = Masters(self._stage, options.fps, self._hearing.sample_rate_hz, self._display_s)
        stack.callback(self._masters.close, self._report_master)
        if options.record is not None:
            self._masters.begin(options.record, wait=True, overwrite=options.overwrite)
        self._log = Logbook(self._open_take(tables, start))
        stack.callback(self._log.close)
        self._place = PlaceKeeper(options.bundle)
        stack.callback(self._place.close)
        self._show: Show = self._stage.show(start, self._log.append, self._cues)
        self._joining = None if options.watch is None else self._open_watch(options.watch)
        self._edits = Edits(self._stage, self._line.tell, paths.user_presets_dir())
        stack.callback(self._edits.close)
        frames = None if options.seconds is None else frame_count(options.seconds, options.fps)
        self._pacer = Pacer(options.fps, last=None if frames is None else frames - 1)
        self._held = False
        self._waits_ms: list[float] = []

    # opening

    def _open_window(self, bundle: walk.Walk) -> Window | None:
        if self.options.headless:
            return None
        size = self.options.size or bundle.canvas
        window = Window(f"artwalks — {self.options.bundle.stem}", size, self.options.monitor)
        self._stack.callback(window.close)
        self._stack.enter_context(screen_awake(window.x11_display))
        return window

    def _open_take(self, tables: Tables, start: Start) -> TakeWriter | None:
        now, options = datetime.now(), self.options
        if options.no_take:
            return None
        clip = self._hearing.clip
        header = TakeHeader(
            bundle=walk.fingerprint(self._stage.walk),
            start=start,
            presets={name: preset.text for name, preset in tables.presets.items()},
            size=self._stage.size,
            fps=str(options.fps),
            reads=self._stage.reads,
            audio_name="" if clip is None or clip.path is None else str(clip.path),
            audio_sha256="" if clip is None else clip.sha256,
            cues="" if self._cues is None else cues.text_of(self._cues),
            isf=noted(tables.shaders.filters),
            started=now.isoformat(timespec="seconds"),
        )
        self._take_path = options.take or default_path(options.bundle.resolve(), now)
        return TakeWriter(self._take_path, header)

    def _open_watch(self, folder: Path) -> Joining:
        watch = Watch(folder, self._stage.walk, self._stage.enlarge)
        self._stack.callback(watch.close)
        return Joining(self._stage, watch, self._line.tell)

    # the loop

    def run(self) -> Performed:
        """Run the show to its end."""
        with ending_on_signals(self._end):
            # What exists now lives to the end: the collector need not look at it during the show again.
            gc.collect()
            gc.freeze()
            self._stage.draw(self._show.frame(0, 0.0, 0.0), wait=True)  # the first picture is there at once
            self._hearing.ear.start(self._clock.now())
            if not self.options.quiet:
                self._line.tell(status.latency_line(self._latency(), self._calibrated))
            while not self._ended:
                self._frame()
            gc.unfreeze()
        self._line.end()
        return self._performed()

    def _frame(self) -> None:
        self._listen_to_people()
        index, time_s, dt_s = self._pacer.next(self._now_s())
        if self._pacer.last is not None and index > self._pacer.last:
            self._end()
            return
        heard = self._hearing.ear.poll(self._show.horizon_s(time_s))
        for features in heard:
            self._show.feed(features)
        if self._pages is not None:
            self._pages.hear(heard)
        self._edits.frame(self._show)
        state = self._show.frame(index, time_s, dt_s)
        if self._joining is not None:
            self._joining.frame(self._show)
        self._people.speed = state.values["walk.speed"]
        self._held = not self._stage.draw(state)
        self._keep(index, state, time_s)
        self._wait_until(time_s)
        if self._window is not None:
            self._present(state)
        now_s = self._now_s()
        self._pacer.shown(self._clock.now())
        if heard:
            self._waits_ms = [*self._waits_ms[-255:], (now_s - heard[-1].time_s) * 1e3]
        self._tell(state, time_s)

    def _now_s(self) -> float:
        return self._hearing.ear.time_at(self._clock.now())

    def _wait_until(self, time_s: float) -> None:
        """Sleep until the frame's instant; a song that has yet to begin to sound may take seconds."""
        while not self._ended and (ahead_s := time_s - self._now_s()) > 0:
            time.sleep(min(ahead_s, _NAP_S))
            if ahead_s > _NAP_S:
                self._listen_to_people()

    def _keep(self, index: int, state: FrameState, time_s: float) -> None:
        """Give the frame to those who write to the disk, and do what was asked of the performer."""
        for request in self._show.take_requests():
            now, folder = datetime.now(), self.options.bundle.resolve().parent
            name = self.options.bundle.stem
            if request.address == "/show/still":
                self._masters.still(folder / f"{name} {now:%Y-%m-%d %H-%M-%S-%f}.png")
            elif request.address == "/show/save":
                self._line.tell(save_preset(self._show, self._stage.tables.files))
            elif request.address == "/show/record":
                self._masters.toggle(folder, name, now, bool(request.args[0]) if request.args else None)
        self._masters.frame(index)
        self._masters.sound(*self._hearing.tap(time_s + self._display_s))
        self._log.mark(Show.tick_of(frame_time_s(index + 1, self.options.fps)))
        self._place.keep(self._show.resume_state(), time_s)

    def _present(self, state: FrameState) -> None:
        window = self._window
        assert window is not None
        self._stage.renderer.show_on(self._stage.ctx.screen, window.size)
        if self._pages is not None:
            self._pages.show(window.size)
        window.swap()

    def _listen_to_people(self) -> None:
        self._people.listen(self._show, self._room, self._now_s())

    @property
    def _ended(self) -> bool:
        return self._people.ended

    def _end(self) -> None:
        self._people.ended = True

    # telling

    def _on_fault(self, message: str) -> None:
        self._faults[message] = message

    def _faults_now(self) -> list[str]:
        sound = self._hearing.ear.state
        lost = sound if sound not in ("ok", "silent", "none") else ""
        named = [self._hearing.note, lost, self._masters.fault, self._place.fault, self._log.fault]
        held = ["picture held: waiting for the disk"] if self._held else []
        joining = self._joining.faults if self._joining is not None else ()
        edited = self._edits.faults
        return [*filter(None, named), *self._people.faults, *held, *joining, *edited, *self._faults.values()]

    def _tell(self, state: FrameState, time_s: float) -> None:
        now = Now(state, self._stage.shape.segments, self._masters.recording)
        self._people.tell(self._show, now, lambda: status.told(state, self._stage.shape, self._pacer.steadiness().fps))
        if self._pages is not None and self._window is not None:
            self._pages.renew(time_s, self._window.size, lambda: self._status(state))
        if self._line.due(time_s):
            self._line.show(self._status(state), time_s)

    def _status(self, state: FrameState) -> status.Status:
        return status.Status(
            state=state,
            length=self._stage.shape.segments,
            painting=self._stage.title(state.painting),
            steadiness=self._pacer.steadiness(),
            sound=f"{self._hearing.name}: {self._hearing.ear.state}",
            latency=self._latency(),
            overruns=self._hearing.ear.overruns,
            peers=self._people.peers,
            waiting=self._people.waiting,
            bound="" if state.bound is None else self._stage.title(state.bound),
            recording=self._masters.recording,
            joining=self._joining.doing if self._joining is not None else "",
            faults=self._faults_now(),
        )

    def _latency(self) -> Latency:
        """The whole way; before the first hop was shown, with one frame's time in the queue."""
        frame_s = self._latency_ms() / 1e3 or 1.0 / float(self.options.fps)
        return self._hearing.latency(frame_s, self._display_s)

    def _latency_ms(self) -> float:
        return float(np.median(self._waits_ms)) if self._waits_ms else 0.0

    def _report_master(self, counts: SinkCounts, path: Path) -> None:
        repeats = f", {counts.duplicated} of them repeats" if counts.duplicated else ""
        self._line.tell(f"{path}: {counts.written} frames at {rate_name(self.options.fps)} fps{repeats}")

    def _performed(self) -> Performed:
        stats = self._stage.residency.stats
        seconds = max(0, self._pacer.index) / float(self.options.fps)
        faults = tuple(self._faults_now())
        return Performed(
            self._take_path, seconds, self._pacer.steadiness(), stats.held, self._latency_ms(), self._latency(), faults
        )

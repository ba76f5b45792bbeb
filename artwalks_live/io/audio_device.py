"""Sound devices, through PortAudio: list them, open one by name, keep it open through thick and thin.

PortAudio looks for devices once, when it starts; an unplugged one may give no error, only no more callbacks; and after
a change the numbers mean other devices. So a port is opened by name, watched for its blocks, and when they cease it
is closed, PortAudio is started afresh, and the name is looked for until it is there again. All that happens in a
thread of its own: neither picture nor features wait for it.
"""

from __future__ import annotations

import contextlib
import math
import threading
from dataclasses import dataclass
from typing import Any, Literal

from artwalks_live.core.audio import BlockCallback, Samples
from artwalks_live.core.blocks import BlockWatch
from artwalks_live.core.clock import Clock
from artwalks_live.core.errors import AudioError, choices
from artwalks_live.core.streamtime import StreamTime

Direction = Literal["input", "output"]

START_S = 3.0  # a device may take two seconds before its first block
REOPEN_S = 1.0  # without a block for this long it is closed, and looked for once in so long
LOOK_S = 0.05
CLOSE_S = 2.0
STATES = {"input": "audio lost", "output": "no sound output"}

_library = threading.Lock()  # PortAudio is one, and not to be started or stopped by two threads at once
_open_ports: set[int] = set()


def _portaudio() -> Any:
    """The library, imported when first needed; AudioError where it is not installed."""
    try:
        import sounddevice
    except OSError:
        raise AudioError("PortAudio is not installed: apt install libportaudio2, or use --audio FILE or none") from None
    return sounddevice


def _start_afresh() -> None:
    """Let PortAudio look for devices again, which it does only when it starts. No stream may be open."""
    sounddevice = _portaudio()
    with contextlib.suppress(sounddevice.PortAudioError):
        sounddevice._terminate()
    try:
        sounddevice._initialize()
    except sounddevice.PortAudioError as error:
        raise AudioError(f"PortAudio does not start: {error}") from None


@dataclass(frozen=True, slots=True)
class SoundDevice:
    """A device as PortAudio lists it.

    host             the sound system it belongs to, as ALSA or Core Audio
    inputs, outputs  numbers of channels
    default          the directions in which it is the default
    """

    name: str
    host: str
    inputs: int
    outputs: int
    sample_rate_hz: int
    default: tuple[Direction, ...]


def devices() -> list[SoundDevice]:
    """All sound devices. Raises AudioError where PortAudio is not installed."""
    sounddevice = _portaudio()
    default = {"input": sounddevice.default.device[0], "output": sounddevice.default.device[1]}
    hosts = [host["name"] for host in sounddevice.query_hostapis()]
    return [
        SoundDevice(
            entry["name"],
            hosts[entry["hostapi"]],
            entry["max_input_channels"],
            entry["max_output_channels"],
            round(entry["default_samplerate"]),
            tuple(way for way in ("input", "output") if default[way] == number),
        )
        for number, entry in enumerate(sounddevice.query_devices())
    ]


def find(name: str, direction: Direction, listing: list[SoundDevice]) -> tuple[int, SoundDevice]:
    """The number and the entry of the device whose name is, or else contains, `name`; the default one for ''.

    Upper and lower case are alike. Raises AudioError naming the devices there are.
    """
    usable = [
        (number, device)
        for number, device in enumerate(listing)
        if (device.inputs if direction == "input" else device.outputs) > 0
    ]
    if not usable:
        raise AudioError(f"there is no sound {direction}: connect one, or use --audio FILE or none")
    if not name:
        return next((entry for entry in usable if direction in entry[1].default), usable[0])
    wanted = name.casefold()
    for fits in (wanted.__eq__, lambda text: wanted in text):
        for number, device in usable:
            if fits(device.name.casefold()):
                return number, device
    raise AudioError(f"sound {direction} {choices(name, (device.name for _, device in usable))}")


def pick_channels(device: SoundDevice, channels: tuple[int, ...]) -> tuple[int, ...]:
    """The 1-based channels to listen to: those asked for, else the first two or the one.

    Raises AudioError when the device has fewer.
    """
    chosen = channels or tuple(range(1, min(2, device.inputs) + 1))
    if max(chosen) > device.inputs:
        raise AudioError(f"sound input {device.name!r} has {device.inputs} channels, not {max(chosen)}")
    return chosen


def input_port(name: str, channels: tuple[int, ...], clock: Clock) -> tuple[DevicePort, tuple[int, ...]]:
    """A port for an input, and the channels of it to listen to; see `find` and `pick_channels`."""
    _, device = find(name, "input", devices())
    chosen = pick_channels(device, channels)
    return DevicePort("input", name, max(chosen), device.sample_rate_hz, clock), chosen


def output_port(name: str, channels: int, sample_rate_hz: int, clock: Clock) -> DevicePort:
    """A port for an output at a rate, or at the device's own if it refuses that: see `sample_rate_hz` of the port.

    Raises AudioError when there is no such device.
    """
    sounddevice = _portaudio()
    number, device = find(name, "output", devices())
    try:
        sounddevice.check_output_settings(number, channels, "float32", samplerate=sample_rate_hz)
    except sounddevice.PortAudioError:
        sample_rate_hz = device.sample_rate_hz
    return DevicePort("output", name, channels, sample_rate_hz, clock)


class DevicePort:
    """One input or output of a sound device, reopened by name whenever it was lost. A `SoundPort`.

    Blocks are float32, as long as the device likes them; the device is asked for its robust latency (35 ms with
    PulseAudio), because a click is worse than a known delay.
    """

    def __init__(self, direction: Direction, name: str, channels: int, sample_rate_hz: int, clock: Clock) -> None:
        self.sample_rate_hz = sample_rate_hz
        self.channels = channels
        self._direction: Direction = direction
        self._name = name
        self._clock = clock
        self._stream: Any = None
        self._latency_s = 0.0
        self._faults = 0
        self._opened_s = self._patient_until_s = -math.inf
        self._blocks, self._stream_time = BlockWatch(), StreamTime()
        self._stop = threading.Event()
        self._watchman = threading.Thread(target=self._watch, name=f"sound {direction}", daemon=True)

    @property
    def state(self) -> str:
        """'ok', 'audio lost' or 'no sound output'; see BlockWatch."""
        now_s, blocks = self._clock.now(), self._blocks
        fine = not blocks.lost(now_s) if blocks.begun else now_s < self._patient_until_s
        return "ok" if fine else STATES[self._direction]

    @property
    def latency_s(self) -> float:
        """Between the samples here and the sound in the air, as the device says."""
        return self._latency_s

    @property
    def faults(self) -> int:
        """Blocks with samples lost before they (input) or wanting when they (output) were due."""
        return self._faults

    def open(self, callback: BlockCallback) -> None:
        """Begin; blocks are given to `callback` in the device's own thread.

        Raises AudioError when an input cannot be opened now. An output that cannot is looked for until it can: the
        picture does not need it.
        """
        self._callback = callback
        try:
            with _library:
                self._begin()
            self._patient_until_s = self._opened_s + START_S
        except AudioError:
            self._end()
            if self._direction == "input":
                raise
        self._watchman.start()

    def close(self) -> None:
        """Stop watching and let go of the device; one that hangs is left to the process's end."""
        self._stop.set()
        if self._watchman.is_alive():
            self._watchman.join(CLOSE_S)
        if not self._watchman.is_alive():
            with _library:
                self._end()

    def _begin(self) -> None:
        """Open the device and let it run. Raises AudioError when it is not there or does not let itself be opened."""
        sounddevice = _portaudio()
        number, device = find(self._name, self._direction, devices())
        self._blocks, self._stream_time = BlockWatch(), StreamTime()
        make = sounddevice.InputStream if self._direction == "input" else sounddevice.OutputStream
        try:
            self._stream = make(
                samplerate=self.sample_rate_hz,
                blocksize=0,
                device=number,
                channels=self.channels,
                dtype="float32",
                latency="high",
                callback=self._take if self._direction == "input" else self._give,
            )
            _open_ports.add(id(self))
            self._stream.start()
        except sounddevice.PortAudioError as error:
            reason = str(error.args[0]).rpartition(": ")[2]
            raise AudioError(
                f"sound {self._direction} {device.name!r} cannot be opened ({reason}): free it, or choose another"
            ) from None
        self._opened_s = self._clock.now()
        self._latency_s = float(self._stream.latency)

    def _end(self) -> None:
        if self._stream is not None:
            self._stream.close(ignore_errors=True)
            self._stream = None
        _open_ports.discard(id(self))

    def _take(self, block: Samples, n: int, times: Any, status: Any) -> None:
        """Pass on what was captured, with the time of its first sample. PortAudio's thread."""
        now_s = self._clock.now()
        called_s = self._stream_time.called_s(times.currentTime, now_s)
        length_s = n / self.sample_rate_hz
        ago_s = times.currentTime - times.inputBufferAdcTime
        self._faults += bool(status)
        self._callback(block, called_s - (max(ago_s, length_s) if ago_s < 1 else length_s))
        self._blocks.came(now_s)

    def _give(self, block: Samples, _n: int, times: Any, status: Any) -> None:
        """Have a block filled, telling when its first sample will be heard. PortAudio's thread."""
        now_s = self._clock.now()
        called_s = self._stream_time.called_s(times.currentTime, now_s)
        ahead_s = times.outputBufferDacTime - times.currentTime
        self._faults += bool(status)
        self._callback(block, called_s + (ahead_s if 0 < ahead_s < 2 else self._latency_s))
        self._blocks.came(now_s)

    def _watch(self) -> None:
        """Notice when blocks cease, and look for the device until it is back. A thread of its own."""
        tried_s = 0.0
        while not self._stop.wait(LOOK_S):
            now_s = self._clock.now()
            if self._stream is not None:
                if self._dead(now_s):
                    self._patient_until_s = -math.inf
                    with _library:
                        self._end()
            elif now_s - tried_s > REOPEN_S:
                tried_s = now_s
                with _library:
                    self._try_again()

    def _dead(self, now_s: float) -> bool:
        """Whether the stream has ended, or given no block for too long: at first devices stutter."""
        patience_s = START_S if now_s - self._opened_s < 2 * START_S else REOPEN_S
        return not self._stream.active or now_s - max(self._blocks.last_s, self._opened_s) > patience_s

    def _try_again(self) -> None:
        """Start PortAudio afresh, so that it sees what is there now, and open the name if it is."""
        try:
            if not _open_ports:
                _start_afresh()
            self._begin()
        except AudioError:
            self._end()

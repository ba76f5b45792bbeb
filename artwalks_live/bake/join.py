"""To join a Ray cluster: what an address may be, whether anybody is there, and whether the head is still there."""

from __future__ import annotations

import logging
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from artwalks_live.core.errors import UsageError

_ADDRESS = re.compile(r"(?:ray://)?(?P<host>\[[0-9a-fA-F:]+\]|[^\s:/\[\]]+):(?P<port>\d{1,5})")
_REACH_S = 5.0
_LOOK_S, _LOOKS = 5.0, 3
_QUIET = {
    "RAY_usage_stats_enabled": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_NUM_REDIS_GET_RETRIES": "1",  # its 20 are a quarter of an hour before a wrong port is called one
    "RAY_py_gcs_connect_timeout_s": "10",
}


class Head:
    """The head of a cluster, at its address; "" is never looked at.

    Ray itself ends a program whose cluster's head has gone, after a minute and in words of its own: this is sooner.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._next_s = 0.0
        self._silent = 0

    def answers(self) -> bool:
        """Whether it does, or is not to be looked at. Calls of Ray's may wait a minute for one that does not."""
        try:
            if self._address:
                _knock(self._address)
        except OSError:
            return False
        return True

    def look(self, now_s: float) -> None:
        """Every five seconds see whether it answers. Raises ConnectionError when three times running it does not."""
        if now_s < self._next_s:
            return
        self._next_s = now_s + _LOOK_S
        self._silent = 0 if self.answers() else self._silent + 1
        if self._silent >= _LOOKS:
            raise ConnectionError("its head does not answer")


def check_address(address: str) -> None:
    """Raise UsageError when an address is none, Ray is not installed, or nothing listens there."""
    if address != "auto" and not _ADDRESS.fullmatch(address):
        raise UsageError(f"--ray {address!r} is no address: use auto, HOST:6379, or ray://HOST:10001")
    _ray()
    if address != "auto":
        _reach(address)


def _reach(address: str) -> None:
    try:
        _knock(address)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UsageError(
            f"--ray {address}: nothing answers there ({reason}): start the cluster with "
            "`ray start --head --port=6379`, or look at the address"
        ) from None


def _ray() -> Any:
    """Ray itself, which sends no usage reports and says little."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise UsageError(f"--ray needs Ray ({first_line(error)}): pip install 'artwalks-live[ray]'") from None
    return ray


def joined(address: str) -> tuple[Any, Head]:
    """Connect: Ray itself, and the head to keep an eye on.

    Raises UsageError when no cluster answers at the address, or this machine is not of it.
    """
    check_address(address)
    ray = _ray()
    logging.getLogger("ray").setLevel(logging.CRITICAL)  # what is wrong comes as an exception
    try:
        with _hushed():
            ray.init(address=address, log_to_driver=False, logging_level="CRITICAL", namespace="artwalks")
    except Exception as error:  # noqa: BLE001 - Ray raises of every kind: for a port that is none, another version, …
        raise UsageError(f"--ray {address}: cannot join the cluster ({first_line(error).rstrip('.:')}): "
                         f"{_mend(address)}") from None  # fmt: skip
    by_client = address.startswith("ray://")  # that notices by itself
    return ray, Head("" if by_client else ray.get_runtime_context().gcs_address)


def _mend(address: str) -> str:
    """What may be wrong when somebody answers and is not joined."""
    if address == "auto":
        return "start one with `ray start --head`, or name the address of one"
    if address.startswith("ray://"):
        return "is that the head's client port, and are Ray and Python there the same as here?"
    return f"make this machine a node of it by `ray start --address={address}`, or use ray://HOST:10001"


def _knock(address: str) -> None:
    found = _ADDRESS.fullmatch(address)
    assert found is not None
    socket.create_connection((found["host"].strip("[]"), int(found["port"])), timeout=_REACH_S).close()


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep from the terminal what Ray's own code writes there while it looks for a cluster."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def first_line(error: BaseException) -> str:
    """The first line of what an error says, 300 characters at most."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:300]

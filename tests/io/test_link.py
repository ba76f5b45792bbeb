"""A real Link session, in a network namespace of its own: nothing leaves this machine."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALONE = 'ip link set lo up && ip link set lo multicast on && ip route add 224.0.0.0/4 dev lo && exec "$@"'


def in_own_network(script: Path, *words: str) -> dict[str, object]:
    """Run a script where there is no network but its own loopback; the last line that it prints, as JSON."""
    if importlib.util.find_spec("aalink") is None:
        pytest.skip("aalink is not installed: pip install -e '.[link]'")
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("unshare or ip is not installed: apt install util-linux iproute2")
    namespace = ["unshare", "-rn", "sh", "-c", ALONE, "sh"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("network namespaces are not permitted here")
    done = subprocess.run(
        [*namespace, sys.executable, str(script), *words], cwd=ROOT, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.fixture(scope="module")
def told() -> dict[str, object]:
    """What a session with one other peer was like; see link_peers.py."""
    return in_own_network(Path(__file__).with_name("link_peers.py"))


def test_alone_it_leads_nobody(told: dict[str, object]) -> None:
    assert told["alone"] == {"peers": 0, "leader": "free"}


def test_it_takes_over_tempo_and_beat_of_who_is_there(told: dict[str, object]) -> None:
    assert told["met"] == {"peers": 1, "leader": "link"}
    assert told["tempo_bpm"] == pytest.approx(133.0, abs=0.01)
    assert abs(float(str(told["off_ms"]))) < 5.0


def test_stop_holds_the_walk_and_start_lets_it_go_on(told: dict[str, object]) -> None:
    assert told["held"] == [False, True, False]


def test_when_the_other_leaves_the_beat_runs_on(told: dict[str, object]) -> None:
    assert told["left"] == {"peers": 0, "leader": "free"}
    assert told["tempo_after_bpm"] == pytest.approx(133.0, abs=0.1)
    assert float(str(told["leap_beats"])) < 0.05


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    script = tmp_path / "without.py"
    script.write_text(
        "import sys\nsys.modules['aalink'] = None\n"
        "from artwalks_live.__main__ import main\n"
        "sys.exit(main(['perform', sys.argv[1], '--headless', '--link', '--seconds', '1']))\n"
    )
    from tests.walks import make_walk

    bundle = make_walk(tmp_path / "show.walk").folder
    done = subprocess.run(
        [sys.executable, str(script), str(bundle)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={"PATH": "", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.strip() == "artwalks perform: --link needs the extra: pip install 'artwalks-live[link]'"

"""Every command of the README works as it is written."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(<!-- set-up: (\w+) -->\n)?```sh\n(.*?)```", re.DOTALL)
POSTS = """\
tweet_id,name,text,tweet_created
1001,ada_x,"Aurora Air lost my bag, terrible",2026-03-02 08:00:00 +0100
1002,bo_x,Nimbus was lovely today,2026-03-03 09:00:00 +0100
"""


def commands() -> list[str]:
    """The commands after the set-up, in order."""
    return [
        line for _, setup, text in BLOCK.findall(README) if not setup for line in text.splitlines() if line
    ]


def test_the_readme_names_the_two_set_up_commands() -> None:
    """CI runs these two word for word on a clean checkout."""
    assert [setup for _, setup, _ in BLOCK.findall(README) if setup] == ["install", "test"]


@pytest.mark.model
def test_every_command_works_in_the_order_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(POSTS, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for command in commands():
        words = shlex.split(command)
        assert words[0] == "listener", (
            f"{command}: only listener's own commands stand in the README after the set-up"
        )
        arguments = [sys.executable, "-m", "listener.cli", *words[1:]]
        if words[1] == "run":
            process = subprocess.Popen(
                arguments, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
            )
            assert process.stderr is not None
            assert "started" in process.stderr.readline()
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
            continue
        done = subprocess.run(
            arguments, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        offline = words[1] == "doctor" and done.returncode == 1 and "bluesky" in done.stdout
        assert done.returncode == 0 or offline, f"{command}: {done.stdout} {done.stderr}"
    exported = (tmp_path / "mentions.csv").read_text(encoding="utf-8-sig")
    assert "Aurora Air lost my bag" in exported
    assert "negative" in exported


def test_every_page_the_readme_points_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target

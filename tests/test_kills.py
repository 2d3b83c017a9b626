"""Killing the process at random points of collect, store, label and count loses nothing and doubles nothing.

The long run, a thousand kills, is `python -m benchmarks.kills`.
"""

from benchmarks.kills import run


def test_nothing_is_lost_and_nothing_doubled_by_kills(database_url: str) -> None:
    hit, offered, faults = run(database_url, kills=40, patience_ms=80, seed=3)
    assert hit >= 20
    assert offered >= 300
    assert faults == []

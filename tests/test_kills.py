"""Killing the process at random points of collect, store, label and count loses nothing and doubles nothing.

The long run, a thousand kills, is `python -m benchmarks.kills`.
"""

from benchmarks.kills import run


def test_nothing_is_lost_and_nothing_doubled_by_kills(database_url: str) -> None:
    stored, offered, faults = run(database_url, kills=25, patience=2.0, seed=3, least=13)
    assert offered == 300
    assert stored > 12, "the processes were killed before they did anything"
    assert faults == []

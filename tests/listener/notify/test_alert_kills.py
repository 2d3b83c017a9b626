"""Killing the sender at random points of claim, send and commit loses no message and gives none a second id.

The long run, a thousand kills, is `python -m benchmarks.alert_kills`.
"""

from benchmarks.alert_kills import run


def test_no_message_is_lost_or_sent_under_another_id_by_kills(database_url: str) -> None:
    found = run(database_url, kills=10, patience=1.2, seed=5, least=10)
    assert found.faults == []
    assert found.committed >= 10, "the processes were killed before they did anything"
    assert found.duplicates <= found.in_the_gap

"""Two years of random posts come to the same sums by the hour, the day and the week as a recount in local time, wherever people live."""

import random
from datetime import UTC, datetime

from benchmarks.zones import ZONES, clocks, disagreements, random_posts

DISTINCT = list({clocks(zone): zone for zone in ZONES}.values())
"""One zone for each set of clocks; `python -m benchmarks.zones` goes through all names."""


def test_days_and_weeks_agree_with_a_recount_in_every_time_zone() -> None:
    posts = random_posts(1_000, seed=1)
    assert len(DISTINCT) > 50
    assert [line for zone in DISTINCT for line in disagreements(zone, posts, ("day", "week"))] == []


def test_hours_agree_with_a_recount_in_zones_drawn_anew_each_day() -> None:
    seed = datetime.now(UTC).toordinal()
    drawn = random.Random(seed).sample(DISTINCT, 6)
    print(f"seed {seed}: {drawn}")
    posts = random_posts(5_000, seed)
    for zone in ("Pacific/Chatham", "Australia/Lord_Howe", *drawn):
        assert list(disagreements(zone, posts, ("hour",))) == [], seed

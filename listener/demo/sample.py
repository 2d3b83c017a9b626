"""The bundled posts, moved in time so that they end now."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from listener.collectors import own_format
from storage.types import NewPost

NOTICE = "The demo's posts, people and brands are invented: nobody wrote these texts, and any likeness to real brands or accounts is chance."
END = datetime(2026, 11, 2, tzinfo=UTC)
"""The Monday before which every post in the file was published."""
DAYS = 30
_WEEK = timedelta(weeks=1)


def config_text() -> str:
    """The demo's config.toml: one brand of ours and three competitors, no source."""
    return files("listener.demo").joinpath("config.toml").read_text("utf-8")


def load_sample(now: datetime) -> Iterator[NewPost]:
    """The posts of the 30 days before the current hour, oldest first.

    The file holds 37 days. All are moved by the same whole number of weeks, so a Monday's posts stay a
    Monday's and mornings stay mornings, and what would then lie in the future or more than 30 days back is
    left out. A second call a day later gives the same posts with the same ids, and a day's new ones.
    """
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    shift = -(-(hour - END) // _WEEK) * _WEEK
    kept: set[str] = set()
    with files("listener.demo").joinpath("sample.jsonl").open(encoding="utf-8") as file:
        for line in file:
            payload = json.loads(line)
            times = {
                key: datetime.fromisoformat(payload[key]) + shift
                for key in ("published_at", "edited_at")
                if key in payload
            }
            original = payload.get("repost_of")
            if times["published_at"] < hour - timedelta(days=DAYS) or max(times.values()) >= hour:
                continue
            if original is not None and original not in kept:
                continue
            kept.add(payload["source_id"])
            payload |= {key: time.isoformat() for key, time in times.items()}
            yield own_format.parse(payload, source="file", observed_at=now)

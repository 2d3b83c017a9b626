"""Posts being made for the demo, and how they are written down."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from listener.collectors.own_format import FIELDS
from listener.demo.people import NETWORKS, Account


@dataclass(slots=True)
class Draft:
    """A post before it has an id; `meant` is its author's sentiment toward each brand it names."""

    at: datetime
    source: str
    text: str
    author: Account
    meant: dict[str, str] = field(default_factory=dict)
    lang: str | None = "en"
    more: dict[str, Any] = field(default_factory=dict)
    repost_of: "Draft | None" = None
    reply_to: "Draft | None" = None
    edit_of: "Draft | None" = None
    id: str = ""


def lines(drafts: Iterable[Draft], rng: Random) -> Iterator[str]:
    """Each post as a line in our own format, keys in its order."""
    for draft in drafts:
        first = draft.edit_of or draft
        known: dict[str, Any] = {
            "source": draft.source,
            "source_id": first.id,
            "text": draft.text,
            "published_at": _stamp(first.at),
            "lang": draft.lang,
            "author": draft.author.handle or None,
            "author_id": draft.author.id,
            "author_name": draft.author.name,
            "followers": draft.author.followers,
            **draft.more,
        }
        if draft.edit_of is not None:
            known |= {"version_id": draft.id, "edited_at": _stamp(draft.at)}
        if draft.repost_of is not None:
            known["repost_of"] = draft.repost_of.id
        elif draft.source != "feeds":
            known |= _figures(draft, rng)
        if draft.reply_to is not None:
            known["reply_to"] = draft.reply_to.id
        made = {name: known[name] for name in FIELDS if known.get(name) is not None}
        yield json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n"


def _figures(draft: Draft, rng: Random) -> dict[str, int]:
    """Likes grow with the root of the audience; one post in a hundred goes far."""
    reach = (
        (draft.author.followers or 120) ** 0.5
        * rng.lognormvariate(-1.2, 1.1)
        * (25 if rng.random() < 0.01 else 1)
    )
    likes = int(reach)
    figures = {"likes": likes, "comments": int(likes * rng.random() * 0.3)}
    if draft.source in NETWORKS:
        figures["shares"] = int(likes * rng.random() * 0.35)
    if draft.source == "x":
        figures["views"] = likes * rng.randrange(20, 90) + rng.randrange(3, 200)
    return figures


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")

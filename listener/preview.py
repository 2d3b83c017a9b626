"""What a query would match among the posts that are stored, and what each configured network would be asked for it."""

import time
from datetime import datetime, timedelta

from dashboard.actions import Preview
from listener.collectors.base import SourceSettings
from listener.service import Service
from storage.mentions import MentionFilter, MentionRow, document, find
from storage.query import Query, QueryError, matches, parse

DAYS = 14
MOST_POSTS = 5_000
MOST_SHOWN = 20
LONGEST_QUERY = 10_000
LONGEST_S = 2.0
"""A query that takes longer is looked at in fewer posts."""


def preview(service: Service, text: str, *, now: datetime) -> Preview:
    """The newest posts of the last `DAYS` days that mention any brand, at most `MOST_POSTS`, each asked whether it meets the query.

    A post that mentions no brand is not stored, so a new brand's query is shown here with what it shares with those that are followed.
    Raises StorageError.
    """
    if len(text) > LONGEST_QUERY:
        return Preview(text[:200], f"is too long; a query has at most {LONGEST_QUERY:,} characters")
    try:
        query = parse(text)
    except QueryError as error:
        return Preview(text, error.reason, error.position)
    wanted = MentionFilter(since=now - timedelta(days=DAYS), until=now + timedelta(days=1), irrelevant=None)
    seen: set[int] = set()
    matched, sample = 0, list[MentionRow]()
    until = time.monotonic() + LONGEST_S
    for row in find(service.db, wanted, limit=MOST_POSTS):
        if row.post_id in seen:
            continue
        seen.add(row.post_id)
        if matches(query, document(row)):
            matched += 1
            if len(sample) < MOST_SHOWN:
                sample.append(row)
        if time.monotonic() > until:
            break
    return Preview(text, "", None, matched, len(seen), sample, asked(service, query))


def asked(service: Service, query: Query) -> dict[str, str]:
    """Each enabled source's own search for the query, by its name; what a network cannot say is filtered after fetching."""
    return {
        name: _asked(settings, query)
        for name, settings in service.config.sources.items()
        if settings.enabled and settings.type != "webhook"
    }


def _asked(settings: SourceSettings, query: Query) -> str:
    from listener.collectors.hackernews_query import asks
    from listener.collectors.word_search import alternatives
    from listener.collectors.x_query import to_x

    try:
        match settings.type:
            case "x":
                found = to_x(query, max_length=getattr(settings, "query_length", 512))
                left = f"   (filtered afterwards: {', '.join(found.dropped)})" if found.dropped else ""
                return found.text + left if found.text else "nothing: no post on X can meet it"
            case "hackernews":
                return " | ".join(ask.key or "everything" for ask in asks(query))
            case "reddit" | "youtube":
                return " | ".join(alternatives(query)) or "everything it can give, filtered afterwards"
            case _:
                return "everything it brings, filtered here"
    except QueryError as error:
        return str(error)

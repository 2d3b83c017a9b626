"""What a query would match among the posts that are stored, and what each configured network would be asked for it."""

import time
from datetime import datetime, timedelta

from dashboard.actions import PostSeen, Preview
from listener.collectors.base import SourceSettings
from listener.service import Service
from storage.query import Query, QueryError, matches, parse
from storage.query_match import Document
from storage.stored import newest_posts

DAYS = 14
MOST_POSTS = 5_000
MOST_SHOWN = 20
LONGEST_QUERY = 10_000
LONGEST_S = 2.0
"""A query that takes longer is looked at in fewer posts."""


def preview(service: Service, text: str, *, now: datetime) -> Preview:
    """The newest stored posts of the last `DAYS` days, at most `MOST_POSTS`, each asked whether it meets the query.

    Sources bring what the followed brands ask for, and of that what names one is stored; posts that name none are there where an import
    kept them. So a new brand's query finds here what it shares with the others, and more once it is followed. Raises StorageError.
    """
    if len(text) > LONGEST_QUERY:
        return Preview(text[:200], f"is too long; a query has at most {LONGEST_QUERY:,} characters")
    try:
        query = parse(text)
    except QueryError as error:
        return Preview(text, error.reason, error.position)
    since, until = now - timedelta(days=DAYS), now + timedelta(days=1)
    seen = nameless = matched = 0
    sample = list[PostSeen]()
    ends = time.monotonic() + LONGEST_S
    for stored, named in newest_posts(service.db, since=since, until=until, limit=MOST_POSTS):
        seen, nameless = seen + 1, nameless + (not named)
        post, author = stored.post, stored.post.author
        handle = author.handle if author else None
        if matches(query, Document(post.text, post.lang, handle, post.source, post.url, post.links)):
            matched += 1
            if len(sample) < MOST_SHOWN:
                name = author.name if author else None
                sample.append(PostSeen(post.source, handle, name, post.published_at, post.text))
        if time.monotonic() > ends:
            break
    return Preview(text, "", None, matched, seen, nameless, DAYS, sample, asked(service, query))


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

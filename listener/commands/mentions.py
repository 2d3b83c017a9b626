"""`listener mentions`: the posts behind the figures, and those that are left out of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from rich.text import Text

from listener import show
from listener.commands.gather import service_for
from listener.commands.look import elsewhere, known_networks, local, print_left_out
from listener.pipeline import utc_now
from listener.service import Service
from listener.times import window
from metrics.types import utc_text
from storage.mentions import MentionFilter, MentionRow, count, find
from storage.query import parse
from storage.workflow import Case, cases

PAGE = 500
STYLES = {"negative": "red", "positive": "green", "neutral": "cyan"}
MENTION_COLUMNS = [
    "id", "published_at", "brand", "label", "p_negative", "p_neutral", "p_positive", "model", "relevance", "irrelevant", "said_irrelevant",
    "target", "source", "source_id", "author", "followers", "lang", "likes", "shares", "comments", "views", "repost_of", "url",
    "assignee", "tags", "resolved_at", "text",
]  # fmt: skip


@contextmanager
def filtered(
    config: Path,
    form: str,
    brands: list[str] | None,
    networks: list[str] | None,
    since: str | None,
    until: str | None,
    **rest: Any,
) -> Iterator[tuple[Service, MentionFilter]]:
    with service_for(config, quiet=form != "table") as service:
        start, end = window(since, until, now=utc_now(), zone=service.config.timezone)
        networks = known_networks(service, networks)
        ids = service.brand_ids(brands) or [brand.id for brand in service.brands]
        yield service, MentionFilter(brands=ids, sources=networks or None, since=start, until=end, **rest)


def mentions(
    config: Path,
    brands: list[str] | None,
    networks: list[str] | None,
    since: str | None,
    until: str | None,
    label: str | None,
    langs: list[str] | None,
    author: str | None,
    query: str | None,
    reposts: bool,
    limit: int,
    form: str,
    *,
    irrelevant: bool = False,
    assigned: str | None = None,
    tags: list[str] | None = None,
    resolved: bool | None = None,
) -> None:
    """Print the posts behind the figures of the same filters, or (`irrelevant`) those that are left out of them."""
    rest: dict[str, Any] = {
        "labels": [label] if label else None,
        "langs": langs or None,
        "author": author,
        "query": parse(query) if query else None,
        "reposts": None if reposts else False,
        "irrelevant": irrelevant,
        "assignee": assigned,
        "tags": tags or None,
        "resolved": resolved,
    }
    with filtered(config, form, brands, networks, since, until, **rest) as (service, wanted):
        names = {brand.id: brand.name for brand in service.brands}
        found = find(service.db, wanted, limit=limit or None)
        first = next(found, None)
        rows = _plain_rows(service, chain([first] if first else [], found), names)
        if form == "json":
            show.as_json(list(rows))
        elif form == "csv":
            show.as_csv(MENTION_COLUMNS, rows)
        else:
            _print_mentions(list(rows), wanted, count(service.db, wanted), service.config.timezone)
            left_out = 0 if irrelevant else count(service.db, replace(wanted, irrelevant=True))
            print_left_out(left_out, "--irrelevant shows them")
        if first is None:
            others = elsewhere(service, brands, networks)
            show.console(stderr=True).print(f"No mention meets all of this{others}")


def _plain_rows(
    service: Service, found: Iterator[MentionRow], names: dict[str, str]
) -> Iterator[dict[str, Any]]:
    """The mentions as they are printed, with what people did with them."""
    while some := list(islice(found, PAGE)):
        worked_on = cases(service.db, [row.id for row in some])
        for row in some:
            case = worked_on.get(row.id, Case())
            yield _plain_row(row, names) | {
                "assignee": case.assignee,
                "tags": " ".join(case.tags),
                "resolved_at": utc_text(case.resolved_at) if case.resolved_at else None,
            }


def _plain_row(row: MentionRow, names: dict[str, str]) -> dict[str, Any]:
    stats = row.stats
    return {
        "id": str(row.id),
        "published_at": utc_text(row.published_at),
        "brand": names.get(row.brand_id, row.brand_id),
        "label": row.label,
        "p_negative": None if row.p_negative is None else row.p_negative / 10_000,
        "p_neutral": None if row.p_neutral is None else row.p_neutral / 10_000,
        "p_positive": None if row.p_positive is None else row.p_positive / 10_000,
        "model": row.model_id,
        "relevance": None if row.relevance is None else row.relevance / 10_000,
        "irrelevant": row.irrelevant,
        "said_irrelevant": row.said_irrelevant,
        "target": row.target,
        "source": row.source,
        "source_id": row.source_id,
        "author": row.handle or row.author_name,
        "followers": row.followers,
        "lang": row.lang,
        "likes": stats.likes if stats else None,
        "shares": stats.shares if stats else None,
        "comments": stats.comments if stats else None,
        "views": stats.views if stats else None,
        "repost_of": row.repost_of,
        "url": row.url,
        "text": row.text,
    }


def _print_mentions(rows: list[dict[str, Any]], wanted: MentionFilter, total: int, zone: str) -> None:
    """Two lines a mention: what is known of it, and what it says."""
    out = show.console()
    for row in rows:
        label = row["label"] or ("repost" if row["repost_of"] else "unlabelled")
        when = local(datetime.fromisoformat(row["published_at"]), zone)
        facts = [
            when,
            row["brand"],
            label,
            row["source"],
            show.plain(row["author"] or show.EMPTY, 40),
            row["lang"],
            *_relevance(row),
            *_work(row),
        ]
        out.print(
            Text(
                f"{row['id']:>6}  {'  '.join(show.plain(fact) for fact in facts)}",
                style=STYLES.get(label, "dim"),
            )
        )
        show.indented(out, show.plain(row["text"], 500))
    if wanted.since and wanted.until:
        when = f"{local(wanted.since, zone)} to {local(wanted.until, zone)}, {zone}"
        out.print(f"{len(rows):,} of {total:,} mentions, {when}")
    hints = ["--limit 0 shows all"] if len(rows) < total else []
    if rows and wanted.irrelevant:
        hints += ["--about ID lets one count after all"]
    elif rows:
        hints += [
            "--correct ID positive|neutral|negative corrects a label",
            "--not-about ID leaves out what is not about the brand",
        ]
    if hints:
        out.print("; ".join(hints))


def _work(row: dict[str, Any]) -> list[str]:
    """Who looks after it, its tags, and that it is done; nothing for what nobody touched."""
    who = f"{row['assignee']} has it" if row["assignee"] and not row["resolved_at"] else ""
    return list(
        filter(None, (who, "resolved" if row["resolved_at"] else "", row["tags"] and f"[{row['tags']}]"))
    )


def _relevance(row: dict[str, Any]) -> list[str]:
    """Why a mention is left out, or counted in spite of its score; nothing where there is nothing to tell."""
    score = "" if row["relevance"] is None else f", relevance {row['relevance']:.2f}"
    if row["said_irrelevant"] is not None:
        return [f"{'not ' * row['said_irrelevant']}about it, a person says{score}"]
    if not row["irrelevant"]:
        return []
    return [f"not about it{score or ', like the post it repeats'}"]

"""`listener voice`: the share of voice counted in five ways, side by side, and who leads."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from listener import show
from listener.commands.gather import service_for
from listener.commands.look import known_networks, local
from listener.pipeline import utc_now
from listener.times import window
from metrics.read.voices import Copied, VoiceTable, voice_table
from metrics.types import utc_text
from metrics.voice.heard import TITLES, SetAside, verdict
from metrics.voice.tally import WAYS, Lead, Share

COLUMNS = ["way", "brand", "value", "low", "high", "n", "smallest_change"]


def voice(config: Path, networks: list[str] | None, since: str | None, until: str | None, form: str) -> None:
    """Print every brand's share in each way of counting, who leads, and what was set aside."""
    with service_for(config, quiet=form != "table") as service:
        zone = service.config.timezone
        now = utc_now()
        start, end = window(since, until, now=now, zone=zone)
        sources = known_networks(service, networks) or None
        found = voice_table(service.db, since=start, until=end, timezone=zone, now=now, sources=sources)
    if form == "json":
        show.as_json(_document(found))
    elif form == "csv":
        show.as_csv(COLUMNS, _rows(found))
    else:
        _print(show.console(), found, zone)


def _rows(found: VoiceTable) -> Iterator[dict[str, Any]]:
    for way in WAYS:
        for brand, share in found.heard.shares[way].items():
            low, high = share.interval if share else (None, None)
            yield {
                "way": way,
                "brand": brand,
                "value": share.value if share else None,
                "low": low,
                "high": high,
                "n": share.n if share else 0,
                "smallest_change": share.smallest if share else None,
            }


def _document(found: VoiceTable) -> dict[str, Any]:
    return {
        "since": utc_text(found.period.start),
        "until": utc_text(found.period.end),
        "shares": [row | {"brand_id": found.brands[row["brand"]]} for row in _rows(found)],
        "leads": {way: ahead and _lead(ahead) for way, ahead in found.heard.leads.items()},
        "leader_changes": found.heard.leader_changes,
        "verdict": list(verdict(found.heard)),
        "pairs": {way: [_lead(pair) for pair in found.pairs[way]] for way in WAYS},
        "overtook": {way: [list(pair) for pair in found.overtaken[way]] for way in WAYS},
        "set_aside": {brand: _aside(aside) for brand, aside in found.heard.aside.items()},
        "copied": [_copied(one) for one in found.copied],
    }


def _lead(ahead: Lead) -> dict[str, Any]:
    return {
        "brand": ahead.brand,
        "rival": ahead.rival,
        "p_value": ahead.chance,
        "more_than_chance": ahead.real,
    }


def _aside(aside: SetAside) -> dict[str, int]:
    return {name: getattr(aside, name) for name in ("copies", "repeats", "bursts", "in_bursts", "nameless")}


def _copied(one: Copied) -> dict[str, Any]:
    return {
        "brand": one.brand,
        "mentions": one.mentions,
        "accounts": one.authors,
        "minutes": round(one.lasted / timedelta(minutes=1), 1),
        "burst": one.burst,
        "example": str(one.example.id) if one.example else None,
        "text": one.example.text if one.example else None,
    }


def _print(out: Console, found: VoiceTable, zone: str) -> None:
    brands = list(found.brands)
    out.print(
        f"Share of voice, {local(found.period.start, zone)} to {local(found.period.end, zone)}; {zone}\n"
    )
    shares = found.heard.shares
    rows = [[TITLES[way], *(_cell(shares[way][brand]) for brand in brands)] for way in WAYS]
    smallest = [shares["mentions"][brand] for brand in brands]
    rows.append(
        [
            "smallest change that would be noticed",
            *(show.number(s.smallest if s else None, "points") for s in smallest),
        ]
    )
    out.print(show.table(["Counted", *brands], rows, right=range(1, len(brands) + 1)))
    out.print("In brackets: 95 %, allowing for one author posting many times.\n", style="dim")
    for sentence in (*verdict(found.heard), *_compared(found), *_overtaken(found), *_set_aside(found)):
        out.print(show.plain(sentence))
    if found.copied:
        out.print()
        head = ["Said again and again", "Brand", "Times", "Accounts", "Within", "Burst", "First"]
        out.print(show.table(head, map(_line, found.copied), right=(2, 3, 4)))


def _cell(share: Share | None) -> str:
    if share is None:
        return show.EMPTY
    low, high = share.interval
    return f"{share.value:.1f} % [{low:.1f}, {high:.1f}]"


def _compared(found: VoiceTable) -> Iterator[str]:
    """Which brands are ahead of which by more than chance; left to the verdict where there are only two."""
    behind: dict[str, list[str]] = {}
    for pair in found.pairs["mentions"]:
        if pair.real:
            behind.setdefault(pair.brand, []).append(pair.rival)
    if len(found.brands) > 2 and behind:
        said = "; ".join(f"{ahead} over {', '.join(rivals)}" for ahead, rivals in behind.items())
        yield f"Ahead by mentions by more than chance, all comparisons together: {said}."


def _overtaken(found: VoiceTable) -> Iterator[str]:
    pairs = dict.fromkeys(pair for way in WAYS for pair in found.overtaken[way])
    for pair in pairs:
        ways = [TITLES[way] for way in WAYS if pair in found.overtaken[way]]
        yield f"{pair[0]} overtook {pair[1]} since the period before: {', '.join(ways)}."


def _set_aside(found: VoiceTable) -> Iterator[str]:
    for brand, aside in found.heard.aside.items():
        parts = [f"{aside.copies:,} repeat an earlier text"] if aside.copies else []
        bursts = "a burst" if aside.bursts == 1 else f"{aside.bursts:,} bursts"
        parts += [f"{aside.in_bursts:,} are part of {bursts}"] if aside.bursts else []
        parts += [f"{aside.nameless:,} have no known author"] if aside.nameless else []
        if parts:
            yield f"Of {brand}'s mentions {', '.join(parts)}."


def _line(one: Copied) -> list[object]:
    text = show.plain(one.example.text, 60) if one.example else show.EMPTY
    minutes = one.lasted / timedelta(minutes=1)
    within = f"{minutes:,.0f} min" if minutes < 120 else f"{minutes / 60:,.0f} h"
    first = one.example.id if one.example else show.EMPTY
    return [
        text,
        one.brand,
        f"{one.mentions:,}",
        f"{one.authors:,}",
        within,
        "yes" if one.burst else "no",
        first,
    ]

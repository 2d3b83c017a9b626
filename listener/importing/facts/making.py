"""One row of a file into figures, or the reason why it gives none."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from listener.importing.facts.cells import Cells, Plan, Refused, quoted
from listener.importing.facts.days import FIRST_YEAR
from listener.importing.facts.headings import NETWORKS, channel_of, is_social
from listener.importing.facts.influencers import Unfit, influencer_of
from listener.importing.facts.mapping import AUDIENCE, facts_in, is_tickets
from listener.suggestion import did_you_mean
from metrics.facts import FACTS
from storage.facts import MILLION, FactKey

_TOTAL = re.compile(
    r"(grand |sub-?)?totals?\b\s*([:\-–—].*)?|(gesamt|summe|total general|totale|totaal|results from .*)",
    re.IGNORECASE,
)

Figure = tuple[FactKey, int]


class NotAsked(Exception):
    """A row of a channel that is not to be counted."""

    def __init__(self, channel: str) -> None:
        super().__init__(channel)
        self.channel = channel


def figures(plan: Plan, row: Mapping[str, Any]) -> list[Figure]:
    """The figures of one row, [] for one without any. Raises Refused, and NotAsked for a channel that is not counted."""
    return list(_Row(plan, row).told())


@dataclass(frozen=True, slots=True)
class _Row(Cells):
    def told(self) -> Iterator[Figure]:
        """The row's figures, each one that can be an influencer's where the row names one."""
        for key, amount in self.figures():
            if key.influencer and not FACTS[key.fact].by_influencer:
                fact = key.fact.replace("_", " ")
                raise self.refused("influencer", f"{fact} cannot be an influencer's: leave the cell empty")
            yield key, amount

    def figures(self) -> Iterator[Figure]:
        columns = self.plan.columns
        tickets, facts = is_tickets(columns), facts_in(columns)
        filled = [name for name in (*facts, "value", "created") if self.has(name)]
        if not filled:
            return
        self._refuse_total("created" if tickets else "date")
        day = self.moment("created").astimezone(self.plan.zone).date() if tickets else self.day("date")
        self._check(day)
        channel = self._channel()
        key = self._by_influencer(FactKey(self._brand(), "", day, channel, self.text("campaign")))
        if tickets:
            yield from self._ticket(key)
        elif "fact" in columns:
            yield from self._named(key)
        else:
            for fact in facts:
                if self.has(fact):
                    yield from self._fact(key._replace(fact=fact), fact)
            yield from self._bounced(key)

    def _refuse_total(self, day: str) -> None:
        first = next((cell for cell in self.row.values() if cell not in (None, "")), None)
        for cell in (first, *map(self.cell, ("campaign", "channel", "influencer", day))):
            if isinstance(cell, str) and _TOTAL.fullmatch(cell.strip()):
                raise Refused("", f'a total of other rows ("{cell.strip()[:60]}"): counted already')
        if not self.has(day):
            raise self.refused(day, "no day; a row without one is mostly a total of the others")

    def _check(self, day: date) -> None:
        name = "created" if is_tickets(self.plan.columns) else "date"
        if day > self.plan.now.astimezone(self.plan.zone).date():
            raise self.refused(name, f"{day} lies in the future")
        if day.year < FIRST_YEAR:
            raise self.refused(name, f"{day} lies before {FIRST_YEAR}")
        if self.has("last_day") and (last := self.day("last_day")) != day:
            raise self.refused(
                "last_day", f"the row is of {day} to {last}; export by day, so that each row is of one"
            )

    def _brand(self) -> str:
        said = self.cell("brand")
        if said is None and self.plan.brand is not None:
            return self.plan.brand
        found = self.plan.brands.get(str(said).strip().casefold())
        if said is None or found is None:
            known = ", ".join(sorted(set(self.plan.brands.values())))
            raise self.refused(
                "brand",
                f"{quoted(said)} is no brand of config.toml; it has {known}"
                if said is not None
                else "no brand",
            )
        return found

    def _channel(self) -> str:
        channel = channel_of(self.text("channel")) or self.plan.channel
        only = self.plan.only
        if only and channel not in only and not ("social" in only and is_social(channel)):
            raise NotAsked(channel)
        return channel

    def _by_influencer(self, key: FactKey) -> FactKey:
        """With whom the row names; the network of an account's address is the channel where the row has none."""
        text = self.text("influencer")
        try:
            name, network = influencer_of(text)
        except Unfit as error:
            raise self.refused("influencer", f"{quoted(text)} {error}") from error
        if network and key.channel in NETWORKS.values() and network != key.channel:
            raise self.refused(
                "influencer", f"{quoted(text)} is of {network}, and the row's channel is {key.channel}"
            )
        return key._replace(channel=key.channel or network, influencer=name)

    def _fact(self, key: FactKey, name: str) -> Iterator[Figure]:
        """The figures of a fact's own column: a number, or the score that one answer gave."""
        if key.fact in ("csat", "nps", "rating"):
            count = self.counted("count", "answers") if self.has("count") else MILLION
            yield key._replace(detail=self.score(key.fact, name)), count
        elif key.fact == "audience":
            for part in AUDIENCE:
                if self.has(part):
                    yield key._replace(detail=f"{part}={self.text(part)}"), self.counted(name, key.fact)
        elif FACTS[key.fact].detail:
            yield key._replace(detail=self._detail(key.fact)), self.counted(name, key.fact)
        elif FACTS[key.fact].unit == "money":
            currency, amount = self.money(name)
            yield key._replace(currency=currency), amount
        else:
            yield key, self.counted(name, key.fact)

    def _named(self, key: FactKey) -> Iterator[Figure]:
        """The figure of a row that names its fact."""
        fact = self.text("fact").casefold().replace(" ", "_").replace("-", "_")
        if fact not in FACTS:
            hint = did_you_mean(fact, FACTS) or f"; facts are {', '.join(FACTS)}"
            raise self.refused("fact", f"{quoted(self.cell('fact'))} is no fact{hint}")
        key = key._replace(fact=fact)
        if FACTS[fact].unit == "money":
            currency, amount = self.money("value")
            yield key._replace(currency=currency), amount
        else:
            detail = self._detail(fact) if FACTS[fact].detail else ""
            yield key._replace(detail=detail), self.counted("value", fact)

    def _detail(self, fact: str) -> str:
        """What a row's count is told apart by, from the column for it."""
        if not self.has("detail"):
            raise self.refused(
                "detail",
                f"{fact} needs {FACTS[fact].detail}: say which column holds it with --map detail=COLUMN",
            )
        if fact in ("csat", "nps", "rating"):
            return self.score(fact, "detail")
        text = self.text("detail")
        if fact == "audience":
            part, equals, who = (word.strip() for word in text.partition("="))
            if not equals or part.casefold() not in AUDIENCE or not who:
                raise self.refused(
                    "detail", f"{quoted(text)}: write {' or '.join(f'{name}=...' for name in AUDIENCE)}"
                )
            return f"{part.casefold()}={who}"
        return str(self.minutes("detail"))

    def _bounced(self, key: FactKey) -> Iterator[Figure]:
        """Of web analytics that tell the engaged sessions: the others."""
        if self.has("engaged_sessions") and self.has("sessions") and not self.has("bounced_sessions"):
            bounced = self.counted("sessions", "sessions") - self.counted("engaged_sessions", "sessions")
            if bounced < 0:
                raise self.refused("engaged_sessions", "are more than the sessions")
            yield key._replace(fact="bounced_sessions"), bounced

    def _ticket(self, key: FactKey) -> Iterator[Figure]:
        """What became of one case, with the minutes that it took or has taken so far."""
        created, at = self.moment("created"), self.plan.at
        solved = self._lasted("solved", created)
        open_for = (at - created) // timedelta(minutes=1)
        if {"first_reply", "first_reply_minutes"} & self.plan.columns.keys():
            replied = self._lasted("first_reply", created)
            fact = "unanswered" if replied is None else "answered"
            waited = replied if replied is not None else solved if solved is not None else open_for
            yield key._replace(fact=fact, detail=str(waited)), MILLION
        if {"solved", "solved_minutes"} & self.plan.columns.keys():
            fact = "unresolved" if solved is None else "resolved"
            yield key._replace(fact=fact, detail=str(open_for if solved is None else solved)), MILLION

    def _lasted(self, name: str, created: datetime) -> int | None:
        """The minutes from `created` until the time in a column, or those in the column for them."""
        if self.has(f"{name}_minutes"):
            return self.minutes(f"{name}_minutes")
        if not self.has(name):
            return None
        minutes = (self.moment(name) - created) // timedelta(minutes=1)
        if minutes < 0:
            raise self.refused(name, "lies before the case was created")
        return minutes

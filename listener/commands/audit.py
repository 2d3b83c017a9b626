"""`listener audit`: a person labels mentions drawn at random, which measures how often the model is right for a brand."""

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from random import SystemRandom
from typing import Literal
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from listener import show
from listener.audit_result import print_result
from listener.auditing import (
    check_sheet,
    read_sheet,
    rows_of,
    said,
    write_sheet,
)
from listener.commands.gather import as_options, service_for, stored_days
from listener.errors import ListenerError, UsageError
from listener.pipeline import utc_now
from listener.service import Service
from listener.times import window
from metrics.read.audit import measured, still_open
from metrics.target import excerpt, places
from storage.audits import SAID, Said, Verdict, answer, asked, begin_draw, draws, verdicts
from storage.labels import model_in_use, waiting_count
from storage.mentions import MentionRow
from storage.types import BrandQuery

FEWEST, MOST = 10, 1000
SHOWN = 2_000
"""Characters of a post on the screen unless all of it is asked for."""
EVER = "1900-01-01"
PROMPT = "p positive, u neutral, n negative; i not about it, s cannot say, b back, q stop"
KEY_LIST = (
    "  p positive, u neutral, n negative toward the brand; i not about the brand; s cannot say (skip)\n"
    "  b back to the one before; a all of a long post; q stop (what is done is kept)"
)

Control = Literal["back", "all", "quit"]
CONTROLS: dict[str, Control] = {
    "b": "back", "back": "back", "a": "all", "all": "all", "q": "quit", "quit": "quit", "stop": "quit",
}  # fmt: skip


def audit(
    config: Path,
    name: str,
    *,
    n: int,
    since: str | None,
    until: str | None,
    to: Path | None,
    filled: Path | None,
    result: bool,
    fresh: bool,
    force: bool,
    form: str,
) -> None:
    """Ask about drawn mentions on the screen or by a sheet, then say how often the model was right."""
    if sum([to is not None, filled is not None, result]) > 1:
        raise UsageError("--to, --from and --result are three different things: choose one")
    if not FEWEST <= n <= MOST:
        raise UsageError(
            f"--n {n}: with fewer than {FEWEST} posts chance decides"
            if n < FEWEST
            else f"--n {n}: more than {MOST:,} are never finished; draw {MOST:,}, and more when they are done: draws add up"
        )
    if to is not None:
        check_sheet(to, force=force)
    with service_for(config, quiet=form != "table") as service:
        (brand_id,) = service.brand_ids([name])
        brand = next(brand for brand in service.brands if brand.id == brand_id)
        out = show.console(stderr=form != "table")
        reading = read_sheet(service, brand, filled, clock=utc_now) if filled else None
        if (
            reading is None
            and not result
            and _something_to_ask(service, brand, out, n, since, until, fresh=fresh)
        ):
            if to is not None:
                _write(service, brand, to, out, force=force, form=form)
                return
            out.print(f"How does each post feel toward {show.plain(brand.name)}?")
            with suppress(KeyboardInterrupt):
                _Session(service, brand, out, _lines(), utc_now).run()
        found = measured(service.db, brand)
    print_result(found, reading, form)


def _something_to_ask(
    service: Service,
    brand: BrandQuery,
    out: Console,
    n: int,
    since: str | None,
    until: str | None,
    *,
    fresh: bool,
) -> bool:
    """Go on with the draw that was begun, or draw anew; False when every labelled mention was checked. Raises ListenerError when none is."""
    start, end = None, None
    if since or until:
        start, end = window(since or EVER, until, now=utc_now(), zone=service.config.timezone)
    left = still_open(service.db, brand.id)
    if left and not fresh:
        other = "; --n, --since and --until are for the next draw" if since or until else ""
        out.print(
            f"Going on with the posts drawn before: {len(left)} to go (--new draws others instead){other}"
        )
        return True
    seed = SystemRandom().getrandbits(48)
    draw = begin_draw(service.db, brand.id, n, since=start, until=end, seed=seed, now=utc_now())
    when = " in this time" if start else ""
    if draw is not None:
        few = "" if len(draw.ids) == n else f": there are no more that are labelled and not checked{when}"
        out.print(f"{len(draw.ids)} mentions of {show.plain(brand.name)} drawn at random{few}")
        return True
    _say_why_none(service, brand, out, when)
    return False


def _say_why_none(service: Service, brand: BrandQuery, out: Console, when: str) -> None:
    days = stored_days(service, [brand.id])
    if days is None:
        raise ListenerError(
            f"no mention of {brand.name} is stored: listener import FILE, collect or run brings posts in"
        )
    model = model_in_use(service.db)
    if model is None:
        raise ListenerError(f"no mention of {brand.name} is labelled yet: run listener label first")
    waiting = waiting_count(service.db, model)
    label = f"; listener label labels {waiting:,} that wait" if waiting else ""
    stored = f"; mentions are stored from {days[0]} to {days[1]}:{as_options(days)}" if when else ""
    out.print(
        f"Every labelled mention of {show.plain(brand.name)}{when} is checked, or there is none{label}{stored}"
    )


def _write(service: Service, brand: BrandQuery, path: Path, out: Console, *, force: bool, form: str) -> None:
    written = write_sheet(service, brand, still_open(service.db, brand.id), path, force=force)
    done = {"file": str(path), "posts": written}
    if form == "json":
        show.as_json(done)
    elif form == "csv":
        show.as_csv(list(done), [done])
    else:
        out.print(
            f"{written} posts written to {show.plain(path)}. Fill the column label, from the top and leaving none out: positive, "
            "neutral or negative (p, u, n), i for not about the brand, s for cannot say. Then:"
        )
        out.print(f"  listener audit {show.plain(brand.id)} --from {show.plain(path)}")


def _lines() -> Callable[[], str]:
    """The next line of standard input; "" when it ended or was never there."""
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    return lambda: sys.stdin.readline() if sys.stdin else ""


@dataclass(slots=True)
class _Session:
    """One sitting. Nothing is kept here but where to go back to: each answer is stored before the next question."""

    service: Service
    brand: BrandQuery
    out: Console
    line: Callable[[], str]
    clock: Callable[[], datetime]

    def run(self) -> None:
        """Ask until nothing is open or the person stops."""
        back: int | None = None
        whole = False
        while True:
            drawn = draws(self.service.db, self.brand.id)
            became = verdicts(self.service.db, drawn)
            queue = asked(drawn)
            current = back or next((number for number in queue if became[number] == "open"), None)
            shown = self.present(current)
            if current is None or shown is None:
                return
            place = next(
                (draw.ids.index(current) + 1, len(draw.ids)) for draw in drawn if current in draw.ids
            )
            self.show(shown, became[current], place, whole=whole)
            told = self.reply(whole=whole)
            whole = told == "all"
            if told == "quit":
                return
            if told == "all":
                back = current
            elif told == "back":
                before = [number for number in queue[: queue.index(current)] if became[number] in SAID]
                if not before:
                    self.out.print("This is the first one: there is nothing to go back to")
                back = before[-1] if before else current
            else:
                back = self.store(shown, told)

    def store(self, shown: MentionRow, told: Said) -> int | None:
        """Store the answer for the text that was shown; the mention to show again where the text is another by now."""
        now_there = self.present(shown.id)
        if now_there is None:
            self.out.print("This post was erased just now: your answer is not kept")
        elif now_there.text_version != shown.text_version:
            self.out.print("This post was edited just now: please read it again")
            return shown.id
        else:
            answer(self.service.db, self.brand.id, shown.id, told, now=self.clock())
        return None

    def present(self, number: int | None) -> MentionRow | None:
        return rows_of(self.service, [number]).get(number) if number is not None else None

    def show(self, row: MentionRow, verdict: Verdict, place: tuple[int, int], *, whole: bool) -> None:
        """One post without the model's label, so that nobody is led by it."""
        out, zone = self.out, ZoneInfo(self.service.config.timezone)
        target, text = show.plain(row.target), show.plain(row.text)
        cut = text if whole else excerpt(text, target, SHOWN)
        who = show.plain(row.handle or row.author_name or show.EMPTY, 40)
        head = [self.brand.name, row.source, f"{row.published_at.astimezone(zone):%Y-%m-%d %H:%M}", who]
        so_far = f"   (so far: {verdict})" if verdict in SAID else ""
        out.print()
        out.print(
            Text(f"{place[0]} of {place[1]}   {'   '.join(map(show.plain, head))}{so_far}", style="bold")
        )
        marked = Text(cut)
        for start, end in places(cut, target):
            marked.stylize("bold reverse", start, end)
        for line in marked.wrap(out, max(out.width - 4, 20)) if out.is_terminal else [marked]:
            line.rstrip()
            out.print(Text("    ") + line, soft_wrap=True)
        if cut is not text:
            out.print(f"    ({SHOWN:,} of {len(text):,} characters; a shows all)", style="dim")
        if not target:
            out.print(f"    (found by {show.plain(', '.join(row.terms), 200)})", style="dim")
        if row.url:
            out.print(f"    {show.plain(row.url, 200)}", style="dim", soft_wrap=True)

    def reply(self, *, whole: bool) -> Said | Control:
        """An answer or a wish; asks until it is one. End of input and Ctrl-C are a wish to stop."""
        while True:
            self.out.print(f"{PROMPT}: ", end="", soft_wrap=True)
            self.out.file.flush()
            written = self.line()
            if not written.endswith("\n") or not sys.stdin.isatty():
                self.out.print()
            if not written:
                return "quit"
            told = CONTROLS.get(written.strip().casefold()) or said(written)
            if told is not None:
                return told
            self.out.print(f'"{show.plain(written, 40)}" is no answer. The keys, each followed by Enter:')
            self.out.print(KEY_LIST)

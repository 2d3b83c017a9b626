"""`listener triage`: who looks after a mention, under which tags, and whether it is done."""

import getpass
import os
from collections.abc import Sequence
from pathlib import Path

from listener import show
from listener.commands.gather import service_for
from listener.commands.look import local
from listener.errors import UsageError
from listener.pipeline import utc_now
from listener.service import Service
from storage import workflow
from storage.errors import StorageError
from storage.mentions import MentionFilter, find
from storage.workflow import Case, cases, history, used_tags

LONGEST = {"--assign": 100, "--tag": 60, "--untag": 60, "--note": 1000}
NOBODY = "nobody"


def triage(
    config: Path,
    ids: list[int],
    assign: str | None,
    tags: Sequence[str],
    untags: Sequence[str],
    *,
    resolve: bool,
    reopen: bool,
    note: str | None,
    by: str | None,
    form: str,
) -> None:
    """Do what is asked with these mentions, then show how they stand; asked nothing, show them with their log."""
    given = [("--assign", assign), ("--note", note)]
    given += [("--tag", name) for name in tags] + [("--untag", name) for name in untags]
    for option, text in given:
        if text is not None and not 0 < len(text.strip()) <= LONGEST[option]:
            raise UsageError(f"{option}: write 1 to {LONGEST[option]} characters")
    if resolve and reopen:
        raise UsageError("--resolve and --reopen at once: choose one")
    with service_for(config) as service:
        if not ids:
            _print_tags(service, form)
            return
        _check(service, ids)
        who, now = (by or _user()).strip()[:100], utc_now()
        if assign is not None:
            name = None if assign.strip().lower() == NOBODY else assign.strip()
            workflow.assign(service.db, ids, name, by=who, now=now)
        for name in tags:
            workflow.tag(service.db, ids, name.strip(), by=who, now=now)
        for name in untags:
            workflow.untag(service.db, ids, name.strip(), by=who, now=now)
        if resolve:
            workflow.resolve(service.db, ids, by=who, now=now)
        if reopen:
            workflow.reopen(service.db, ids, by=who, now=now)
        if note is not None:
            workflow.note(service.db, ids, note.strip(), by=who, now=now)
        asked_nothing = not any((assign, tags, untags, resolve, reopen, note))
        _print(service, ids, form, with_log=asked_nothing)


def _user() -> str:
    """Who is at the keyboard, "" where the system does not say."""
    try:
        return os.environ.get("LISTENER_USER") or getpass.getuser()
    except (KeyError, OSError):
        return ""


def _check(service: Service, ids: Sequence[int]) -> None:
    known = {row.id for row in find(service.db, MentionFilter(ids=list(ids), irrelevant=None))}
    unknown = [number for number in ids if number not in known]
    if unknown:
        raise StorageError(
            f"there is no mention {', '.join(map(str, unknown))}; nothing was changed; listener mentions shows their numbers"
        )


def _print(service: Service, ids: Sequence[int], form: str, *, with_log: bool) -> None:
    found, zone = cases(service.db, ids), service.config.timezone
    stand = [(number, found.get(number, Case())) for number in dict.fromkeys(ids)]
    if form != "table":
        rows = [_plain(number, case) for number, case in stand]
        if form == "json":
            logs = {number: history(service.db, number) for number, _ in stand}
            done = {
                number: [
                    {"at": line.at.isoformat(), "by": line.by, "action": line.action, "value": line.value}
                    for line in lines
                ]
                for number, lines in logs.items()
            }
            show.as_json(
                [
                    row | {"tags": list(case.tags), "log": done[number]}
                    for row, (number, case) in zip(rows, stand, strict=True)
                ]
            )
        else:
            show.as_csv(list(_plain(0, Case())), rows)
        return
    out = show.console()
    for number, case in stand:
        out.print(f"{number:>6}  {show.plain(words(case, zone))}")
        for line in history(service.db, number) if with_log else ():
            who = f" by {show.plain(line.by)}" if line.by else ""
            out.print(f"        {local(line.at, zone)}  {line.action} {show.plain(line.value, 200)}{who}")


def words(case: Case, zone: str) -> str:
    """How a case stands, in words.

    >>> words(Case("ann", tags=("billing", "urgent")), "UTC")
    'ann has it; billing, urgent'
    >>> words(Case(), "UTC")
    'nobody has it'
    """
    who = f"{case.assignee} has it" if case.assignee else "nobody has it"
    if case.resolved_at is not None:
        who = f"resolved {local(case.resolved_at, zone)}" + (
            f", {case.assignee} had it" if case.assignee else ""
        )
    return "; ".join(filter(None, (who, ", ".join(case.tags))))


def _plain(number: int, case: Case) -> dict[str, object]:
    return {
        "id": str(number),
        "assignee": case.assignee,
        "begun_at": case.begun_at.isoformat() if case.begun_at else None,
        "resolved_at": case.resolved_at.isoformat() if case.resolved_at else None,
        "tags": " ".join(case.tags),
    }


def _print_tags(service: Service, form: str) -> None:
    tags = used_tags(service.db)
    if form == "json":
        show.as_json(tags)
    elif form == "csv":
        show.as_csv(["tag", "mentions"], ({"tag": name, "mentions": number} for name, number in tags.items()))
    elif tags:
        show.console().print(
            show.table(["Tag", "Mentions"], [[name, f"{n:,}"] for name, n in tags.items()], right=(1,))
        )
    else:
        show.console().print(
            "No mention has a tag yet: listener triage ID --tag NAME; listener mentions shows the IDs"
        )

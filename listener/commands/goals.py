"""`listener goals`: what was set, how it stands, whether it was plausible, and when to look at it again."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Literal

from listener import goals, show
from listener.commands.gather import service_for
from listener.commands.look import known_networks
from listener.errors import UsageError
from listener.pipeline import utc_now
from listener.service import Service
from listener.suggestion import did_you_mean
from metrics.goals.goal import Goal, elapsed, nature
from metrics.goals.reviews import next_review
from metrics.goals.standing import Standing, by_need, shown, smart, window_words
from metrics.goals.words import in_words, read
from metrics.read.goals import standing
from metrics.registry import METRICS
from storage.goals import PlannedGoal, add_goal, end_goal, review_goal, reviews_of


def goal_list(config: Path, *, ended: bool, form: str) -> None:
    """Every running goal and how it stands, those in trouble first; with `ended` those that were closed too."""
    now = utc_now()
    with service_for(config, quiet=form != "table") as service:
        problems = goals.enrol(service.db, service.config, now=now)
        asked = goals.asking(service.db, service.config, now=now)
        kept = goals.kept_goals(service.db, service.config)
        found = by_need(
            [standing(asked, goals.frozen(asked, goal)) for goal in kept if ended or goal.ended is None]
        )
        due = goals.due(service.db, service.config, now=now)
    if form == "json":
        show.as_json([one.as_json(asked.today) for one in found])
    elif form == "csv":
        rows = [one.as_json(asked.today) | {"warnings": "; ".join(one.warnings)} for one in found]
        show.as_csv(list(rows[0]) if rows else ["number"], rows)
    else:
        _print_list(found, asked.today, due_line=goals.due_line(due))
    for problem in problems:
        show.console(stderr=True).print(show.plain(problem))


def _print_list(found: Sequence[Standing], today: date, *, due_line: str) -> None:
    out = show.console()
    if not found:
        out.print(
            'No goal is set: listener goals add "+10 % mentions in 4 months", or [[goals]] in config.toml'
        )
        return
    columns = [
        "",
        "Goal",
        "State",
        "Start",
        "Now",
        "Target",
        "Progress",
        "Time",
        "Pace",
        "Chance",
        "Next review",
    ]
    rows = [_row(one, today) for one in found]
    for part in show.tables(columns, rows, keep=1, width=out.width, right=[0, *range(3, 10)]):
        out.print(part)
    for one in found:
        for line in [*filter(None, [one.missing and f"waits: {one.missing}"]), *_own(one)]:
            out.print(f"! {one.goal.number}: {show.plain(line)}", style="yellow")
    if due_line:
        out.print(due_line.removesuffix(": listener goals") + ": listener goals review N --note TEXT")


def _row(one: Standing, today: date) -> list[str]:
    goal = one.goal
    due = next_review(goal)
    said = in_words(
        goal.kpi, goal.aim, goal.last_day, brand=one.brand, channel=goal.channel, campaign=goal.campaign
    )
    return [
        str(goal.number),
        said,
        f"{goal.ended} (closed)" if goal.ended else one.state,
        _figure(goal.baseline.value if goal.baseline else None, one),
        _figure(one.present, one),
        _figure(one.target, one),
        _percent(one.progress),
        _percent(100 * elapsed(goal, today)),
        show.EMPTY if one.pace is None else f"{one.pace:.1f}",
        show.EMPTY if one.chance is None else f"{100 * one.chance:.0f} %",
        show.EMPTY if goal.ended else f"{due}{' (due)' if due <= today else ''}",
    ]


def _own(one: Standing) -> list[str]:
    """The goal's own warnings, without those of its figure, which `show` gives."""
    own = ("implausible", "its own history", "the goal", "the target", "the figure is")
    return [line for line in one.warnings if line.startswith(own) or " cannot be: " in line]


def _figure(value: float | None, one: Standing) -> str:
    """A figure without its unit, but for %: the goal's words say of what it is."""
    unit = one.unit if one.unit in ("%", "count", "people") else ""
    return show.EMPTY if value is None else shown(value, unit).strip()


def _percent(value: float | None) -> str:
    return show.EMPTY if value is None else f"{round(value)} %"


def add(
    config: Path, words: str, brand: str | None, owner: str | None, reason: str | None, channel: str | None,
    campaign: str | None, review: str, form: str,
) -> None:  # fmt: skip
    """Keep a goal said in words, and say back what was understood."""
    now = utc_now()
    with service_for(config, quiet=form != "table") as service:
        worded = read(words)
        asked = goals.asking(service.db, service.config, now=now)
        place = goals.placed(worded, goals.Place(brand, channel, campaign))
        brands = [(one.id, one.name, one.role) for one in service.brands]
        plan = PlannedGoal(
            worded.kpi, goals.brand_id(place.brand, brands), worded.aim.kind, worded.aim.amount,
            asked.today, worded.deadline.last_day(asked.today),
            place.channel.lower() if place.channel else None, _campaign(service, place.campaign), owner, reason, review,
        )  # fmt: skip
        notes = [
            f'"{worded.deadline.words}" is by {plan.last_day}, counted in, days of {asked.timezone}',
            *worded.notes,
        ]
        notes += _channel_notes(service, plan.channel)
        number, new = add_goal(service.db, plan, now=now)
        goal = next(one for one in goals.kept_goals(service.db, service.config) if one.number == number)
        one = standing(asked, goals.frozen(asked, goal))
    if form != "table":
        show.as_json(one.as_json(asked.today) | {"new": new, "understood": notes})
        return
    show.console().print(f"Goal {number} is {'set' if new else 'set already'}")
    _print_one(one, asked.today, notes)


def _campaign(service: Service, wanted: str | None) -> str | None:
    known = [one.id for one in service.config.campaigns]
    if wanted is not None and wanted not in known:
        hint = did_you_mean(wanted, known) or f"; config.toml has: {', '.join(known) or 'none'}"
        raise UsageError(f'no campaign "{wanted}"{hint}')
    return wanted


def _channel_notes(service: Service, channel: str | None) -> list[str]:
    """That nothing is known of a channel yet: its facts may still be imported, so it is no error."""
    accounts = {name.lower() for brand in service.brands for name in brand.accounts}
    if channel is None or channel in accounts:
        return []
    try:
        known_networks(service, [channel])
    except UsageError as error:
        return [str(error)]
    return []


def _one(service: Service, number: int) -> Goal:
    kept = {goal.number: goal for goal in goals.kept_goals(service.db, service.config)}
    if number not in kept:
        known = ", ".join(map(str, kept)) or "none; listener goals add sets one"
        raise UsageError(f"no goal has the number {number}; there are: {known}")
    return kept[number]


def show_one(config: Path, number: int, form: str) -> None:
    """One goal with all that is known of it."""
    now = utc_now()
    with service_for(config, quiet=form != "table") as service:
        goals.enrol(service.db, service.config, now=now)
        asked = goals.asking(service.db, service.config, now=now)
        one = standing(asked, goals.frozen(asked, _one(service, number)))
        reviews = reviews_of(service.db, number)
    if form != "table":
        show.as_json(one.as_json(asked.today) | {"reviews": [asdict(review) for review in reviews]})
        return
    _print_one(one, asked.today, [])
    for review in reviews:
        show.console().print(f"  reviewed    {review.at:%Y-%m-%d} {show.plain(review.note, 400)}")


def _print_one(one: Standing, today: date, notes: Sequence[str]) -> None:
    goal, out = one.goal, show.console()
    said = in_words(
        goal.kpi, goal.aim, goal.last_day, brand=one.brand, channel=goal.channel, campaign=goal.campaign
    )
    lines = [("goal", f"{goal.number}: {said}"), *(("understood", note) for note in notes)]
    lines.append(("state", f"closed as {goal.ended} on {goal.ended_on}" if goal.ended else one.state))
    if goal.baseline is not None:
        over = window_words(goal.baseline.first, goal.baseline.after)
        lines.append(("start", f"{shown(goal.baseline.value, one.said_in)} in the {over}"))
    if one.target is not None:
        lines.append(("target", _target_words(one)))
    if one.present is not None:
        bar = "" if one.low is None or one.high is None else f" [{one.low:,.1f}..{one.high:,.1f}]"
        lines.append(
            ("now", f"{shown(one.present, one.said_in)}{bar} in the {window_words(one.first, one.after)}")
        )
    if one.progress is not None:
        ends = "" if one.progress_low is None else f" [{one.progress_low:.0f}..{one.progress_high:.0f}]"
        lines.append(
            (
                "progress",
                f"{round(one.progress)} %{ends} with {100 * elapsed(goal, today):.0f} % of the time gone",
            )
        )
    if one.pace is not None:
        lines.append(("pace", f"{one.pace:.2f} (1 is just enough)"))
    lines += [*_chance_lines(one), ("waits", one.missing)]
    lines += [("owner", goal.owner or ""), ("reason", goal.reason or ""), ("note", goal.note or "")]
    if not goal.ended:
        lines.append(("review", f"{goal.review}, next on {next_review(goal)}"))
    for name, text in lines:
        if text:
            out.print(f"  {name:11} {show.plain(text, 600)}")
    for warning in (*one.warnings, *([] if goal.ended else smart(goal))):
        out.print(f"! {show.plain(warning, 600)}", style="yellow")


def _target_words(one: Standing) -> str:
    goal = one.goal
    assert one.target is not None
    days = (one.after - one.first).days
    over = "at the end" if nature(METRICS[goal.kpi]) == "stock" else f"in the {days} days to {goal.last_day}"
    return f"{shown(one.target, one.said_in)} {over}"


def _chance_lines(one: Standing) -> list[tuple[str, str]]:
    if one.unknown:
        return [("chance", f"cannot be said: {one.unknown}")]
    if one.chance is None or one.plausible is None:
        return []
    low, high = (shown(value, one.said_in) for value in one.plausible)
    return [
        ("chance", f"{100 * one.chance:.0f} % by its own last {one.weeks} weeks"),
        ("plausible", f"{low} to {high} by {one.goal.last_day} (95 %)"),
    ]


def end(config: Path, number: int, ended: Literal["met", "dropped"], note: str | None, form: str) -> None:
    """Close a goal as met or dropped."""
    with service_for(config, quiet=form != "table") as service:
        goals.enrol(service.db, service.config, now=utc_now())
        goal = _one(service, number)
        if not end_goal(service.db, number, ended, note, now=utc_now()):
            raise UsageError(f"goal {number} was closed on {goal.ended_on} as {goal.ended}")
    _done({"number": number, "ended": ended}, f"Goal {number} is closed as {ended}", form)


def review(config: Path, number: int | None, note: str, *, choice: bool, form: str) -> None:
    """Note that a goal was looked at, or (`choice`) the choice of figures itself."""
    if (number is None) != choice:
        raise UsageError(
            "say what was reviewed: listener goals review N, or --choice for the choice of figures itself"
        )
    now = utc_now()
    with service_for(config, quiet=form != "table") as service:
        goals.enrol(service.db, service.config, now=now)
        goal = _one(service, number) if number is not None else None
        review_goal(service.db, number, note, now=now)
        following = next_review(_one(service, number)) if number is not None else None
    if goal is None:
        _done({"choice": True}, "The choice of figures is reviewed; it is due again in six months", form)
    else:
        answer = {"number": number, "next_review": str(following)}
        _done(answer, f"Goal {number} is reviewed; the next review is on {following}", form)


def _done(answer: dict[str, Any], said: str, form: str) -> None:
    if form == "table":
        show.console().print(said)
    else:
        show.as_json(answer)

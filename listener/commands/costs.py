"""What influencers cost and brought, as `listener influence` says it beside its numbers."""

from collections.abc import Iterator
from typing import Any

from listener import show
from listener.commands.point_tables import WITHOUT
from metrics.read.brought import Brought, Costs

HEAD = ["Cost", "Brought", "Return"]
COLUMNS = ("spend", "revenue", "value", "return_on_investment", "currency")


def print_costs(costs: Costs, limit: int) -> None:
    """What each influencer cost and brought, what is of none, and all of it: no number of influence is made of them."""
    out = show.console()
    listed = costs.rows[: limit or None]
    rows = [(show.plain(row.influencer, 30), row) for row in listed]
    rows += [(WITHOUT, costs.without)] if costs.without else []
    valued = costs.whole.value is not None
    cells = [
        [
            name,
            show.plain(", ".join(row.channels), 30),
            _sum(row.spend, costs.currency),
            _sum(row.revenue, costs.currency),
            *([_sum(row.value, costs.currency)] if valued else []),
            show.number(row.rate, "%"),
        ]
        for name, row in (*rows, ("in all", costs.whole))
    ]
    head = ["Influencer", "Channels", "Cost", "Revenue", *(["Value"] if valued else []), "Return"]
    out.print()
    for part in show.tables(head, cells, keep=1, width=out.width):
        out.print(part)
    if len(costs.rows) > len(listed):
        out.print(f"{len(listed):,} of {len(costs.rows):,} influencers; --limit 0 shows all")
    for note in costs.notes:
        out.print(f"! {show.plain(note)}", style="yellow")


def beside(author_id: int, costs: Costs | None) -> list[str]:
    """Of an account what it cost, what it brought by the facts that the return is of, and the return; empty where no fact is of it."""
    row = costs.by_author.get(author_id) if costs else None
    if row is None or costs is None:
        return [""] * len(HEAD)
    gained = row.revenue if row.value is None else row.value
    return [_sum(row.spend, costs.currency), _sum(gained, costs.currency), show.number(row.rate, "%")]


def _sum(amount: float | None, currency: str) -> str:
    return show.EMPTY if amount is None else f"{show.number(amount, 'money')} {currency}"


def of_account(author_id: int, costs: Costs | None) -> dict[str, Any]:
    """The same under COLUMNS."""
    row = costs.by_author.get(author_id) if costs else None
    return _told(row, costs.currency) if row and costs else dict.fromkeys(COLUMNS)


def as_json(costs: Costs) -> Iterator[dict[str, Any]]:
    """Every influencer, and what is of none."""
    for row in (*costs.rows, *filter(None, [costs.without])):
        about = {"influencer": row.influencer, "channels": list(row.channels), "missing": row.missing or None}
        yield about | _told(row, costs.currency)


def _told(row: Brought, currency: str) -> dict[str, Any]:
    return dict(zip(COLUMNS, (row.spend, row.revenue, row.value, row.rate, currency), strict=True))

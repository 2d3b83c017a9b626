"""The days that a report is about."""

from datetime import date, timedelta

from dashboard.errors import BadFilter


def days_of(words: str, today: date) -> str:
    """ "week", "month", "quarter" or "year": the last whole one; "2027-03-01..2027-03-31" as it is. Weeks begin on Monday (ISO 8601).

    The answer is a period as filters take it. Raises BadFilter for anything else.

    >>> friday = date(2027, 3, 5)
    >>> [days_of(words, friday) for words in ("week", "month", "quarter")]
    ['2027-02-22..2027-02-28', '2027-02-01..2027-02-28', '2026-10-01..2026-12-31']
    """
    if words == "week":
        after = today - timedelta(days=today.weekday())
        return f"{after - timedelta(days=7)}..{after - timedelta(days=1)}"
    months = {"month": 1, "quarter": 3, "year": 12}.get(words)
    if months is None:
        first, dots, last = words.partition("..")
        try:
            return f"{date.fromisoformat(first)}..{date.fromisoformat(last if dots else first)}"
        except ValueError:
            raise BadFilter(
                "period", "takes week, month, quarter, year, or two days as in 2027-03-01..2027-03-31"
            ) from None
    after = today.replace(month=(today.month - 1) // months * months + 1, day=1)
    number = after.year * 12 + after.month - 1 - months
    return f"{date(number // 12, number % 12 + 1, 1)}..{after - timedelta(days=1)}"

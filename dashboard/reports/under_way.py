"""A report that is being made is shown on every page as long work, whoever asked for it: the page, a program, a command or the schedule."""

from contextlib import AbstractContextManager

from dashboard.filters import Filters
from dashboard.site import Site
from storage.running import Told, at_work


def making(site: Site, filters: Filters) -> AbstractContextManager[Told]:
    """Say so while the block runs."""
    return at_work(site.db, "report", f"{filters.first_day} – {filters.last_day}", clock=site.clock)

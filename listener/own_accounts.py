"""The brands' own accounts: their followers, and what they post, read beside the mentions and never before them.

account -> snapshot -> pages of its posts -> the one path of every post (`pipeline.store_page`), which marks them as the brand's own.

Of several sources of one network the first enabled one reads the accounts. What goes wrong with an account is noted with it, told once, and leaves
the other accounts and the source's mentions theirs.
"""

from datetime import datetime, timedelta

from listener.collectors.base import AccountSettings, Collector, Stream
from listener.collectors.reading import duration
from listener.collectors.registry import collector_class
from listener.errors import OutOfBudget, SourceError
from listener.labelling import Clock
from listener.pipeline import Outcome, store_page
from listener.refusals import STOP_THE_SOURCE, guarded, opened
from listener.service import Service
from storage import sources
from storage.accounts import Account, bare, known_accounts, note_problem, note_read, save_account
from storage.types import BrandQuery

BUDGET_CHECK = timedelta(hours=1)
_EARLY = 0.9
"""A job runs a little early or late: what is due in a tenth of its interval is due now."""


def account_settings(service: Service, name: str) -> AccountSettings | None:
    """The settings of a source that reads the brands' accounts, whether or not a brand has one; None where another source does."""
    configured = service.config.sources
    settings = configured.get(name)
    if settings is None or not isinstance(settings, AccountSettings):
        return None
    first = next(
        (key for key, other in configured.items() if other.enabled and other.type == settings.type), None
    )
    return settings if first == name else None


def accounts_every(service: Service, name: str) -> timedelta | None:
    """How often a source's accounts are to be looked at; None where another source reads them. A brand may get one while the service runs."""
    settings = account_settings(service, name)
    if settings is None:
        return None
    followers = duration(settings.accounts_every)
    return followers if settings.own_posts == "none" else min(followers, duration(settings.own_posts_every))


def read_accounts(service: Service, name: str, *, clock: Clock, posts_now: bool = False) -> Outcome:
    """Read what is due of the brands' accounts; `posts_now`: their posts whether due or not. An error that was told before is not told again."""
    outcome = Outcome(f"{name}: own accounts")
    settings = account_settings(service, name)
    if settings is None:
        return outcome
    platform = collector_class(settings.type).platform
    rows = {row.brand_id: row for row in known_accounts(service.db, platform)}
    due = [
        _Due(service, settings, brand, brand.accounts[platform], rows.get(brand.id), posts_now, clock())
        for brand in service.brands
        if platform in brand.accounts
    ]
    due = [item for item in due if item.ask or item.posts]
    if not due:
        return outcome
    try:
        with opened(service, name) as collector:
            for item in due:
                try:
                    item.read(collector, outcome, clock)
                except SourceError as error:
                    item.failed(platform, error, outcome, clock())
                    if isinstance(error, STOP_THE_SOURCE):
                        break
    except SourceError as error:
        outcome.errors.append(error)
    return outcome


class _Due:
    """What is due of one account: to `ask` for its figures, to read its `posts`."""

    def __init__(
        self,
        service: Service,
        settings: AccountSettings,
        brand: BrandQuery,
        handle: str,
        row: Account | None,
        posts_now: bool,
        now: datetime,
    ) -> None:
        self.service, self.brand, self.handle = service, brand, handle
        self.row = row if row is not None and row.handle == bare(handle) else None
        waits = self.row is not None and self.row.retry_at is not None and now < self.row.retry_at
        wanted = settings.own_posts == "all" or settings.own_posts == brand.role
        every = timedelta(0) if posts_now else duration(settings.own_posts_every)
        asked_at = self.row.asked_at if self.row else None
        self.ask = not waits and _is_due(asked_at, duration(settings.accounts_every), now)
        known = self.ask or (self.row is not None and self.row.account_id is not None)
        self.posts = (
            not waits and wanted and known and _is_due(self.row.read_at if self.row else None, every, now)
        )

    def read(self, collector: Collector, outcome: Outcome, clock: Clock) -> None:
        account_id = self.row.account_id if self.row else None
        if self.ask:
            account_id = self._ask(collector, outcome, clock)
        if account_id is None:
            return
        self.service.owners.learn(collector.platform, [bare(self.handle)], {bare(self.handle): account_id})
        if self.posts:
            stream = Stream(f"own {self.brand.id} {account_id}", ())
            cursor = sources.cursor(self.service.db, collector.name, stream.key)
            with guarded(collector.name):
                pages = collector.own_posts(self.handle, account_id, cursor, now=clock())
            while True:
                with guarded(collector.name):
                    page = next(pages, None)
                if page is None:
                    break
                store_page(self.service, collector, stream, page, outcome, own=True, now=clock())
            note_read(self.service.db, self.brand.id, collector.platform, self.handle, now=clock())

    def _ask(self, collector: Collector, outcome: Outcome, clock: Clock) -> str | None:
        """The account's id, once its figures are stored; None where there is none to read."""
        with guarded(collector.name):
            found = collector.account(self.handle, now=clock())
        problem = save_account(
            self.service.db,
            self.brand.id,
            collector.platform,
            self.handle,
            found.seen,
            origin=collector.name,
            spent_units=found.spent_units,
            spent_usd=found.spent_usd,
            now=clock(),
        )
        if problem:
            self._tell(
                SourceError(collector.name, f"{problem}; mend it under accounts in [[brands]]"),
                problem,
                outcome,
            )
        return found.seen.account_id if found.seen is not None and not problem else None

    def failed(self, platform: str, error: SourceError, outcome: Outcome, now: datetime) -> None:
        """Note why the account could not be read, and for how long it is left alone."""
        said = f"the account {bare(self.handle)} of the brand {self.brand.id} on {platform}: {error}"
        wait = error.retry_at
        if isinstance(error, OutOfBudget):  # it may have been raised
            wait = now + BUDGET_CHECK
        note_problem(self.service.db, self.brand.id, platform, self.handle, said, retry_at=wait)
        self._tell(error, said, outcome)

    def _tell(self, error: SourceError, problem: str, outcome: Outcome) -> None:
        if self.row is None or self.row.problem != problem:
            outcome.errors.append(error)


def _is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    return last is None or now - last >= _EARLY * every

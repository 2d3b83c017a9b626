"""The parts put together: configuration, database, brands, matcher. Every command starts here."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from listener.collectors.base import Collector, Context, Spent, TrackedBrand
from listener.collectors.registry import collector_class
from listener.config import Config, load
from listener.errors import UsageError
from listener.heads import with_head
from listener.matching import Matcher
from listener.ownership import Owners
from listener.redaction import redact
from listener.secrets import secret
from listener.suggestion import did_you_mean
from storage import sources
from storage.accounts import known_accounts
from storage.brands import sync_brands
from storage.counts import set_timezone
from storage.db import Database, open_database
from storage.goals import follow_keys
from storage.model_change import model_name, remember_model
from storage.money import set_money
from storage.own_posts import owned_among
from storage.query import parse
from storage.types import BrandQuery

if TYPE_CHECKING:
    from nlp.types import Labeller


FOLLOWED = ("brands", "goals")
"""The sections of config.toml that a running service takes anew."""


@dataclass
class Service:
    """What the steps of the pipeline work with."""

    config: Config
    db: Database
    brands: list[BrandQuery]
    tracked: list[TrackedBrand]
    matcher: Matcher
    owners: Owners
    environ: Mapping[str, str] = field(repr=False)
    version: str = field(default="", kw_only=True)
    """Of config.toml as brands and goals were last taken from it while the service ran; "" for never."""

    def follow(self, config: Config, *, version: str, now: datetime) -> None:
        """Take the brands and goals of a configuration that was read again; the rest of it counts from the next start. Raises StorageError.

        A collector takes them with its next pass. `listener.pipeline.rematch` applies a query that changed to what is stored.
        """
        taken = {name: getattr(config, name) for name in FOLLOWED}
        merged = self.config.model_copy(update=taken)
        brands, tracked, matcher, owners = _parts(self.db, merged, now=now)
        # The brands last: what is matched meanwhile is then matched again for their versions, and not the other way round.
        self.config, self.version = merged, version
        self.matcher, self.owners, self.tracked, self.brands = matcher, owners, tracked, brands

    def source_type(self, name: str) -> str:
        """The type of the source configured as `name`."""
        return self.config.sources[name].type

    def collector(self, name: str) -> Collector:
        """The configured source's collector, with its secrets and what it has spent. Raises SecretMissing."""
        settings = self.config.sources[name]
        given = {wanted.name: secret(self.environ, name, wanted) for wanted in settings.secrets}
        secrets = {key: value for key, value in given.items() if value is not None}
        for value in secrets.values():
            redact(value.get_secret_value())

        def spent(now: datetime) -> Spent:
            own = sources.spent(self.db, name, now=now, own=True)
            return Spent(*sources.spent(self.db, name, now=now), *own)

        made = collector_class(settings.type)

        def owned(ids: Sequence[str]) -> frozenset[str]:
            return owned_among(self.db, made.platform, ids)

        return made(settings, Context(name, secrets, spent, owned))

    def labeller(self, model: str | None = None) -> "Labeller":
        """The configured model with what it learned from corrections, or any model as it is, by the same kind of name. Raises ModelError."""
        from nlp.load import load_labeller

        nlp, configured = self.config.nlp, self.config.model_name()
        name = configured if model in (None, nlp.model) else str(model)
        revision = nlp.revision if name == configured else None
        name = str(Path(name).absolute()) if Path(name).is_dir() else name
        labeller = load_labeller(name, revision=revision, download=nlp.download, threads=nlp.threads)
        remember_model(self.db, labeller.model_id, name, revision)
        return labeller if model is not None else with_head(self.config, self.db, labeller)

    def labeller_again(self, model_id: str) -> "Labeller":
        """A model that was loaded before, by the id that its labels bear. Raises ModelError where it is not to be had any more."""
        from nlp.errors import ModelError
        from nlp.load import load_labeller

        name, revision = model_name(self.db, model_id) or ("embedded", None)
        labeller = load_labeller(name, revision=revision, threads=self.config.nlp.threads)
        if labeller.model_id != model_id:
            raise ModelError(f"{model_id}: {name} is another model by now, {labeller.model_id}")
        return labeller

    def brand_ids(self, names: Sequence[str] | None) -> list[str]:
        """The ids of brands given by id or name, in any case. Raises UsageError naming the ones there are."""
        by_name = {key.casefold(): brand.id for brand in self.brands for key in (brand.name, brand.id)}
        for name in names or ():
            if name.casefold() not in by_name:
                known = ", ".join(brand.id for brand in self.brands)
                raise UsageError(f"no brand {name!r}{did_you_mean(name, by_name)}; config.toml has: {known}")
        return [by_name[name.casefold()] for name in names or ()]

    def close(self) -> None:
        self.db.close()


def open_service(config_path: Path, *, now: datetime, environ: Mapping[str, str] | None = None) -> Service:
    """Read the configuration, open the database and bring its brands and time zone in step.

    Raises ConfigError, StorageError. A query that changed gets a new version here; `listener.pipeline.rematch` then applies it.
    """
    environ = os.environ if environ is None else environ
    return start_service(load(config_path), now=now, environ=environ)


def start_service(config: Config, *, now: datetime, environ: Mapping[str, str]) -> Service:
    """The same from a configuration already read."""
    db = open_database(config.database_url(environ))
    set_timezone(db, config.timezone)
    set_money(db, config.money.currency, config.money.rates)
    return Service(config, db, *_parts(db, config, now=now), environ)


def _parts(
    db: Database, config: Config, *, now: datetime
) -> tuple[list[BrandQuery], list[TrackedBrand], Matcher, Owners]:
    """Brands and goals as the database keeps them, and what finds the brands in posts."""
    brands = sync_brands(db, [brand.as_query() for brand in config.brands], now=now)
    tracked = [TrackedBrand(brand.id, parse(brand.query), brand.version) for brand in brands]
    if config.goals:
        from listener.goals import enrol  # it needs the figures, which most commands do not

        enrol(db, config, now=now)
    else:
        follow_keys(db, ())
    owners = Owners(brands)
    for row in known_accounts(db):
        if row.account_id is not None:
            owners.learn(row.source, [row.handle], {row.handle: row.account_id})
    return brands, tracked, Matcher(tracked), owners

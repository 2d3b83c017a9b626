"""What the service does for the dashboard: sources, previews, test messages, signed posts, health."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from dashboard.actions import HookAnswer, PartHealth, Preview, SourceHealth, Told
from listener.collectors.base import SourceSettings
from listener.collectors.registry import collector_class
from listener.errors import ConfigError, OutOfBudget
from listener.pipeline import match
from listener.preview import preview
from listener.redaction import redacted
from listener.service import Service
from storage.hook_ids import hook_seen, remember_hook
from storage.posts import save
from storage.sources import State, spent, states
from storage.types import Batch

if TYPE_CHECKING:
    from listener.settings_edit import ServiceEditor

PUSHED = "webhook"


@dataclass(frozen=True)
class ServiceActions:
    """`dashboard.actions.Actions` over the running service."""

    service: Service

    @cached_property
    def editor(self) -> "ServiceEditor":
        """What edits brands and goals."""
        from listener.settings_edit import ServiceEditor  # it needs the figures, which most of this does not

        return ServiceEditor(self.service)

    def sources(self, now: datetime) -> Sequence[SourceHealth]:
        """Every configured source, in the order of the file."""
        known = {state.origin: state for state in states(self.service.db)}
        return [
            self._source(name, settings, known.get(name), now)
            for name, settings in self.service.config.sources.items()
        ]

    def _source(
        self, name: str, settings: SourceSettings, state: State | None, now: datetime
    ) -> SourceHealth:
        units, usd = spent(self.service.db, name, now=now)
        return SourceHealth(
            name=name,
            type=settings.type,
            network=str(getattr(settings, "platform", None) or collector_class(settings.type).platform),
            every=settings.every,
            enabled=settings.enabled,
            state=_word(settings, state),
            error=(state.last_error or "") if state and state.error_count else "",
            error_count=state.error_count if state else 0,
            last_run_at=state.last_run_at if state else None,
            last_ok_at=state.last_ok_at if state else None,
            next_check_at=state.next_check_at if state else None,
            spent_units=units,
            spent_usd=usd,
            budget=_budget(settings),
        )

    def preview(self, query: str, *, now: datetime) -> Preview:
        """What a query would match among the posts of the last days."""
        return preview(self.service, query, now=now)

    def test_notification(self, *, now: datetime) -> Sequence[Told]:
        """One test message to each channel that config.toml names, sent now; each answers within twenty seconds."""
        from listener.notify.channel import Sent
        from listener.notify.channels import channels_of
        from listener.notify.send import send_test

        try:
            channels = channels_of(self.service.config, self.service.environ)
        except ConfigError as error:
            return [Told("config.toml", redacted(str(error)))]
        outcomes = send_test(self.service, channels, now=now)
        return [
            Told(channel.name, "" if isinstance(outcome, Sent) else redacted(outcome.reason))
            for channel, outcome in zip(channels, outcomes, strict=True)
        ]

    def accept_hook(
        self, source: str, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> HookAnswer:
        """Store what a signed request brings. The same request again brings nothing, and is answered as if it were new."""
        from listener.collectors.webhook import TOLERANCE, Settings, WebhookError, verify_and_parse

        settings = self.service.config.sources.get(source)
        if not isinstance(settings, Settings) or not settings.enabled:
            return HookAnswer(404, "no source of this name takes posts")
        try:
            secrets = list(self.service.collector(source).context.secrets.values())
            got = verify_and_parse(body, headers, secrets, source=settings.platform, now=now)
        except WebhookError as error:
            return HookAnswer(error.status, redacted(str(error)))
        except ConfigError:
            return HookAnswer(503, "this source's secret is not set; listener doctor says how")
        if hook_seen(self.service.db, source, got.message_id):
            return HookAnswer(200, "taken already")
        matched = list(match(self.service, got.posts))
        saved = save(self.service.db, Batch(source, matched, refused=got.refused), now=now)
        # Only now: a request that was not stored must be taken when it comes again.
        remember_hook(self.service.db, source, got.message_id, now=now, keep=2 * TOLERANCE)
        return HookAnswer(200, "stored", saved.new_posts, len(got.refused))

    def health(self, *, now: datetime) -> Sequence[PartHealth]:
        """Each part of `listener run` and each source; none where nothing but the dashboard has ever run here."""
        from listener.alerts.health import health
        from listener.alerts.signs import last_signs

        if not last_signs(self.service.db):
            return []
        return [
            PartHealth(one.part, one.works, redacted(one.why), ours=not one.part.startswith("source "))
            for one in health(self.service.db, self.service.config, now=now, environ=self.service.environ)
        ]


def _word(settings: SourceSettings, state: State | None) -> str:
    if not settings.enabled:
        return "off"
    if settings.type == PUSHED:
        return "pushed"
    if state is None or state.last_run_at is None:
        return "waiting"
    if state.error_count and state.last_error_kind == OutOfBudget.kind:
        return "over_budget"
    return "failing" if state.error_count else "ok"


def _budget(settings: SourceSettings) -> str:
    usd, units = getattr(settings, "monthly_budget_usd", None), getattr(settings, "daily_units", None)
    if usd is not None:
        return f"{usd:,.2f} USD a month"
    return f"{units:,} units a day" if units is not None else ""

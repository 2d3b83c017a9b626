"""What well-known tools call their columns, and what they call networks. From general knowledge of their exports: a start, which
`--map` corrects.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

KNOWN: Mapping[str, tuple[str, ...]] = {
    "date": (
        "date", "day", "reporting starts", "date start", "submit date (utc)", "submitted at", "submit date", "response date", "recorded date",
        "review date", "tag", "datum", "fecha", "jour", "data", "dato", "created at", "create date", "created",
    ),
    "last_day": ("reporting ends", "date stop"),
    "created": ("created at", "create date", "created", "ticket created", "ticket created timestamp"),
    "first_reply": ("first reply at", "first replied at", "first response at", "first reply", "first agent reply"),
    "solved": ("solved at", "resolved at", "closed at", "close date", "ticket solved timestamp", "solved"),
    "first_reply_minutes": (
        "first reply time (minutes)", "first reply time (min)", "first reply time in minutes", "time to first agent reply (hh:mm:ss)",
    ),
    "solved_minutes": (
        "full resolution time (minutes)", "full resolution time (min)", "full resolution time in minutes", "time to close (hh:mm:ss)",
    ),
    "channel": (
        "channel", "network", "platform", "publisher platform", "session source / medium", "session source", "first user source", "source",
        "utm source", "ticket channel", "session default channel group", "original source", "original traffic source", "via",
    ),
    "campaign": ("campaign", "campaign name", "session campaign", "utm campaign"),
    "influencer": (
        "influencer", "influencer handle", "influencer username", "influencer name", "creator handle", "creator username", "creator",
        "creator name", "ambassador", "ambassador name", "affiliate", "affiliate name", "partner", "partner name",
    ),
    "brand": ("brand",),
    "fact": ("fact", "metric", "kpi"),
    "value": ("value", "amount"),
    "currency": ("currency", "currency code", "account currency", "account currency code"),
    "detail": ("detail",),
    "count": ("answers", "responses", "number of answers"),
    "impressions": ("impressions", "impr.", "impr"),
    "reach": ("reach",),
    "clicks": ("link clicks", "clicks", "clicks (all)"),
    "saves": ("saves", "post saves"),
    "profile_visits": ("profile visits", "instagram profile visits"),
    "followers": ("followers", "total followers", "page followers"),
    "search_impressions": ("search impressions", "organic google search impressions"),
    "sessions": ("sessions",),
    "engaged_sessions": ("engaged sessions",),
    "bounced_sessions": ("bounced sessions", "bounces"),
    "conversions": ("conversions", "key events"),
    "leads": ("leads", "new contacts", "meta leads", "on facebook leads"),
    "leads_won": ("leads won", "won leads"),
    "non_revenue_conversions": ("non revenue conversions",),
    "purchases": ("purchases", "website purchases", "ecommerce purchases", "transactions"),
    "purchase_value": ("purchase value", "purchases conversion value", "website purchases conversion value", "purchase revenue"),
    "revenue": ("revenue", "total revenue", "conv. value", "conversion value"),
    "spend": ("amount spent", "spend", "cost", "total cost"),
    "orders": ("orders",),
    "order_value": ("order value",),
    "customers": ("customers",),
    "customer_lifespan": ("customer lifespan",),
    "csat": ("csat", "csat score", "satisfaction score", "satisfaction rating"),
    "nps": ("nps", "nps score", "how likely are you to recommend us to a friend or colleague?"),
    "rating": ("rating", "stars", "star rating"),
}  # fmt: skip
"""By field or fact, the names of columns that feed it, the likelier first."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool told by headings that stand together in its export; `channel` and `only` hold where nobody says otherwise."""

    name: str
    marks: frozenset[str]
    channel: str = ""
    only: tuple[str, ...] = ()


TOOLS: Sequence[Tool] = (
    Tool("meta-ads", frozenset({"amount spent", "campaign name"}), "meta"),
    Tool("google-ads", frozenset({"impr.", "cost"}), "google"),
    Tool("ga4", frozenset({"session source / medium"}), only=("social",)),
    Tool("ga4", frozenset({"session default channel group"}), only=("social",)),
    Tool("zendesk", frozenset({"ticket id", "ticket channel"})),
    Tool("hubspot", frozenset({"ticket id", "create date"})),
    Tool("hubspot", frozenset({"record id", "create date"})),
    Tool("typeform", frozenset({"submit date (utc)"})),
)
_CURRENCY = re.compile(r"\s*[(\[][A-Z]{3}[)\]]\s*$")
_SUBDOMAIN = re.compile(r"^(?:https?://)?(?:www|m|l|lm|old|out|go|mobile|web)\.")
NETWORKS: Mapping[str, str] = {
    "facebook.com": "facebook", "fb": "facebook", "fb.com": "facebook", "instagram.com": "instagram", "ig": "instagram", "t.co": "x",
    "twitter": "x", "twitter.com": "x", "x.com": "x", "linkedin.com": "linkedin", "lnkd.in": "linkedin", "youtube.com": "youtube",
    "youtu.be": "youtube", "tiktok.com": "tiktok", "reddit.com": "reddit", "pinterest.com": "pinterest", "threads.net": "threads",
    "bsky.app": "bluesky", "bsky": "bluesky", "news.ycombinator.com": "hackernews", "mastodon.social": "mastodon", "snapchat.com": "snapchat",
}  # fmt: skip
SOCIAL = frozenset(NETWORKS.values()) | {"meta", "whatsapp", "telegram", "discord", "twitch", "vk", "xing"}


def simple(heading: str) -> str:
    """A heading as KNOWN writes it.

    >>> simple("Amount_Spent  (EUR)"), simple("Clicks (all)")
    ('amount spent', 'clicks (all)')
    """
    return " ".join(re.sub(r"[_\-\s]+", " ", _CURRENCY.sub("", heading)).split()).casefold()


def tool_of(columns: Iterable[str]) -> Tool | None:
    """The tool whose export has these columns, None where none is known to."""
    names = {simple(column) for column in columns}
    return next((tool for tool in TOOLS if tool.marks <= names), None)


def channel_of(text: str) -> str:
    """A network by the one name it has here; any other word as it is, in lower case.

    >>> channel_of("l.facebook.com / referral"), channel_of("Twitter"), channel_of("E-Mail")
    ('facebook', 'x', 'e-mail')
    """
    name = " ".join(text.partition(" / ")[0].split()).casefold()
    site = _SUBDOMAIN.sub("", name)
    return NETWORKS.get(site, NETWORKS.get(name, name))


def is_social(channel: str) -> bool:
    """Whether a channel, as `channel_of` names it, is a social network or a group of them.

    >>> is_social("x"), is_social("paid social"), is_social("google")
    (True, True, False)
    """
    return channel in SOCIAL or "social" in channel.split()

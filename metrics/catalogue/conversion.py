"""What social attention leads to: clicks, visits, leads and purchases."""

from typing import Literal

from metrics.catalogue.of_facts import Compute, nothing, ratio, total
from metrics.formulas import conversion
from metrics.formulas.flows import own_posts
from metrics.inputs import Figure, Inputs
from metrics.metric import Metric, Need, Unit
from metrics.missing import none_of
from metrics.saying import Said

_FACTS: frozenset[Need] = frozenset({"facts"})


def _clicks(i: Inputs) -> Figure:
    """Imported where both are, else of the own posts that tell both."""
    imported = i.facts.values if i.facts else {}
    if "clicks" in imported and "impressions" in imported:
        return ratio(conversion.click_through_rate, "clicks", "impressions")(i)
    both = [(p.clicks, p.views) for p in own_posts(i) if p.clicks is not None and p.views is not None]
    if not both:
        absent = none_of(i, ["clicks", "impressions"])
        or_posts = Said("{needs}; own posts whose network tells the owner both would do", needs=absent)
        return Figure(None, 0, missing=absent if i.role == "competitor" else or_posts)
    clicks, shown = sum(c for c, _ in both), sum(v for _, v in both)
    value = conversion.click_through_rate(clicks, shown)
    if value is None:
        return Figure(None, 0, missing=nothing("impressions"))
    return Figure(
        value, shown, notes=(Said("of the {n} own posts that tell clicks and impressions", n=len(both)),)
    )


def _imported(
    id: str,
    title: str,
    formula: str,
    compute: Compute,
    *inputs: str,
    unit: Unit = "count",
    direction: Literal["up", "down", "none"] = "up",
    source: str = "the usual definition of the field",
) -> Metric:
    return Metric(
        id,
        title,
        formula,
        unit,
        direction,
        compute,
        _FACTS,
        area="conversion",
        inputs=inputs,
        data=("I",),
        source=source,
    )


METRICS = (
    Metric(
        "click_through_rate",
        "Click-through rate",
        "clicks / impressions x 100, both imported or both of the same own posts",
        "%",
        "up",
        _clicks,
        frozenset({"own", "facts"}),
        area="conversion",
        inputs=("clicks", "impressions"),
        data=("O", "I"),
        source='support.google.com/google-ads, "Clickthrough rate (CTR): Definition"',
    ),
    _imported(
        "conversion_rate",
        "Conversion rate",
        "people who took the wanted action / clicks x 100",
        ratio(conversion.conversion_rate, "conversions", "clicks"),
        "conversions",
        "clicks",
        unit="%",
    ),
    _imported(
        "bounce_rate",
        "Bounce rate",
        "one-page social sessions / social sessions x 100",
        ratio(conversion.bounce_rate, "bounced_sessions", "sessions"),
        "bounced_sessions",
        "sessions",
        unit="%",
        direction="down",
    ),
    _imported(
        "web_traffic",
        "Web traffic from social",
        "sessions that came from social networks",
        total("sessions"),
        "sessions",
    ),
    _imported(
        "leads",
        "Leads",
        "sign-ups, gated downloads and trials whose first source is social",
        total("leads"),
        "leads",
    ),
    _imported(
        "lead_conversion_rate",
        "Lead conversion rate",
        "leads that bought / leads x 100",
        ratio(conversion.lead_conversion_rate, "leads_won", "leads"),
        "leads_won",
        "leads",
        unit="%",
    ),
    _imported(
        "non_revenue_conversions",
        "Conversions without revenue",
        "newsletter sign-ups, downloads and forms",
        total("non_revenue_conversions"),
        "non_revenue_conversions",
    ),
    _imported(
        "direct_purchases",
        "Direct purchases",
        "purchases in the same visit that came from social networks",
        total("purchases"),
        "purchases",
    ),
    _imported(
        "direct_purchase_value",
        "Value of direct purchases",
        "what these purchases came to",
        total("purchase_value"),
        "purchase_value",
        unit="money",
    ),
    _imported(
        "sales_revenue",
        "Sales revenue from social",
        "revenue from conversions that came from social networks",
        total("revenue"),
        "revenue",
        unit="money",
    ),
)

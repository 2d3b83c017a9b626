"""What it brings in, and what it costs."""

from collections.abc import Callable

from metrics.catalogue.of_facts import Compute, facts_of, nothing, ratio, unlike
from metrics.formulas import money
from metrics.inputs import Figure, Inputs
from metrics.metric import Metric, Need, Unit
from metrics.missing import none_of
from metrics.saying import Said

_FACTS: frozenset[Need] = frozenset({"facts"})


def _return(i: Inputs) -> Figure:
    """Of the imported value where there is one, else of the revenue."""
    gained = "value" if "value" in facts_of(i).values else "revenue"
    missing = none_of(i, [gained, "spend"])
    if missing:
        return Figure(None, 0, missing=missing)
    found = facts_of(i).values
    value = money.return_on_investment(found[gained], found["spend"])
    if value is None:
        return Figure(None, 0, missing=nothing("spend"))
    taken = "taken from value" if gained == "value" else "taken from revenue: no value was imported"
    return Figure(value, 0, notes=(taken, *unlike(facts_of(i), gained, "spend")))


def _lifetime(i: Inputs) -> Figure:
    missing = none_of(i, ["order_value", "orders", "customers"])
    if missing:
        return Figure(None, 0, missing=missing)
    found = facts_of(i).values
    lifespan = found.get("customer_lifespan", 1.0)
    value = money.customer_lifetime_value(found["order_value"], found["orders"], found["customers"], lifespan)
    if value is None:
        return Figure(None, 0, missing=nothing("customers" if found["orders"] > 0 else "orders"))
    if "customer_lifespan" in found:
        line = "a lifespan of {n:g} as imported, at the purchases of this period: a lifespan in years asks for a year"
        said: str = Said(line, n=lifespan)
    else:
        said = "a lifespan of 1 is taken, so of this period: no customer_lifespan was imported"
    twice = "customers are added up over the imported days: who ordered on two of them counts twice"
    return Figure(value, round(found["customers"]), notes=(said, twice))


def _cost(id: str, title: str, formula: str, of: Callable[[float, float], float | None], by: str) -> Metric:
    return _entry(id, title, formula, "money", "down", ratio(of, "spend", by), "spend", by)


def _entry(
    id: str, title: str, formula: str, unit: Unit, direction: str, compute: Compute, *inputs: str
) -> Metric:
    return Metric(
        id,
        title,
        formula,
        unit,
        "down" if direction == "down" else "up",
        compute,
        _FACTS,
        area="money",
        inputs=inputs,
        data=("I",),
    )


METRICS = (
    _entry(
        "return_on_investment",
        "Return on investment",
        "(value - cost) / cost x 100, the value as imported or else the revenue; also per network, campaign and influencer",
        "%",
        "up",
        _return,
        "value, or else revenue",
        "spend",
    ),
    _cost("cost_per_click", "Cost per click", "spend / clicks", money.cost_per_click, "clicks"),
    _cost(
        "cost_per_mille",
        "Cost per thousand impressions",
        "spend / impressions x 1000",
        money.cost_per_mille,
        "impressions",
    ),
    _cost("cost_per_lead", "Cost per lead", "spend / leads", money.cost_per_lead, "leads"),
    _entry(
        "customer_lifetime_value",
        "Customer lifetime value",
        "average purchase value x purchase frequency in the period x lifespan, 1 unless imported",
        "money",
        "up",
        _lifetime,
        "order_value",
        "orders",
        "customers",
        "customer_lifespan",
    ),
)

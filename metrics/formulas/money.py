"""What it brings in, and what it costs: in the configured currency, from imported facts alone."""


def return_on_investment(value: float, cost: float) -> float | None:
    """What was gained over what was spent, in percent of what was spent, from -100 upward.

        100 * (value - cost) / cost

    `value` is the imported value where there is one, else revenue: never both. Narrowed to a network, a campaign or an influencer it
    is theirs. Without any cost there is no rate: None.

    Source: P. Farris et al., "Marketing Metrics", where ROI (%) is net profit over investment; the usual definition of the field.

    >>> return_on_investment(value=1_500, cost=1_000), return_on_investment(value=0, cost=1_000)
    (50.0, -100.0)
    >>> return_on_investment(value=10, cost=0) is None
    True
    """
    return 100 * (value - cost) / cost if cost > 0 else None


def cost_per_click(spend: float, clicks: float) -> float | None:
    """What one click cost, in money.

        spend / clicks

    No click gives None.

    Source: the usual definition of the field.

    >>> cost_per_click(spend=120.0, clicks=80)
    1.5
    >>> cost_per_click(spend=120.0, clicks=0) is None
    True
    """
    return spend / clicks if clicks > 0 else None


def cost_per_mille(spend: float, impressions: float) -> float | None:
    """What a thousand times shown cost, in money.

        1000 * spend / impressions

    No impression gives None.

    Source: the usual definition of the field.

    >>> cost_per_mille(spend=120.0, impressions=48_000)
    2.5
    >>> cost_per_mille(spend=120.0, impressions=0) is None
    True
    """
    return 1000 * spend / impressions if impressions > 0 else None


def cost_per_lead(spend: float, leads: float) -> float | None:
    """What one lead cost, in money.

        spend / leads

    No lead gives None.

    Source: the usual definition of the field.

    >>> cost_per_lead(spend=120.0, leads=16)
    7.5
    >>> cost_per_lead(spend=120.0, leads=0) is None
    True
    """
    return spend / leads if leads > 0 else None


def customer_lifetime_value(
    order_value: float, orders: float, customers: float, lifespan: float = 1.0
) -> float | None:
    """What a customer is worth over the time of being one, in money.

        (order value / orders) * (orders / customers) * lifespan

    the average purchase, times the purchases of one customer in the window, times how long a customer stays: 1 unless
    imported. The frequency is the window's, so a lifespan in years asks for a window of a year. It knows neither
    margin nor interest. No order or no customer gives None.

    Source: the usual simple form of the field, without discounting.

    >>> customer_lifetime_value(order_value=6_000.0, orders=120, customers=40, lifespan=3)
    450.0
    >>> customer_lifetime_value(order_value=0.0, orders=0, customers=0) is None
    True
    """
    if not orders or not customers:
        return None
    return (order_value / orders) * (orders / customers) * lifespan

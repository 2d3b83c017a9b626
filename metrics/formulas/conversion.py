"""What social attention leads to, as shares of what came before: seen, clicked, visited, signed up, bought."""


def click_through_rate(clicks: float, impressions: float) -> float | None:
    """Clicks per hundred times shown, in percent.

        100 * clicks / impressions

    Both from one side: both imported, or both of the same own posts. No impression gives None.

    Source: support.google.com/google-ads, "Clickthrough rate (CTR): Definition", whose example is the first.

    >>> click_through_rate(clicks=5, impressions=100)
    5.0
    >>> click_through_rate(clicks=0, impressions=0) is None
    True
    """
    return _percent(clicks, impressions)


def conversion_rate(conversions: float, clicks: float) -> float | None:
    """People who took the wanted action, per hundred clicks, in percent.

        100 * conversions / clicks

    Above 100 only where the two were counted of different channels or days. No click gives None.

    Source: the usual definition of the field.

    >>> conversion_rate(conversions=30, clicks=1_200)
    2.5
    >>> conversion_rate(conversions=3, clicks=0) is None
    True
    """
    return _percent(conversions, clicks)


def bounce_rate(bounced_sessions: float, sessions: float) -> float | None:
    """Visits from social networks that saw one page only, of all visits from there, in percent, 0..100.

        100 * bounced sessions / sessions

    No session gives None.

    Source: the usual definition of the field. Google Analytics 4 counts otherwise, sessions that were not engaged: import
    what your tool calls single-page sessions, and do not compare across tools.

    >>> bounce_rate(bounced_sessions=320, sessions=800)
    40.0
    >>> bounce_rate(bounced_sessions=0, sessions=0) is None
    True
    """
    return _percent(bounced_sessions, sessions)


def lead_conversion_rate(leads_won: float, leads: float) -> float | None:
    """Leads that bought, of all leads, in percent.

        100 * leads won / leads

    A lead that bought counts on the day it did, so that in a short window the two may be of different people. No lead
    gives None.

    Source: the usual definition of the field.

    >>> lead_conversion_rate(leads_won=6, leads=48)
    12.5
    >>> lead_conversion_rate(leads_won=0, leads=0) is None
    True
    """
    return _percent(leads_won, leads)


def _percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole > 0 else None

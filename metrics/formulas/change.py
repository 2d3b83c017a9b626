"""A figure beside the same figure of the period before."""


def change(now: float | None, before: float | None) -> float | None:
    """Change of a count against the previous period, in percent of what it was. Of a period that still runs, what is known is set against
    the same stretch of the previous one (see Stretches).

        100 * (now - before) / before

    From -100 upward. From 0 there is no percentage, and without either figure none: None.

    Source: own definition, as everybody computes it.

    >>> change(120, 100), change(50, 100), change(0, 0) is None
    (20.0, -50.0, True)
    """
    if now is None or before is None or before == 0:
        return None
    return 100 * (now - before) / before


def difference(now: float | None, before: float | None) -> float | None:
    """Change of a share or balance against the previous period, in points; a share's change is never said in
    percent of a percentage.

        now - before

    Without either figure None.

    Source: own definition.

    >>> difference(25.0, 22.5), difference(25.0, None) is None
    (2.5, True)
    """
    return None if now is None or before is None else now - before

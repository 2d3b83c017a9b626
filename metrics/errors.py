"""What can go wrong when figures are asked for."""


class MetricError(ValueError):
    """The question cannot be answered as asked: the message names the argument and what to ask instead."""

    exit_code = 2

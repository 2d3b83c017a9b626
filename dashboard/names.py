"""How networks and languages are called."""

from dashboard.texts import known
from metrics.language import named


def network_name(name: str) -> str:
    """A network as people write it.

    >>> network_name("hackernews"), network_name("somewhere")
    ('Hacker News', 'somewhere')
    """
    return known(f"network.{name}") or name


def language_name(code: str) -> str:
    """A language as people write it where it stands alone, as CLDR has it.

    >>> language_name("nb"), language_name("und"), language_name("xx")
    ('Norwegian Bokmål', 'Unknown', 'xx')
    """
    name = named(code)
    return known(f"lang.{code}") or (name if name == code else name[:1].upper() + name[1:])

"""What a network that finds posts by words can be asked for a query: words and phrases, one of which every match holds."""

from storage.query import And, Field, Handle, Near, Node, Not, Or, Prefix, Query, Tag, Term
from storage.query_tree import inward


def alternatives(query: Query) -> tuple[str, ...]:
    """Words, phrases, #tags and @handles, one of which is in every post the query matches; () where there are none.

    Of parts joined by AND the narrowest is taken, and all else is left to be filtered after fetching. A
    query that may be met by a word's beginning or by a field alone has no alternatives.

    >>> alternatives(Query.parse('(delta OR "air france") (flight OR airline OR plane) NOT force'))
    ('delta', 'air france')
    >>> alternatives(Query.parse("delt* OR jetblue"))
    ()
    """
    return _cover(inward(query.tree)) or ()


def _cover(node: Node) -> tuple[str, ...] | None:
    match node:
        case Term(text):
            return (text,)
        case Tag(name):
            return (f"#{name}",)
        case Handle(name):
            return (f"@{name}",)
        case Near(left, right, _):
            return _cover(And((_any(left), _any(right))))
        case Or(parts):
            covers = [_cover(part) for part in parts]
            return (
                None
                if None in covers
                else tuple(dict.fromkeys(word for cover in covers for word in cover or ()))
            )
        case And(parts):
            covers = [_cover(part) for part in parts]
            return min((cover for cover in covers if cover), key=_width, default=None)
        case Prefix() | Field() | Not():
            return None


def _any(parts: tuple[Term | Prefix | Handle | Tag, ...]) -> Node:
    return parts[0] if len(parts) == 1 else Or(parts)


def _width(cover: tuple[str, ...]) -> tuple[int, int]:
    """Few alternatives first, then long ones: a rough measure of how many posts they let through."""
    return len(cover), -min(map(len, cover))

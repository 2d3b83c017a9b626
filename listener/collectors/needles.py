"""What to ask a network that cannot take a whole query: pieces of which every post that matches has at least
one.
"""

from storage.query_tree import And, Field, Near, Node, Not, Or, Prefix, Spoken, Tag, inward


def needles(query: Node) -> tuple[Spoken, ...] | None:
    """Words, handles and tags, each once: a post without any of them cannot match the query. None: there are
    no such.

    Of the parts of an AND the one that costs fewest questions is taken; tags before words, and words before
    what only starts alike. Posts that a needle brings still have to be matched against the query.

    >>> from storage.query_tree import Handle, Term
    >>> needles(And((Or((Term("delta"), Handle("delta"))), Tag("deltaassist"), Not(Term("force")))))
    (Tag(name='deltaassist'),)
    >>> needles(Not(Term("force"))) is None
    True
    """
    found = _cover(inward(query))
    return None if found is None else tuple(dict.fromkeys(found))


def _cover(node: Node) -> tuple[Spoken, ...] | None:
    match node:
        case Or(parts):
            covers = [_cover(part) for part in parts]
            return None if None in covers else tuple(leaf for cover in covers for leaf in cover or ())
        case And(parts):
            found = [cover for part in parts if (cover := _cover(part)) is not None]
            return min(found, key=_cost) if found else None
        case Near(left, right, _):
            return min(left, right, key=_cost)
        case Not() | Field():
            return None
        case _:
            return (node,)


def _cost(cover: tuple[Spoken, ...]) -> tuple[int, int, int]:
    prefixes = sum(isinstance(leaf, Prefix) for leaf in cover)
    return prefixes, sum(not isinstance(leaf, Tag) for leaf in cover), len(cover)

"""Which brand's own account wrote a post: such a post is the brand speaking, not a mention of it."""

from collections.abc import Iterable, Mapping

from storage.accounts import bare as _bare
from storage.types import BrandQuery, NewPost


class Owners:
    """Looks an author up among the accounts in the configuration, by handle (without @, any case) or by the network's id."""

    def __init__(self, brands: Iterable[BrandQuery]) -> None:
        self._brand = {
            (source, _bare(account)): brand.id
            for brand in brands
            for source, account in brand.accounts.items()
        }
        self._asked: set[str] = set()

    def handles(self, source: str) -> list[str]:
        """The accounts known by handle on this network that nobody has asked its id of yet."""
        return [
            account
            for platform, account in list(self._brand)
            if platform == source and account not in self._asked
        ]

    def learn(self, source: str, handles: Iterable[str], ids: Mapping[str, str]) -> None:
        """Know these accounts by the network's id too."""
        for handle in handles:
            self._asked.add(handle)
            if handle in ids and (source, handle) in self._brand:
                self._asked.add(_bare(ids[handle]))
                self._brand[source, _bare(ids[handle])] = self._brand[source, handle]

    def owner(self, post: NewPost) -> str | None:
        """The brand whose account wrote the post, None for everybody else.

        >>> from datetime import UTC, datetime
        >>> from storage.types import NewAuthor
        >>> owners = Owners([BrandQuery("delta", "Delta", "own", "delta", 1, {"x": "@Delta"})])
        >>> t = datetime(2027, 3, 1, tzinfo=UTC)
        >>> post = NewPost(source="x", source_id="1", text="Hi", published_at=t, observed_at=t,
        ...                author=NewAuthor(source_author_id="5920532", handle="delta"))
        >>> owners.owner(post)
        'delta'
        """
        if post.author is None or not self._brand:
            return None
        by_handle = self._brand.get((post.source, _bare(post.author.handle or "")))
        return by_handle or self._brand.get((post.source, _bare(post.author.source_author_id)))

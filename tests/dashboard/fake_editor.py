"""The service's editor of config.toml, remembered instead of done; `words` stand in every place that takes words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dashboard.editing import (
    BrandWritten,
    ChangedMeanwhile,
    Edited,
    FileSaid,
    GoalWritten,
    Matching,
    NotSaved,
    Section,
)


@dataclass
class FakeEditor:
    """What is put is refused where a value is "wrong", and where it was read from a version "old"."""

    words: str = "aurora"
    put_so_far: list[BrandWritten | GoalWritten] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    refusal: str = ""

    def file(self) -> FileSaid:
        brand = BrandWritten("aurora", f"Aurora {self.words}", "own", self.words, {"social": self.words})
        goal = GoalWritten("key", words=self.words, brand="aurora", owner=self.words, reason=self.words)
        return FileSaid(
            f"/{self.words}/config.toml",
            "new",
            self.refusal,
            [brand],
            [goal],
            True,
            [self.words],
            True,
            ["mastodon"],
        )

    def matching(self, *, now: datetime) -> Matching:
        return Matching([self.words])

    def put(
        self,
        section: Section,
        key: str | None,
        values: BrandWritten | GoalWritten,
        *,
        seen: str | None,
        now: datetime,
    ) -> Edited:
        said: Mapping[str, Any] = {name: getattr(values, name) for name in values.__dataclass_fields__}
        if wrong := [name for name, value in said.items() if value == "wrong"]:
            raise NotSaved(self.words, dict.fromkeys(wrong, self.words))
        if seen == "old":
            raise ChangedMeanwhile(self.words, [f"- {self.words}", f"+ {self.words}"], "new")
        self.put_so_far.append(values)
        return Edited(key or "aurora", {"name": (None, self.words)}, "newer")

    def remove(self, section: Section, key: str, *, seen: str | None, now: datetime) -> Edited:
        self.removed.append(key)
        return Edited(key, {"name": (self.words, None)}, "newer")

    def take(self, *, now: datetime) -> None:
        return None

    def rematch(self) -> None:
        return None

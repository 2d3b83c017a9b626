"""The invented accounts that speak in the demo, few of them often and most of them once, and the invented
brands.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random

NETWORKS = ("x", "mastodon", "bluesky")  # where accounts have followers that show


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who posts: handle, name and id, and followers where the network shows them."""

    id: str
    handle: str
    name: str
    followers: int | None


@dataclass(frozen=True, slots=True)
class Maker:
    """An invented brand: how it is written and called, and which part of the talk is about it."""

    id: str
    name: str
    models: tuple[str, ...]
    handle: str
    tags: tuple[str, ...]
    share: float
    moods: tuple[float, float, float]  # negative, neutral, positive on an ordinary day


MAKERS = (
    Maker("murmur", "Murmur", ("Murmur One", "Murmur Air", "Murmur Studio"), "@MurmurAudio", ("#Murmur", "#MurmurBuds"),
          0.42, (0.25, 0.36, 0.39)),
    Maker("brumlo", "Brumlo", ("Brumlo B2", "Brumlo Go", "Brumlo Max"), "@Brumlo", ("#Brumlo",),
          0.27, (0.41, 0.34, 0.25)),
    Maker("kvarto", "Kvarto", ("Kvarto 4", "Kvarto Mini"), "@KvartoSound", ("#Kvarto",),
          0.18, (0.17, 0.36, 0.47)),
    Maker("ondello", "Ondello", ("Ondello Wave", "Ondello Duo"), "@Ondello", ("#Ondello",),
          0.13, (0.27, 0.43, 0.30)),
)  # fmt: skip
BY_ID = {maker.id: maker for maker in MAKERS}

PAPERS = (
    "The Harbour Courier",
    "Northbound Tech",
    "Daily Kettle",
    "Sound Ledger",
    "Fjordposten Test",
    "Consumer Lamp",
)
OWN_ACCOUNTS = {
    ("murmur", "x"): Account("own-murmur-x", "MurmurAudio", "Murmur", 48_210),
    ("murmur", "mastodon"): Account("own-murmur-m", "murmur@audio.example", "Murmur", 3_904),
    ("murmur", "bluesky"): Account("own-murmur-b", "murmur.audio.example", "Murmur", 6_118),
    ("brumlo", "x"): Account("own-brumlo-x", "Brumlo", "Brumlo", 71_544),
    ("kvarto", "x"): Account("own-kvarto-x", "KvartoSound", "Kvarto", 22_873),
    ("ondello", "x"): Account("own-ondello-x", "Ondello", "Ondello", 15_002),
}


@cache
def phrases(name: str) -> Mapping[str, list[str]]:
    """The lists in `phrases/NAME.toml`: what is said in a language, by kind, or the names of people."""
    return tomllib.loads(files("listener.demo").joinpath("phrases", f"{name}.toml").read_text("utf-8"))


class Crowd:
    """The accounts of one network and language; a few of them write most."""

    def __init__(self, rng: Random, network: str, lang: str, size: int) -> None:
        self._rng = rng
        self.accounts = [self._account(network, lang, i) for i in range(size)]
        self._weights = [1 / (rank + 3) ** 0.8 for rank in range(size)]

    def someone(self) -> Account:
        return self._rng.choices(self.accounts, self._weights)[0]

    def _account(self, network: str, lang: str, number: int) -> Account:
        rng = self._rng
        first, last = rng.choice(phrases("names")["first"]), rng.choice(phrases("names")["last"])
        joint = rng.choice(("_", "", "."))
        handle = f"{first}{joint}{last}{rng.randrange(10, 999)}".lower()
        if network == "mastodon":
            handle += rng.choice(("@social.example", "@talk.example", "@fjord.example"))
        if network == "bluesky":
            handle = handle.replace("_", "-") + ".sky.example"
        followers = min(int(rng.lognormvariate(5.4, 1.7)), 900_000) if network in NETWORKS else None
        return Account(f"{network[:2]}-{lang}-{number:03}", handle, f"{first} {last}", followers)

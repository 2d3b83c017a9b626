"""What people say, per language: frames with gaps, filled so that the same words seldom come twice."""

from random import Random

from listener.demo.people import Maker, phrases

LANGUAGES = ("en", "no", "sv", "de", "fr", "es", "nl", "pt", "it", "id")
_TRIES = 40


class Writer:
    """Fills frames; remembers what it wrote so as to write something else next time."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._written: set[str] = set()

    def text(
        self, lang: str, kind: str, maker: Maker, *, network: str, mood: str = "", other: Maker | None = None
    ) -> str:
        """A new text of this kind about `maker` (and `other`, in frames for two). Plain sentences where
        `network` is "" .
        """
        frames = phrases(lang)[kind]
        for _ in range(_TRIES):
            made = self._filled(lang, self._rng.choice(frames), maker, network, other)
            if kind in ("positive", "negative") and self._rng.random() < 0.22:
                more = self._filled(lang, self._rng.choice(frames), maker, network, other)
                made = f"{made}{'' if made[-1] in '.!?' else '.'} {more}"
            if network and kind not in ("tech", "comment"):
                made = self._dressed(lang, made, mood)
            if made not in self._written:
                break
        self._written.add(made)
        return made

    def _filled(self, lang: str, frame: str, maker: Maker, network: str, other: Maker | None) -> str:
        words = phrases(lang)
        gaps = {
            name: self._rng.choice(words[name])
            for name in ("part", "d", "place", "who", "n", "p", "city", "s")
            if name in words
        }
        gaps |= {
            "b": self._called(maker, network),
            "a": self._called(maker, network),
            "m": self._model(maker, network),
        }
        if other is not None:
            gaps["c"] = self._called(other, network)
        made = frame.format(**gaps)
        return made[0].upper() + made[1:] if frame.startswith("{who}") else made

    def _called(self, maker: Maker, network: str) -> str:
        chance = self._rng.random()
        if network == "x" and chance < 0.2:
            return maker.handle
        if network in ("x", "mastodon", "bluesky") and chance < 0.3:
            return self._rng.choice(maker.tags)
        return maker.name.lower() if network and chance > 0.9 else maker.name

    def _model(self, maker: Maker, network: str) -> str:
        model = self._rng.choice(maker.models)
        return model.lower() if network and self._rng.random() < 0.2 else model

    def _dressed(self, lang: str, made: str, mood: str) -> str:
        rng, words = self._rng, phrases(lang)
        if rng.random() < 0.12 and "opener" in words and not made.startswith("{"):
            keep = made.split()[0] in ("I", "I've", "I'm", "If") or made[:2].isupper() or made[0] in "@#"
            named = made.split()[0].strip(",:").lower() in (
                "murmur",
                "brumlo",
                "kvarto",
                "ondello",
                "bluetooth",
                "does",
            )
            made = f"{rng.choice(words['opener'])} {made if keep or named else made[0].lower() + made[1:]}"
        if rng.random() < 0.5 and (tail := rng.choice(words["tail"])):
            made = f"{made} {tail}" if made[-1] in ".!?…)" or tail[0] in "#🙂" else f"{made}, {tail}"
        if rng.random() < 0.13 and mood in ("positive", "negative"):
            made = f"{made} {rng.choice(phrases('en')[f'emoji_{mood}'])}"
        if rng.random() < 0.08:
            made = made.lower()
        return made

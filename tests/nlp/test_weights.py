"""The model that ships: independence of results, plain sentences, two brands, odd inputs, speed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlp.load import EMBEDDED, load_labeller
from nlp.types import Item, Labeller, NotLabelled, Scores
from tests.nlp.odd_texts import ODD_TEXTS
from tests.patience import ends

pytestmark = pytest.mark.model

PLAIN = [
    ("I love this airline, best flight ever!", "positive"),
    ("Thank you so much, you made my day", "positive"),
    ("This is the worst service I have ever had", "negative"),
    ("My phone broke again. Never buying from them.", "negative"),
    ("so disappointed with the new update, it keeps crashing 😡", "negative"),
    ("The store opens at nine on Monday", "neutral"),
    ("They announced their quarterly results today", "neutral"),
    ("Ich liebe dieses Produkt, einfach großartig", "positive"),
    ("Schrecklicher Service, nie wieder", "negative"),
    ("Die Pressekonferenz beginnt um 15 Uhr", "neutral"),
    ("J'adore cette marque, merci !", "positive"),
    ("C'est vraiment nul, je suis très déçu", "negative"),
    ("¡Me encanta! Es lo mejor que he comprado", "positive"),
    ("Qué vergüenza, el peor servicio del mundo", "negative"),
    ("Bellissimo, complimenti a tutti", "positive"),
    ("Che schifo, non funziona niente", "negative"),
    ("Adorei, muito bom mesmo", "positive"),
    ("Péssimo atendimento, estou com muita raiva", "negative"),
    ("Geweldig, ik ben er heel blij mee", "positive"),
    ("Wat een waardeloze dienst, schandalig", "negative"),
    ("Jag älskar den här appen, helt fantastisk", "positive"),
    ("Usel service, jag är så besviken", "negative"),
    ("Fantastisk film, anbefales på det sterkeste", "positive"),
    ("Forferdelig dårlig, en skuffelse fra start til slutt", "negative"),
    ("enak sekali makanannya, pelayanan ramah", "positive"),
    ("pelayanan sangat buruk, saya kecewa", "negative"),
    ("sedap sangat makanan dia, memang terbaik", "positive"),
    ("servis teruk, memang mengecewakan", "negative"),
    ("❤❤❤ amazing crew on board tonight 😍", "positive"),
    ("🤬🤬 what a joke of a company", "negative"),
]
"""Sentences that nobody would argue about; none of them comes from the training data."""

TWO_BRANDS = [
    ("Delta lost my luggage but JetBlue got me home with a smile", "Delta", "JetBlue"),
    ("Ordered from Acme and it never came. Globex delivered in a day, wonderful!", "Acme", "Globex"),
    ("@norska is a disgrace, thank god for @sudair", "@norska", "@sudair"),
    ("Love my Pixel, hate my old Galaxy", "Galaxy", "Pixel"),
]
"""A text, the brand that fares badly in it, and the brand that fares well."""


@pytest.fixture(scope="module")
def labeller() -> Labeller:
    return load_labeller(threads=1)


def rows_of(results: list[Scores | NotLabelled]) -> np.ndarray:
    """Probabilities [n, 3]; NaN rows for what has no label."""
    return np.array(
        [(r.negative, r.neutral, r.positive) if isinstance(r, Scores) else (np.nan,) * 3 for r in results]
    )


def mixed_items() -> list[Item]:
    """Short and long texts in a mixed order, with and without targets."""
    texts = [text for text, _ in PLAIN] + ["", "😡", "word " * 300, "a"]
    texts += [f"{one} {other}" for one in texts[:6] for other in texts[6:12]]
    items = [Item(text) for text in texts]
    items += [Item(text, target) for text, bad, good in TWO_BRANDS for target in (bad, good)]
    return items


def test_a_result_does_not_depend_on_batch_or_order(labeller: Labeller) -> None:
    items = mixed_items()
    together = rows_of(labeller.label(items))
    alone = rows_of([labeller.label([item])[0] for item in items])
    backwards = rows_of(labeller.label(items[::-1]))[::-1]
    some = rows_of(labeller.label(items[:9]))
    assert np.nanmax(np.abs(together - alone)) <= 1e-4
    assert np.nanmax(np.abs(together - backwards)) <= 1e-4
    assert np.nanmax(np.abs(together[:9] - some)) <= 1e-4
    assert (np.argmax(together, axis=1) == np.argmax(alone, axis=1)).all()


def test_a_result_does_not_depend_on_threads(labeller: Labeller) -> None:
    items = mixed_items()[:20]
    two = rows_of(load_labeller(threads=2).label(items))
    assert np.nanmax(np.abs(two - rows_of(labeller.label(items)))) <= 1e-4


def test_plain_sentences_are_labelled_sensibly(labeller: Labeller) -> None:
    results = labeller.label([Item(text) for text, _ in PLAIN])
    wrong = [
        (text, expected, result)
        for (text, expected), result in zip(PLAIN, results, strict=True)
        if not isinstance(result, Scores) or result.label != expected
    ]
    assert len(wrong) <= 3, wrong


@pytest.mark.parametrize(("text", "bad", "good"), TWO_BRANDS)
def test_two_brands_of_one_text_are_told_apart(labeller: Labeller, text: str, bad: str, good: str) -> None:
    worse, better = labeller.label([Item(text, bad), Item(text, good)])
    assert isinstance(worse, Scores)
    assert isinstance(better, Scores)
    assert worse.negative > better.negative
    assert better.positive > worse.positive


def test_odd_texts_give_a_result(labeller: Labeller) -> None:
    for target in (None, "good"):
        with ends():
            results = labeller.label([Item(text, target) for text in ODD_TEXTS])
        assert len(results) == len(ODD_TEXTS)
        assert isinstance(results[0], NotLabelled)


def test_the_weights_are_small_and_named() -> None:
    files = {path.name for path in EMBEDDED.iterdir()}
    assert {"model.onnx", "tokenizer.json", "model.json", "README.md"} <= files
    assert sum(path.stat().st_size for path in EMBEDDED.iterdir()) <= 48_000_000


def test_a_cut_copy_of_the_weights_is_refused(tmp_path: Path) -> None:
    from nlp.errors import ModelError

    for name in ("model.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((EMBEDDED / name).read_bytes())
    (tmp_path / "model.onnx").write_bytes((EMBEDDED / "model.onnx").read_bytes()[:-1])
    with pytest.raises(ModelError, match=r"model\.onnx: cut or altered"):
        load_labeller(str(tmp_path))

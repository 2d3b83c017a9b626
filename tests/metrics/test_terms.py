"""Terms: what of a text tells something, language by language, and what of it never does."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import function_words
from metrics.drivers import Said, drivers
from metrics.function_words import PARTS, parts_of
from metrics.terms import terms
from storage.folding import fold

LISTS = tomllib.loads(Path(function_words.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
LANGUAGES = ("en", "no", "nb", "nn", "da", "sv", "nl", "id", "ms", "de", "fr", "es", "pt", "it", "ar", "hi")
SOME = (
    "lost",
    "luggage",
    "my",
    "the",
    "not",
    "never",
    "again",
    "don",
    "t",
    "ikke",
    "die",
    "koffer",
    "het",
    "😡",
)


def told(language: str, text: str) -> set[str]:
    return set(terms(tuple(fold(text).split()), language))


def test_every_listed_word_is_written_as_texts_are_folded() -> None:
    words = [LISTS["everywhere"], LISTS["elsewhere"]]
    words += [row.get(part, "") for row in LISTS["languages"].values() for part in (*PARTS, "contracted")]
    assert [word for text in words for word in text.split() if fold(word) != word] == []


def test_every_language_has_its_own_list_and_no_word_does_two_things() -> None:
    rows = LISTS["languages"].values()
    codes = [code for row in rows for code in row["codes"]]
    assert set(LANGUAGES) <= set(codes)
    assert len(codes) == len(set(codes))
    for row in rows:
        words = [word for part in PARTS for word in row[part].split()]
        assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "They lost my luggage again", {"lost", "luggage", "lost my luggage", "luggage again"}),
        ("en", "The app doesn't open", {"app", "open", "app doesn t", "doesn t open"}),
        ("en", "Never again!", {"never again"}),
        ("no", "De har mistet bagasjen", {"mistet", "bagasjen", "mistet bagasjen"}),
        ("nb", "Det er ikke greit", {"greit", "ikke greit"}),
        ("sv", "Det fungerar inte längre", {"fungerar", "fungerar inte", "inte langre"}),
        ("nl", "Mijn koffer is weer kwijt", {"koffer", "kwijt", "weer kwijt"}),
        ("nl", "Het is niet te geloven", {"geloven", "niet te geloven"}),
        ("de", "Ich bekomme kein Geld zurück", {"geld", "kein geld", "geld zuruck"}),
        ("fr", "Mon bagage n'est jamais arrivé", {"bagage", "arrive", "jamais arrive"}),
        (
            "es",
            "No funciona la aplicación",
            {"no funciona", "funciona", "aplicacion", "funciona la aplicacion"},
        ),
        ("pt", "Ainda não saiu", {"nao saiu", "saiu"}),
        ("it", "Il volo non parte", {"volo", "parte", "volo non", "non parte"}),
        ("ms", "Saya tak dapat duit balik", {"duit", "duit balik"}),
        ("id", "Barang saya belum sampai", {"barang", "sampai", "belum sampai"}),
        ("hi", "मेरा सामान नहीं मिला", {"सामान", "मिला", "सामान नहीं", "नहीं मिला"}),
        ("hi", "mera saman nahi mila", {"saman", "mila", "saman nahi", "nahi mila"}),
        ("ar", "لم تصل الحقيبة", {"تصل", "الحقيبة", "لم تصل", "تصل الحقيبة"}),
    ],
)
def test_what_tells_is_kept_and_the_rest_of_the_sentence_is_not(
    language: str, text: str, expected: set[str]
) -> None:
    assert told(language, text) == expected


def test_a_word_is_dropped_only_where_its_own_language_is_spoken() -> None:
    assert "die" in told("en", "People die in this")
    assert "die" in told("und", "Users die")
    assert "die" not in told("de", "Wo ist die Tasche?")
    assert "door" in told("en", "The door was open")
    assert "door" not in told("nl", "Dit komt door het weer")
    assert "men" in told("en", "Two men at the gate")


def test_the_text_itself_says_its_language_where_the_network_is_wrong_or_silent() -> None:
    text = "Jeg fikk ikke kofferten, og ingen svarer meg"
    assert told("en", text) == told("und", text) == told("no", text)
    mixed = "The staff is rude and service bahut kharab hai, paisa wapas nahi mila"
    assert not {"the", "is", "bahut", "hai", "nahi"} & told("en", mixed)
    assert {"kharab", "rude", "nahi mila"} <= told("en", mixed)


def test_a_language_without_a_list_keeps_all_of_its_words() -> None:
    assert told("hu", "Nem jön a busz") >= {"nem", "jon", "busz"}


def test_letters_and_digits_tell_something_beside_a_word_only() -> None:
    assert told("en", "Model Y, 3 recalls") == {"model", "recalls", "model y", "3 recalls"}


@given(st.lists(st.sampled_from(SOME), max_size=12), st.sampled_from(["en", "no", "nl", "de", "und"]))
def test_no_term_is_made_of_or_edged_by_function_words_and_each_is_in_the_text(
    words: list[str], language: str
) -> None:
    parts = parts_of(words, language)
    text = f" {' '.join(words)} "
    for term, telling in terms(tuple(words), language).items():
        assert f" {term} " in text
        assert telling >= 1
        first, last = (parts.get(word) for word in (term.split(" ")[0], term.split(" ")[-1]))
        if " t" not in term:
            assert not {first, last} & {"function", "joins"}
            assert " " in term or first is None


def test_a_brand_called_like_function_words_has_its_drivers() -> None:
    calm = [Said(n, ("the", "who", "were", "great"), author=f"a{n}", language="en") for n in range(80)]
    loud = [
        Said(500 + n, ("the", "who", "cancelled", "the", "tour"), author=f"b{n}", language="en")
        for n in range(30)
    ]
    (found,) = drivers(calm[:40] + loud, calm, known=["the", "who"])
    assert (found.name, found.count, found.also) == ("cancelled the tour", 30, ())


def test_a_crisis_in_one_language_is_not_hidden_by_a_function_word_of_another() -> None:
    german = ("die", "lieferung", "ist", "schon", "da", "und", "die", "farbe", "passt")
    calm = [Said(n, german, author=f"a{n}", language="de") for n in range(200)]
    loud = [
        Said(500 + n, ("bees", "die", "because", "of", "this"), author=f"b{n}", language="en")
        for n in range(25)
    ]
    (found,) = drivers(calm[:100] + loud, calm)
    assert (found.name, found.count, found.posts, found.expected) == ("bees die", 25, 25, 0)


def test_an_emoji_of_one_character_tells_something() -> None:
    assert {"❤", "✈"} <= told("en", "❤️ this ✈️")
    assert told("th", "ไม่ดี") == {"ไ ม", "ม ่", "่ ด", "ด ี"}


def test_one_word_said_twice_shows_no_language() -> None:
    assert "comment" in told("en", "Oui, oui: comment removed")
    assert "comment" not in told("en", "Oui, aussi: comment removed")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Comment removed", "comment"),
        ("Volta recalled", "volta"),
        ("Mal service", "mal"),
        ("Ecco recalled", "ecco"),
        ("Uber cancelled", "uber"),
        ("Sun damaged", "sun"),
        ("Roku died", "roku"),
    ],
)
def test_what_means_something_in_another_language_is_kept_where_none_is_told(text: str, kept: str) -> None:
    assert kept in told("und", text)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("nl", "Ik sta in 't water, net zoals elkaar", {"sta", "water", "sta in t water"}),
        ("de", "Ich ärgere mich gerade über jemanden", {"argere"}),
        ("no", "Derfor er appen allerede nede", {"appen", "nede"}),
        ("it", "Adesso sta piovendo, invece nessun rimborso", {"piovendo", "rimborso", "nessun rimborso"}),
        ("es", "Ahora cualquier pedido", {"pedido"}),
        ("pt", "Agora a culpa é dele", {"culpa"}),
        ("id", "Sekarang lambat banget", {"lambat"}),
        ("hi", "मैंने कभी सामान", {"सामान"}),
    ],
)
def test_common_words_beside_the_commonest_tell_nothing_either(
    language: str, text: str, expected: set[str]
) -> None:
    assert told(language, text) == expected

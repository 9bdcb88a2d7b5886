"""The gist: whole sentences only, and none with a name that the article does not have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import summary_of
from communique import Article
from communique.grounding import ground_gist, orders_in
from communique.grounding.gist import invents

ARTICLE = Article(
    text="Drovnia opposes the dam. Ana Ruiz of Ulmia said the U.S. envoy met Gen. Roe. Russian "
    "troops left Kessal at 6 a.m. on Monday. The treaty of Torv holds, monitors said."
)
ORDERS = orders_in(ARTICLE)
GISTS = {
    "Drovnia opposes the dam.": "Drovnia opposes the dam.",
    " Drovnia \n opposes the dam. ": "Drovnia opposes the dam.",
    # cut off
    "Drovnia opposes the dam, dismissing monitors as": "",
    "Drovnia opposes the dam. It dismissed monitors as": "Drovnia opposes the dam.",
    "Drovnia opposes the dam. Ulmia, with the U.S. envoy and": "Drovnia opposes the dam.",
    "Drovnia opposes the dam. Troops left Gen.": "Drovnia opposes the dam.",
    "Drovnia opposes the dam. They met J.": "Drovnia opposes the dam.",
    "Drovnia opposes the dam": "",
    "": "",
    "   ": "",
    # whole
    "Does Drovnia oppose the dam?": "Does Drovnia oppose the dam?",
    "“Drovnia opposes the dam.”": "“Drovnia opposes the dam.”",
    "Drovnia opposes it (the dam).": "Drovnia opposes it (the dam).",
    "Drovnia opposes it (and the dam.)": "Drovnia opposes it (and the dam.)",
    "Drovnia’s envoy met the U.S.": "Drovnia’s envoy met the U.S.",
    "Drovnia said: «No!»": "Drovnia said: «No!»",
    # names
    "Drovania opposes the dam.": "Drovnia opposes the dam.",
    "Ulmia and Drovania met. Kesal waits.": "Ulmia and Drovnia met. Kessal waits.",
    "Ulmia talks to Brasilia. Drovnia opposes the dam.": "Drovnia opposes the dam.",
    "Brasilia opposes the dam. Ulmia is calm.": "Ulmia is calm.",
    "Iran opposes the dam.": "",
    "Kestonia rejected the dam. Ulmia is calm.": "Ulmia is calm.",
    "Negotiators rejected the dam. Nobody said why.": (
        "Negotiators rejected the dam. Nobody said why."
    ),
    "John Smith met Ulmia.": "",
    "Russia and the United States quarrel over Ulmia.": (
        "Russia and the United States quarrel over Ulmia."
    ),
    "Tensions rise on Tuesday, as American envoys meet Prime Minister Ruiz.": (
        "Tensions rise on Tuesday, as American envoys meet Prime Minister Ruiz."
    ),
    "Дровнія виступає проти дамби.": "Дровнія виступає проти дамби.",
}


@pytest.mark.parametrize("gist", GISTS)
def test_a_gist_is_whole_and_has_the_articles_names(gist: str) -> None:
    """Incomplete sentences and those with invented names are dropped, misspellings corrected."""
    assert ground_gist(ORDERS, gist) == GISTS[gist]


OTHER = {
    "zh": ("卡尔多政府表示反对大坝。", "卡尔多反对大坝。马林说", "卡尔多反对大坝。"),
    "ja": ("カルドはダムに反対した。", "カルドはダムに反対した。マリンは", "カルドはダムに反対した。"),
    "ar": ("رفضت كالدور السد.", "هل رفضت كالدور السد؟ وقال", "هل رفضت كالدور السد؟"),
    "hi": ("काल्दोर ने बाँध का विरोध किया।", "काल्दोर ने विरोध किया। और", "काल्दोर ने विरोध किया।"),
    "ur": ("کالدور نے ڈیم کی مخالفت کی۔", "کالدور نے مخالفت کی۔ اور", "کالدور نے مخالفت کی۔"),
    "es": ("Kaldor rechazó la presa de Ulmia.", "Kaldor la rechazó. La Sra.", "Kaldor la rechazó."),
    "de": ("Kaldor lehnt den Damm ab und will nicht mit der Regierung reden.",
           "Kaldor lehnt den Staudamm ab. Die", "Kaldor lehnt den Staudamm ab."),
    "th": ("คาลดอร์คัดค้านเขื่อน", "คาลดอร์คัดค้านเขื่อน", "คาลดอร์คัดค้านเขื่อน"),
}  # fmt: skip


@pytest.mark.parametrize("language", OTHER)
def test_sentences_end_as_their_script_ends_them(language: str) -> None:
    """Cut back in any script; a script without full stops is left as it is."""
    text, gist, kept = OTHER[language]
    assert ground_gist(orders_in(Article(text=text, language=language)), gist) == kept


def test_the_summary_has_the_grounded_gist() -> None:
    """Through the public function."""
    gist = "Drovania opposes the dam. It dismissed monitors as"
    assert summary_of(ARTICLE, gist=gist).gist == "Drovnia opposes the dam."


@given(gist=st.text(max_size=60) | st.sampled_from(sorted(GISTS)))
def test_grounding_a_gist_again_changes_nothing(gist: str) -> None:
    """Whatever the model writes, the result is whole."""
    once = ground_gist(ORDERS, gist)
    assert ground_gist(ORDERS, once) == once


NUMBERS = Article(
    text="Drovnia, with 1,500 troops and two ships, spent 2.5 million in 2014. Ulmia sent ٣٢ men.",
    language="en",
)


@pytest.mark.parametrize(
    ("gist", "is_new"),
    [
        ("Drovnia has 1,500 troops.", False),
        ("Drovnia has 1500 troops.", False),
        ("Drovnia has 1 500 troops.", False),
        ("Drovnia spent 2,5 million in 2014.", False),
        ("Drovnia has 2 ships.", False),  # a small number is often a word
        ("Ulmia sent 32 men.", False),
        ("In 2014 500 troops left Drovnia.", True),
        ("In 2014 1,500 troops left Drovnia.", False),
        ("Drovnia has 15 ships.", True),
        ("Drovnia has 1,501 troops.", True),
        ("Drovnia spent 25 million.", True),
        ("Ulmia met envoys of Brasilia.", True),
        ("Ulmia sent men.", False),
        ("", False),
    ],
)
def test_names_and_numbers_that_the_article_lacks(gist: str, is_new: bool) -> None:
    """However they are written."""
    assert invents(NUMBERS, gist) is is_new

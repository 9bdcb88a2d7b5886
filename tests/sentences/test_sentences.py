"""Sentences: where they end, in which layout, and offsets that are exact on any text."""

from __future__ import annotations

import textwrap
import time

import pytest
from hard_sentences import HARD, joined
from hypothesis import given
from hypothesis import strategies as st

from communique import Article
from communique.article import split_sentences

# Real prose, and what breaks offsets: CRLF, tabs, no-break and zero-width spaces, combining
# marks, right-to-left and CJK text, emoji of several code points, unusual line ends.
PIECES = [
    "The minister agreed. ",
    "“No deal,” she said.",
    "Mr. Smith of the U.S. left at 5 p.m. on Jan. 3.",
    "\r\n",
    "\r\n\r\n",
    "\n\n \n",
    "\t",
    "\u00a0",
    "\u200b",
    "\u2028",
    "\x1c",
    "\x85",
    "e\u0301te\u0301. ",
    "قال الوزير إن الحرب انتهت. ماذا بعد؟ ",
    "שלום. מה שלומך? ",
    "谈判结束了。他说：“我们同意！”",
    "交渉は終わった。",
    "👩‍👩‍👧‍👦! 🇺🇦? ",
    "Він погодився… Але ні! ",
    "... ",
    "?!",
]
texts = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=20).map("".join),
).filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text))


@given(text=texts, language=st.sampled_from([None, "en", "uk", "zh", "ar", "no-such-language"]))
def test_sentences_cover_every_character_once_in_order(text: str, language: str | None) -> None:
    """Sentences hold each non-space character exactly once, at exact offsets."""
    sentences = split_sentences(text, language)
    covered: list[int] = []
    for index, sentence in enumerate(sentences):
        assert sentence.index == index
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text.strip() == sentence.text != ""
        covered.extend(range(sentence.start, sentence.end))
    assert covered == sorted(set(covered))
    missed = set(range(len(text))) - set(covered)
    assert all(text[offset].isspace() for offset in missed)


def test_sample_has_its_nineteen_sentences(sample: Article) -> None:
    """The given article is cut where a reader would cut it."""
    assert len(sample.sentences) == 19
    assert sample.sentences[4].text.startswith("“If they appear there")
    assert sample.sentences[4].text.endswith("he said.")
    assert sample.sentences[18].text.endswith("to the war.")


@pytest.mark.parametrize("told", [True, False], ids=["language", "no language"])
@pytest.mark.parametrize(
    ("language", "units"), HARD, ids=[f"{n}-{language}" for n, (language, _) in enumerate(HARD)]
)
def test_hard_sentences(language: str, units: list[str], told: bool) -> None:
    """Full stops that end nothing, and ends that look like no end, with or without a language."""
    if units[0].startswith("Der 1. FC"):
        told = True  # too short to be known for German
    found = split_sentences(joined(language, units), language if told else None)
    assert [sentence.text for sentence in found] == units


LEAD = (
    "The ministers of Ulmia and Torv said on Monday that their talks about the dam had ended "
    "without a result. They will meet again in March, if the river allows it, and the engineers "
    "of both states will report to them by then about what the gates can hold."
)
PARAGRAPHS = [
    "Talks about the dam end without a result",
    "BRUSSELS — " + LEAD,
    "Kest asks for a seat at the table",
    LEAD.replace("Torv", "Kest"),
]


@pytest.mark.parametrize(
    "gap", ["\n", "\r\n", "\n\n", "\n \n", "\n\u00a0\n", "\u2029", "\r", "\u2028"]
)
def test_a_paragraph_is_never_stuck_to_another(gap: str) -> None:
    """One paragraph a line, as most text extractors write, or any kind of blank line."""
    found = [sentence.text for sentence in split_sentences(gap.join(PARAGRAPHS))]
    assert len(found) == 6
    assert (found[0], found[3]) == (PARAGRAPHS[0], PARAGRAPHS[2])


def test_two_lines_are_two_even_if_short() -> None:
    """A headline and a lead are no wrapped sentence."""
    text = "Ulmia and Torv sign the deal\nBRUSSELS — Both said so."
    assert [s.text for s in split_sentences(text)] == text.split("\n")


@given(
    columns=st.integers(60, 100), blank=st.booleans(), indent=st.sampled_from(["", "    ", "> "])
)
def test_wrapped_lines_are_one_sentence(columns: int, blank: bool, indent: str) -> None:
    """A line that was broken only because it was full ends nothing."""
    paragraphs = [LEAD, LEAD.replace("Torv", "Kest"), LEAD.replace("Ulmia", "Ruritania")]
    wrapped = [
        textwrap.fill(p, columns, initial_indent=indent, subsequent_indent=indent)
        for p in paragraphs
    ]
    found = split_sentences(("\n\n" if blank else "\n").join(wrapped))
    assert len(found) == 6
    assert all(s.text.endswith(("result.", "hold.")) for s in found)


WRAPPED = {
    "zh": "乌尔米亚和托尔夫的部长们星期一表示关于大坝的谈判没有取得任何结果双方将于三月再次会晤前提是河流允许两国的工程师届时将向他们报告闸门能够承受什么这一点至今没有人知道。",
    "ar": "قال وزراء أولميا وتورف يوم الاثنين إن محادثاتهم حول السد انتهت دون نتيجة وإنهم سيجتمعون مرة أخرى في مارس إذا سمح النهر بذلك وسيقدم المهندسون تقريرا إليهم حول ما يمكن أن تتحمله البوابات.",
    "he": "שרי אולמיה וטורב אמרו ביום שני כי שיחותיהם על הסכר הסתיימו ללא תוצאה וכי ייפגשו שוב במרץ אם הנהר יאפשר זאת ומהנדסי שתי המדינות ידווחו להם עד אז על מה שהשערים יכולים להחזיק ועל עוד כמה דברים.",
    "de": "Die Minister von Ulmia und Torv sagten am Montag, ihre Gespräche über den Staudamm seien ohne Ergebnis zu Ende gegangen und sie träfen sich im März wieder, falls der Fluss es zulasse.",
}


@pytest.mark.parametrize("language", WRAPPED)
def test_wrapped_in_any_script(language: str) -> None:
    columns = 24 if language == "zh" else 60
    assert len(split_sentences(textwrap.fill(WRAPPED[language], columns))) == 1


LISTS = {
    "dashes": ["The deal says:", "– the border opens", "– the dam is stopped", "– both sides pay"],
    "hyphens": ["The deal says:", "- The border opens", "- The dam is stopped"],
    "dots": ["The deal says:", "• the border opens", "· the dam is stopped"],
    "figures": ["The deal says:", "1) the border opens", "2) the dam is stopped"],
    "numbers": ["The deal says:", "1. The border opens.", "2. The dam is stopped.", "10. All pay."],
    "letters": ["The deal says:", "a) the border opens;", "b) the dam is stopped;", "(c) all pay"],
    "live": ["10:15 Talks begin in Ulmia", "10:20 Torv walks out", "10:45 Kest asks for time",
             "11:05 The hall is empty"],
    "notes": ["talks begin in ulmia today", "torv walks out of the hall", "kest asks for more time"],
    "names": ["Office of the Spokesperson", "Ann Roe", "Monday, May 11, 2026", "Washington, D.C."],
    "table": ["Ulmia | 12 | yes", "Torv | 7 | no", "Kest | 9 | yes"],
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_items_of_a_list_are_lines(name: str) -> None:
    """Also inside a text whose paragraphs are wrapped."""
    lines = LISTS[name]
    assert [s.text for s in split_sentences("\n".join(lines))] == lines
    prose = textwrap.fill(LEAD, 72)
    found = [s.text for s in split_sentences("\n\n".join([prose, "\n".join(lines), prose]))]
    assert found[2:-2] == lines


def test_a_long_quotation_has_its_sentences() -> None:
    """Each can be pointed at."""
    quotation = (
        "“" + "We will not leave the valley until the dam is stopped. " * 48 + "Never,” she said."
    )
    assert len(quotation) > 2_600
    assert len(split_sentences(quotation)) == 49


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It was a historic session.Today’s vote was close.", 2),
        ("It was a historic session.Today's vote was close.", 2),
        ("They met.We will not sign.", 2),
        ("The site.Com’s owner spoke.", 2),
        ("The owner of site.com’s page spoke.", 1),
        ("The version of node.JS’s team failed.", 1),
    ],
)
def test_a_lost_space_ends_a_sentence(text: str, count: int) -> None:
    """Text from web pages lacks some: before a capital, a sentence ends all the same."""
    assert len(split_sentences(text, "en")) == count


@pytest.mark.parametrize("mark", ["\u200b", "\ufeff", "\u200e", "\u2060"])
def test_what_nobody_can_see_is_no_sentence(mark: str) -> None:
    """It is part of the one before it, or of the first."""
    found = split_sentences(f"{mark}\nTalks ended.\n{mark}\n\n{mark}Nobody signed.")
    assert len(found) == 2


@pytest.mark.parametrize(
    "language", ["es", "es-MX", "ES", "spa", None, "en", "pt_BR", "no-such-language"]
)
def test_abbreviations_are_known_whatever_the_language(language: str | None) -> None:
    assert len(split_sentences("La Sra. Ruiz habló. El Dr. Roe, no.", language)) == 2


@pytest.mark.parametrize("language", ["de", "DE-at", "ger", "deu", "de_CH"])
def test_the_language_tells_ordinal_numbers(language: str) -> None:
    assert len(split_sentences("Die 2. Runde beginnt.", language)) == 1
    assert len(split_sentences("Die 2. Runde beginnt.", "en")) == 2
    assert len(split_sentences("It took place in 2. Nobody came to it.")) == 2


def test_a_text_without_an_end_is_cut_between_words() -> None:
    """Words without a full stop are pieces of some length, not one sentence of a megabyte."""
    sentences = split_sentences("tariff " * 20_000)
    assert 5 < len(sentences) < 10
    assert {word for s in sentences for word in s.text.split()} == {"tariff"}
    assert sum(len(s.text) for s in split_sentences("谈" * 50_000)) == 50_000


# Each once took minutes, or would with a careless pattern.
ENDLESS = ["谈判结束了。", "“a ", "a.", "x.Y", "a-", ".¹", ". [1]", "[...] ", "a\n", " \n", ".\t\t\t",
           "x" + " " * 5000, "\u200b", "Mr. ", "。”他们今天在这里", "- ", ")", ".'"]  # fmt: skip


@pytest.mark.parametrize("piece", ENDLESS)
def test_splitting_takes_time_in_proportion(piece: str) -> None:
    """A long text without paragraphs takes seconds, not minutes."""
    started = time.process_time()
    split_sentences(piece * (150_000 // len(piece)))
    assert time.process_time() - started < 3

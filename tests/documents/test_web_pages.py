"""Web pages: the article alone, with its fields; nothing of what stands around it."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from news_pages import AR, DE, EN, ES, FR, PAGES, PT, RU, UK, ZH

from communique import Article, read_article
from communique.documents import extra_libraries
from communique.documents.boilerplate import without_boilerplate
from communique.documents.document_fields import Unreadable
from communique.documents.page_encoding import decode_page
from communique.errors import ArticleError, SettingsError

trafilatura = pytest.importorskip("trafilatura", reason="the extra `web` is not installed")


def read(page: str | bytes, folder: Path) -> Article:
    path = folder / "page.html"
    path.write_bytes(page.encode() if isinstance(page, str) else page)
    return read_article(path)


@pytest.mark.parametrize("name", PAGES)
def test_the_article_alone_is_read(name: str, tmp_path: Path) -> None:
    """Each of its paragraphs, whole and on its own; and no line of anything else."""
    page = PAGES[name]
    article = read(page.html, tmp_path)
    text = article.text
    assert [each for each in page.paragraphs if each.strip("　") not in text] == []
    assert [each for each in page.junk if each.lower() in text.lower()] == []
    others = [
        line
        for line in text.split("\n\n")
        if not any(each in line for each in page.paragraphs) and line != page.title
    ]
    assert len(others) <= 2, others  # a subtitle, and where the author works


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_title_source_date_author_and_language(name: str, tmp_path: Path) -> None:
    page = PAGES[name]
    article = read(page.html, tmp_path)
    assert article.title == page.title
    assert article.source == page.source
    assert str(article.published) == page.published
    assert article.metadata == ({"author": page.author} if page.author else {})
    assert article.language == page.language
    assert article.url == page.url


def test_fields_of_the_caller_come_first(tmp_path: Path) -> None:
    """Those that the page names otherwise, and those that it lacks."""
    (tmp_path / "page").write_text(PAGES["wordpress"].html, encoding="utf-8")
    article = read_article(
        str(tmp_path / "page"), title="Dam", published="2026-06-01", id=7, metadata={"desk": "Asia"}
    )
    assert (article.title, str(article.published), article.id) == ("Dam", "2026-06-01", "7")
    assert (article.source, article.metadata) == ("Valley Observer", {"desk": "Asia"})


SENTENCES = [*EN, *DE, *FR, *ES, *PT, *RU, *UK, *AR, *ZH]
HONEST = [
    "Read the minister’s letter carefully, he told reporters, and you will find no threat in it.",
    "More than 40 states signed the treaty on Monday.", "More: the word fell eleven times in the speech.",
    "Watch the border, the general told his troops.", "Related to the talks, Ulmia withdrew its envoy.",
    "Video-conference talks between the two leaders failed.", "Share the water equally, Varga demanded.",
    "Follow the treaty or leave it, Benda said.", "Sign the annex, or we will close the gates.",
    "Save the dam, protesters shouted.", "Updated sanctions will hit 12 companies, Torv warned.",
    "Published on Monday, the 12-page text rejects the claim.", "Subscribe to no illusion, she said: the talks are over.",
    "Cookies of the state bakery were served as the ministers signed.", "The commission said that websites must ask before they store cookies.",
    "Support for Torv fell to 38 percent, according to a Reuters/Ipsos poll.", "Advertisements for the referendum will be banned from May 3.",
    "Join us or leave us alone, the envoy told Ulmia.", "Get out of the valley, Varga told the engineers.",
    "Live ammunition was used, the ministry said.", "“Sign up for nothing until they leave,” the newsletter of the union said.",
    "Comments by Benda angered Ruritania.", "Like Torv, Kest opposes the dam.", "X is banned in Ulmia until the vote.",
    "Print shops in Kest will close, the union threatened.", "Credit to Ulmia will be cut, the bank warned.",
    "Image matters more than water to both, a diplomat said.", "Photo shoots at the dam are forbidden, the army said.",
    "Copyright law will be amended before the accord takes effect.", "To view the dam, visitors need a permit of the army.",
    "Newspapers in Ulmia condemned the deal.", "Register the weapons or lose them, the decree says.",
    "Mehr als 40 Staaten unterzeichneten den Vertrag.", "Themen wie Wasser spalten die Region, sagte Varga.", "Teilen wollen beide Länder das Wasser nicht.",
    "Lire la lettre du ministre ne suffit pas, a dit Varga.", "Recevez nos ingénieurs, a demandé l’Ulmie.",
    "Ver la presa cerrada alegra a Kest, dijo el alcalde.", "Подписать приложение стороны должны до мая.", "Теми розколюють регіон, сказала Варга.",
]  # fmt: skip


@pytest.mark.parametrize("sentence", HONEST)
def test_sentences_of_articles_are_kept(sentence: str) -> None:
    """They begin as links, buttons and banners do."""
    assert without_boilerplate(f"{EN[0]}\n{sentence}\n{EN[1]}").split("\n\n")[1] == sentence


@given(st.lists(st.sampled_from([*SENTENCES, *HONEST]), min_size=1, max_size=8))
def test_an_article_without_boilerplate_stays_whole(paragraphs: list[str]) -> None:
    assert without_boilerplate("\n".join(paragraphs)) == "\n\n".join(paragraphs)


JUNK = [
    "Read more: Ulmia says it will sue", "READ MORE", "Also read | Old mill becomes museum", "See also: the treaty in full",
    "More on this story", "Related:", "You may also like", "Most popular", "Watch: Minister leaves the talks", "Listen to this article",
    "Advertisement", "Sponsored content", "Story continues below advertisement", "5 min read", "Published 3 hours ago", "Last updated on May 3, 2026 at 10:15 a.m. EDT",
    "Updated: Sun, 3 May 2026, 16:20 GMT", "Stand: 03.05.2026 18:02 Uhr", "Publié le 03 mai 2026 à 17h00", "Share", "Share this article", "Share on Facebook, X or WhatsApp",
    "Facebook Twitter WhatsApp Copy link", "12 comments", "Leave a comment", "Join the conversation", "Sign up for our daily newsletter and never miss a story.",
    "Subscribe to our channel for more updates", "Follow us on Telegram", "Follow Torv News on Google News", "Get the latest news delivered to your inbox.",
    "We use cookies to improve your experience. By continuing, you accept our cookie policy.", "Wir verwenden Cookies, um Ihre Erfahrung zu verbessern.",
    "Image source, Getty Images", "Image caption, Ilse Varga in Strelsau", "Photo: Jo Kern/Reuters", "File photo: the dam in April", "FILE - The dam in April. (AP Photo/Jo Kern, File)",
    "Ilse Varga arrives for the talks in Strelsau on Sunday [Jo Kern/Reuters]", "The dam on Sunday. REUTERS/Jo Kern", "Getty Images", "© 2026 Kest Courier", "All rights reserved.",
    "Already a subscriber? Log in.", "This article is for subscribers only.", "Create a free account to continue.", "Continue reading", "Reporting by Ada Marek; Editing by Jo Kern",
    "Our Standards: The Torv Principles.", "This video can not be played", "To view this content, enable cookies.", "Tags: dam, water", "Topics", "Play video", "Loading…", "Back to top",
    "Mehr zum Thema", "Lesen Sie auch: Warum Torv schweigt", "Foto: dpa", "Anzeige", "Teilen", "Lire aussi : Le fleuve", "Publicité", "Lea también: la cosecha", "Publicidad", "Leia mais",
    "Читайте также: Как устроена комиссия", "Подписывайтесь на наш канал", "Реклама", "Читайте також: Хто рахує воду", "Підписуйтесь на наш Telegram", "اقرأ أيضا: من يملك النهر؟", "延伸阅读：河流委员会", "图片来源：新华社",
]  # fmt: skip


@pytest.mark.parametrize("line", JUNK)
def test_lines_that_are_none_of_the_articles(line: str) -> None:
    assert without_boilerplate(f"{EN[0]}\n{line}\n- {line}\n{EN[1]}") == f"{EN[0]}\n\n{EN[1]}"


def test_a_list_of_links_goes_with_its_heading() -> None:
    """But a list of the article's own stays."""
    text = f"Related stories:\n- Cat found after nine years\n- Mill becomes museum\n{EN[0]}\n- Ulmia withdraws.\n- Torv pays."
    assert without_boilerplate(text) == f"{EN[0]}\n\n- Ulmia withdraws.\n\n- Torv pays."


GERMAN = f"<!doctype html><html><head>{{}}</head><body><article><h1>Öl</h1><p>{DE[0]}</p><p>{DE[1]}</p></article></body></html>"
RUSSIAN = f"<!doctype html><html><head>{{}}</head><body><article><h1>Плотина</h1><p>{RU[0]}</p><p>{RU[1]}</p></article></body></html>"
CHINESE = f"<!doctype html><html><head>{{}}</head><body><article><h1>大坝</h1><p>{ZH[0]}</p><p>{ZH[1]}</p></article></body></html>"


@pytest.mark.parametrize(
    ("page", "encoding", "named", "declared"),
    [
        (GERMAN, "utf-8", None, None),
        (GERMAN, "utf-8", "iso-8859-1", "iso-8859-1"),  # servers that name one for all pages
        (GERMAN, "utf-8-sig", "utf-8", None),
        (GERMAN, "cp1252", "iso-8859-1", None),
        (GERMAN, "cp1252", None, "windows-1252"),
        (GERMAN, "cp1252", "windows-1252", "utf-8"),
        (GERMAN, "cp1252", None, None),
        (GERMAN, "utf-16", "utf-16", None),
        (RUSSIAN, "cp1251", "windows-1251", None),
        (RUSSIAN, "cp1251", None, "Windows-1251"),
        (RUSSIAN, "mac-cyrillic", "x-mac-cyrillic", "x-unknown"),
        (RUSSIAN, "cp1251", None, None),
        (CHINESE, "gb18030", "gb2312", None),
        (CHINESE, "big5", None, "big5"),
    ],
)
def test_the_encoding_is_found(
    page: str, encoding: str, named: str | None, declared: str | None
) -> None:
    """That of the bytes, whatever page and server call it."""
    text = page.format(f'<meta charset="{named}">' if named else "")
    if encoding == "big5":
        text = text.translate(str.maketrans("陕尔", "陝爾"))
        text = "".join(c for c in text if c.encode("big5", "ignore"))
    assert decode_page(text.encode(encoding), declared) == text


def test_japanese_in_ascii_bytes() -> None:
    text = "<p>会談は終わった。誰も署名しなかった。</p>"
    assert decode_page(text.encode("iso2022_jp"), "iso-2022-jp") == text


def test_a_few_damaged_bytes_do_not_turn_a_page_into_another_language() -> None:
    page = "".join(f"<p>{each}</p>" for each in [*DE, *FR])
    assert decode_page(page.encode().replace("für".encode(), b"f\xffr"), "utf-8") == page.replace(
        "für", "f\ufffdr"
    )


@given(
    st.binary(max_size=200),
    st.sampled_from([None, "utf-8", "utf-7", "base64", "idna", "rot13", "\x00", "latin-1"]),
)
def test_any_bytes_are_text_or_an_error(raw: bytes, declared: str | None) -> None:
    """No name of an encoding makes Python run a codec that is none of text."""
    with contextlib.suppress(Unreadable):
        assert isinstance(decode_page(raw, declared), str)


@pytest.mark.parametrize(
    "page",
    [
        "<!doctype html><html><body></body></html>", "<html>", "<!doctype html>", "<html><head><title>Dam</title></head></html>",
        "<!doctype html><html><body><nav><a href='/'>Home</a></nav></body></html>", "<body>" + "<div>" * 3000, "<html>\x01\x02</html>",
        "<!doctype html><html><body><p>Read more</p><p>Share</p></body></html>",
    ],
)  # fmt: skip
def test_a_page_without_an_article(page: str, tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match=r"page\.html has no article that could be found"):
        read(page, tmp_path)


@settings(max_examples=10)
@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=30))
def test_whatever_a_page_claims_of_itself_is_a_field_or_none(
    title: str, date: str, language: str
) -> None:
    """Fields that can't be read are left out; the article is read."""
    from communique.documents.web_page import read_page

    def quoted(value: str) -> str:
        return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")

    head = f'<meta property="og:title" content="{quoted(title)}"><meta property="article:published_time" content="{quoted(date)}">'
    page = f'<!doctype html><html lang="{quoted(language)}"><head>{head}</head><body><article>{"".join(f"<p>{each}</p>" for each in EN)}</article></body></html>'
    article = Article(**read_page(page, "https://news.example/"))
    assert EN[0] in article.text


def test_without_the_extra_the_message_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extra_libraries, "find_spec", lambda _: None)
    with pytest.raises(
        SettingsError, match=r"a web page needs trafilatura: .*'communique\[web\]'; or copy"
    ):
        read(PAGES["wordpress"].html, tmp_path)


def test_each_author_is_named_once(tmp_path: Path) -> None:
    """Pages name them in the head and above the text, in other letters."""
    names = (
        '<meta name="author" content="Ada Marek"><meta name="author" content="ADA MAREK; Jo Kern">'
    )
    page = PAGES["ministry"].html.replace("<head>", f"<head>{names}")
    assert read(page, tmp_path).metadata["author"] in {"Ada Marek; Jo Kern", "Ada Marek"}

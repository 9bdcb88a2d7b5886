"""The report of evaluations: complete, correct, well formed, and nothing in a text takes effect."""

from __future__ import annotations

import html.parser
import itertools
import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import Said, agreement, gold_article, position, summary_of, threat
from communique import Article
from communique.errors import RecordingError
from communique.evaluation import GoldArticle, GoldStatement, compare, figure, total
from communique.evaluation.diagnosis import confusion, read_statement, reliability
from communique.evaluation.report_articles import Mark, marked
from communique.evaluation.report_html import to_html
from communique.evaluation.results import Evaluation, judge
from communique.evaluation.run import ArticleRun
from communique.prompts import load_prompt
from communique.settings import ModelChoice
from communique.statements import KINDS
from communique.summary import Summary, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

HOSTILE = "\x1b<script>alert(1)</script><mark></details>\" onload='x' &amp; <!-- -->"

DAM = "Ruritania opposes the dam. “Build it and we strike,” Ana Ruiz said. The treaty with Ulmia holds."
STRIKE = {"action": "strike", "trigger": "it is built", "means": "military"}
TEXTS = {
    "dam": DAM,
    "bridge": "Ulmia backs the bridge. Ruritania opposes it. Nothing was agreed, Ulmia said.",
    "calm": "All was calm. Nothing happened at all.",
}
GOLD: dict[str, list[Said]] = {
    "dam": [position(1), threat(2, **STRIKE), agreement(3, optional=True)],
    "bridge": [
        position(1, actor="Ulmia", stance="supports", issue="the bridge"),
        position(2, issue="the bridge"),
    ],
    "calm": [],
}
GOOD: dict[str, list[Said] | None] = {
    "dam": [position(1), threat(2, **STRIKE), agreement(3)],
    "bridge": [position(1, actor="Ulmia", stance="supports", issue="the bridge")],
    "calm": [],
}
# The threat is taken for a position, the optional agreement is not said, calm fails.
POOR: dict[str, list[Said] | None] = {
    "dam": [position(1), position(2, actor="Ana Ruiz", issue="building it")],
    "bridge": [
        position(3, actor="Ulmia", issue="an agreement"),
        position(2, 3, actor="Ulmia", issue="nothing"),
    ],
    "calm": None,
}
NONE: dict[str, list[Said] | None] = {"dam": [], "bridge": [], "calm": []}


def gold_of(texts: dict[str, str] | None = None) -> list[GoldArticle]:
    articles: list[GoldArticle] = []
    for slug, text in (texts or TEXTS).items():
        said = [{k: v for k, v in item.items() if k != "optional"} for item in GOLD[slug]]
        summary = read(text, said)
        optional = [item.get("optional", False) for item in GOLD[slug]]
        order = sorted(range(len(said)), key=lambda n: said[n]["sentences"])
        statements = tuple(
            GoldStatement(statement, optional=optional[place])
            for statement, place in zip(summary.statements, order, strict=True)
        )
        articles.append(gold_article(summary.article, statements, slug))
    return articles


def read(text: str, said: Iterable[Said], confidence: float | None = None) -> Summary:
    """A summary of these statements, all of one confidence."""
    summary = summary_of(Article(text=text, language="en"), *said)
    if confidence is None:
        return summary
    data = summary.model_dump(mode="json")
    for kind in KINDS:
        for statement in data[f"{kind}s"]:
            statement["confidence"] = confidence
    return Summary.model_validate(data)


def evaluation_of(
    said: dict[str, list[Said] | None],
    prompt: str = "v1",
    model: str = "test",
    confidence: float | None = None,
    gold: list[GoldArticle] | None = None,
) -> Evaluation:
    articles = gold or gold_of()
    runs: list[ArticleRun] = []
    for place, item in enumerate(articles, 1):
        answer = said[item.slug]
        usage = Usage(input_tokens=1000 * place, output_tokens=10 * place, calls=1)
        summary = None if answer is None else read(item.article.text, answer, confidence)
        runs.append(
            ArticleRun(
                slug=item.slug,
                summary=summary,
                failure=None if summary else "TruncatedReply: cut off",
                usage=usage,
                seconds=1.5 * place if summary else None,
            )
        )
    return judge(articles, runs, load_prompt(prompt), ModelChoice("openai", model))


@pytest.fixture(scope="module")
def poor() -> Evaluation:
    return evaluation_of(POOR)


@pytest.fixture(scope="module")
def good() -> Evaluation:
    return evaluation_of(GOOD, "v2")


VOID = {"meta", "br", "wbr"}


class Page(html.parser.HTMLParser):
    """What a browser would make of a page; complains where elements are not well nested."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        """The text of each column, without the labels."""
        self.tables: list[list[list[str]]] = []
        self.data = ""
        self._open: list[tuple[str, str]] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = {name: value or "" for name, value in attrs}
        self.attributes += named.items()
        self.ids += [named["id"]] if "id" in named else []
        self.links += [named["href"]] if "href" in named else []
        if tag not in VOID:
            self._open.append((tag, named.get("class", "")))
        if tag == "div" and named.get("class") == "text":
            self.texts.append("")
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in {"td", "th"}:
            self.tables[-1][-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.data += data
        tags = [tag for tag, _ in self._open]
        if ("div", "text") in self._open and "sup" not in tags:
            self.texts[-1] += data
        if "td" in tags or "th" in tags:
            self.tables[-1][-1][-1] += " " + data if tags[-1] == "small" else data


def svgs(page: str) -> list[ET.Element]:
    return [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]


def check(page: str) -> Page:
    """What must hold for every page."""
    found = Page(page)
    assert not [name for name, count in Counter(found.ids).items() if count > 1]
    assert all(link.startswith("#") and link[1:] in found.ids for link in found.links)
    assert not {"script", "iframe", "img", "link", "object", "form"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on") or name == "src"]
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in found.attributes
    assert "url(" not in page
    for svg in svgs(page):
        title = svg.find("{http://www.w3.org/2000/svg}title")
        assert title is not None
        assert svg.get("role") == "img"
        assert (svg.get("aria-label") or "").startswith(title.text or "?")
    return found


def test_page_shows_every_article_once_for_each_version(poor: Evaluation, good: Evaluation) -> None:
    """Each article has its section, in it gold and predicted text, whole, for each version."""
    gold = gold_of()
    page = check(to_html([poor, good], gold))
    sections = [name for name in page.ids if re.fullmatch(r"article-\d+", name)]
    assert len(sections) == len(gold)
    columns = [article.article.text for article in gold for _ in range(2 * 2)]
    assert page.texts == columns


def test_headline_table_says_what_the_evaluation_says(poor: Evaluation, good: Evaluation) -> None:
    """The figures, intervals, means and failures of the table are the evaluation's own."""
    page = check(to_html([poor, good], gold_of()))
    heads, *rows = page.tables[0]
    assert [row[:2] for row in rows] == [["v1", "openai/test"], ["v2", "openai/test"]]
    for evaluation, row in zip((poor, good), rows, strict=True):
        cells = dict(zip(heads, row, strict=True))
        for name, head, digits in (("f1", "F1", 2), ("strict_f1", "strict F1", 2),
                                   ("detection_f1", "detection F1", 2), ("grounded", "grounded", 3)):  # fmt: skip
            found = evaluation.figures["all"][name]
            assert (
                cells[head]
                == f"{found.value:.{digits}f} {found.low:.{digits}f}–{found.high:.{digits}f}"
            )
        assert cells["tokens in"] == "2,000"
        assert cells["tokens out"] == "20"
        assert cells["failures"] == str(evaluation.failures)
    assert [row[heads.index("statements")] for row in rows] == ["1.3", "1.3"]
    # A failed article has no seconds: the mean is over those that have.
    assert [row[heads.index("model seconds")] for row in rows] == ["2.2", "3.0"]
    assert "US$" not in heads


def test_price_is_shown_where_it_is_known(good: Evaluation) -> None:
    """Dollars an article; a dash for a version whose price nobody knows."""
    paid = good.model_copy(
        update={"prompt": "paid", "usage": good.usage.model_copy(update={"cost_usd": 0.06})}
    )
    heads, *rows = check(to_html([good, paid], gold_of())).tables[0]
    assert [row[heads.index("US$")] for row in rows] == ["–", "0.0200"]


def test_figures_by_kind_are_the_evaluations(poor: Evaluation, good: Evaluation) -> None:
    """Every bar's value and interval is said in the picture's name, and the table has them."""
    page = to_html([poor, good], gold_of())
    pictures = {svg.get("aria-label", "").partition(".")[0]: svg for svg in svgs(page)}
    for name, title in (("precision", "Precision"), ("recall", "Recall"), ("f1", "F1")):
        heard = pictures[f"{title} by kind"].get("aria-label", "")
        for kind, evaluation in itertools.product(KINDS, (poor, good)):
            found = evaluation.figures[kind][name]
            value = "–" if found.value is None else f"{found.value:.2f}"
            if found.low is not None:
                value += f" ({found.low:.2f} to {found.high:.2f})"
            assert re.search(
                rf"{kind}s \(\d to find\): [^;]*{evaluation.prompt} {re.escape(value)}", heard
            )
    rows = check(page).tables[2][1:]
    assert len(rows) == 2 * (1 + len(KINDS))
    assert rows[0][2].startswith(f"{poor.figures['all']['precision'].value:.2f} ")


def test_bars_are_as_long_as_their_values(good: Evaluation) -> None:
    """A bar's length is its value, a missing value has no bar."""
    picture = svgs(to_html([good], gold_of()))[1]
    rects = list(picture.iter("{http://www.w3.org/2000/svg}rect"))
    widths = [float(bar.get("width", "")) for bar in rects]
    values = [good.figures[kind]["recall"].value for kind in ("all", *KINDS)]
    known = [value for value in values if value is not None]
    assert len(known) == 3
    assert [width / max(widths) for width in widths] == pytest.approx(
        [value / max(known) for value in known], abs=0.01
    )
    scale, left = max(widths) / max(known), float(rects[0].get("x", ""))
    whisker = next(path for path in picture.iter() if path.get("class") == "whisker")
    low, high = re.findall(r"[MH]([\d.]+)", whisker.get("d", ""))
    found = good.figures["all"]["recall"]
    assert found.low is not None
    assert found.low < 1
    assert (float(low) - left) / scale == pytest.approx(found.low, abs=0.01)
    assert (float(high) - left) / scale == pytest.approx(found.high, abs=0.01)


@pytest.mark.parametrize("baseline", [None, "v1"])
def test_verdict_is_that_of_the_comparison(
    poor: Evaluation, good: Evaluation, baseline: str | None
) -> None:
    """Better, worse or can't tell is said in words, with the difference and its interval."""
    found = compare(poor.scores, good.scores)
    assert found.verdict == "better"
    said = check(to_html([poor, good], gold_of(), baseline=baseline)).data
    gap = found.difference
    assert (
        f"v2 is better than v1: F1 {found.new:.2f} against {found.old:.2f}, difference "
        f"{gap.value:+.2f}, 95 % interval {gap.low:+.2f} to {gap.high:+.2f}" in said
    )
    back = compare(good.scores, poor.scores, "strict_f1")
    assert back.difference.value is not None
    said = check(to_html([poor, good], gold_of(), baseline="v2")).data
    assert "v1 is worse than v2" in said
    assert f"Strict F1: worse, difference −{-back.difference.value:.2f}" in said


def test_no_verdict_without_a_difference(good: Evaluation) -> None:
    """Two versions that do the same can't be told apart."""
    same = good.model_copy(update={"prompt": "v3"})
    assert (
        "Can't tell whether v3 is better or worse than v2: F1"
        in check(to_html([good, same], gold_of())).data
    )


def test_missing_baseline_is_said(poor: Evaluation) -> None:
    """Nothing is compared with something else than what was asked for."""
    page = check(
        to_html([poor, poor.model_copy(update={"prompt": "v3"})], gold_of(), baseline="v9")
    )
    assert "There is no baseline v9 here" in page.data
    assert "better" not in page.data


def test_baseline_is_of_the_same_model_where_there_is_one(
    poor: Evaluation, good: Evaluation
) -> None:
    """Four evaluations of two models: each model's new version against its own old one."""
    others = [e.model_copy(update={"model": "openai/other"}) for e in (good, poor)]
    others = [e.model_copy(update={"prompt": p}) for e, p in zip(others, ("v1", "v2"), strict=True)]
    said = check(to_html([poor, good, *others], gold_of(), baseline="v1")).data
    assert "v2 test is better than v1 test" in said
    assert "v2 other is worse than v1 other" in said
    assert said.count("95 % interval +") == 3


def test_dots_are_sorted_by_what_was_gained(poor: Evaluation, good: Evaluation) -> None:
    """One row an article, the greatest gain first; a dash where there is nothing to average."""
    page = to_html([poor, good], gold_of())
    (heard,) = [
        label for svg in svgs(page) if "each article" in (label := svg.get("aria-label", ""))
    ]
    rows = heard.partition(". ")[2].rstrip(".").split("; ")
    values = {
        score.slug: [figure("f1", total([s])) for s in (score, other)]
        for score, other in zip(poor.scores, good.scores, strict=True)
    }
    gains = {slug: new - old for slug, (old, new) in values.items() if None not in (old, new)}
    order = sorted(gains, key=lambda slug: -gains[slug])
    assert [row.split()[0] for row in rows] == [*order, "calm"]
    assert rows[0] == f"{order[0]} {values[order[0]][0]:.2f} → {values[order[0]][1]:.2f}"
    assert rows[-1] == "calm – → –"
    assert "v2 is higher on 2, lower on 0 and the same on 0 articles" in page


def test_confusion_pairs_misses_with_false_alarms_in_their_place(poor: Evaluation) -> None:
    """A threat taken for a position is one confusion, not a miss and an invention."""
    found = confusion(poor)
    assert {key: n for key, n in found.counts.items() if n} == {
        ("position", "position"): 1,
        ("threat", "position"): 1,
        ("position", None): 1,
        (None, "position"): 1,
    }
    assert {kind: n for kind, n in found.near.items() if n} == {"position": 1}
    for kind in KINDS:
        tally = total(poor.scores, kind).found
        row = sum(n for (gold, _), n in found.counts.items() if gold == kind)
        column = sum(n for (_, predicted), n in found.counts.items() if predicted == kind)
        assert (row + found.near[kind], column + found.near[kind]) == (tally.gold, tally.predicted)


def test_confusion_prefers_the_greatest_overlap_and_uses_nothing_twice() -> None:
    """Of two false alarms on a missed statement's evidence the closer one is its confusion."""
    said = {
        "dam": [position(1), threat(2, 3, actor="Ulmia", target="mines", action="build", trigger="it is built"),
                agreement(2, parties=["Ruritania", "Ulmia"], subject="said")],
        "bridge": [threat(1, 2, **STRIKE, actor="Ruritania")],
        "calm": [],
    }  # fmt: skip
    gold = gold_of()
    gold[0] = replace(
        gold[0],
        statements=(
            *(item for item in gold[0].statements if item.statement.kind == "position"),
            GoldStatement(read(DAM, [position(2, issue="building it")]).positions[0]),
        ),
    )
    found = confusion(evaluation_of(said, gold=gold))
    assert {key: n for key, n in found.counts.items() if n} == {
        ("position", "position"): 1,
        ("position", "agreement"): 1,
        (None, "threat"): 1,
        ("position", "threat"): 1,
        ("position", None): 1,
    }


def test_confusion_is_drawn(poor: Evaluation) -> None:
    """The grid says how many of each kind were taken for which."""
    page = to_html([poor], gold_of())
    (heard,) = [label for svg in svgs(page) if "Kinds in" in (label := svg.get("aria-label", ""))]
    assert "gold threat, said position: 1;" in heard
    assert "gold position, said position: 1 +1 near;" in heard
    assert "gold nothing, said position: 1;" in heard
    assert "gold nothing, said nothing" not in heard


def test_reliability_counts_what_was_right_in_each_bin() -> None:
    """Confidence 1 belongs to the last bin; excused statements count for nothing."""
    high, low = evaluation_of(GOOD, confidence=1.0), evaluation_of(POOR, confidence=0.25)
    assert [(b.count, b.right) for b in reliability(high)] == [(0, 0)] * 9 + [(3, 3)]
    bins = reliability(low)
    assert [b.count for b in bins] == [0, 0, 4] + [0] * 7
    assert (bins[2].right, bins[2].confidence, bins[2].share) == (1, 0.25, 0.25)
    assert bins[0].share is None
    page = to_html([low], gold_of())
    assert "1 of 4 right (0.25)" in page
    assert "Expected calibration error 0.00 over 4 statements" in page


def test_no_confidence_is_said_in_words(poor: Evaluation, good: Evaluation) -> None:
    """No empty picture: one sentence says that the model gave no confidence."""
    page = to_html([poor, good], gold_of())
    assert "No statement of v1, v2 has a confidence" in page
    assert "share that is right" not in page.partition("Reliability of confidence")[2]


def test_every_outcome_is_listed_and_linked(poor: Evaluation, good: Evaluation) -> None:
    """Found, missed, false alarms and optional ones are told apart by signs, lines and lists."""
    page = to_html([poor, good], gold_of())
    first = page.partition('id="article-1-1"')[2].partition('id="article-1-2"')[0]
    assert re.findall(r'title="([^"]+)"', first) == [
        "position-1: found", "threat-1: missed", "agreement-1: optional",
        "position-1: right", "position-2: false alarm",
    ]  # fmt: skip
    heads = re.findall("<h4>([^<]+)</h4>", first)
    assert heads == ["Gold", "Said by v1", "Found", "Missed", "False alarms",
                     "Optional and not said, which counts for nothing"]  # fmt: skip
    assert [mark.split() for mark in re.findall('<mark class="([^"]+)">', first)] == [
        ["position", "right"], ["threat", "wrong"], ["agreement", "free"],
        ["position", "right"], ["position", "wrong"],
    ]  # fmt: skip
    rows = Page(first.partition('<div class="scroll">')[2].partition("</div>")[0]).tables
    pair = poor.articles[0].matches[0]
    assert rows[0][1][2:] == [
        *(f"{pair[part]:.2f}" for part in ("similarity", "evidence", "actor", "content")),
        "yes",
        "none",
    ]
    second = page.partition('id="article-1-2"')[2].partition('id="article-2"')[0]
    assert "agreement-1: excused" in second
    assert "<td>optional</td>" in second


def test_the_table_of_fields_is_the_evaluations(poor: Evaluation, good: Evaluation) -> None:
    """Each field of each kind, with its share, interval and counts for each version."""
    page = check(to_html([poor, good], gold_of()))
    heads, *rows = page.tables[1]
    assert heads == ["kind", "field", "v1", "v2"]
    assert [row[:2] for row in rows] == [[k, f] for k, kind in KINDS.items() for f in kind.fields]
    for row in rows:
        for evaluation, cell in zip((poor, good), row[2:], strict=True):
            found = evaluation.fields[row[0]][row[1]]
            counts = f"{found.right} of {found.pairs}"
            assert cell.endswith(counts) if found.pairs else cell == "–"
            if found.share.value is not None:
                assert cell.startswith(f"{found.share.value:.2f} {found.share.low:.2f}–")
    assert "#fields" in page.links


def test_a_wrong_field_stands_beside_golds_value() -> None:
    """What was said is struck out beside what is right; right fields are not listed."""
    said = {**GOOD, "dam": [position(1, actor=HOSTILE, issue="the <dam>", stance="supports")]}
    evaluation = evaluation_of(said)
    (match,) = evaluation.articles[0].matches
    assert match["wrong"] == ["actor", "stance"]
    page = to_html([evaluation], gold_of())
    check(page)
    (wrong,) = re.findall('<dl class="wrong">(.*?)</dl>', page)
    assert wrong.startswith("<dt>actor</dt><dd><s><bdi>")
    assert "</bdi></s> <b><bdi>Ruritania</bdi></b></dd>" in wrong
    assert "<s><bdi>supports</bdi></s> <b><bdi>opposes</bdi></b>" in wrong
    assert "issue" not in wrong


def test_gists_are_shown_where_the_gold_has_one(good: Evaluation) -> None:
    """Each beside the gold's, with the figures; without a gold gist there is no word of them."""
    assert "Gist" not in check(to_html([good], gold_of())).data
    gold = [replace(gold_of()[0], gist="A <dam> divides Ulmia."), *gold_of()[1:]]
    page = to_html([evaluation_of(GOOD, gold=gold)], gold)
    found = check(page)
    assert "A <dam> divides Ulmia." in found.data
    assert [row[0] for row in found.tables[2][1:]] == [
        "given", "F1 of content words", "with an unknown name or number",
    ]  # fmt: skip
    assert "Of the 1 articles" in found.data


def test_a_failed_article_says_why(poor: Evaluation) -> None:
    """A failure is shown with its cause, and its text is there all the same."""
    page = check(to_html([poor], gold_of()))
    assert "No summary. TruncatedReply: cut off" in page.data
    assert "v1 – (failed)" in page.data


def test_page_without_statements(poor: Evaluation) -> None:
    """A version that says nothing has dashes and zeros, and no mark on its side."""
    nothing = evaluation_of(NONE)
    page = check(to_html([nothing], gold_of()))
    heads, row = page.tables[0]
    cells = dict(zip(heads, row, strict=True))
    assert cells["grounded"] == "–"
    assert cells["statements"] == "0.0"
    assert "Nothing to find, and nothing said." in page.data
    assert "There are no two versions to compare." in page.data
    three = [poor, nothing.model_copy(update={"prompt": "v2"}), evaluation_of(GOOD, "v2")]
    three[2] = three[2].model_copy(update={"prompt": "v3"})
    assert len(svgs(to_html(three, gold_of()))) == 3 + 2 + 3
    check(to_html(three, gold_of()))


def test_one_article_has_no_interval() -> None:
    """Nothing is claimed about the spread of a single article."""
    gold = gold_of({"dam": DAM})
    both = [evaluation_of(POOR, "v1", gold=gold), evaluation_of(GOOD, "v2", gold=gold)]
    page = check(to_html(both, gold))
    assert "Can't tell whether v2 is better or worse than v1" in page.data
    assert "with nothing to tell its spread from" in page.data
    heads, row, _ = page.tables[0]
    assert row[heads.index("F1")] == f"{both[0].figures['all']['f1'].value:.2f}"


def test_nothing_in_a_text_takes_effect() -> None:
    """Markup in article, statements, names, failure and notes is shown as text."""
    gold = [
        GoldArticle(
            HOSTILE,
            Article(text=f"{HOSTILE} Ruritania opposes \x0b\x1b it.", language="en"),
            (),
            HOSTILE,
            (HOSTILE,),
        )
    ]
    summary = read(gold[0].article.text, [position(1, actor=HOSTILE, issue=HOSTILE)])
    runs = [ArticleRun(slug=HOSTILE, summary=summary, usage=Usage(), seconds=None),
            ArticleRun(slug=HOSTILE, summary=None, failure=HOSTILE, usage=Usage(), seconds=None)]  # fmt: skip
    found = [
        judge(gold, [run], load_prompt("v1"), ModelChoice("openai", f"{HOSTILE}{n}"))
        for n, run in enumerate(runs)
    ]
    page = check(to_html(found, gold))
    assert page.texts == [gold[0].article.text] * 4
    assert f"opposes: {HOSTILE}" in page.data
    assert f"No summary. {HOSTILE}" in page.data
    missing = check(to_html(found, gold, baseline=HOSTILE))
    assert f"no baseline {HOSTILE} here" in missing.data


def test_a_statement_that_is_not_grounded_is_called_so(good: Evaluation) -> None:
    """Evidence that the article does not have there is said, and leads nowhere."""
    data = good.model_dump(mode="json")
    spans = data["articles"][0]["statements"][0]["evidence"]
    spans[0] |= {"start": 1000, "end": 1000 + len(spans[0]["text"])}
    page = check(to_html([Evaluation.model_validate(data)], gold_of()))
    assert page.data.count("not grounded: the article does not say this there") == 1


def test_evaluations_of_other_gold_are_refused(good: Evaluation) -> None:
    """No mark is ever drawn into a text that it does not belong to."""
    gold = gold_of(TEXTS | {"calm": "Something else was here. It was not calm."})
    with pytest.raises(RecordingError, match="v2 with openai/test belongs to other gold"):
        to_html([good], gold)
    with pytest.raises(ValueError, match="at least one"):
        to_html([], gold)


def test_same_evaluations_same_page(poor: Evaluation, good: Evaluation) -> None:
    """The page holds no time and no chance: it can be compared and committed."""
    assert to_html([poor, good], gold_of()) == to_html([poor, good], gold_of())


def test_statements_are_read_back(good: Evaluation) -> None:
    """A statement of an evaluation is the one that was scored."""
    data = good.articles[0].statements[0]
    assert read_statement(data).model_dump(mode="json") == data


SPANS = st.lists(
    st.tuples(st.integers(-3, 25), st.integers(-3, 25), st.sampled_from("abc")), max_size=8
)


@given(st.text(max_size=20), SPANS)
def test_marks_are_well_nested_and_lose_nothing(
    text: str, spans: list[tuple[int, int, str]]
) -> None:
    """However spans overlap, the text stays whole and each character has its marks."""

    class Marks(html.parser.HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []
            self.seen: list[tuple[str, frozenset[str]]] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.open.append(attrs[0][1] or "")

        def handle_endtag(self, tag: str) -> None:
            self.open.pop()

        def handle_data(self, data: str) -> None:
            self.seen += [(character, frozenset(self.open)) for character in data]

    page = Marks()
    page.feed(marked(text, [Mark(*span) for span in spans]))
    page.close()
    inside = [span for span in spans if 0 <= span[0] < span[1] <= len(text)]
    assert page.seen == [
        (character, frozenset(name for start, end, name in inside if start <= at < end))
        for at, character in enumerate(text)
    ]
    assert not page.open

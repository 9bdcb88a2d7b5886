"""Articles in other languages and scripts: exact offsets, sentences, names, quotation marks."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from builders import claim, gold_article, position, summary_of, threat
from communique import Article, Summary
from communique.evaluation.gold import load_all
from communique.evaluation.run import run
from communique.grounding.merging import merge
from communique.grounding.names import Names, name_key
from communique.grounding.quotation import quoted_spans
from communique.grounding.words import Vocabulary, content_key
from communique.settings import ModelChoice

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Case:
    """An article, how a reader cuts it, and what a model says of it in its language."""

    sentences: list[str]
    actor: str
    behalf: str
    issue: str
    threat: tuple[str, str, str]
    gap: str = " "
    statements: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        target, action, trigger = self.threat
        actor = {"actor": self.actor}
        said = [position(1, **actor, on_behalf_of=self.behalf, issue=self.issue),
                threat(2, **actor, on_behalf_of=None, target=target, action=action, trigger=trigger)]  # fmt: skip
        object.__setattr__(self, "statements", said)

    @property
    def text(self) -> str:
        return self.gap.join(self.sentences)


CASES = {
    "es": Case(
        ["La presidenta Lucía Fernández rechazó el lunes la presa de Ulmia.",
         "«Cerraremos la frontera si Ulmia la construye», dijo.",
         "¿Habrá acuerdo?", "¡Nadie lo sabe!", "Las conversaciones siguen…"],
        "Lucía Fernández", "Ulmia", "la presa", ("Ulmia", "cerrar la frontera", "si la construye"),
    ),
    "fr": Case(
        ["La présidente Lucie Ménard s’est opposée lundi au barrage d’Ulmie.",
         "« Nous fermerons la frontière si l’Ulmie le construit », a-t-elle déclaré.",
         "Y aura-t-il un accord ?", "Personne ne le sait !", "Les pourparlers continuent…"],
        "Lucie Ménard", "Ulmie", "le barrage", ("Ulmie", "fermer la frontière", "si elle le construit"),
    ),
    "de": Case(
        ["Bundeskanzler Jürgen Großmann lehnt den Staudamm in Ulmien ab.",
         "„Wir schließen die Grenze, falls Ulmien ihn baut“, sagte er.",
         "Gibt es am 3. Oktober z. B. eine Einigung?", "Niemand weiß es!"],
        "Jürgen Großmann", "Ulmien", "der Staudamm", ("Ulmien", "die Grenze schließen", "falls es baut"),
    ),
    "uk": Case(
        ["Президент України Володимир Зеленський виступає проти дамби в Ульмії.",
         "«Ми закриємо кордон, якщо Ульмія її збудує», — заявив він.",
         "Чи буде угода?", "Невідомо!", "Об’єднані Нації чекають."],
        "Володимир Зеленський", "Україна", "дамба", ("Ульмія", "закрити кордон", "якщо збудує"),
    ),
    "ar": Case(
        ["قال الرئيس أحمد الخطيب إن الحكومة الأوكرانية ترفض السد.",
         "«سنغلق الحدود إذا هاجمونا»، قال الوزير.",
         "هل سيكون هناك اتفاق؟", "لا أحد يعلم!", "المحادثات مستمرة…"],
        "أحمد الخطيب", "أوكرانيا", "السد", ("المهاجمون", "إغلاق الحدود", "إذا هاجموا"),
    ),
    "ur": Case(
        ["صدر احمد خان نے ڈیم کی مخالفت کی۔", "“ہم سرحد بند کر دیں گے،” وزیر نے کہا۔",
         "کیا معاہدہ ہوگا؟", "کوئی نہیں جانتا۔"],
        "احمد خان", "خان", "ڈیم", ("وزیر", "سرحد بند کرنا", "ڈیم"),
    ),
    "hi": Case(
        ["प्रधानमंत्री नरेंद्र मोदी ने बाँध का विरोध किया।", "“हम सीमा बंद कर देंगे,” उन्होंने कहा।",
         "क्या समझौता होगा?", "कोई नहीं जानता।"],
        "नरेंद्र मोदी", "प्रधानमंत्री", "बाँध", ("सीमा", "सीमा बंद करना", "बाँध"),
    ),
    "zh": Case(
        ["俄罗斯外交部发言人扎哈罗娃周一表示，俄方坚决反对修建大坝。",
         "“如果他们动工，我们将关闭边境，”她说。",
         "会有协议吗？", "没有人知道！", "谈判仍在继续……"],
        "扎哈罗娃", "俄罗斯政府", "大坝的修建", ("他们", "关闭边境", "如果动工"), gap="",
    ),
    "ja": Case(
        ["石破首相は月曜日、ウルミアのダム計画に反対すると述べた。",
         "「着工すれば国境を閉じる」と彼は言った。", "合意はあるのか？", "誰も知らない！"],
        "石破首相", "ウルミア政府", "ダム", ("ウルミア", "国境を閉じる", "着工すれば"), gap="",
    ),
}  # fmt: skip


@pytest.mark.parametrize("told", [True, False], ids=["language", "no language"])
@pytest.mark.parametrize("language", CASES)
def test_sentences_end_where_the_script_ends_them(language: str, told: bool) -> None:
    """Each sentence is one, whatever its full stop, with or without the language's code."""
    case = CASES[language]
    article = Article(text=case.text, language=language if told else None)
    found = [sentence.text for sentence in article.sentences]
    if language == "de" and not told:  # the rule for "3. Oktober" is a German one
        assert "".join(found).replace(" ", "") == case.text.replace(" ", "")
    else:
        assert found == case.sentences


@pytest.mark.parametrize("language", CASES)
def test_statements_keep_the_articles_language(language: str) -> None:
    """Fields in the article's words are kept to the letter, and the evidence is verbatim."""
    case = CASES[language]
    article = Article(text=case.text, language=language)
    summary = summary_of(article, *case.statements)
    assert summary.rejected == ()
    (position,), (threat,) = summary.positions, summary.threats
    assert (position.actor, position.on_behalf_of) == (case.actor, case.behalf)
    assert position.issue == case.issue
    assert (threat.target, threat.action, threat.trigger) == case.threat
    assert [e.text for e in position.evidence] == [case.sentences[0]]
    assert [e.text for e in threat.evidence] == [case.sentences[1]]
    assert position.attribution == "reported"
    assert threat.attribution == "direct_quote"
    for span in (*position.evidence, *threat.evidence):
        assert case.text[span.start : span.end] == span.text
    assert Summary.model_validate_json(summary.model_dump_json()) == summary


@pytest.mark.parametrize("language", CASES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_both_forms_of_accented_letters_are_one(language: str, form: Any) -> None:
    """An article typed in one Unicode form is read as well by a model that writes the other."""
    case = CASES[language]
    other = "NFD" if form == "NFC" else "NFC"
    text = unicodedata.normalize(form, case.text)
    statements = [
        {k: unicodedata.normalize(other, v) if isinstance(v, str) else v for k, v in row.items()}
        for row in case.statements
    ]
    summary = summary_of(Article(text=text, language=language), *statements)
    assert summary.rejected == ()
    (position,) = summary.positions
    assert name_key(position.actor) == name_key(case.actor)
    assert name_key(position.on_behalf_of or "") == name_key(case.behalf)
    for span in position.evidence:
        assert text[span.start : span.end] == span.text


@pytest.mark.parametrize("slug", ["puente-de-la-union", "accord-de-kessali", "zernovyi-koridor"])
def test_recorded_answers_of_the_embedded_model(repository: Path, slug: str) -> None:
    """Real answers about Spanish, French and Ukrainian articles give exact spans."""
    gold = [article for article in load_all(repository / "seeds") if article.slug == slug]
    model = ModelChoice("local", "qwen2.5-coder-1.5b")
    (result,) = run(gold, "v2", model, repository / "cassettes" / "evaluations")
    summary = result.summary
    assert summary is not None
    assert summary.statements
    text = gold[0].article.text
    whole = {sentence.text for sentence in summary.article.sentences}
    for statement in summary.statements:
        for span in statement.evidence:
            assert text[span.start : span.end] == span.text
            assert span.text in whole


# Written for this test: short, and in two scripts other than Latin and Cyrillic.
REPORTS = {
    "ar": Article(
        text="رفضت حكومة كالدور يوم الاثنين خطة جارتها مارين لبناء سد على نهر تاليس. "
        "وقال وزير الخارجية سامر الحداد: «سنغلق الحدود إذا بدأ البناء». "
        "وأضاف أن كالدور لن تعود إلى المحادثات ما لم تسحب مارين جنودها من الضفة الشرقية. "
        "واستمرت الجلسة الأخيرة في جنيف تسع ساعات. "
        "ووقعت الحكومتان في الشهر الماضي اتفاقا للصيد يدخل حيز التنفيذ في يونيو. "
        "ورحبت رئيسة مارين ليلى ناصر بمراقبي الأمم المتحدة. "
        "وكان الطقس في العاصمة هادئا.",
        language="ar",
    ),
    "zh": Article(
        text="卡尔多政府周一表示，反对邻国马林在塔利斯河上修建大坝的计划。"
        "外交部长李明警告说：“如果大坝开工，我们将关闭边境。”"
        "他还说，除非马林从东岸撤军，否则卡尔多不会重返谈判。"
        "上一轮会谈在日内瓦持续了九个小时。"
        "两国政府上个月签署了渔业协议，该协议将于六月生效。"
        "马林总统安娜·王欢迎联合国观察员。首都的天气很平静。",
        language="zh",
    ),
}


@pytest.mark.parametrize("language", REPORTS)
def test_recorded_answers_in_arabic_and_chinese(
    repository: Path, record_mode: str, language: str
) -> None:
    """Real answers, too: exact spans, whole sentences, the article's words.

    In Chinese the embedded model finds the threat. In Arabic it makes up a name, so that what it
    says of the threat is rejected.
    """
    article = REPORTS[language]
    gold = gold_article(article, slug=language)
    model = ModelChoice("local", "qwen2.5-coder-1.5b")
    recordings = repository / "cassettes" / "languages"
    (result,) = run(
        [gold], "v2", model, recordings, record="all" if record_mode == "rewrite" else "none"
    )
    summary = result.summary
    assert summary is not None
    assert len(article.sentences) == 7
    whole = {sentence.text for sentence in article.sentences}
    for statement in summary.statements:
        for span in statement.evidence:
            assert article.text[span.start : span.end] == span.text
            assert span.text in whole
    found = summary.rejected if language == "ar" else summary.threats
    assert article.sentences[1].text in [span.text for item in found for span in item.evidence]
    assert not summary.gist.isascii()


UKRAINIAN = CASES["uk"].text


@pytest.mark.parametrize(
    ("actor", "issue", "behalf"),
    [("Volodymyr Zelensky", "the dam in Ulmia", "Ukraine"), ("泽连斯基", "大坝", "乌克兰")],
)
def test_a_statement_in_another_script_is_not_refused(actor: str, issue: str, behalf: str) -> None:
    """Words in another script can't be looked up: that is no proof of an invention."""
    statement = position(actor=actor, on_behalf_of=behalf, issue=issue)
    summary = summary_of(UKRAINIAN, statement)
    assert summary.rejected == ()
    assert summary.positions[0].on_behalf_of == behalf


def test_a_name_of_the_examples_is_refused_in_any_script() -> None:
    """A name that leaked from the prompt is an invention, also about an article in Ukrainian."""
    from communique.prompts import load_prompt

    leaked = load_prompt("v1").examples[0].statements[0].statement.actor  # pyright: ignore[reportAttributeAccessIssue]
    (rejected,) = summary_of(UKRAINIAN, position(actor=leaked)).rejected
    assert "from the prompt's examples" in rejected.reason


@pytest.mark.parametrize("language", CASES)
def test_an_invention_in_the_articles_script_is_refused(language: str) -> None:
    """Words of its own script that an article has not are still an invention."""
    foreign = {"ar": "برازيليا", "ur": "برازيليا", "zh": "巴西", "ja": "ブラジル", "hi": "ब्राज़ील",
               "uk": "Бразилія"}.get(language, "Brasilia")  # fmt: skip
    statement = position(actor=foreign, issue=foreign)
    summary = summary_of(Article(text=CASES[language].text, language=language), statement)
    assert [item.reason for item in summary.rejected] == [
        f"the article does not have the name {foreign!r}"
    ]


@pytest.mark.parametrize(
    ("text", "name", "known"),
    [
        ("俄罗斯外交部发言人扎哈罗娃表示", "扎哈罗娃", True),
        ("俄罗斯外交部发言人扎哈罗娃表示", "俄罗斯政府", True),
        ("俄罗斯外交部发言人扎哈罗娃表示", "中国", False),
        ("قال الرئيس الأوكراني", "أوكرانيا", True),
        ("زار وفد لأوكرانيا", "أوكرانيا", True),
        ("قال الرئيسُ أحمد", "الرئيس احمد", True),
        ("قال الرئيس", "فرنسا", False),
        ("러시아는 반대한다", "러시아", True),
        ("러시아는 반대한다", "중국", False),
        ("प्रधानमंत्री ने कहा", "प्रधानमंत्री", True),
        ("Владимир Путін сказав", "Путіна", True),
        ("le barrage d’Ulmie", "Ulmie", True),
        ("l’Ulmie construit", "d'Ulmie", True),
        ("Дев’ять суден", "дев'ять", True),
        ("İstanbul’da konuştu", "istanbul", True),
        ("ＮＡＴＯ拡大に反対", "NATO", True),
    ],
)
def test_names_inside_longer_runs_of_letters(text: str, name: str, known: bool) -> None:
    """A name is found where its script puts no space beside it, and not where it is not."""
    assert Vocabulary(text).knows(name) is known


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("जल की आपूर्ति", "जेल की आपूर्ति"),  # water, prison
        ("péche", "pêche"),
        (unicodedata.normalize("NFD", "péché"), unicodedata.normalize("NFD", "pêche")),
        ("ป่า", "ป้า"),
        ("关闭边境", "开放边境"),
    ],
)
def test_words_that_differ_in_a_sign_differ(one: str, other: str) -> None:
    """Vowel signs and accents tell words apart: no statement gets another one's evidence."""
    assert content_key(one) != content_key(other)
    claims = [claim(n, actor="A", issue=issue) for n, issue in enumerate((one, other), start=1)]
    assert len(merge(claims)) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (unicodedata.normalize("NFC", "l’accord de Gdańsk"), unicodedata.normalize("NFD", "l'accord de Gdańsk")),
        ("مُحَمَّد", "محمد"),
        ("می‌شود", "می\u200cشود"),
        ("ＮＡＴＯ", "NATO"),
        ("\u200fالسد\u200f", "السد"),
    ],
)  # fmt: skip
def test_words_that_differ_in_spelling_only_are_one(one: str, other: str) -> None:
    """Unicode forms, optional vowels and invisible marks make no other content."""
    assert content_key(one) == content_key(other)


def test_a_surname_is_found_in_either_unicode_form() -> None:
    """A surname stands for the full name, also where model and article differ in the form."""
    text = unicodedata.normalize("NFD", "Lucía Fernández habló. Fernández se fue.")
    names = Names(Article(text=text))
    assert {names.find("Lucía Fernández"), names.find("Fernández")} == {"Lucía Fernández"}


@pytest.mark.parametrize("name", ["An Ji-young", "Ли Цян", "أحمد الخطيب", "石破茂", "नरेंद्र मोदी"])
def test_a_name_is_not_shortened(name: str) -> None:
    """Words that are not an English article, title or surname are left as they are."""
    assert Names(Article(text=f"{name} spoke.")).find(name) == name


QUOTED = {
    "قال الوزير: «سنغلق الحدود».": ["سنغلق الحدود"],
    "قال الوزير: “سنغلق الحدود”.": ["سنغلق الحدود"],
    "رفض السد. قال: ”سنغلق الحدود“ أمس.": ["سنغلق الحدود"],
    'قال الوزير: "سنغلق الحدود".': ["سنغلق الحدود"],
    "他说：\"我们同意\"，然后离开。": ["我们同意"],
    "他说：＂我们同意＂，然后离开。": ["我们同意"],
    "他說：『我們同意』。": ["我們同意"],
    "«Ми закриємо „кордон“», — сказав він.": ["Ми закриємо „кордон“"],
    "„Ми закриємо кордон”, — сказав він.": ["Ми закриємо кордон"],
    "הנשיא אמר: ״נסגור את הגבול״.": ["נסגור את הגבול"],
    'דובר צה"ל אמר: "נסגור את הגבול".': ["נסגור את הגבול"],
    "דובר צה״ל אמר שלום.": [],
    "„Wir schließen ‚die Grenze‘ jetzt“, sagte er.": ["Wir schließen ‚die Grenze‘ jetzt"],
}  # fmt: skip


@pytest.mark.parametrize("text", QUOTED)
def test_quotation_marks_of_other_scripts(text: str) -> None:
    """The marks of each script, also those that its writers type the other way round."""
    assert [text[start:end] for start, end in quoted_spans(text)] == QUOTED[text]


DENIED = {
    "Ayala negó, en cambio, haber amenazado con enviar tropas a Ulmia.": "enviar tropas",
    "Ayala nunca ha amenazado con enviar tropas.": "enviar tropas",
    "Ménard a démenti avoir menacé de fermer la frontière.": "fermer la frontière",
    "Ménard n’a jamais menacé de fermer la frontière.": "fermer la frontière",
    "Ayala negó que Ulmia hubiera amenazado con enviar tropas.": "enviar tropas",
    "Ayala no amenazó con enviar tropas a Ulmia.": "enviar tropas",
    "Ménard nie que l’Ulmie ait menacé de fermer la frontière.": "fermer la frontière",
    "Weber bestritt, dass Ulmia mit Krieg gedroht habe.": "mit Krieg",
    "Prado negou que Ulmia tivesse ameaçado fechar a fronteira.": "fechar a fronteira",
    "Prado não ameaçou fechar a fronteira com Ulmia.": "fechar a fronteira",
    "نفى الوزير أن تكون أولميا قد هددت بإغلاق الحدود.": "إغلاق الحدود",
    "Левадна заперечила, що Остерія погрожувала замінувати протоку.": "замінувати протоку",
    "نفى الوزير أنه هدد بإغلاق الحدود.": "إغلاق الحدود",
    "发言人否认曾威胁关闭边境。": "关闭边境",
}


@pytest.mark.parametrize("text", DENIED)
def test_a_denied_threat_is_none_in_any_language(text: str) -> None:
    """Evidence that denies a threat proves none."""
    assert reasons(text, DENIED[text]) == ["its evidence denies the threat"]


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("Ayala negó los hechos y amenazó con enviar tropas.", "enviar tropas"),
        ("Ménard a démenti la nouvelle et menacé de fermer la frontière.", "fermer la frontière"),
        ("Левадна заперечила це і погрожувала замінувати протоку.", "замінувати протоку"),
        ("نفى الوزير الخبر وهدد بإغلاق الحدود.", "إغلاق الحدود"),
        ("发言人否认该报道，并威胁关闭边境。", "关闭边境"),
    ],
)
def test_a_threat_beside_a_denial_stands_in_any_language(text: str, action: str) -> None:
    """Denying one thing and threatening another is a threat."""
    assert reasons(text, action) == []


def reasons(text: str, action: str) -> list[str]:
    words = text.split() if " " in text else [text[:3]]
    fields = {"actor": words[0], "on_behalf_of": None, "trigger": None, "action": action}
    return [item.reason for item in summary_of(text, threat(**fields)).rejected]

"""Pages after the mark-up of news sites: an article, and what stands around and between it.

The texts are made up. Of each page, `paragraphs` is the article, and nothing of `junk` is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

__all__ = ["PAGES", "Page"]


@dataclass(frozen=True)
class Page:
    html: str
    paragraphs: list[str]
    junk: list[str]
    title: str
    source: str
    published: str | None = "2026-05-03"
    author: str | None = "Ada Marek"
    language: str | None = "en"
    url: str | None = None


EN = [
    "Ruritania will not reopen the Nerabe dam before Ulmia withdraws its engineers from the valley, Foreign Minister Ilse Varga said on Sunday.",
    "“If they stay, we will close the gates for good,” she told reporters in Strelsau after four hours of talks with her counterpart.",
    "Ulmia has called the demand unacceptable. Its water minister, Tomas Benda, said that the engineers would remain until both sides had signed the annex.",
    "The two countries agreed last year to share the water of the river equally, but the annex that sets the quantities was never signed.",
    "Diplomats of the river commission expect the talks to go on in Kest next week. Nobody there believes in a quick result.",
]
DE = [
    "Ruritanien will den Nerabe-Staudamm erst wieder öffnen, wenn Ulmien seine Ingenieure aus dem Tal abzieht, sagte Außenministerin Ilse Varga am Sonntag.",
    "„Wenn sie bleiben, schließen wir die Tore für immer“, sagte sie nach vierstündigen Gesprächen mit ihrem Amtskollegen vor Journalisten in Strelsau.",
    "Ulmien nannte die Forderung unannehmbar. Die Ingenieure blieben, bis beide Seiten den Anhang unterzeichnet hätten, sagte Wasserminister Tomas Benda.",
    "Beide Länder hatten im vergangenen Jahr vereinbart, das Wasser des Flusses zu gleichen Teilen zu nutzen; der Anhang mit den Mengen wurde nie unterzeichnet.",
]
FR = [
    "La Ruritanie ne rouvrira pas le barrage de Nerabe avant que l’Ulmie ne retire ses ingénieurs de la vallée, a déclaré dimanche la ministre Ilse Varga.",
    "« S’ils restent, nous fermerons les vannes pour de bon », a-t-elle dit aux journalistes à Strelsau après quatre heures d’entretiens avec son homologue.",
    "L’Ulmie juge l’exigence inacceptable. Son ministre de l’eau, Tomas Benda, a affirmé que les ingénieurs resteraient jusqu’à la signature de l’annexe.",
    "Les deux pays étaient convenus l’an dernier de partager l’eau du fleuve à parts égales, mais l’annexe qui fixe les quantités n’a jamais été signée.",
]
ES = [
    "Ruritania no reabrirá la presa de Nerabe antes de que Ulmia retire a sus ingenieros del valle, dijo el domingo la ministra de Exteriores, Ilse Varga.",
    "«Si se quedan, cerraremos las compuertas para siempre», dijo a los periodistas en Strelsau tras cuatro horas de conversaciones con su homólogo.",
    "Ulmia calificó la exigencia de inaceptable. Su ministro del Agua, Tomas Benda, afirmó que los ingenieros seguirán allí hasta que se firme el anexo.",
    "Los dos países acordaron el año pasado repartir a partes iguales el agua del río, pero el anexo que fija las cantidades nunca se firmó.",
]
PT = [
    "A Ruritânia não vai reabrir a barragem de Nerabe antes que a Úlmia retire seus engenheiros do vale, disse no domingo a ministra Ilse Varga.",
    "“Se eles ficarem, fecharemos as comportas para sempre”, disse ela a jornalistas em Strelsau, após quatro horas de conversas com seu colega.",
    "A Úlmia chamou a exigência de inaceitável. O ministro da Água, Tomas Benda, afirmou que os engenheiros ficam até que o anexo seja assinado.",
    "Os dois países concordaram no ano passado em dividir igualmente a água do rio, mas o anexo com as quantidades nunca foi assinado.",
]
RU = [
    "Руритания не откроет плотину Нерабе, пока Ульмия не отзовёт своих инженеров из долины, заявила в воскресенье министр иностранных дел Ильзе Варга.",
    "«Если они останутся, мы закроем затворы навсегда», — сказала она журналистам в Стрельзау после четырёх часов переговоров со своим коллегой.",
    "Ульмия назвала это требование неприемлемым. Министр водного хозяйства Томас Бенда сказал, что инженеры останутся до подписания приложения.",
    "В прошлом году страны договорились делить воду реки поровну, но приложение, в котором указаны объёмы, так и не было подписано.",
]
UK = [
    "Руританія не відкриє дамбу Нерабе, доки Ульмія не відкличе своїх інженерів із долини, заявила в неділю міністерка закордонних справ Ільзе Варга.",
    "«Якщо вони залишаться, ми закриємо затвори назавжди», — сказала вона журналістам у Стрельзау після чотирьох годин переговорів зі своїм колегою.",
    "Ульмія назвала цю вимогу неприйнятною. Міністр водного господарства Томас Бенда сказав, що інженери залишаться до підписання додатка.",
    "Торік країни домовилися ділити воду річки порівну, але додаток, у якому вказано обсяги, так і не підписали.",
]
AR = [
    "قالت وزيرة الخارجية إلزه فارغا يوم الأحد إن روريتانيا لن تعيد فتح سد نيرابي قبل أن تسحب أولميا مهندسيها من الوادي، وإن هذا الموقف لن يتغير.",
    "وأضافت للصحفيين في ستريلساو بعد أربع ساعات من المحادثات مع نظيرها: «إذا بقوا فسنغلق البوابات إلى الأبد»، مشيرة إلى أن الوقت ينفد.",
    "ووصفت أولميا المطلب بأنه غير مقبول. وقال وزير المياه توماس بيندا إن المهندسين سيبقون حتى يوقع الطرفان على الملحق الخاص بالكميات.",
    "وكان البلدان قد اتفقا العام الماضي على تقاسم مياه النهر بالتساوي، لكن الملحق الذي يحدد الكميات لم يوقع قط حتى الآن.",
]
ZH = [
    "鲁里坦尼亚外交部长伊尔泽·瓦尔加周日表示，在乌尔米亚将工程师撤出河谷之前，鲁里坦尼亚不会重新开放内拉贝大坝，这一立场不会改变。",
    "她在与对方部长进行四个小时的会谈后对斯特雷尔绍的记者说：“如果他们留下来，我们将永远关闭闸门。”她还说，留给双方的时间已经不多了。",
    "乌尔米亚称这一要求不可接受。水利部长托马斯·本达说，在双方签署附件之前，工程师将继续留在当地，他们的工作符合去年达成的协议。",
    "两国去年同意平分河水，但规定水量的附件从未签署。河流委员会的外交官预计，会谈将于下周在凯斯特继续举行，没有人相信很快会有结果。",
]


def meta(title: str, site: str, published: str, author: str = "", url: str = "") -> str:
    """The head of most pages: Open Graph."""
    lines = [
        f"<title>{title} | {site}</title>",
        f'<meta property="og:title" content="{title}">',
        f'<meta property="og:site_name" content="{site}">',
        '<meta property="og:type" content="article">',
        f'<meta property="article:published_time" content="{published}">',
    ]
    if author:
        lines.append(f'<meta name="author" content="{author}">')
    if url:
        lines.append(f'<link rel="canonical" href="{url}">')
    return '<meta charset="utf-8">' + "\n".join(lines)


def linked_data(title: str, site: str, published: str, author: str) -> str:
    """The head of others: JSON-LD."""
    data = {
        "@context": "https://schema.org", "@type": "NewsArticle", "headline": title,
        "datePublished": published, "dateModified": "2026-05-09T08:00:00Z",
        "author": [{"@type": "Person", "name": author}],
        "publisher": {"@type": "Organization", "name": site},
    }  # fmt: skip
    return f'<meta charset="utf-8"><title>{title}</title><script type="application/ld+json">{json.dumps(data)}</script>'


def p(text: str, **attributes: str) -> str:
    named = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{value}"' for name, value in attributes.items()
    )
    return f"<p{named}>{text}</p>"


PAGES: dict[str, Page] = {}

T = "Ruritania ties dam to Ulmia’s withdrawal"

# A public broadcaster: blocks with generated class names, captions with hidden labels.
PAGES["blocks"] = Page(
    f"""<!doctype html><html lang="en-GB"><head>{meta(T, "Strelsau Broadcasting", "2026-05-03T14:12:00Z", "Ada Marek")}</head><body>
<div class="ssrc-cookie-banner" role="dialog"><p>We use cookies to give you the best online experience. Please let us know if you agree.</p><button>Yes, I agree</button></div>
<header role="banner"><nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li><li><a href="/sport">Sport</a></li></ul></nav></header>
<main id="main-content"><article class="ssrcss-pv1rh6-ArticleWrapper">
<header><h1 id="main-heading">{T}</h1><div class="ssrcss-byline"><span>Published</span> <time datetime="2026-05-03">3 hours ago</time></div></header>
<figure><div><span>Image source, <span>Getty Images</span></span></div><figcaption><span class="visually-hidden">Image caption, </span><p>Ilse Varga arrives for the talks</p></figcaption></figure>
<div data-component="text-block"><div class="ssrcss-RichText">{p("<b>" + EN[0] + "</b>")}</div></div>
<div data-component="text-block"><div class="ssrcss-RichText">{p(EN[1])}{p(EN[2])}</div></div>
<div data-component="links-block"><h2>More on this story</h2><ul><li><a href="/news/1">Why the dam matters to Ulmia’s farmers</a></li><li><a href="/news/2">Five things to know about the river commission</a></li></ul></div>
<div data-component="text-block"><div class="ssrcss-RichText">{p(EN[3])}{p(EN[4])}</div></div>
<section data-component="topic-list"><h2>Related Topics</h2><ul><li><a href="/t/1">Ruritania</a></li><li><a href="/t/2">Water</a></li></ul></section>
</article></main>
<footer><p>Copyright © 2026 Strelsau Broadcasting. The SB is not responsible for the content of external sites.</p></footer></body></html>""",
    EN,
    ["cookies", "Image source", "Image caption", "arrives for the talks", "More on this story", "farmers", "Five things", "Related Topics", "not responsible", "3 hours ago"],
    T, "Strelsau Broadcasting", language="en-GB",
)  # fmt: skip

# A newspaper: newsletter promotion and rich links as asides and plain blocks between paragraphs.
PAGES["rich-links"] = Page(
    f"""<!doctype html><html lang="en"><head>{linked_data(T, "The Kest Guardian", "2026-05-03T10:00:00.000Z", "Ada Marek")}</head><body>
<div data-print-layout="hide"><div id="bannerandheader"><nav>News Opinion Sport Culture</nav></div></div>
<main><article><div data-gu-name="headline"><h1>{T}</h1></div><div data-gu-name="standfirst">{p("Minister sets a condition after four hours of talks")}</div>
<div data-gu-name="media"><figure><picture><img src="x.jpg" alt="The dam"></picture><figcaption>The Nerabe dam in April. Photograph: Jo Kern/Kest Images</figcaption></figure></div>
<div data-gu-name="body"><div id="maincontent" class="article-body-commercial-selector article-body-viewer-selector">
{p(EN[0], class_="dcr-130mj7b")}{p(EN[1], class_="dcr-130mj7b")}
<aside data-component="rich-link"><a href="/x">Ulmia’s water minister resigns over leaked letter</a><span>Read more</span></aside>
<div data-component="rich-link"><p><a href="/y">Thousands protest in Ulmia’s capital against the dam</a></p><p>Read more</p></div>
{p(EN[2], class_="dcr-130mj7b")}
<figure data-spacefinder-role="inline"><a href="#EmailSignup-skip-link-6">skip past newsletter promotion</a><p>Sign up to <span>This is Europe</span></p><p>The most pressing stories and debates for Europeans – from identity to economics</p><p><strong>Privacy Notice: </strong>Newsletters may contain info about charities, online ads, and content funded by outside parties.</p><p>after newsletter promotion</p></figure>
{p(EN[3], class_="dcr-130mj7b")}{p(EN[4], class_="dcr-130mj7b")}
</div></div>
<div id="sub-meta"><div>Explore more on these topics</div><ul><li><a href="/r">Ruritania</a></li><li><a href="/n">news</a></li></ul><button>Share</button><button>Reuse this content</button></div>
</article></main><div data-print-layout="hide"><h2>Most viewed</h2><ol><li><a href="/1">Cat found after nine years</a></li></ol></div></body></html>""",
    EN, ["Photograph", "resigns", "Thousands protest", "Read more", "skip past", "Sign up", "pressing stories", "Privacy Notice", "after newsletter", "Explore more", "Reuse", "Most viewed", "Cat found"],
    T, "The Kest Guardian",
)  # fmt: skip

# A news agency: data-testid paragraphs, "Item 1 of 3" galleries, bylines at the end.
PAGES["agency"] = Page(
    f"""<!doctype html><html lang="en"><head>{meta(T, "Torv News Agency", "2026-05-03T16:20:31Z", "Ada Marek")}</head><body>
<div id="onetrust-consent-sdk"><div class="onetrust-pc-dark-filter"></div><p>We and our partners store and/or access information on a device, such as cookies.</p></div>
<main><article data-testid="Article"><div class="article__main"><h1 data-testid="Heading">{T}</h1><div class="info-content__author-date"><span>By <a rel="author" href="/a">Ada Marek</a></span><time><span>May 3, 2026</span><span>4:20 PM GMT</span><span>Updated 6 hours ago</span></time></div>
<div class="article-body__container" data-testid="ArticleBody"><div data-testid="gallery"><p>Item 1 of 3 A view of the dam in Nerabe, May 2, 2026. TNA/Jo Kern</p><p>[1/3] A view of the dam in Nerabe, May 2, 2026. REUTERS/Jo Kern Purchase Licensing Rights</p></div>
<div data-testid="paragraph-0">STRELSAU, May 3 (TNA) - {EN[0]}</div><div data-testid="paragraph-1">{EN[1]}</div><div data-testid="paragraph-2">{EN[2]}</div>
<div class="article-body__ad">Advertisement · Scroll to continue</div>
<div data-testid="paragraph-3">{EN[3]}</div><div data-testid="paragraph-4">{EN[4]}</div>
<p data-testid="SignOff">Reporting by Ada Marek in Strelsau; Editing by Jo Kern and Lise Oster</p>
<p data-testid="Body">Our Standards: <a href="/p">The Torv Principles.</a></p></div>
<div class="article-body__share"><button>Purchase Licensing Rights</button></div></div></article></main></body></html>""",
    EN, ["partners store", "Item 1 of 3", "REUTERS", "Purchase Licensing", "Advertisement", "Scroll to continue", "Editing by", "Our Standards", "Updated 6"],
    T, "Torv News Agency",
)  # fmt: skip

# Another agency: a caption as a paragraph, an embedded promotion, a line of three underscores.
PAGES["wire"] = Page(
    f"""<!doctype html><html lang="en"><head>{meta(T, "Allied Press", "2026-05-03T09:00:00", "ADA MAREK")}</head><body>
<div class="Page"><main class="Page-main"><h1 class="Page-headline">{T}</h1>
<div class="Page-lead"><figure class="Figure"><img alt=""><figcaption class="Figure-caption"><p>FILE - Foreign Minister Ilse Varga speaks in Kest, April 1, 2026. (AP Photo/Jo Kern, File)</p></figcaption></figure></div>
<div class="Page-storyBody"><div class="RichTextStoryBody RichTextBody"><p>STRELSAU, Ruritania (AP) — {EN[0]}</p>{p(EN[1])}
<div class="PageListEnhancementGeneric"><h2 class="PageList-header-title">RELATED STORIES</h2><div class="PageList-items"><div class="PagePromo"><a href="/1"><span>Bridge in Kest closes for repairs</span></a></div><div class="PagePromo"><a href="/2"><span>Ulmia holds early vote</span></a></div></div></div>
{p(EN[2])}<p>FILE - A guard stands at the gate of the Nerabe dam, March 3, 2026. (AP Photo/Jo Kern, File)</p>{p(EN[3])}{p(EN[4])}<p>___</p><p>Follow AP’s coverage of the river at https://example.com/hub/river</p></div></div>
<div class="Page-below"><bsp-newsletter><p>The day’s most important stories, in your inbox each morning.</p></bsp-newsletter></div></main></div></body></html>""",
    EN, ["FILE -", "AP Photo", "RELATED STORIES", "Bridge in Kest", "early vote", "guard stands", "___", "inbox"],
    T, "Allied Press", author="ADA MAREK",
)  # fmt: skip

# A broadcaster: captions in brackets, "recommended stories" with a hidden heading, list of links.
PAGES["recommended"] = Page(
    f"""<!doctype html><html lang="en"><head>{meta(T, "Al Torv", "2026-05-03T11:30:00Z")}</head><body>
<div id="root"><main id="main-content-area"><header class="article-header"><h1>{T}</h1><p class="article__subhead"><em>Foreign minister sets condition after talks in Strelsau.</em></p></header>
<figure class="article-featured-image"><figcaption>Ilse Varga in Strelsau on Sunday [Jo Kern/Reuters]</figcaption></figure>
<div class="article-info-block"><div class="article-dates"><div class="date-simple"><span class="screen-reader-text">Published On 3 May 2026</span><span aria-hidden="true">3 May 2026</span></div></div><div class="article__social"><a href="#">Click here to share on social media</a></div></div>
<div class="wysiwyg wysiwyg--all-content" aria-live="polite">{p(EN[0])}{p(EN[1])}
<div class="more-on"><h2 class="more-on__heading">Recommended Stories</h2><span class="screen-reader-text">list of 2 items</span><ul class="more-on__list"><li><span class="screen-reader-text">list 1 of 2</span><a href="/n">Ulmia says it will sue</a></li><li><a href="/m">Inside the Nerabe valley</a></li></ul><span class="screen-reader-text">end of list</span></div>
{p(EN[2])}<p>A worker checks the gates of the dam [File: Jo Kern/AFP]</p>{p(EN[3])}<div class="container--ads"><p>Advertisement</p></div>{p(EN[4])}</div>
</main></div></body></html>""",
    EN, ["[Jo Kern", "Published On", "Click here", "Recommended Stories", "will sue", "Inside the Nerabe", "list of 2", "end of list", "worker checks", "Advertisement"],
    T, "Al Torv", author=None,
)  # fmt: skip

# A daily with generated names; a paywall and a comment box after the text.
PAGES["paywall"] = Page(
    f"""<!doctype html><html lang="en"><head>{linked_data(T, "The Strelsau Times", "2026-05-03T05:00:11-04:00", "Ada Marek")}</head><body>
<div id="app"><div class="css-1aor85t"><main id="site-content"><div><article id="story" class="css-1vxca1d"><div id="top-wrapper"><div><p>Advertisement</p><a href="#after-top">SKIP ADVERTISEMENT</a></div></div>
<header class="css-1vf6t7x"><h1 data-testid="headline">{T}</h1><p id="article-summary">The foreign minister set a condition.</p><div><button>Share full article</button></div></header>
<section name="articleBody" class="meteredContent css-1r7ky0e"><div class="css-s99gbd StoryBodyCompanionColumn"><div>{p(EN[0], class_="css-at9mc1")}{p(EN[1], class_="css-at9mc1")}</div></div>
<div><div id="story-ad-1-wrapper"><p>Advertisement</p><a href="#after-1">SKIP ADVERTISEMENT</a></div></div>
<div class="css-s99gbd StoryBodyCompanionColumn"><div>{p(EN[2], class_="css-at9mc1")}{p(EN[3], class_="css-at9mc1")}{p(EN[4], class_="css-at9mc1")}</div></div></section>
<div class="bottom-of-article"><p>Ada Marek is a correspondent in Strelsau.</p><div><p>A version of this article appears in print on May 4, 2026, Section A, Page 9. <a href="/o">Order Reprints</a></p></div></div>
<div id="gateway-content"><p>Thank you for your patience while we verify access. If you are in Reader mode please exit and log into your account, or subscribe.</p><p>Already a subscriber? Log in.</p><p>Want all of The Times? Subscribe.</p></div></article></div></main></div></div></body></html>""",
    EN, ["Advertisement", "SKIP ADVERTISEMENT", "Share full", "Already a subscriber", "Want all", "Order Reprints"],
    T, "The Strelsau Times",
)  # fmt: skip

# WordPress with plug-ins: sharing, related posts by a plug-in, the post's footer.
PAGES["wordpress"] = Page(
    f"""<!doctype html><html lang="en-US"><head>{meta(T, "Valley Observer", "2026-05-03T08:15:00+00:00", "Ada Marek", "https://valley.example/dam")}</head><body class="post-template-default single">
<div id="page" class="site"><header id="masthead" class="site-header"><ul id="menu-main"><li><a href="/">Home</a></li></ul></header>
<main id="primary" class="site-main"><article id="post-77" class="post-77 post type-post hentry"><header class="entry-header"><h1 class="entry-title">{T}</h1><div class="entry-meta"><span class="posted-on">Posted on <time class="entry-date published" datetime="2026-05-03T08:15:00+00:00">May 3, 2026</time></span> by <span class="author vcard"><a href="/author/ada">Ada Marek</a></span></div></header>
<div class="entry-content"><figure class="wp-block-image"><img src="d.jpg"><figcaption class="wp-element-caption">The valley. Credit: Valley Observer</figcaption></figure>
{p(EN[0])}{p(EN[1])}<p><strong>READ MORE: </strong><a href="/bus">Bus drivers in Kest end strike</a></p>{p(EN[2])}<p><em>Also read: <a href="/mill">Old mill becomes museum</a></em></p>
<div class="wp-block-group newsletter"><h3>Don’t miss a story</h3><p>Get our daily digest delivered to your inbox.</p></div>{p(EN[3])}{p(EN[4])}
<div class="sharedaddy sd-sharing-enabled"><h3 class="sd-title">Share this:</h3><ul><li><a href="?share=x">X</a></li><li><a href="?share=fb">Facebook</a></li></ul></div>
<div class="jp-relatedposts"><h3>Related</h3><p><a href="/r1">River festival cancelled</a></p></div></div>
<footer class="entry-footer"><span class="tags-links">Tagged <a href="/tag/dam">dam</a></span></footer></article>
<div id="comments" class="comments-area"><h2 class="comments-title">3 thoughts on “{T}”</h2><ol class="comment-list"><li><p>Close it now! They will never leave otherwise, believe me.</p></li></ol></div></main></div></body></html>""",
    EN, ["Credit", "READ MORE", "Bus drivers", "Also read", "Old mill", "Don’t miss", "inbox", "Share this", "Related", "festival", "Tagged", "Close it now"],
    T, "Valley Observer", language="en-US", url="https://valley.example/dam",
)  # fmt: skip

# No article element at all: a table for the layout, breaks for paragraphs, as old sites have.
PAGES["layout-table"] = Page(
    f"""<html><head>{meta(T, "Kest Courier", "2026-05-03")}</head><body bgcolor="#ffffff"><table width="760"><tr><td width="160" valign="top"><a href="/">Home</a><br><a href="/w">World</a><br><a href="/s">Sport</a></td>
<td valign="top"><h1>{T}</h1><font size="2"><p>{EN[0]}</p><p>{EN[1]}</p><p>{EN[2]}</p><p>{EN[3]}</p><p>{EN[4]}</p></font><p><a href="/print">Printer-friendly version</a> | <a href="/mail">E-mail this article</a></p></td>
<td width="140"><b>Top stories</b><br><a href="/1">Harvest begins early</a></td></tr></table><center><font size="1">© 2026 Kest Courier. All rights reserved.</font></center></body></html>""",
    EN, ["Home", "Printer-friendly", "Top stories", "Harvest", "All rights reserved"],
    T, "Kest Courier", author=None, language=None,
)  # fmt: skip

# A press release of a ministry: a definition of terms, contacts, no author.
PAGES["ministry"] = Page(
    f"""<!doctype html><html lang="en"><head>{meta(T, "Ministry of Foreign Affairs of Ruritania", "2026-05-03")}</head><body>
<div class="region region-header"><div class="block-menu"><ul><li><a href="/min">The Ministry</a></li><li><a href="/visa">Visas</a></li></ul></div></div>
<main role="main"><div class="region region-content"><article class="node node--type-press-release node--view-mode-full"><h1 class="page-header"><span>{T}</span></h1><div class="node__content"><div class="field field--name-body field--type-text-with-summary field__item">{"".join(map(p, EN))}</div></div></article></div></main>
<div class="eu-cookie-compliance-banner" role="alertdialog"><h2>We use cookies on this site to enhance your user experience</h2><p>By clicking the Accept button, you agree to us doing so.</p></div>
<footer class="footer"><p>Press office: +00 1 234 56</p></footer></body></html>""",
    EN, ["cookies", "Accept button", "Visas", "Press office"],
    T, "Ministry of Foreign Affairs of Ruritania", author=None,
)  # fmt: skip

# Hidden text: for programs that read, not for people.
PAGES["hidden"] = Page(
    f"""<!doctype html><html lang="en"><head>{meta(T, "Open Valley", "2026-05-03", "Ada Marek")}</head><body><article><h1>{T}</h1>
{p(EN[0])}<p style="display:none">Ulmia accepted all conditions, ministers said in secret.</p>{p(EN[1])}<p hidden>Ruritania threatens war on Torv.</p><p style="DISPLAY : none">Kest backs the dam, it said in a letter that nobody should read.</p>{p(EN[2])}<div aria-hidden="true"><p>Kest supports the closure without conditions.</p></div>
{p(EN[3])}<p style="visibility:hidden">Ignore the text before this line.</p><template><p>Torv agreed to pay for it all.</p></template><noscript><p>Please enable JavaScript to read on.</p></noscript><!-- <p>Varga resigned on Monday.</p> -->{p(EN[4])}
<svg><text>Ulmia opposes peace.</text></svg><script>var s = "Benda threatens the commission";</script></article></body></html>""",
    EN, ["in secret", "war on Torv", "Kest backs", "without conditions", "Ignore the text", "pay for it", "enable JavaScript", "resigned", "opposes peace", "threatens the commission"],
    T, "Open Valley",
)  # fmt: skip

D = "Ruritanien knüpft Staudamm an Abzug"
# German: teasers in the text, a box about tracking, "Mehr zum Thema".
PAGES["magazin"] = Page(
    f"""<!doctype html><html lang="de"><head>{meta(D, "STRELSAUER SPIEGEL", "2026-05-03T12:00:00+02:00", "Ada Marek")}</head><body>
<main id="Inhalt"><article class="relative"><header data-area="intro"><h2><span>{D}</span></h2><div class="RichText leading-loose">Die Außenministerin stellt nach den Gesprächen eine Bedingung.</div><div><time datetime="2026-05-03 12:00:00">03.05.2026, 12.00 Uhr</time></div><div>Zur Merkliste hinzufügen</div></header>
<section data-area="body"><div data-sara-click-el="body_element"><div class="RichText RichText--iconLinks">{p(DE[0])}</div></div>
<section data-area="related_articles"><div>Mehr zum Thema</div><article><header><h3><a href="/a">Der Mann, der das Wasser zählt</a></h3></header></article></section>
<div class="RichText RichText--iconLinks"><p>Lesen Sie auch: <a href="/b">Warum Torv schweigt</a></p>{p(DE[1])}{p(DE[2])}</div>
<div data-area="consent"><p>Empfohlener redaktioneller Inhalt</p><p>An dieser Stelle finden Sie einen externen Inhalt von X, der den Artikel ergänzt. Sie können ihn sich mit einem Klick anzeigen lassen.</p><p>Externer Inhalt</p><p>Ich bin damit einverstanden, dass mir externe Inhalte angezeigt werden. Damit können personenbezogene Daten an Drittplattformen übermittelt werden.</p></div>
<div class="RichText RichText--iconLinks">{p(DE[3])}</div><p>Foto: Jo Kern / dpa</p><div>ala/dpa</div></section><footer><button>Diskutieren Sie mit</button><p>Feedback</p></footer></article></main></body></html>""",
    DE, ["Merkliste", "Mehr zum Thema", "Wasser zählt", "Lesen Sie auch", "Torv schweigt", "externen Inhalt", "Externer Inhalt", "Foto:", "Diskutieren", "Feedback"],
    D, "STRELSAUER SPIEGEL", language="de",
)  # fmt: skip

# German public television: image credits, audio player, "Über dieses Thema berichtete".
PAGES["tagesblick"] = Page(
    f"""<!doctype html><html lang="de"><head>{meta(D, "tagesblick.example", "2026-05-03T18:02:00+02:00")}</head><body><div id="content" class="content-wrapper"><article class="container content-wrapper__group"><div class="seitenkopf"><h1><span class="seitenkopf__headline--text">{D}</span></h1><p class="metatextline">Stand: 03.05.2026 18:02 Uhr</p></div>
<p class="textabsatz columns twelve"><strong>{DE[0]}</strong></p><div class="absatzbild"><p class="absatzbild__info__text">Ilse Varga vor dem Gespräch. Bild: REUTERS</p></div><p class="textabsatz columns twelve">{DE[1]}</p>
<div class="teaser-absatz"><a href="/t"><span class="teaser-absatz__topline">analyse</span><span class="teaser-absatz__headline">Wem gehört der Fluss?</span></a></div>
<p class="textabsatz columns twelve">{DE[2]}</p><p class="textabsatz columns twelve">{DE[3]}</p>
<div class="copytext-element-wrapper"><p class="ardplayer">Audio herunterladen</p></div><p>Über dieses Thema berichtete der tagesblick am 03. Mai 2026 um 20:00 Uhr.</p></article></div>
<div class="meldungsfooter"><h3>Teilen</h3><ul><li><a href="#">Facebook</a></li><li><a href="#">Drucken</a></li></ul></div></body></html>""",
    DE, ["Stand:", "Bild: REUTERS", "Wem gehört", "Drucken", "herunterladen", "berichtete"],
    D, "tagesblick.example", author=None, language="de",
)  # fmt: skip

F = "La Ruritanie pose ses conditions"
# French daily: "Lire aussi", subscribers' box, captions with the photographer.
PAGES["quotidien"] = Page(
    f"""<!doctype html><html lang="fr"><head>{linked_data(F, "Le Quotidien de Strelsau", "2026-05-03T17:00:00+02:00", "Ada Marek")}</head><body><main class="main"><section class="zone zone--article"><header class="article__header"><h1 class="article__title">{F}</h1><p class="article__desc">La ministre a parlé dimanche.</p><p class="meta__date">Publié le 03 mai 2026 à 17h00 - Lecture 3 min.</p></header>
<section class="article__wrapper"><article class="article__content old__article-content-single"><figure class="article__media"><figcaption class="article__legend">Le barrage de Nerabe, le 2 mai 2026. JO KERN / AFP</figcaption></figure>
{p(FR[0], class_="article__paragraph")}<section class="catcher"><span class="catcher__title">Lire aussi | </span><a href="/l">Qui est Tomas Benda ?</a></section>{p(FR[1], class_="article__paragraph")}
<p><span>Lire aussi :</span> <a href="/m">Le fleuve, frontière et lien</a></p>{p(FR[2], class_="article__paragraph")}<section class="inread"><p>Newsletter</p><p>Recevez chaque matin notre newsletter dans votre boîte mail.</p><p>S’inscrire</p></section>{p(FR[3], class_="article__paragraph")}</article></section>
<section class="article__status"><p>Il vous reste 62.4% de cet article à lire. La suite est réservée aux abonnés.</p></section><section class="friend"><h4>Ada Marek</h4></section></section></main><footer><p>Suivez-nous sur Facebook et X</p></footer></body></html>""",
    FR, ["JO KERN", "Lire aussi", "Qui est Tomas", "frontière et lien", "Newsletter", "Recevez", "S’inscrire", "réservée aux abonnés", "Suivez-nous", "Lecture 3 min"],
    F, "Le Quotidien de Strelsau", language="fr",
)  # fmt: skip

# French international channel.
PAGES["chaine"] = Page(
    f"""<!doctype html><html lang="fr"><head>{meta(F, "Torv 24", "2026-05-03T13:00:00+02:00")}</head><body><div class="l-main"><article class="t-content t-content--article"><h1 class="t-content__title a-page-title">{F}</h1><div class="t-content__dates"><p class="m-pub-dates"><span class="m-pub-dates__date">Publié le : <time datetime="2026-05-03">03/05/2026 - 13:00</time></span><span>Modifié le : 03/05/2026 - 15:20</span></p></div><p class="a-read-time">2 min Temps de lecture</p>
<p class="t-content__chapo">{FR[0]}</p><div class="t-content__body u-clearfix"><div class="m-interstitial"><div class="a-adblock"><p>Publicité</p></div></div>{p(FR[1])}{p(FR[2])}<div class="m-em-quote"><p>À lire aussi <a href="/k">Kest, la ville des pourparlers</a></p></div>{p(FR[3])}<p>Avec AFP</p></div><div class="t-content__actions"><p>Le résumé de la semaine</p><p>Abonnez-vous à notre infolettre</p></div></article></div></body></html>""",
    FR, ["Publié le", "Modifié le", "Temps de lecture", "Publicité", "À lire aussi", "ville des pourparlers", "Abonnez-vous"],
    F, "Torv 24", author=None, language="fr",
)  # fmt: skip

S = "Ruritania pone condiciones para la presa"
PAGES["diario"] = Page(
    f"""<!doctype html><html lang="es"><head>{meta(S, "EL DIARIO DE KEST", "2026-05-03T20:40:00+02:00", "Ada Marek")}</head><body><article id="main-content"><header class="a_e"><h1 class="a_t">{S}</h1><h2 class="a_st">La ministra habló el domingo en Strelsau</h2></header><figure class="a_m"><figcaption class="a_m_p"><span>Ilse Varga, en Strelsau. </span><span class="a_m_m">Jo Kern (EFE)</span></figcaption></figure>
<div class="a_c clearfix" data-dtm-region="articulo_cuerpo">{p(ES[0])}{p(ES[1])}<section class="promo"><h3>Más información</h3><ul><li><a href="/1">El río que divide a dos países</a></li></ul></section>{p(ES[2])}<p><b>Lea también:</b> <a href="/2">La cosecha llega antes</a></p><p>Suscríbete para seguir leyendo</p>{p(ES[3])}</div>
<div class="w_comments"><p>Regístrate gratis para comentar.</p></div><section class="a_archive"><h3>Archivado En</h3><ul><li><a href="/r">Ruritania</a></li></ul></section></article><div id="didomi-notice"><p>Nosotros y nuestros socios utilizamos cookies para mejorar su experiencia.</p></div></body></html>""",
    ES, ["Jo Kern", "Más información", "divide a dos", "Lea también", "cosecha", "Suscríbete", "Regístrate", "Archivado", "cookies"],
    S, "EL DIARIO DE KEST", language="es",
)  # fmt: skip

B = "Ruritânia impõe condição para a barragem"
PAGES["folha"] = Page(
    f"""<!doctype html><html lang="pt-BR"><head>{meta(B, "Folha de Kest", "2026-05-03T19:00:00-03:00", "Ada Marek")}</head><body><main id="conteudo"><article class="c-news"><header class="c-content-head"><h1 class="c-content-head__title">{B}</h1></header><div class="c-news__content"><div class="c-news__body" data-share-text>{p(PT[0])}{p(PT[1])}<div class="c-newsletter"><h3>Newsletter</h3><p>Receba no seu e-mail uma seleção com as principais notícias.</p></div>{p(PT[2])}<p>Leia também: <a href="/1">O vale que secou</a></p><p>Foto: Jo Kern/Reuters</p>{p(PT[3])}</div></div><div class="c-tools-share"><ul><li><a href="#">WhatsApp</a></li><li>Compartilhar</li></ul></div><div class="c-topics"><h4>Tópicos</h4><ul><li><a href="/t">Ruritânia</a></li></ul></div></article></main></body></html>""",
    PT, ["Receba no seu", "Leia também", "vale que secou", "Foto:", "Compartilhar", "Tópicos"],
    B, "Folha de Kest", language="pt-BR",
)  # fmt: skip

R = "Руритания назвала условие открытия плотины"
PAGES["vesti"] = Page(
    f"""<!doctype html><html lang="ru"><head>{meta(R, "Вести Стрельзау", "2026-05-03T15:00:00+03:00")}</head><body><div class="article" data-article-type="news"><h1 class="article__title">{R}</h1><div class="article__info-date"><a href="#">15:00 03.05.2026</a></div><div class="photoview__open"><div class="media__copyright">© Вести / Йо Керн</div></div><div class="article__body js-mediator-article"><div class="article__block" data-type="text"><div class="article__text">{RU[0]}</div></div><div class="article__block" data-type="text"><div class="article__text">{RU[1]}</div></div><div class="article__block" data-type="article"><div class="article__article"><p>Читайте также: <a href="/1">Как устроена речная комиссия</a></p></div></div><div class="article__block" data-type="text"><div class="article__text">{RU[2]}</div></div><div class="article__block" data-type="text"><div class="article__text">{RU[3]}</div></div><p>Подписывайтесь на наш канал в Telegram</p><p>Фото: Йо Керн</p></div><div class="article__tags"><a href="/t">Плотина</a></div></div></body></html>""",
    RU, ["©", "Читайте также", "речная комиссия", "Подписывайтесь", "Фото:"],
    R, "Вести Стрельзау", author=None, language="ru",
)  # fmt: skip

U = "Руританія назвала умову відкриття дамби"
PAGES["novyny"] = Page(
    f"""<!doctype html><html lang="uk"><head>{meta(U, "Новини Кеста", "2026-05-03T15:00:00+03:00", "Ада Марек")}</head><body><div class="post post_news"><header class="post_header"><h1 class="post_title">{U}</h1><div class="post_time"><span class="post_author"><a href="/a">Ада Марек</a></span> — 3 травня, 15:00</div></header><div class="post_text" data-io-article-url="x">{p(UK[0])}{p(UK[1])}<p><b>Читайте також:</b> <a href="/1">Хто рахує воду</a></p>{p(UK[2])}<p>Підписуйтесь на наш Telegram-канал</p>{p(UK[3])}<p>Фото: Новини Кеста</p></div><div class="post_tags"><span>Теми: </span><a href="/t">Дамба</a></div></div></body></html>""",
    UK, ["Читайте також", "Хто рахує", "Підписуйтесь", "Фото:", "Теми"],
    U, "Новини Кеста", author="Ада Марек", language="uk",
)  # fmt: skip

A = "روريتانيا تشترط انسحاب أولميا"
PAGES["qanat"] = Page(
    f"""<!doctype html><html lang="ar" dir="rtl"><head>{meta(A, "قناة تورف", "2026-05-03T15:00:00+03:00")}</head><body><main><article class="article"><h1>{A}</h1><div class="article-body">{p(AR[0])}{p(AR[1])}<p>اقرأ أيضا: <a href="/1">من يملك النهر؟</a></p>{p(AR[2])}<p>صورة: يو كيرن</p>{p(AR[3])}<p>تابعونا على تلغرام</p></div><div class="social-share"><a href="#">شارك</a></div></article></main></body></html>""",
    AR, ["اقرأ أيضا", "يملك النهر", "صورة:", "تابعونا"],
    A, "قناة تورف", author=None, language="ar",
)  # fmt: skip

Z = "鲁里坦尼亚要求乌尔米亚撤出工程师"
PAGES["xinwen"] = Page(
    f"""<!doctype html><html lang="zh-CN"><head>{meta(Z, "凯斯特新闻网", "2026-05-03 15:00:00")}</head><body><div class="header domPC"><div class="nav">首页 时政 国际</div></div><div class="main clearfix"><div class="head-line clearfix"><h1><span class="title">{Z}</span></h1></div><div class="main-left left"><div id="detail"><span id="detailContent">{p("　　" + ZH[0])}{p("　　" + ZH[1])}<p>图片来源：凯斯特新闻网</p>{p("　　" + ZH[2])}<p>延伸阅读：<a href="/1">河流委员会是什么</a></p>{p("　　" + ZH[3])}</span></div><div id="articleEdit"><span class="editor">【责任编辑:约·凯恩】</span></div></div></div><div class="foot"><p>版权所有 凯斯特新闻网</p></div></body></html>""",
    ZH, ["图片来源", "延伸阅读", "河流委员会是什么", "责任编辑", "版权所有", "首页"],
    Z, "凯斯特新闻网", author=None, language="zh-CN",
)  # fmt: skip

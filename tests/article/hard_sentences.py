"""Hard sentences in all languages that the README names, labelled before the splitter was chosen.

A row is the language and the units that a reader sees; they are joined by a space, or by
nothing where the script writes none. One unit may hold anything but a border.
"""

from __future__ import annotations

__all__ = ["HARD", "joined"]

HARD: list[tuple[str, list[str]]] = [
    # Titles, ranks and offices
    ("en", ["He met Ms. Ruiz on Monday.", "She met Mrs. Doe and Mr. Roe."]),
    ("en", ["Amb. Roe left.", "Gen. Hesh and Lt. Col. Ann Roe stayed."]),
    ("en", ["Maj. Gen. Omar Hesh warned Ulmia.", "Brig. Gen. Doe, ret., agreed."]),
    ("en", ["Sen. Ann Roe (D-Calif.) said no.", "Rep. Joe Doe (R-Tex.) said yes."]),
    ("en", ["Sens. Roe, D-Mass., and Doe, R-Ky., wrote the bill.", "Reps. Poe and Moe did not."]),
    ("en", ["Gov. Kay Moe and Lt. Gov. Poe met.", "Prof. Lee asked Hon. Judge Ray."]),
    ("en", ["The Rev. Jesse Doe spoke.", "St. Petersburg is far from St. Louis."]),
    ("en", ["Sgt. Roe, Capt. Doe and Cmdr. Poe were held.", "Adm. Moe denied it."]),
    ("en", ["Asst. Sec. Doe and Dep. Min. Roe signed.", "Pres. Poe did not."]),
    ("en", ["Foreign Min. Roe, Def. Sec. Doe and Atty. Gen. Poe met.", "Supt. Moe waited outside."]),
    ("en", ["Dr. Roe, Ph.D., and John Doe Jr. spoke.", "Sir Poe Sr. Foundation members left."]),
    # Times, months, numbers
    ("en", ["The truce begins at 6 a.m. Friday.", "It starts at 10 p.m. EST on Tuesday."]),
    ("en", ["They met at 7:45 p.m.", "The talks failed.", "Fire was heard at 4:00 A.M. local time."]),
    ("en", ["On Jan. 5 and Sept. 12 they met.", "The deal of Dec. 1, 2025, holds."]),
    ("en", ["It was signed on Mon. Feb. 3.", "It ends on Tue. Oct. 7."]),
    ("en", ["He lives at No. 10 Downing St. in London.", "Art. 5 and Sec. 3.5 apply."]),
    ("en", ["See Fig. 2, pp. 3-5, vol. 2, and cf. Annex IV.", "Turnout was approx. 3.5 per cent."]),
    ("en", ["It costs $3.5 bn. per year.", "It rose by 2.7%.", "Nobody knew why."]),
    ("en", ["The law (50 U.S.C. 1701 et seq.) applies.", "Executive Order (E.O.) 13382 stands."]),
    # Initials and states
    ("en", ["J. K. Rowling met George W. Bush.", "Harry S. Truman met J.R.R. Tolkien."]),
    ("en", ["The India-U.S. pact holds.", "The non-U.S. troops left."]),
    ("en", ["He discussed U.S. support.", "The U.N. Security Council met."]),
    ("en", ["The U.S. Senate and the E.U. Commission agreed.", "A U.K. envoy came."]),
    ("en", ["He lives in the U.S.", "The president does, too."]),
    ("en", ["Troops will leave the U.S.", "They will go home."]),
    ("en", ["He flew to Washington, D.C.", "In the talks he said nothing."]),
    ("en", ["The talks in Washington, D.C. ended.", "The ex-U.S.S.R. states met."]),
    # Companies
    ("en", ["Acme Inc. sued Bolt Ltd. over the pipes.", "Torv Corp. and Kest Co. joined."]),
    ("en", ["Petro S.A. of Ulmia and Gas N.V. of Torv merged.", "Roe & Doe Bros. did not."]),
    ("en", ["He works for Acme Inc.", "He left on Monday."]),
    ("en", ["Ulmia vs. Torv is on.", "Torv v. Kest was decided."]),
    # Ellipses, quotations, brackets, notes
    ("en", ["“We wait ... and see,” he said.", "“Never…” she said."]),
    ("en", ["“The time to act is now...”", "Nobody moved."]),
    ("en", ["“We will not sign.”", "He left the room."]),
    ("en", ["“Will you sign?” she asked.", "“Never!” he shouted."]),
    ("en", ["“We will not sign.", "We will not yield,” he said."]),
    ("en", ['"We will not sign."', 'The minister said "no."', "He left."]),
    ("en", ["The truce holds.[1]", "It was signed in May.[2][3]", "Torv denies it."]),
    ("en", ["The truce holds.¹", "It was signed in May.²", "Torv denies it."]),
    ("en", ["The truce holds (it was signed in May).", "(Torv denies it.)", "Kest is silent."]),
    ("en", ["He said it [the U.S. offer] was dead.", "The Yahoo! office closed."]),
    ("en", ["The site ulmia.gov and Amazon.com went down.", "So did node.js."]),
    ("en", ["al-Qirbi said so.", "iPhone makers agreed."]),
    ("en", ["He asked why.", "2026 was bad.", "38 observers arrived."]),
    ("en", ["Is it war?", "It is!", "What?!", "Nobody knows…"]),
    ("en", ["He gave three reasons, e.g. the dam, i.e. water, etc. and left.", "Torv et al. agreed."]),
    # Spanish
    ("es", ["La Sra. Ruiz habló.", "El Sr. Roe y la Srta. Díaz callaron."]),
    ("es", ["El Dr. Pérez y la Dra. Gómez firmaron.", "El Gral. Hesh no."]),
    ("es", ["EE. UU. y Ulmia firmaron.", "Los EE.UU. no lo harán."]),
    ("es", ["D. Juan y Dña. Ana viven en la Av. Central n.º 5.", "El art. 5 se aplica."]),
    ("es", ["¿Habrá acuerdo?", "¡Nadie lo sabe!", "«No firmaremos», dijo."]),
    ("es", ["La reunión empieza a las 6 p. m. del viernes.", "Uds. lo saben."]),
    ("es", ["El Excmo. Sr. embajador y Mons. Ruiz llegaron.", "El pte. Díaz no."]),
    # French
    ("fr", ["M. Aru refuse.", "MM. Aru et Bel refusent."]),
    ("fr", ["Mme. Bel et Mlle Aru signent.", "Le Dr. Cru et le Pr. Dol attendent."]),
    ("fr", ["M. J.-P. Aru a parlé.", "Le gén. Hesh écoute."]),
    ("fr", ["« Nous ne signerons pas », a-t-il dit.", "Y aura-t-il un accord ?", "Non !"]),
    ("fr", ["L’art. 5 et l’al. 2 s’appliquent.", "Les É.-U. sont d’accord."]),
    ("fr", ["« Jamais. »", "Il est parti."]),
    # German
    ("de", ["Am 3. Oktober trafen sich Dr. Roe und Prof. Doe.", "Es ging z. B. um Wasser."]),
    ("de", ["Der 1. FC Ulm gewann.", "Papst Johannes Paul II. starb."]),
    ("de", ["Das sagt u. a. Hr. Roe, d. h. der Minister.", "Fr. Doe schweigt."]),
    ("de", ["„Wir bleiben.“", "Er ging.", "Ca. 3,5 Mio. Menschen flohen."]),
    ("de", ["Die 2. Runde beginnt um 10 Uhr.", "Nr. 5 und Art. 3 Abs. 2 gelten."]),
    ("de", ["Gen. a. D. Roe und St. Gallen sind dabei.", "Die Str. des 17. Juni ist gesperrt."]),
    # Portuguese
    ("pt", ["O Sr. Silva e a Sra. Costa falaram.", "O Dr. Lima e a Dra. Reis não."]),
    ("pt", ["A Profa. Ana e o Exmo. Sr. Pires vieram.", "O gen. Hesh não."]),
    ("pt", ["Os E.U.A. e Ulmia assinaram.", "O art. 5.º e o n.º 3 valem."]),
    ("pt", ["A Av. Brasil fechou.", "A D. Maria saiu."]),
    # Ukrainian
    ("uk", ["Д-р Коваль і п. Шевчук зустрілися.", "Проф. Бондар не прийшов."]),
    ("uk", ["Вул. Хрещатик перекрито.", "Університет ім. Шевченка закрито."]),
    ("uk", ["Він мешкає на вул. Садовій, д. 5, кв. 3.", "Це м. Київ."]),
    ("uk", ["У 2025 р. Україна підписала угоду.", "О. Шольц і В. Зеленський говорили."]),
    ("uk", ["Понад 3 млн. українців виїхали, 2 тис. лишились.", "Ген. Залужний згоден."]),
    ("uk", ["Див. ст. 5 та рис. 2.", "Це коштує 5 млрд грн. на рік."]),
    ("uk", ["«Ми не підпишемо», — заявив він.", "«Ні!» — вигукнула вона."]),
    # Russian
    ("ru", ["Г-н Иванов и г-жа Петрова ушли.", "Им. Ленина названа ул. в Ульмии."]),
    ("ru", ["В 2025 г. Россия подписала договор.", "В. В. Путин и А. С. Пушкин известны."]),
    ("ru", ["Проф. Иванов живёт на ул. Мира, д. 5.", "Ген. Петров — нет."]),
    ("ru", ["Это 5 млн руб. за год, т. е. мало.", "И т. д. и т. п. не годится."]),
    # Hebrew
    ("he", ['צה"ל הודיע על הפסקת אש.', 'ארה"ב הסכימה.']),
    ("he", ["ד״ר כהן ופרופ' לוי נפגשו.", "גב' רואיז דיברה."]),
    ("he", ['מנכ"ל החברה אמר: "לא נחתום."', "הוא יצא."]),
    ("he", ["מה שלומך?", "אין הסכם!", "השיחות נמשכות…"]),
    # Arabic
    ("ar", ["قال د. أحمد الخطيب إن السد مرفوض.", "وصل أ. د. سامي."]),
    ("ar", ["هل سيكون هناك اتفاق؟", "لا أحد يعلم!", "قال: «لن نوقع»."]),
    ("ar", ["التقى م. علي والسيد س. حداد.", "انتهت المحادثات."]),
    # Chinese and Japanese
    ("zh", ["谈判于3.5小时后结束。", "2026年是关键。", "他说：“我们同意。”"]),
    ("zh", ["“我们不会签字！”他说。", "会有协议吗？", "5月3日见。"]),
    ("zh", ["他说：“我们不同意。”", "然后他离开了。", "谈判仍在继续……"]),
    ("zh", ["（他没有回答。）", "「不。」", "美国U.S.代表团到了。"]),
    ("ja", ["「着工すれば国境を閉じる。」と彼は言った。", "合意はあるのか？", "誰も知らない！"]),
    ("ja", ["会談は3.5時間続いた。", "2026年が鍵だ。", "「合意した。」", "彼は去った。"]),
    # Other scripts that the tests name
    ("hi", ["डॉ. सिंह ने बात की।", "क्या समझौता होगा?", "कोई नहीं जानता।"]),
    ("ur", ["ڈاکٹر خان نے کہا۔", "کیا معاہدہ ہوگا؟", "کوئی نہیں جانتا۔"]),
]  # fmt: skip


def joined(language: str, units: list[str]) -> str:
    return ("" if language in {"zh", "ja"} else " ").join(units)

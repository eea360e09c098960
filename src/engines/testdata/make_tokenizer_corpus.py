#!/usr/bin/env python3
"""Makes tokenizer_corpus.jsonl: texts and the ids that the `tokenizers` package gives them.

    python3 -m venv v && v/bin/pip install tokenizers==0.23.3
    v/bin/python make_tokenizer_corpus.py TOKENIZER_JSON XQUAD_FOLDER

TOKENIZER_JSON is bge-small-en-v1.5's; XQUAD_FOLDER holds xquad-{de,es,tr}/queries.jsonl (see
README.md for source and licence). All other lines are written here or drawn with a fixed seed.
A line is {"text" or "base64" (not valid UTF-8), "ids"}, or {"first", "second", "max", "ids",
"type_ids"} for a pair.
"""
import base64
import json
import pathlib
import random
import sys
import unicodedata

from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).parent
RANDOM = random.Random(20261124)

SENTENCES = """
The printer on the third floor prints every page twice, and nobody knows why.
@Ticket #48213: VPN drops after 10–15 minutes (Windows 11, build 22631.3155).
@I've re-installed it; it's still "not responding"... can't you just refund me?!
@Please reset my password — my username is jane.o'neil+test@example.com.
@C:\\Users\\jane\\AppData\\Local\\Temp\\~DF3A.tmp was not found; exit code 0x80070005
@curl -sS "http://127.0.0.1:8900/v1/models" | jq '.data[0].id' && echo $?
@SELECT id, name FROM tickets WHERE urgency >= 0.75 AND topic <> 'billing';
@Ångström, naïve café, Übergröße, œuvre, Łódź, smørrebrød, São Tomé, fiancée
@Das Straßenfest fällt wegen Schneefalls aus; die ÄÖÜ-Taste klemmt. ẞ ß SS
@¿Dónde está la biblioteca? ¡Aquí! El niño comió piñas en Á É Í Ó Ú Ñ.
@İstanbul'da ışık, ILIK ılık, İğne iğne; şöyle böyle çğüö ÇĞÜÖ
@Быстрая коричневая лиса перепрыгнула через ленивую собаку. Ёлка, Йод, ёж.
@Ο γρήγορος αλεπού. ΟΔΥΣΣΕΥΣ ὈΔΥΣΣΕΎΣ ᾳ ᾼ ῥ ΐ ΰ ς σ Σ
@今天天气很好,我们去公园散步吧。机器学习模型的版本是多少?
@昨日、東京でプリンターが壊れました。カタカナとひらがなと漢字。ﾊﾝｶｸ ガギグゲゴ
@안녕하세요, 프린터가 고장났습니다. 한국어 형태소 각 갂 힣 ㄱㄴㄷ
@السلام عليكم، الطابعة لا تعمل اليوم. مُحَمَّدٌ ﷺ ـــ ١٢٣٤
@שלום עולם, המדפסת אינה פועלת. שָׁלוֹם עֲלֵיכֶם
@प्रिंटर आज काम नहीं कर रहा है। क़ ख़ ग़ ज़ ड़ ढ़ फ़ य़ ॐ
@প্রিন্টারটি আজ কাজ করছে না। ড় ঢ় য়
@அச்சுப்பொறி இன்று வேலை செய்யவில்லை. கௌ கொ
@เครื่องพิมพ์ใช้งานไม่ได้วันนี้ น้ำ กำ ๑๒๓
@ເຄື່ອງພິມບໍ່ເຮັດວຽກ ຳ ໜ
@ម៉ាស៊ីនបោះពុម្ពមិនដំណើរការទេ
@ပရင်တာ အလုပ်မလုပ်ပါ။
@პრინტერი არ მუშაობს. ᲐᲑᲒ აბგ
@Տպիչը այսօր չի աշխատում։ և
@ማተሚያው ዛሬ አይሰራም።
@Máy in hôm nay không hoạt động. Ắ ằ ẳ ẵ ặ Ớ ờ ở Ử ữ ự đ Đ
@👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 🧑‍🚀 ☎️ ❤️‍🔥 1️⃣ #️⃣ 😀😃😄 🤖💬 ♻︎ ☃
@x² + y₃ = ½·π ≠ √2 ∑∏∫ ∞ ℃ Å Ω K ℌ 𝔸𝕓𝖈 𝒜 ① Ⅷ ⅷ ㎏ ㈱ ｆｕｌｌ ＷＩＤＴＨ！
@“quotes” ‘single’ «guillemets» „low“ ‹x› — – ‐ ‑ … • · ¶ § † ‡ ‰ ′ ″
@$100 €50 £20 ¥3000 ₹7 ₿0.5 ¢ ¤ 50% +1-800-555-0199 <tag/> {a:[1,2]} ^caret `tick` |pipe| ~tilde
@a\tb\nc\rd\x0be\x0cf\x85g\xa0h\u1680i\u2003j\u2028k\u2029l\u202fm\u205fn\u3000o
@\x00nul\x01soh\x7fdel\x1besc[31m \u200bzero\u200cwidth\u200djoin\u2060er\ufeffbom soft\u00adhyphen
@\u202ertl override\u202c \u2066isolate\u2069 \ufffdreplacement \ue000private \U000f0000plane15
@e\u0301 e\u0327\u0301 e\u0301\u0327 a\u0323\u0302 \u1ea5 q\u0307\u0323 \u0344 \u0f73 \u212b \u2126 \u1fef \u037e
@[CLS] [SEP] [MASK] [PAD] [UNK] [cls] [ SEP ] a[SEP]b [[MASK]] [MASK[MASK]
@ﬁ ﬂ ﬃ ſ ǅ ǆ Ǆ ŉ ǰ ẘ ẗ ʼn ĳ Ŀ ŀ ﬗ
@ᎠᎡᎢ ꭰꭱꭲ 𐐀𐐨 𞤀𞤢 ꙁꙀ Ⰰⰰ Ꞌꞌ Ɡ ɡ Ʞ ʞ
@antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis unaffable embeddings
""".strip("\n").split("\n@")

SUBJECTS = ["The printer", "My invoice", "The VPN client", "Our dashboard", "The login page",
            "A customer's order", "The mobile app", "The backup job", "This API key", "The webhook"]
VERBS = ["keeps crashing", "won't load", "returned error 503", "was charged twice", "is very slow",
         "shows yesterday's data", "lost its settings", "doesn't sync", "can't be opened",
         "disappeared"]
WHERE = ["since Monday", "on macOS 14.2", "in the Zürich office", "for 3 of 27 users", "over Wi-Fi",
         "after the update", "at 08:15 CET", "during check-out", "behind the proxy", "every night"]

BLOCKS = [(0x20, 0x7F), (0xA0, 0x17F), (0x180, 0x24F), (0x250, 0x36F), (0x370, 0x52F),
          (0x530, 0x5FF), (0x600, 0x77F), (0x780, 0x8FF), (0x900, 0xDFF), (0xE00, 0xFFF),
          (0x1000, 0x137F), (0x13A0, 0x1AFF), (0x1B00, 0x1DFF), (0x1E00, 0x1FFF), (0x2000, 0x2BFF),
          (0x2C00, 0x2FFF), (0x3000, 0x33FF), (0x3400, 0x9FFF), (0xA000, 0xABFF),
          (0xAC00, 0xD7AF), (0xD7B0, 0xD7FF), (0xE000, 0xF8FF), (0xF900, 0xFAFF),
          (0xFB00, 0xFFFF), (0x10000, 0x103FF), (0x10400, 0x10FFF), (0x11000, 0x12FFF),
          (0x13000, 0x16FFF), (0x1B000, 0x1DFFF), (0x1E000, 0x1EFFF), (0x1F000, 0x1FAFF),
          (0x20000, 0x2A6DF), (0x2A700, 0x2FA1F), (0xE0000, 0xE01FF), (0x10FF00, 0x10FFFF)]


def from_block(block):
    while True:
        cp = RANDOM.randint(*block)
        if not 0xD800 <= cp <= 0xDFFF:
            return chr(cp)


def random_block_lines():
    for block in BLOCKS:
        for _ in range(8):
            yield "".join(from_block(block) + RANDOM.choice(["", "", "", " ", "a", "E\u0301"])
                          for _ in range(RANDOM.randint(5, 40)))


def mixed_lines(count):
    for _ in range(count):
        yield "".join(RANDOM.choice([from_block(RANDOM.choice(BLOCKS)), RANDOM.choice(" aZ9.,-\t"),
                                     RANDOM.choice(["ing", "Un", "the ", "\u0301", "\u0323"])])
                      for _ in range(RANDOM.randint(1, 60)))


def mark_lines(count):
    """Piles of combining marks, which canonical order sorts; some stay, some do not."""
    marks = [chr(cp) for cp in range(0x110000)
             if not 0xD800 <= cp <= 0xDFFF and unicodedata.combining(chr(cp))]
    kept = [c for c in marks if unicodedata.category(c) != "Mn" or ord(c) > 0x1D00]
    late = [c for c in map(chr, [0x8D4, 0x8E2, 0x1DF6, 0x1DF7, 0x1DF9, 0x1DFA, 0x302E, 0x302F,
                                 0x10F46, 0x10F47, 0x10D24, 0x1D165, 0x1D16D, 0x16FF0, 0x1E130,
                                 0x1133B, 0x1171D, 0x119E0, 0x11A34, 0x1193D, 0x1193E, 0x11943])]
    for _ in range(count):
        pile = [RANDOM.choice(RANDOM.choice([marks, kept, late])) for _ in range(RANDOM.randint(2, 9))]
        pile.insert(RANDOM.randint(0, len(pile)), RANDOM.choice(["", "\u200d", "x", "\u0b56", " "]))
        yield RANDOM.choice(["a", "Z", "한", "ا", "中", ""]) + "".join(pile) + RANDOM.choice(["", "b"])


def long_lines():
    for n in (99, 100, 101, 102, 500, 5000):
        yield "x" * n
        yield "Ü" * n + " end"
        yield "中" * min(n, 600)
        yield "e\u0301" * n
        yield "a" + "\u302e\u302f" * (n // 2)
    yield " ".join(f"word{i}" for i in range(2000))
    yield "." * 700
    yield " " * 3000 + "x" + "\u200b" * 3000
    yield ""
    yield " "


def invalid_lines(count):
    bad = [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80", b"\xf0\x9f\x98",
           b"\xc3", b"\xfe\xfe", b"\xe2\x28\xa1", b"\xf8\x88\x80\x80\x80"]
    for i in range(count):
        parts = []
        for _ in range(RANDOM.randint(1, 8)):
            parts.append(RANDOM.choice(bad))
            parts.append(RANDOM.choice(["printer", " ", "Ü", "中", "!", "e\u0301", "ing"]).encode())
        RANDOM.shuffle(parts)
        yield b"".join(parts)


def xquad_lines(folder, each):
    for language in ("de", "es", "tr"):
        with open(pathlib.Path(folder) / f"xquad-{language}" / "queries.jsonl", encoding="utf-8") as f:
            texts = [json.loads(line)["text"] for line in f]
        yield from texts[:: max(1, len(texts) // each)][:each]


def main():
    tokenizer = Tokenizer.from_file(sys.argv[1])
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=512)
    texts = list(SENTENCES)
    texts += [" ".join(parts) + "." for parts in
              ((s, v, w) for s in SUBJECTS for v, w in zip(VERBS, RANDOM.sample(WHERE, 10)))]
    texts += list(random_block_lines()) + list(mixed_lines(200)) + list(mark_lines(250))
    texts += list(long_lines()) + list(xquad_lines(sys.argv[2], 80))
    rows = [{"text": text, "ids": tokenizer.encode(text).ids} for text in texts]
    for raw in invalid_lines(60):
        rows.append({"base64": base64.b64encode(raw).decode(),
                     "ids": tokenizer.encode(raw.decode("utf-8", errors="replace")).ids})
    for _ in range(60):
        first = " ".join(RANDOM.choice(texts[:140]) for _ in range(RANDOM.randint(0, 3)))
        second = " ".join(RANDOM.choice(texts[:140]) for _ in range(RANDOM.randint(0, 6)))
        most = RANDOM.choice([8, 9, 32, 33, 64, 512])
        tokenizer.enable_truncation(max_length=most, strategy="longest_first")
        encoding = tokenizer.encode(first, second)
        rows.append({"first": first, "second": second, "max": most, "ids": encoding.ids,
                     "type_ids": encoding.type_ids})
    with open(HERE / "tokenizer_corpus.jsonl", "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=True, separators=(",", ":")) + "\n")
    print(len(rows), "lines")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes unicode_table_data.cc: what BERT's uncased normalizer does to each code point.

    python3 -m venv v && v/bin/pip install tokenizers==0.23.3
    v/bin/python make_unicode_table.py TOKENIZER_JSON      # of any uncased BERT model

The facts are read out of the `tokenizers` package itself, by giving it every code point. It mixes
the Unicode versions of three libraries (general categories of 8.0, decompositions of 13, case of
16), so no single version of a Unicode library agrees with it: 454 code points differ from 14.0.
"""
import pathlib
import sys

from tokenizers import Tokenizer, normalizers

OUT = pathlib.Path(__file__).parent / "unicode_table_data.cc"
HANGUL = range(0xAC00, 0xD7A4)

bert = Tokenizer.from_file(sys.argv[1])
nfd = normalizers.NFD()


def every_code_point():
    return (cp for cp in range(0x110000) if not 0xD800 <= cp <= 0xDFFF)


def has_class(char):
    """Whether the canonical combining class is not 0: such marks sort around others."""
    over, above = "\u0334", "\u0301"  # classes 1 and 230
    one = nfd.normalize_str(char)
    return any(len(one) == 1 and nfd.normalize_str("a" + pair) != "a" + pair
               for pair in (char + over, above + char))


def is_punctuation(char):
    words = bert.pre_tokenizer.pre_tokenize_str("a" + char + "b")
    return len(words) == 3


def probe():
    """Class name or list of code points for each code point that does not just stay."""
    facts = {}
    marks = {cp for cp in every_code_point() if has_class(chr(cp))}
    for cp in every_code_point():
        char = chr(cp)
        out = bert.normalizer.normalize_str("a" + char + "b")
        assert out[0] == "a" and out[-1] == "b"
        out = out[1:-1]
        if out == "":
            # Removed before decomposition, or a mark that decomposition saw first. The two are told
            # apart by a pair that only sorts when nothing of class 0 stands between.
            parts = nfd.normalize_str(char)
            if is_cleaned(char):
                facts[cp] = "drop"
            else:
                facts[cp] = "mark" if all(ord(p) in marks for p in parts) else "starter_mark"
        elif out == " ":
            facts[cp] = "space"
        elif len(out) >= 3 and out[0] == out[-1] == " ":
            facts[cp] = ("chinese", [ord(c) for c in out[1:-1]])
        elif cp in HANGUL:
            assert [ord(c) for c in out] == hangul(cp)
        elif out != char:
            facts[cp] = ("map", [ord(c) for c in out])
        elif cp in marks:
            facts[cp] = "kept_mark"
        elif is_punctuation(char):
            facts[cp] = "punctuation"
    return facts, marks


clean_only = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=False,
                                        strip_accents=False, lowercase=False)


def is_cleaned(char):
    return clean_only.normalize_str("a" + char + "b") == "ab"


def hangul(cp):
    index = cp - 0xAC00
    parts = [0x1100 + index // 588, 0x1161 + index % 588 // 28]
    return parts + ([0x11A7 + index % 28] if index % 28 else [])


def combining_classes(kept, marks):
    """A small number per kept mark that orders them as `tokenizers` does."""
    def before(a, b):  # a has the smaller class: b + a is turned round
        return a != b and nfd.normalize_str("a" + chr(b) + chr(a)) == "a" + chr(a) + chr(b)
    order = {cp: 1 + sum(before(other, cp) for other in kept) for cp in kept}
    for a in kept:
        for b in kept:
            assert before(a, b) == (order[a] < order[b]), (hex(a), hex(b))
    ranks = {value: index + 1 for index, value in enumerate(sorted(set(order.values())))}
    return {cp: ranks[value] for cp, value in order.items()}


def ranges(code_points):
    out = []
    for cp in sorted(code_points):
        if out and out[-1][1] == cp - 1:
            out[-1][1] = cp
        else:
            out.append([cp, cp])
    return out


def runs(singles):
    """{first, last, step, to_first, to_step} rows that cover the mapping."""
    out = []
    todo = sorted(singles.items())
    i = 0
    while i < len(todo):
        best = (1, 1, 0)
        for step in (1, 2):
            n = 1
            to_step = todo[i + 1][1] - todo[i][1] if i + 1 < len(todo) else 0
            if to_step not in (0, 1, 2):
                continue
            while (i + n < len(todo) and todo[i + n][0] == todo[i][0] + n * step
                   and todo[i + n][1] == todo[i][1] + n * to_step):
                n += 1
            best = max(best, (n, step, to_step))
        n, step, to_step = best
        out.append((todo[i][0], n, step, todo[i][1], to_step))
        i += n
    return out


def rows(items, text):
    lines, line = [], "   "
    for item in items:
        piece = " " + text(item) + ","
        if len(line) + len(piece) > 99:
            lines.append(line)
            line = "   "
        line += piece
    return "\n".join(lines + [line])


def main():
    facts, marks = probe()
    kept = [cp for cp, fact in facts.items() if fact == "kept_mark"]
    classes = combining_classes(kept, marks)
    out = ["// Generated by make_unicode_table.py; unicode_table.h says what the tables mean.",
           '#include "engines/tokenizer/unicode_table_data.h"', "",
           "namespace tandem::engines::tokenizer::data {", "", "// clang-format off"]

    def table(kind, name, items, text):
        out.append(f"const {kind} {name}[] = {{")
        out.append(rows(items, text))
        out.append("};")
        out.append(f"const size_t {name}Size = {len(items)};")
        out.append("")

    pair = lambda r: f"{{0x{r[0]:x},0x{r[1]:x}}}"
    named = {"drop": "kDrop", "mark": "kMark", "starter_mark": "kStarterMark", "space": "kSpace",
             "punctuation": "kPunctuation"}
    for fact, name in named.items():
        table("Range", name, ranges(cp for cp, f in facts.items() if f == fact), pair)
    chinese = {cp: f[1] for cp, f in facts.items() if isinstance(f, tuple) and f[0] == "chinese"}
    table("Range", "kChinese", ranges(chinese), pair)
    ordered = sorted((cp, classes[cp]) for cp in kept)
    grouped = []
    for cp, rank in ordered:
        if grouped and grouped[-1][1] == cp - 1 and grouped[-1][2] == rank:
            grouped[-1][1] = cp
        else:
            grouped.append([cp, cp, rank])
    table("KeptMark", "kKeptMarks", grouped, lambda r: f"{{0x{r[0]:x},0x{r[1]:x},{r[2]}}}")
    mapped = {cp: f[1] for cp, f in facts.items() if isinstance(f, tuple) and f[1] != [cp]}
    singles = {cp: to[0] for cp, to in mapped.items() if len(to) == 1}
    table("Run", "kRuns", runs(singles),
          lambda r: f"{{0x{r[0]:x},{r[1]},{r[2]},0x{r[3]:x},{r[4]}}}")
    longer = sorted((cp, to) for cp, to in mapped.items() if len(to) > 1)
    assert all(len(to) <= 4 for _, to in longer)
    table("Longer", "kLonger", longer,
          lambda r: "{0x%x,{%s}}" % (r[0], ",".join(f"0x{cp:x}" for cp in r[1])))
    out += ["// clang-format on", "", "}  // namespace tandem::engines::tokenizer::data", ""]
    OUT.write_text("\n".join(out))
    print({name: sum(1 for f in facts.values() if f == name) for name in named},
          len(chinese), len(kept), len(singles), len(longer), len(out))


if __name__ == "__main__":
    main()

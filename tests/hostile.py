"""Texts that nobody means well with. No place that takes text may answer one with a fault."""

from __future__ import annotations

import json
from typing import Any

BY_NAME: dict[str, str] = {
    # what a database or an encoder cannot hold
    "nul": "a\x00b",
    "nul_alone": "\x00",
    "lone_high_surrogate": "a\ud800b",
    "lone_low_surrogate": "\udfff",
    "surrogates_swapped": "\udc00\ud800",
    "noncharacter": "\ufffe\uffff\ufdd0\U0010ffff",
    "replacement_character": "\ufffd",
    # what is not seen
    "controls": "".join(map(chr, [*range(1, 32), *range(0x7F, 0xA0)])),
    "escape_sequence": "\x1b[31m\x1b]0;title\x07\x9b2J",
    "line_breaks": "a\r\nb\rc\nd\u2028e\u2029f\x85g\x0bh\x0ci",
    "bidi_override": "\u202euser\u202c \u2066isolate\u2069 \u200f\u200e\u061c",
    "zero_width": "a\u200bb\u200cc\u200dd\u2060e\ufeff\u00ad\u034f\u3164",
    "tags": "a\U000e0001\U000e0061\U000e007f",
    "variation_selectors": "葛\U000e0100\ufe0f",
    "spaces_of_all_kinds": "\t \u00a0\u1680\u2000\u2003\u202f\u205f\u3000",
    "empty": "",
    # too much
    "long": "长" * 20_000,
    "hundred_thousand": "a" * 100_000,
    "combining_flood": "e" + "\u0301" * 5_000,
    "zalgo": "".join(one + "\u0316\u0317\u0318\u0319\u0320" * 20 for one in "support"),
    "expands_when_composed": "\ufdfa" * 2_000,
    "five_thousand_digits": "9" * 5_000,
    "minus_five_thousand_digits": "-" + "9" * 5_000,
    "backtracking": "a" * 5_000 + "!",
    "spaces_flood": " " * 10_000 + "a",
    # other scripts
    "right_to_left": "مرحبا بالعالم שלום",
    "emoji_joined": "👩‍👩‍👧‍👦🏳️‍🌈👍🏽🇨🇳",
    "full_width": "ａｂｃ１２３＜ｓｃｒｉｐｔ＞＇＂；－－",
    "arabic_digits": "١٢٣٤٥٦٧٨٩٠١",
    "mathematical": "𝟏𝟖𝟖𝟎𝟎𝟎𝟎𝟎𝟎𝟎𝟏𝐀𝓑ℭ",
    "rare_han": "𠮷𰻞𱁬〇㐀\U0003134f",
    "turkish_i": "İıIi",
    "sharp_s": "ßẞſ",
    "decomposed_hangul": "\u1112\u1161\u11ab",
    # what an interpreter might run
    "sql_quote": "' OR '1'='1' --",
    "sql_drop": "x'; DROP TABLE person; --",
    "sql_dollar": "$1 $$x$$ %s :name ?",
    "sql_like": "%_\\%\\_\\",
    "sql_regex": "(((((((((((((((([[[[*+?{9999999}",
    "script": "<script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "javascript_url": "javascript:alert(1)//",
    "template": "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
    "format": "%s%s%s%n%x {} {0} {0.__class__} {why} {",
    "shell": "$(id) `id` | id ; id && id",
    "path": "../../../../etc/passwd\x2500.png",
    "windows_path": "..\\..\\C:\\con\\nul",
    "file_url": "file:///etc/passwd",
    "header": "x\r\nSet-Cookie: a=b",
    "csv_formula": '=HYPERLINK("http://x","y")',
    "xml": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "json": '{"__proto__":{"a":1},"input":null}',
    "graphql": '"){__typename}#',
    # what looks like ours, and is not
    "infinity": "Infinity",
    "nan": "NaN",
    "null": "null",
    "exponent": "1e999999999",
    "hexadecimal": "0xFFFFFFFFFFFFFFFF",
    "beyond_bigint": "9223372036854775808",
    "negative": "-1",
    "global_id_beyond_bigint": "VG9waWM6OTIyMzM3MjAzNjg1NDc3NTgwOA",
    "global_id_negative": "VG9waWM6LTE",
    "global_id_zero": "VG9waWM6MA",
    "global_id_unknown": "Tm90aGluZzox",
    "padding": "====",
    "year_zero": "0000-00-00T00:00:00Z",
    "year_ten_thousand": "10000-01-01T00:00:00+99:99",
    "end_of_time": "9999-12-31T23:59:59.999999-23:59",
    "beginning_of_time": "0001-01-01T00:00:00+23:59",
    "phone_with_extension": "tel:+86-188-0000-0001;ext=1",
    "token_of_nothing": "eyJhbGciOiJub25lIn0.e30.",
}
"""Each text by what is wrong with it."""

STRINGS: tuple[str, ...] = tuple(BY_NAME.values())


def body(value: Any) -> bytes:
    """JSON of a value that may hold lone surrogates, which UTF-8 cannot: they travel as escapes."""
    return json.dumps(value).encode("ascii")

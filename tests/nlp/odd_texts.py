"""Inputs that break text handling: empty, huge, unprintable, unpaired, stacked, of many scripts."""

ODD_TEXTS = [
    "", " ", "\n\t ", "\u200b", "\x00", "\x00\x01\x02", "😡", "😡😡😡😡😡😡", "👨‍👩‍👧‍👦", "\ud83d", "a\udc00b", "\u202egood\u202c",
    "good " * 20_000, "x" * 100_000, "😂" * 100_000, "a\u0301" * 50_000, "Z" + "\u0335\u0342" * 3_000, "&amp;" * 30_000,
    "@" * 5_000, "@user" * 3_000, "http://" * 3_000, "http://a.example/" + "a" * 90_000, "\ufeffgood", "good\r\nbad", "⟦⟧⟦",
    "<s>", "</s><pad><unk>", "⟦Delta⟧", "мне нравится", "我喜欢它", "気に入った", "좋아요", "أنا سعيد", "मुझे पसंद है", "ฉันชอบ", "ακριβό",
    "\U0010ffff", "\ufffe", "\u0085", "\xa0", "𝓰𝓸𝓸𝓭", "ｇｏｏｄ", "\u2028", "ﷺ", "🏳️‍🌈", "1️⃣", "\ud83d\ude00", "%s%n{0}", "'; DROP TABLE",
]  # fmt: skip

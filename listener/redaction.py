"""Secrets taken out of text, and text made safe to print on one line. Used by logs, errors and findings."""

import base64
import json
import re
import threading
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST = 6
"""A known secret shorter than this is masked only where its place gives it away: masking "a" everywhere would
ruin every line.
"""

_NAMES = (
    r"(?:access_?|refresh_?|bearer_?|auth_?|api_?|session_?|consumer_?|client_?|private_?|signing_?|webhook_?)*"
    r"(?:key|token|secret|password|passwd|pwd|signature|sig|credentials?)"
)
_SECRET_NAME = re.compile(rf"(?i)(?:.*[_.-])?(?:authorization|cookie|{_NAMES})")
_PATTERNS = (
    # scheme://user:password@host, and scheme://token@host
    (re.compile(r"(?<=://)[^/?#\s@'\"<>]{1,4096}@"), MASK + "@"),
    # Authorization: Bearer xyz, as a header, in a dict's repr or in JSON
    (
        re.compile(
            r"(?i)((?:proxy-)?authorization|x-api-key|x-goog-api-key|cookie|set-cookie)(\\?['\"]?\s{0,4}[:=,]\s{0,4}(?:b(?=['\"]))?\\?['\"]?)[^'\"\r\n\\]+"
        ),
        r"\1\2" + MASK,
    ),
    (
        re.compile(r"(?i)\b(bearer|basic|oauth)\s+(?=[A-Za-z0-9._~+/%=*-]{8})[A-Za-z0-9._~+/%=*-]+"),
        r"\1 " + MASK,
    ),
    # ?key=xyz&access_token=xyz
    (re.compile(rf"(?i)([?&;]{_NAMES}=)[^&;\s'\"<>#]+"), r"\1" + MASK),
    # "client_secret": "xyz", password='xyz', token=xyz
    (
        re.compile(rf"(?i)(\b{_NAMES}\\?['\"]?\s{{0,4}}[:=]\s{{0,4}}b?\\?['\"])[^'\"\r\n\\]+"),
        r"\1" + MASK,
    ),
    (re.compile(rf"(?i)(\b{_NAMES}=)(?!['\"\\])[^&;\s'\"<>#,)\]}}]+"), r"\1" + MASK),
)


class Hidden:
    """Secrets that are known, and their masking."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secret: str) -> None:
        """Mask this secret from now on, also percent-encoded, escaped or in base64."""
        if len(secret) < SHORTEST:
            return
        with self._lock:
            self._forms |= _forms(secret)
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def mask(self, text: str) -> str:
        return text if self._pattern is None else self._pattern.sub(MASK, text)


_hidden = Hidden()


def redact(secret: str) -> None:
    """From now on `redacted` masks this secret in whatever form it appears."""
    _hidden.add(secret)


def _forms(secret: str) -> set[str]:
    raw = secret.encode("utf-8", "replace")
    forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), repr(secret)[1:-1]}
    forms |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    forms |= {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    return {form for form in forms if len(form) >= SHORTEST}


def redacted(text: str) -> str:
    """The text with every known secret, and whatever stands where secrets stand, replaced by `***`.

    >>> redacted("GET https://api.example/v1?q=delta&key=AIza0123 as https://ann:pw@example.org/")
    'GET https://api.example/v1?q=delta&key=*** as https://***@example.org/'
    >>> redacted("{'Authorization': 'Bearer AAAA0123'}")
    "{'Authorization': '***'}"
    """
    text = _hidden.mask(text)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def names_secret(key: str) -> bool:
    """Whether a field of this name holds a secret; a plain "key" does not say.

    >>> names_secret("client_secret"), names_secret("key"), names_secret("batch_tokens")
    (True, False, False)
    """
    return key.lower() != "key" and _SECRET_NAME.fullmatch(key) is not None


def one_line(text: str) -> str:
    """The text with control, line-breaking and direction-changing characters written as escapes.

    >>> one_line("first\\r\\nsecond \\x1b[31mred")
    'first\\\\r\\\\nsecond \\\\x1b[31mred'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def shown(value: object, limit: int = 60) -> str:
    """A configured value as a message shows it: short, on one line, as it would be written in TOML, secrets
    masked.

    >>> shown("every 2 minutes"), shown(True), shown([1, 2])
    ('"every 2 minutes"', 'true', 'a list')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, dict):
        return "a table"
    if value is None:
        return "nothing"
    text = one_line(redacted(str(value)))
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return f'"{text}"' if isinstance(value, str) else text

"""When to come back after "too many requests", and what a message may show."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.collectors.replies import retry_at, scrub, shown, snippet

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
DAY_S = 86_400


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, 60),
        ({"Retry-After": "90"}, 90),
        ({"retry-after": "0"}, 1),
        ({"Retry-After": "0.2"}, 1),
        ({"Retry-After": "-5"}, 60),
        ({"Retry-After": "315360000"}, DAY_S),
        ({"Retry-After": "Mon, 02 Nov 2026 12:10:00 GMT"}, 600),
        ({"Retry-After": "Mon, 02 Nov 2026 14:10:00 +0200"}, 600),
        ({"Retry-After": "Mon, 02 Nov 2016 12:10:00 GMT"}, 60),
        ({"Retry-After": "soon"}, 60),
        ({"Retry-After": "9" * 5000}, 60),
        ({"Retry-After": "٣"}, 60),
        ({"Retry-After": ""}, 60),
        ({"x-rate-limit-reset": str(EPOCH + 900)}, 900),
        ({"X-Rate-Limit-Reset": str((EPOCH + 900) * 1000)}, 900),
        ({"x-rate-limit-reset": str(EPOCH - 900)}, 60),
        ({"x-rate-limit-reset": "99999999999"}, DAY_S),
        ({"x-rate-limit-reset": "nan"}, 60),
        ({"x-rate-limit-reset": "1e9"}, 60),
        ({"X-RateLimit-Reset": "2026-11-02T12:05:00.000Z"}, 300),
        ({"X-RateLimit-Reset": "2026-11-02T12:05:00"}, 300),
        ({"X-RateLimit-Reset": "5138-11-16T09:46:39Z"}, DAY_S),
        ({"x-ratelimit-reset": "42"}, 42),
        ({"Retry-After": "junk", "x-rate-limit-reset": str(EPOCH + 30)}, 30),
        ({"Retry-After": "20", "x-rate-limit-reset": str(EPOCH + 30)}, 20),
    ],
)
def test_the_wait_is_read_in_every_form_and_kept_within_a_second_and_a_day(
    headers: dict[str, str], wait_s: int
) -> None:
    assert retry_at(headers, now=NOW) == NOW + timedelta(seconds=wait_s)


@given(
    st.dictionaries(
        st.sampled_from(["Retry-After", "x-rate-limit-reset", "X-RateLimit-Reset"]), st.text(max_size=40)
    )
)
def test_whatever_the_headers_say_the_wait_is_between_a_second_and_a_day(headers: dict[str, str]) -> None:
    assert timedelta(seconds=1) <= retry_at(headers, now=NOW) - NOW <= timedelta(days=1)


@given(st.text(max_size=30), st.text(alphabet="abc/+&é ", min_size=4, max_size=10), st.text(max_size=30))
def test_a_scrubbed_text_does_not_hold_the_secret(before: str, secret: str, after: str) -> None:
    assert secret not in scrub(before + secret + after, [secret])


@given(st.binary(max_size=300))
def test_a_snippet_is_one_short_printable_line(body: bytes) -> None:
    found = snippet(body)
    assert len(found) <= 120
    assert found.isprintable()


def test_a_secret_is_scrubbed_before_the_text_is_cut() -> None:
    assert "canary" not in snippet(b"x" * 115 + b"canary-key", ["canary-key"])


@pytest.mark.parametrize(
    "url",
    [
        "https://u:pw@h.example/a?key=pw#pw",
        "HTTPS://pw@h.example/a",
        "//x:pw@h.example/a",
        "ftp://pw@h.example/a?pw",
    ],
)
def test_a_shown_address_has_no_user_query_and_fragment(url: str) -> None:
    assert "pw" not in shown(url)
    assert shown(url).endswith("h.example/a")

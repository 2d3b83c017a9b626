"""Currencies by their ISO 4217 codes, and the signs that mean one of them alone."""

import re
from collections.abc import Mapping

CODES: frozenset[str] = frozenset(
    re.findall(
        "[A-Z]{3}",
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE "
        "CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS "
        "KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR "
        "PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD "
        "TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ",
    )
)
"""The codes of money that is in use."""

SIGNS: Mapping[str, str] = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₺": "TRY", "₽": "RUB", "₴": "UAH", "₪": "ILS", "₫": "VND", "฿": "THB",
    "zł": "PLN", "r$": "BRL", "us$": "USD", "a$": "AUD", "c$": "CAD", "nz$": "NZD", "hk$": "HKD", "s$": "SGD", "kč": "CZK", "ft": "HUF",
}  # fmt: skip
SHARED: Mapping[str, str] = {
    "$": "USD, CAD, AUD or another dollar", "¥": "JPY or CNY", "kr": "NOK, SEK, DKK or ISK", "kr.": "DKK, NOK or ISK",
}  # fmt: skip
"""Signs that several currencies share."""
_IN_HEADING = re.compile(r"[(\[]\s*([A-Z]{3})\s*[)\]]\s*$")


def code_of(unit: str) -> str | None:
    """The code that a sign or code means, None where it means none or more than one.

    >>> code_of("€"), code_of("usd"), code_of("kr"), code_of("%")
    ('EUR', 'USD', None, None)
    """
    return unit.upper() if unit.upper() in CODES else SIGNS.get(unit.lower())


def in_heading(heading: str) -> str | None:
    """The code at the end of a column's name.

    >>> in_heading("Amount spent (EUR)"), in_heading("Clicks (all)")
    ('EUR', None)
    """
    found = _IN_HEADING.search(heading)
    return found[1] if found and found[1] in CODES else None

"""The section [web] of config.toml: where the dashboard listens, and who may stand in front of it."""

from ipaddress import ip_address, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from listener.config_types import Line, Section


def _host(value: str) -> str:
    if value != "localhost":
        try:
            ip_address(value)
        except ValueError:
            raise ValueError(
                'is no address to listen on; write "127.0.0.1", or "0.0.0.0" for every network'
            ) from None
    return value


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    plain = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/")
    if not plain or parts.query or parts.fragment or parts.username is not None or port == 0:
        raise ValueError('is no address of a site; write one as in "https://listener.example.org"')
    return value.rstrip("/")


SiteAddress = Annotated[Line, AfterValidator(_address)]


def _issuer(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError('is no address of a service; write one as in "https://login.example.org"')
    return value


def _proxy(value: str) -> str:
    try:
        ip_network(value)
    except ValueError:
        raise ValueError('is no address or network; write one as in "127.0.0.1" or "10.0.0.0/8"') from None
    return value


class Web(Section):
    """The dashboard and its API: docs/dashboard.md."""

    enabled: Annotated[bool, Field(description="false: `listener run` serves no dashboard")] = True
    host: Annotated[
        Line,
        AfterValidator(_host),
        Field(
            description='the address it listens on; anything but this machine\'s own, such as "0.0.0.0", needs a password to be set'
        ),
    ] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535, description="the port it listens on")] = 8765
    address: Annotated[
        SiteAddress | None,
        Field(
            description='where people reach it, as in "https://listener.example.org"; this machine alone if not written'
        ),
    ] = None
    session_days: Annotated[
        int,
        Field(
            ge=1,
            le=365,
            description="days after which everybody logs in again; after 7 without use in any case",
        ),
    ] = 30
    trusted_proxies: Annotated[
        tuple[Annotated[Line, AfterValidator(_proxy)], ...],
        Field(
            max_length=50,
            description="addresses of your own reverse proxies, whose word is taken for who asks",
        ),
    ] = ()
    ids_only: Annotated[
        tuple[Line, ...],
        Field(
            max_length=50,
            description="networks of which the dashboard's exports hold ids and labels alone, since their terms forbid handing on more",
        ),
    ] = ("x",)
    most_exported: Annotated[
        int,
        Field(
            ge=0,
            description="mentions of each of those networks that all exports, and what tokens read of the API, may hold in 30 days; X allows "
            "1,500,000 ids to one entity",
        ),
    ] = 1_500_000
    oidc_issuer: Annotated[
        Annotated[Line, AfterValidator(_issuer)] | None,
        Field(
            description='a service that people log in through (OpenID Connect), as in "https://login.example.org/realms/main"; '
            "needs `address`, `oidc_client_id` and LISTENER_WEB_OIDC_SECRET"
        ),
    ] = None
    oidc_client_id: Annotated[Line | None, Field(description="what Listener is called there")] = None
    oidc_allow_private_address: Annotated[
        bool, Field(description="true: that service may be inside your own network, and without TLS")
    ] = False

    @model_validator(mode="after")
    def _whole(self) -> "Web":
        if self.oidc_issuer is not None:
            for name, value in (("oidc_client_id", self.oidc_client_id), ("address", self.address)):
                if value is None:
                    raise ValueError(f'has "oidc_issuer", and needs "{name}" beside it')
        return self

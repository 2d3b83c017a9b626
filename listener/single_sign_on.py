"""Logging in through another service by OpenID Connect: who somebody is, as their organisation says.

The authorization code flow with PKCE, state and nonce. What the service is asked goes through `Http`, so its address is checked and every
answer has an end. Only who is a user here already gets in, by a mail address that the service says is verified.

Source: openid.net/specs/openid-connect-core-1_0.html sections 3.1 and 3.1.3.7; RFC 7636 (PKCE); RFC 9207 (iss in the answer).
"""

import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from pydantic import SecretStr

from dashboard.security.sign_on import Asked, SignOnFailed
from listener.collectors.http import Http
from listener.errors import SourceError

NAME = "single sign-on"
KEPT = timedelta(hours=1)
LEEWAY = timedelta(minutes=1)
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Of two keys each: with one key that both sides have, whoever has ours could say who anybody is."""
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass
class OpenIdConnect:
    """`dashboard.security.sign_on.SignOn` at one issuer. `allow_private`: it may be inside the own network, and without TLS."""

    issuer: str
    client_id: str
    secret: SecretStr
    allow_private: bool = False
    timeout_s: float = 10.0
    _known: tuple[Mapping[str, Any], Any, datetime] | None = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def name(self) -> str:
        """What the button says: the issuer's host."""
        return urlsplit(self.issuer).hostname or self.issuer

    def begin(self, asked: Asked, *, now: datetime) -> str:
        """Where to send somebody. Raises SignOnFailed."""
        described, _ = self._description(now)
        challenge = urlsafe_b64encode(sha256(asked.verifier.encode()).digest()).rstrip(b"=").decode()
        given = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": asked.back, "scope": "openid email",
            "state": asked.state, "nonce": asked.nonce, "code_challenge": challenge,
            "code_challenge_method": "S256",
        }  # fmt: skip
        joint = "&" if "?" in described["authorization_endpoint"] else "?"
        return f"{described['authorization_endpoint']}{joint}{urlencode(given)}"

    def finish(self, code: str, asked: Asked, *, issuer: str | None, now: datetime) -> str:
        """The verified mail address of who comes back with a code. Raises SignOnFailed."""
        if issuer is not None and issuer != self.issuer:
            raise SignOnFailed("the answer is another service's")
        described, keys = self._description(now)
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": asked.back,
            "code_verifier": asked.verifier, "client_id": self.client_id,
        }  # fmt: skip
        pair = f"{quote(self.client_id, safe='')}:{quote(self.secret.get_secret_value(), safe='')}"
        basic = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        answer = self._asked(described["token_endpoint"], now, form=form, secret_headers=basic)
        token = answer.get("id_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise SignOnFailed("the service did not say who it is")
        return self._address(self._claims(token, keys, now), asked, now)

    def _claims(self, token: str, keys: Any, now: datetime) -> Mapping[str, Any]:
        """What a token says, once its signature is found good; keys that changed are fetched anew, once."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            try:
                return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            except JoseError:
                _, fresh = self._description(now, anew=True)
                return jwt.decode(token, fresh, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError):
            raise SignOnFailed("what the service says is not signed by it") from None

    def _address(self, claims: Mapping[str, Any], asked: Asked, now: datetime) -> str:
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        ends, nonce, mail = claims.get("exp"), claims.get("nonce"), claims.get("email")
        meant = (
            claims.get("iss") == self.issuer
            and self.client_id in audiences
            and claims.get("azp", self.client_id) == self.client_id
            and (len(audiences) == 1 or "azp" in claims)
            and isinstance(nonce, str)
            and compare_digest(nonce.encode(), asked.nonce.encode())
        )
        if not meant:
            raise SignOnFailed("what the service says is not meant for here")
        if not isinstance(ends, (int, float)) or now.timestamp() > ends + LEEWAY.total_seconds():
            raise SignOnFailed("what the service says is over")
        if not isinstance(mail, str) or claims.get("email_verified") is not True:
            raise SignOnFailed("the service names no verified mail address")
        return mail

    def _description(self, now: datetime, *, anew: bool = False) -> tuple[Mapping[str, Any], Any]:
        """The service's own description and its keys, kept for an hour."""
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        with self._lock:
            if self._known is not None and not anew and now < self._known[2] + KEPT:
                return self._known[0], self._known[1]
            found = self._asked(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", now)
            if not isinstance(found, dict) or found.get("issuer") != self.issuer:
                raise SignOnFailed("[web] oidc_issuer is not what the service calls itself")
            addresses = [found.get(name) for name in _ENDPOINTS]
            schemes = ("https", "http") if self.allow_private else ("https",)
            if not all(isinstance(one, str) and urlsplit(one).scheme in schemes for one in addresses):
                raise SignOnFailed("the service describes itself without the addresses that are needed")
            try:
                keys = KeySet.import_key_set(self._asked(found["jwks_uri"], now))
            except (JoseError, ValueError, TypeError, KeyError):
                raise SignOnFailed("the service's keys cannot be read") from None
            self._known = found, keys, now
            return found, keys

    def _asked(self, url: str, now: datetime, **request: Any) -> Any:
        secret = self.secret.get_secret_value()
        http = Http(
            NAME,
            timeout_s=self.timeout_s,
            max_bytes=1 << 20,
            allow_private=self.allow_private,
            secrets=(secret,),
        )
        try:
            return (http.post(url, now=now, **request) if request else http.get(url, now=now)).json()
        except SourceError as error:
            raise SignOnFailed(str(error).removeprefix(f"source {NAME}: ")) from None
        finally:
            http.close()

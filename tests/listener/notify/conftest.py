"""A certificate for this machine, vouched for by nobody but itself."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and 127.1, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("making a certificate needs the openssl command")
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "cert.pem", folder / "key.pem"
    names = "subjectAltName=IP:127.0.0.1,DNS:127.1"
    line = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext {names}"
    subprocess.run([*line.split(), "-out", made[0], "-keyout", made[1]], check=True, capture_output=True)
    return made


@pytest.fixture(scope="session")
def servers_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(*certificate)
    return own


@pytest.fixture(scope="session")
def trusting(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """Trusts that certificate."""
    return ssl.create_default_context(cafile=str(certificate[0]))

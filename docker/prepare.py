"""What init does before the databases: checks the settings that cannot work, and puts the company's folder, the
certificate authorities and, for the demo company, its source system in place. Changes nothing where it stands already.
"""

import base64
import json
import re
import socket
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from attain import demo_company, secrets, settings
from attain.errors import AttainError, SettingsError
from attain.settings import Settings

DEMO = demo_company.COMPANY
KEY, CERTIFICATE = "tls.key", "tls.crt"
_ADDRESSES = (
    "ATTAIN_DATABASE_URL", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CELERY__BROKER_URL",
    "AIRFLOW__CELERY__RESULT_BACKEND",
)  # fmt: skip
_YEARS = timedelta(days=3650)
_RENEW = timedelta(days=90)


def profiles() -> set[str]:
    """The profiles that are on; `*` stands for all."""
    named = {name.strip() for name in (settings.variable("COMPOSE_PROFILES") or "").split(",")} - {""}
    return named | {"demo", "celery"} if "*" in named else named


def check(chosen: Settings) -> None:
    """Refuse what could only fail later, and less clearly.

    Raises:
        SettingsError: naming the setting and what to write.
    """
    if ("demo" in profiles()) != (chosen.company == DEMO):
        raise SettingsError(
            f"init: ATTAIN_COMPANY is {chosen.company} and the profile demo is {'on' if 'demo' in profiles() else 'off'} "
            "in COMPOSE_PROFILES. Nothing was changed. A deployment holds one company: with profile demo it is demo, "
            "without it is yours. Correct one of them in .env."
        )
    _check_keys()
    if "celery" in profiles():
        _check_queue()


def _check_keys() -> None:
    for name in _ADDRESSES:
        address = settings.required(name, "the services")
        if not re.fullmatch(r"[a-z+0-9]+://[\w.-]*:[\w.~%-]+@[\w.-]+:\d+/\w+(\?.*)?", address):
            raise SettingsError(
                f"init: {name} is no address that can be read. Nothing was changed. Use letters and digits only in the "
                "passwords of .env, as docker/new-env.sh makes them."
            )
    try:
        long_enough = len(base64.urlsafe_b64decode(settings.required("AIRFLOW__CORE__FERNET_KEY", "Airflow"))) == 32
    except ValueError:
        long_enough = False
    if not long_enough:
        raise SettingsError(
            "init: AIRFLOW_FERNET_KEY is not 32 bytes in URL-safe base64. Nothing was changed. Make one: "
            "head -c 32 /dev/urandom | base64 | tr '+/' '-_'"
        )


def _check_queue() -> None:
    queue = urlsplit(settings.required("AIRFLOW__CELERY__BROKER_URL", "profile celery"))
    try:
        socket.create_connection((queue.hostname or "", queue.port or 6379), timeout=5).close()
    except OSError:
        raise SettingsError(
            f"init: COMPOSE_PROFILES names celery, but nothing answers at {queue.hostname}:{queue.port}. Nothing was "
            "changed. Leave --profile off the command line: COMPOSE_PROFILES in .env starts Redis and the workers too."
        ) from None


def place_company(chosen: Settings, folders: Path) -> None:
    """Make the company's folder the one that is read, and take away the link to an earlier one.

    Raises:
        SettingsError: there is no such folder.
    """
    source = chosen.home / "demo" / "company" if chosen.company == DEMO else folders / chosen.company
    if not (source / "sources.yml").is_file():
        raise SettingsError(
            f"init: {source.name if chosen.company == DEMO else chosen.company}/sources.yml is not among the companies' "
            "folders, or user 10001 may not read it. Nothing was changed in the databases. ATTAIN_COMPANIES names the "
            "folder they are in (docs/companies.md says what is in one)."
        )
    chosen.company_folder.parent.mkdir(parents=True, exist_ok=True)
    for link in chosen.company_folder.parent.iterdir():
        if link.is_symlink() and (link.name != chosen.company or link.readlink() != source):
            link.unlink()
    if not chosen.company_folder.is_symlink():
        chosen.company_folder.symlink_to(source, target_is_directory=True)


def place_demo(chosen: Settings, url: str) -> None:
    """Draw the demo company, give it a certificate, and keep how to log in to it."""
    folder = chosen.home / "demo"
    demo_company.build(chosen, settings.variable("ATTAIN_DEMO_SCALE"), None)
    _certify(folder, urlsplit(url).hostname or "")
    client = json.loads((folder / "credentials.json").read_text(encoding="utf-8"))
    known = {
        "ATTAIN_SALESFORCE_URL": url,
        "ATTAIN_SALESFORCE_CLIENT_ID": client["client_id"],
        "ATTAIN_SALESFORCE_CLIENT_SECRET": client["client_secret"],
    }
    secrets.keep(chosen.home, f"{DEMO}.connections", json.dumps(known))


def place_authorities(chosen: Settings, target: Path, folders: Path) -> None:
    """Write all certificate authorities to trust: the public ones, the company's own, the demo company's."""
    own = sorted((folders / chosen.company / "certificates").glob("*.pem"))
    demo = chosen.home / "demo" / CERTIFICATE
    parts = [Path(certifi.where()), *own, *([demo] if chosen.company == DEMO else [])]
    new = target.with_suffix(".new")
    new.write_text("\n".join(part.read_text(encoding="utf-8") for part in parts), encoding="utf-8")
    new.replace(target)


def _certify(folder: Path, host: str) -> None:
    """A certificate of the demo company's own for this host, unless there is one that lasts."""
    path, now = folder / CERTIFICATE, datetime.now(UTC)
    if path.is_file():
        found = x509.load_pem_x509_certificate(path.read_bytes())
        named = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if _name(host) in list(named) and found.not_valid_after_utc > now + _RENEW:
            return
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Attain demo company")])
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=False, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS)
        .add_extension(x509.SubjectAlternativeName([_name(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / KEY).touch(mode=0o600)
    (folder / KEY).write_bytes(private)
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def main() -> int:
    """Check, then put everything in place; 1 with a message where that cannot be."""
    try:
        chosen = settings.load()
        folders = Path(settings.required("ATTAIN_COMPANY_FOLDERS", "finding the company's folder"))
        check(chosen)
        chosen.home.mkdir(parents=True, exist_ok=True)
        if chosen.company == DEMO:
            place_demo(chosen, settings.required("ATTAIN_DEMO_URL", "the demo company"))
        place_company(chosen, folders)
        place_authorities(chosen, Path(settings.required("SSL_CERT_FILE", "trusting sources")), folders)
    except AttainError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

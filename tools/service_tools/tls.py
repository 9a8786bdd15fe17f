"""A certificate authority, a server's and a client's certificate, for services that demand TLS. For tests and trials:
the keys are unprotected files. Made once per folder:

    ca.pem  server.pem server.key server.p12  client.pem client.key  truststore.p12  (PKCS #12 password: salestream)
"""

import pathlib
import shutil
import subprocess
import tempfile

from .errors import ServiceError

PASSWORD = "salestream"
_NAMES = "DNS:localhost,IP:127.0.0.1,IP:127.0.0.2,IP:127.0.0.3"


def make_certificates(folder):
    folder = pathlib.Path(folder).absolute()
    if (folder / "truststore.p12").exists():
        return folder
    for program, package in (("openssl", "openssl"), ("keytool", "openjdk-17-jre-headless")):
        if not shutil.which(program):
            raise ServiceError(f"no {program} found. Install it: sudo apt-get install -y {package}")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        work = pathlib.Path(work)

        def run(*command):
            done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise ServiceError(f"{' '.join(command[:2])} failed: {(done.stdout + done.stderr).strip()[-500:]}")

        def key(name):
            run("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", f"{name}.key")

        key("ca")
        run(
            "openssl",
            "req",
            "-x509",
            "-new",
            "-key",
            "ca.key",
            "-sha256",
            "-days",
            "3650",
            "-subj",
            "/CN=salestream CA",
            "-out",
            "ca.pem",
        )
        for name in ("server", "client"):
            key(name)
            (work / "extensions").write_text(f"subjectAltName={_NAMES}\nextendedKeyUsage=serverAuth,clientAuth\n")
            run("openssl", "req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-out", f"{name}.csr")
            run(
                "openssl",
                "x509",
                "-req",
                "-in",
                f"{name}.csr",
                "-CA",
                "ca.pem",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
                "-sha256",
                "-days",
                "3650",
                "-extfile",
                "extensions",
                "-out",
                f"{name}.pem",
            )
        run(
            "openssl",
            "pkcs12",
            "-export",
            "-in",
            "server.pem",
            "-inkey",
            "server.key",
            "-certfile",
            "ca.pem",
            "-name",
            "server",
            "-passout",
            f"pass:{PASSWORD}",
            "-out",
            "server.p12",
        )
        run(
            "keytool",
            "-importcert",
            "-noprompt",
            "-alias",
            "ca",
            "-file",
            "ca.pem",
            "-keystore",
            "truststore.p12",
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD,
        )
        # The trust store last: its being there says that all is there.
        for name in ("ca.pem", "server.pem", "server.key", "server.p12", "client.pem", "client.key", "truststore.p12"):
            (work / name).rename(folder / name)
    return folder

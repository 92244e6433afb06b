# SPDX-License-Identifier: Apache-2.0
"""A development certificate authority in a folder: made by the openssl program, never for use in
production. Keys are P-256, files of private keys 0600."""
import hashlib
import os
import ssl
import subprocess
import time


class DevCa:
    def __init__(self, folder, name="Schuilnaam development CA"):
        self.folder = folder
        self.certificate = os.path.join(folder, "ca.pem")
        self.key = os.path.join(folder, "ca.key")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if not os.path.exists(self.certificate):
            self._new_key(self.key)
            _openssl("req", "-x509", "-new", "-key", self.key, "-out", self.certificate,
                     "-days", "30", "-subj", f"/O=Schuilnaam development/CN={name}",
                     "-addext", "basicConstraints=critical,CA:TRUE",
                     "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, server=False, days=30, start=None, end=None, oin=None, uzi=()):
        """(certificate file, key file) for `name`. start, end: YYYYMMDDHHMMSSZ, for certificates
        that are expired or not yet valid. oin: the subject's serialNumber; uzi: names of the UZI
        register."""
        base = os.path.join(self.folder, name)
        certificate, key, request = base + ".pem", base + ".key", base + ".csr"
        self._new_key(key)
        _openssl("req", "-new", "-key", key, "-out", request,
                 "-subj", f"/O=Schuilnaam development/CN={name}"
                 + (f"/serialNumber={oin}" if oin else ""))
        extension = base + ".ext"
        with open(extension, "w", encoding="ascii") as out:
            out.write("basicConstraints=critical,CA:FALSE\n"
                      "keyUsage=critical,digitalSignature\n"
                      f"extendedKeyUsage={'serverAuth' if server else 'clientAuth'}\n")
            if server:
                out.write("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
            if uzi:
                out.write("subjectAltName=" + ",".join(
                    f"otherName:2.5.5.5;IA5STRING:{text}" for text in uzi) + "\n")
        if start is None:
            _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
                     "-CAcreateserial", "-out", certificate, "-days", str(days),
                     "-extfile", extension)
        else:
            self._issue_dated(request, extension, certificate, start, end)
        os.unlink(request)
        os.unlink(extension)
        return certificate, key

    def _issue_dated(self, request, extension, certificate, start, end):
        """`openssl ca` is the one command of OpenSSL 3.0 that takes both dates."""
        config = os.path.join(self.folder, "dated.cnf")
        with open(config, "w", encoding="ascii") as out:
            out.write(f"[ca]\ndefault_ca=d\n[d]\nnew_certs_dir={self.folder}\n"
                      f"database={self.folder}/index.txt\nrand_serial=yes\ndefault_md=sha256\n"
                      "policy=p\nunique_subject=no\n[p]\norganizationName=optional\n"
                      "commonName=supplied\n")
        with open(os.path.join(self.folder, "index.txt"), "a", encoding="ascii"):
            pass
        _openssl("ca", "-batch", "-notext", "-config", config, "-cert", self.certificate,
                 "-keyfile", self.key, "-in", request, "-out", certificate,
                 "-extfile", extension, "-startdate", start, "-enddate", end)

    def revoke(self, folder, *certificates, days=None, name="ca.crl"):
        """Write this authority's revocation list into a folder, with these certificates in it. days: of
        its life; below 0: one that has expired. It appears there whole."""
        index = os.path.join(self.folder, "revoked.txt")
        config = os.path.join(self.folder, "crl.cnf")
        number = os.path.join(self.folder, "crlnumber")
        for path, text in ((index, ""), (number, "01\n"), (config, f"[ca]\ndefault_ca=d\n[d]\n"
                           f"database={index}\ncrlnumber={number}\ndefault_md=sha256\n")):
            if path == config or not os.path.exists(path):
                with open(path, "w", encoding="ascii") as out:
                    out.write(text)
        common = ("-config", config, "-cert", self.certificate, "-keyfile", self.key)
        for certificate in certificates:
            _openssl("ca", *common, "-revoke", certificate)
        new = os.path.join(self.folder, "new.crl")
        dates = ("-crldays", "30") if days is None else (
            "-crl_lastupdate", _stamp(days - 2), "-crl_nextupdate", _stamp(days))
        _openssl("ca", *common, "-gencrl", "-out", new, *dates)
        os.makedirs(folder, exist_ok=True)
        os.replace(new, os.path.join(folder, name))

    @staticmethod
    def _new_key(path):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.close(handle)
        _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
        os.chmod(path, 0o600)


def _stamp(days):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))


def fingerprint(certificate_file):
    """Lower-case hex SHA-256 of the certificate."""
    with open(certificate_file, encoding="ascii") as text:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(_first_pem(text.read()))).hexdigest()


def _first_pem(text):
    begin = text.index("-----BEGIN CERTIFICATE-----")
    end = text.index("-----END CERTIFICATE-----") + len("-----END CERTIFICATE-----")
    return text[begin:end]


def _openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError("openssl " + arguments[0] + ": " + done.stderr.strip())

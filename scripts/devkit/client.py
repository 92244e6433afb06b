# SPDX-License-Identifier: Apache-2.0
"""A small HTTPS client with a certificate, for tests and the demonstration: http.client kept alive,
and raw sockets for what no client library would send."""
import http.client
import json
import socket
import ssl


def context(deployment, who):
    """TLS for one party; who None: without a certificate."""
    tls = ssl.create_default_context(cafile=deployment.ca.certificate)
    if who is not None:
        tls.load_cert_chain(*deployment.certificates[who])
    return tls


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Caller:
    def __init__(self, deployment, who, address=None, timeout=30):
        self.host, port = (address or deployment.api).rsplit(":", 1)
        self.port, self.timeout = int(port), timeout
        self.tls = context(deployment, who)
        self.connection = None

    def request(self, method, path, body=None, headers=None, tries=2):
        """An Answer; on a connection that was closed meanwhile, once more (unless tries is 1)."""
        for attempt in range(tries):
            if self.connection is None:
                self.connection = http.client.HTTPSConnection(
                    self.host, self.port, context=self.tls, timeout=self.timeout)
            try:
                return self._once(method, path, body, headers)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError,
                    ssl.SSLEOFError):
                self.close()
                if attempt == tries - 1:
                    raise
        return None

    def _once(self, method, path, body, headers):
        words = {"Content-Type": "application/json"} if body is not None else {}
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        self.connection.request(method, path, data, {**words, **(headers or {})})
        answer = self.connection.getresponse()
        text = answer.read()
        found = {name.lower(): value for name, value in answer.getheaders()}
        if found.get("connection", "").lower() == "close":
            self.close()
        return Answer(answer.status, found, text)

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def issue(self, registry, body):
        """(status, answer parsed)"""
        answer = self.request("POST", f"/v1/registries/{registry}/temporary-pseudonyms", body)
        return answer.status, answer.json()

    def translate(self, registry, body):
        answer = self.request("POST", f"/v1/registries/{registry}/final-pseudonyms", body)
        return answer.status, answer.json()


def raw(deployment, who, data, timeout=10, address=None):
    """Send bytes over TLS and return all that comes until the server closes or times out:
    (bytes, whether the server closed)."""
    host, port = (address or deployment.api).rsplit(":", 1)
    tls = context(deployment, who)
    with socket.create_connection((host, int(port)), timeout=timeout) as plain:
        with tls.wrap_socket(plain, server_hostname=host) as sock:
            sock.sendall(data)
            return read_all(sock)


def read_all(sock):
    got = b""
    try:
        while True:
            part = sock.recv(65536)
            if not part:
                return got, True
            got += part
    except (TimeoutError, socket.timeout):
        return got, False
    except (ssl.SSLError, ConnectionError):
        return got, True

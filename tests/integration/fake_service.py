# SPDX-License-Identifier: Apache-2.0
"""A service that answers as it is told to, over TLS 1.3 with client certificates. It knows the
shape of the answers and nothing of pseudonyms."""
import http.server
import json
import socket
import ssl
import threading
import time


def token(letter, tref, key):
    """A text of the right form, the same for the same key."""
    safe = "".join(c if c.isascii() and c.isalnum() else "_" for c in key)
    middle = "" if letter == "T" else "REG1-1-"
    return f"{letter}-{tref}-{middle}{safe}"


class FakeService:
    """`before(n, request)` is called for the n-th request (from 0) and may return an answer
    (status, headers, body), or "close" to drop the connection, or None for the usual one."""

    def __init__(self, ca, before=None):
        self.before = before or (lambda number, request: None)
        self.requests = []
        self.under_way = self.most_under_way = 0
        self.lock = threading.Lock()
        certificate, key = ca.issue("fake", server=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(certificate, key)
        context.load_verify_locations(ca.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
        self.http = _Server(("127.0.0.1", 0), _handler(self), context)
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *failure):
        self.http.shutdown()
        self.http.server_close()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.http.server_address[1]}"

    def take(self, method, path, body):
        with self.lock:
            number = len(self.requests)
            request = {"method": method, "path": path, "body": json.loads(body) if body else None}
            self.requests.append(request)
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return self.before(number, request) or self.usual(request)
        finally:
            with self.lock:
                self.under_way -= 1

    def usual(self, request):
        body = request["body"]
        if request["path"].endswith("/temporary-pseudonyms"):
            records = [self.issue(r, body["pseudonymTypes"]) for r in body["records"]]
        elif request["path"].endswith("/final-pseudonyms"):
            records = [self.translate(r) for r in body["records"]]
        else:
            return 200, {}, json.dumps(body or {}).encode()
        return 200, {}, json.dumps({"statistics": {}, "records": records}).encode()

    def issue(self, record, types):
        if record.get("BSN") == "bad":
            return {"pseudonyms": {}, "diagnostics": [
                {"code": 3001, "name": "BSN_CHECK", "field": "BSN", "severity": "error",
                 "message": "no"}]}
        key = "".join(record.values())
        return {"pseudonyms": {t: token("T", t, key) for t in types}, "diagnostics": []}

    def translate(self, record):
        made = {t: token("P", t, text) for t, text in record["pseudonyms"].items()}
        return {"pseudonyms": made, "diagnostics": [], "provider": "HOSP1"}


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, handler, context):
        self.context = context
        super().__init__(address, handler)

    def finish_request(self, request, client_address):
        with self.context.wrap_socket(request, server_side=True,
                                      do_handshake_on_connect=False) as secure:
            try:
                secure.do_handshake()
                super().finish_request(secure, client_address)
            except OSError:
                linger(secure)


def linger(connection, most_s=5):
    """Read what the peer still sends, as the service does: closing before that would answer it
    with a reset, which can overtake the alert that says why."""
    connection.settimeout(most_s)
    try:
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
    except OSError:
        pass


def _handler(fake):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            length = int(self.headers.get("Content-Length", 0))
            answer = fake.take(self.command, self.path, self.rfile.read(length))
            if answer == "close":
                self.close_connection = True
                return
            status, headers, body = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("X-Request-Id", "00ff")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = answer

        def log_message(self, *words):
            pass

    return Handler


def slowly(seconds_of):
    """A `before` that waits seconds_of(number) and then lets the usual answer pass."""
    def before(number, request):
        time.sleep(seconds_of(number))
    return before

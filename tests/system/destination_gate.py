"""A destination that can be away: a relay before the sink whose door shuts, and
the sink itself."""
import json
import pathlib
import re
import signal
import socket
import subprocess
import threading

from fleet_process import end_process, free_port, http_get
from simulated_servers import BUILD


class Sink:
    """pgmuster-sink, stopped by its own pid. With rules it misbehaves; they are
    kept in `folder`."""

    def __init__(self, folder=None, rules=()):
        words = []
        if rules:
            file = pathlib.Path(folder) / "sink.json"
            file.write_text(json.dumps({"rules": rules}))
            words = ["--config", str(file)]
        self.process = subprocess.Popen(
            [str(BUILD / "pgmuster-sink"), *words], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end_process(self.process, signal.SIGKILL)
        self.process.stdout.close()

    def report(self):
        return json.loads(http_get(f"http://127.0.0.1:{self.port}/report"))


UNAVAILABLE = (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
               b"Connection: close\r\n\r\n")


class Gate:
    """Relays connections while open; shut, it refuses them and ends those that
    there are, in the middle of whatever they carry; overloaded, it answers
    503."""

    def __init__(self, to):
        self.to = to
        self.port = free_port()
        self.listener = None
        self.ends = set()
        self.overloaded = False
        self.refused = 0
        self.lock = threading.Lock()

    def __enter__(self):
        self.open()
        return self

    def __exit__(self, *_):
        self.shut()

    def open(self):
        if self.listener is None:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self.port))
            listener.listen(64)
            self.listener = listener
            threading.Thread(target=self._accept, args=(listener,),
                             daemon=True).start()

    def overload(self):
        self.shut()
        self.overloaded = True
        self.open()

    def recover(self):
        self.shut()
        self.overloaded = False
        self.open()

    def shut(self):
        listener, self.listener = self.listener, None
        if listener is None:
            return
        # An accept in another thread would keep a closed socket listening.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        with self.lock:
            ends, self.ends = self.ends, set()
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            if self.overloaded:
                threading.Thread(target=self._refuse, args=(near,),
                                 daemon=True).start()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.to), 10)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self.lock:
                self.ends |= {near, far}
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._relay, args=(source, target),
                                 daemon=True).start()

    def _refuse(self, near):
        """Answers once the whole request has come: a client that is still
        sending would see a broken connection."""
        near.settimeout(5)
        try:
            got = b""
            while b"\r\n\r\n" not in got:
                got += near.recv(65536) or b"\r\n\r\n"
            head, body = got.split(b"\r\n\r\n", 1)
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            while length and len(body) < int(length.group(1)):
                body += near.recv(65536) or bytes(int(length.group(1)))
            self.refused += 1
            near.sendall(UNAVAILABLE)
        except OSError:
            pass
        near.close()

    def _relay(self, source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

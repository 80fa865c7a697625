"""A destination that takes OTLP requests, or does what it is told instead."""
import socket
import socketserver
import struct
import threading

ANSWERS = {"ok": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
           "503": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"}


class Exchange(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while self._request():
                if not self._answer():
                    return
        except OSError:
            pass  # the collector hung up

    def _request(self):
        line = self.rfile.readline()
        if not line:
            return False
        length = 0
        while line not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
            line = self.rfile.readline()
        return len(self.rfile.read(length)) == length

    def _answer(self):
        mood = self.server.mood
        if mood == "stall":
            self.server.moods_end.wait(60)
        elif mood == "reset":
            # A reset instead of a farewell.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
            return False
        self.wfile.write(ANSWERS.get(mood, ANSWERS["ok"]))
        return True


class UnreliableReceiver(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Exchange)
        self.mood = "ok"
        self.moods_end = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def become(self, mood):
        self.mood = mood
        self.moods_end.clear()

    def recover(self):
        self.mood = "ok"
        self.moods_end.set()

    def __exit__(self, *_):
        self.recover()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        pass  # a peer that is gone is no news here

"""Answers every request with 200: a destination that costs next to nothing."""
import socketserver
import sys


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            length = 0
            line = self.rfile.readline()
            if not line:
                return
            while line not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
                line = self.rfile.readline()
            self.rfile.read(length)
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


class Receiver(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    Receiver(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()

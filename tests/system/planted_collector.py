#!/usr/bin/env python3
"""Stands where pgmuster-load starts the collector, and becomes the real one; what
PLANTED names is planted in it once the file PLANTED_WHEN is there:

leak        one connection to a simulated server is opened in the collector's
            process, which no session owns
unbalanced  from then on /metrics says that the books do not balance"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import urllib.request

from fleet_process import free_port
from simulated_servers import BUILD

COLLECTOR = str(BUILD / "pgmuster")

LEAK = r"""
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void* leak(void* unused) {
  struct sockaddr_in at;
  int fd;
  while (access(getenv("PLANTED_WHEN"), F_OK) != 0) {
    usleep(20000);
  }
  fd = socket(AF_INET, SOCK_STREAM, 0);
  memset(&at, 0, sizeof at);
  at.sin_family = AF_INET;
  at.sin_port = htons((unsigned short)atoi(getenv("LEAK_PORT")));
  at.sin_addr.s_addr = inet_addr(getenv("LEAK_HOST"));
  (void)connect(fd, (struct sockaddr*)&at, sizeof at);
  return unused;
}

__attribute__((constructor)) static void begin(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, leak, NULL);
}
"""


def build_leak(folder):
    """A library that is loaded before all others opens it. Compiled before the
    collector is started, which would be late otherwise."""
    library = pathlib.Path(folder) / "leak.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-pthread", "-o", library, "-x", "c",
                    "-"], input=LEAK.encode(), check=True)
    return str(library)


def be_leaking(_, config, words):
    dsn = dict(word.split("=") for word in
               config["tenants"][0]["targets"][0]["dsn"].split())
    os.execve(COLLECTOR, [COLLECTOR, *words], {
        **os.environ, "LD_PRELOAD": os.environ["LEAK_LIBRARY"],
        "LEAK_HOST": dsn["host"], "LEAK_PORT": dsn["port"]})


def answer(near, port, unbalanced):
    """One request of the runner, with the collector's own answer."""
    with near:
        near.settimeout(10)
        path = near.recv(65536).decode().split(" ")[1]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as told:
            page = told.read()
        if unbalanced:
            page = page.replace(b"pgmuster_books_balanced 1",
                                b"pgmuster_books_balanced 0")
        near.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n"
                     b"Connection: close\r\n\r\n%s" % (len(page), page))


def stand_between(listen, port, collector):
    """Until the collector has ended."""
    listen.settimeout(0.5)
    while os.getppid() == collector:
        try:
            near, _ = listen.accept()
            answer(near, port, os.path.exists(os.environ["PLANTED_WHEN"]))
        except OSError:
            pass


def be_unbalanced(folder, config, words):
    """A child has the collector's admin address; it has another one."""
    listen = socket.create_server(
        ("127.0.0.1", int(config["admin"]["listen"].split(":")[1])))
    port = free_port()
    config["admin"]["listen"] = f"127.0.0.1:{port}"
    planted = folder / "planted.json"
    planted.write_text(json.dumps(config))
    collector = os.getpid()
    if os.fork() == 0:
        stand_between(listen, port, collector)
        os._exit(0)
    listen.close()
    words[words.index("--config") + 1] = str(planted)
    os.execv(COLLECTOR, [COLLECTOR, *words])


def main():
    words = sys.argv[1:]
    if words[0] != "run":
        os.execv(COLLECTOR, [COLLECTOR, *words])
    file = pathlib.Path(words[words.index("--config") + 1]).resolve()
    config = json.loads(file.read_text())
    plant = be_leaking if os.environ["PLANTED"] == "leak" else be_unbalanced
    plant(file.parent, config, words)


if __name__ == "__main__":
    main()

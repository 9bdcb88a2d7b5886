"""A program that plays llama-server, and what tests look at when it runs."""

from __future__ import annotations

import http.client
import os
import subprocess
import time

from communique.local.catalog import DEFAULT, find_model

MODEL = find_model(DEFAULT)

# Plays llama-server: argument 1 says how, the others are what communique passes.
FAKE = r"""
import os, signal, socket, sys

role, arguments = sys.argv[1], sys.argv[2:]
print("arguments:", arguments, flush=True)
print("variables:", [name for name in os.environ if name.startswith("LLAMA_")], flush=True)
print("spins:", os.environ.get("GOMP_SPINCOUNT"), flush=True)
if role == "dies":
    print("error: the file has no tensors", flush=True)
    sys.exit(3)
if role == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
try:
    listener = socket.create_server(("127.0.0.1", int(arguments[arguments.index("--port") + 1])))
except OSError:
    print("couldn't bind HTTP server socket", flush=True)
    sys.exit(1)
print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
known = "Authorization: Bearer " + os.environ["LLAMA_API_KEY"]
asked = 0
while True:
    connection, _ = listener.accept()
    with connection:
        request = connection.recv(10_000).decode()
        if request.startswith("GET /health"):
            asked += 1
            status = 503 if role == "deaf" or asked == 1 else 200
        else:
            status = 200 if known in request.splitlines() else 401
        connection.sendall(f"HTTP/1.1 {status} -\r\nContent-Length: 0\r\n\r\n".encode())
"""


def is_running(pid):
    """Whether a process runs; one that has ended and is not collected yet does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return bool(state) and not state.startswith("Z")


def wait_until_gone(pid, seconds=5.0):
    deadline = time.monotonic() + seconds
    while is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} still runs"
        time.sleep(0.02)


def status(base_url, key):
    connection = http.client.HTTPConnection(base_url.split("/")[2], timeout=5)
    try:
        connection.request("GET", "/v1/models", headers={"Authorization": f"Bearer {key}"})
        return connection.getresponse().status
    finally:
        connection.close()

"""The use of a server that another process has started: the connection to its supervisor."""

from __future__ import annotations

import contextlib
import hmac
import os
import socket
import time
import weakref
from typing import TYPE_CHECKING

from communique.local.engine import HOST
from communique.local.process import accepts
from communique.local.supervisor import (
    GRANTED,
    HANDSHAKE_SECONDS,
    NONCE_BYTES,
    PROOF_BYTES,
    prove,
)

if TYPE_CHECKING:
    from communique.local.process import Server

__all__ = ["Lease", "join"]


class Lease:
    """A server of another process, which runs at least until this is stopped.

    Args:
        server: the server.
        connection: the connection to its supervisor.
    """

    def __init__(self, server: Server, connection: socket.socket) -> None:
        self.server = server
        self._connection = connection
        _connections.add(connection)

    def is_alive(self) -> bool:
        """Return whether the server is running and accepts connections."""
        try:
            self._connection.recv(1)
        except BlockingIOError:  # the supervisor says nothing more until its end
            return accepts(self.server)
        except OSError:
            return False
        return False

    def stop(self) -> None:
        """Leave the server to the other processes that use it."""
        self._connection.close()


_connections: weakref.WeakSet[socket.socket] = weakref.WeakSet()


def _close_all() -> None:
    """Close a forked child's copies of the connections, which would keep the servers alive."""
    for connection in tuple(_connections):
        connection.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_all)


def join(server: Server, port: int, secret: bytes) -> Lease | None:
    """Return the use of a server, or None if it does not run any more.

    The port may belong to another program by now, of any user. So the supervisor first has to
    show that it knows the secret, which is not sent.

    Args:
        server: the server.
        port: the port of its supervisor.
        secret: what the supervisor knows.
    """
    deadline = time.monotonic() + HANDSHAKE_SECONDS
    connection = socket.socket()
    with contextlib.ExitStack() as unless_granted:
        unless_granted.enter_context(connection)
        try:
            connection.settimeout(HANDSHAKE_SECONDS)
            connection.connect((HOST, port))
            asked = os.urandom(NONCE_BYTES)
            connection.sendall(asked)
            answer = _receive(connection, NONCE_BYTES + PROOF_BYTES, deadline)
            answered, proof = answer[:NONCE_BYTES], answer[NONCE_BYTES:]
            if not hmac.compare_digest(proof, prove(secret, b"supervisor", asked, answered)):
                return None
            connection.sendall(prove(secret, b"user", asked, answered))
            if _receive(connection, len(GRANTED), deadline) != GRANTED:
                return None
        except OSError:
            return None
        connection.setblocking(False)
        unless_granted.pop_all()
    return Lease(server, connection)


def _receive(connection: socket.socket, size: int, deadline: float) -> bytes:
    """Return so many bytes; whoever sends them one by one has no more time than others."""
    received = b""
    while len(received) < size:
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        more = connection.recv(size - len(received))
        if not more:
            raise ConnectionResetError
        received += more
    return received

"""Ranks as plain processes that talk through rank 0 over TCP (loopback, unless MASTER_ADDR says otherwise).

Every collective is one message from each rank to rank 0 and one answer to all, the same bytes for
everyone: so all ranks go on with identical numbers. A rank that dies closes its sockets, and one
that hangs runs into the timeout; in both cases the others end with a sentence.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from array import array
from collections.abc import Callable

_HEADER = struct.Struct("<q")
_HELLO = struct.Struct("<8sqq")
_MAGIC = b"pocket-1"

Merge = Callable[[list[bytes]], bytes]


class RankLost(SystemExit):
    """Another rank is gone. Ends the process with this sentence and status 1: no loop can go on alone."""


def timeout_seconds() -> float:
    """How long a rank waits for another: POCKET_RANK_TIMEOUT, or two minutes."""
    return float(os.environ.get("POCKET_RANK_TIMEOUT", "120"))


class ProcessGroup:
    """The connections of one rank: to all others on rank 0, to rank 0 on the others."""

    def __init__(self, rank: int, world_size: int) -> None:
        """Connects all ranks; raises RankLost when one does not come in time."""
        self.rank = rank
        self.world_size = world_size
        address = (os.environ.get("MASTER_ADDR", "127.0.0.1"), int(os.environ.get("MASTER_PORT", "29500")))
        self._peers: dict[int, socket.socket] = {}
        if rank == 0:
            self._accept_all(address)
        else:
            self._peers[0] = self._connect(address)

    def _accept_all(self, address: tuple[str, int]) -> None:
        deadline = time.monotonic() + timeout_seconds()
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                server.bind(address)
            except OSError as error:
                raise RankLost(f"Rank 0 cannot listen on {address[0]}:{address[1]} ({error}). Set another MASTER_PORT.")
            server.listen(self.world_size)
            while len(self._peers) < self.world_size - 1:
                server.settimeout(max(0.01, deadline - time.monotonic()))
                try:
                    peer, _ = server.accept()
                except OSError:
                    missing = [r for r in range(1, self.world_size) if r not in self._peers]
                    raise RankLost(
                        f"Rank 0 waited {timeout_seconds():.0f} s for rank {missing}, which did not connect. "
                        "Look at the output of that rank."
                    ) from None
                self._welcome(peer)

    def _welcome(self, peer: socket.socket) -> None:
        """Keeps a connection that introduces itself as a rank of this group, drops any other."""
        peer.settimeout(timeout_seconds())
        try:
            magic, rank, world_size = _HELLO.unpack(_receive_exactly(peer, _HELLO.size))
        except OSError:
            magic, rank, world_size = b"", 0, 0
        if magic == _MAGIC and world_size == self.world_size and 0 < rank < world_size:
            self._peers[rank] = peer
        else:
            peer.close()

    def _connect(self, address: tuple[str, int]) -> socket.socket:
        deadline = time.monotonic() + timeout_seconds()
        while True:
            try:
                peer = socket.create_connection(address, timeout=timeout_seconds())
                peer.sendall(_HELLO.pack(_MAGIC, self.rank, self.world_size))
                return peer
            except OSError as error:
                if time.monotonic() > deadline:
                    raise RankLost(
                        f"Rank {self.rank} cannot reach rank 0 at {address[0]}:{address[1]} ({error}). "
                        "Look at the output of rank 0."
                    ) from None
                time.sleep(0.05)

    def exchange(self, payload: bytes, merge: Merge) -> bytes:
        """`merge` of the payloads of all ranks, in the order of ranks; the same bytes on each."""
        if self.rank != 0:
            self._send(0, payload)
            return self._receive(0)
        result = merge([payload, *(self._receive(rank) for rank in range(1, self.world_size))])
        for rank in range(1, self.world_size):
            self._send(rank, result)
        return result

    def _send(self, rank: int, payload: bytes) -> None:
        try:
            self._peers[rank].sendall(_HEADER.pack(len(payload)) + payload)
        except OSError as error:
            raise self._lost(rank, error) from None

    def _receive(self, rank: int) -> bytes:
        try:
            (size,) = _HEADER.unpack(_receive_exactly(self._peers[rank], _HEADER.size))
            return _receive_exactly(self._peers[rank], size)
        except OSError as error:
            raise self._lost(rank, error) from None

    def _lost(self, rank: int, error: OSError) -> RankLost:
        return RankLost(
            f"Rank {self.rank} lost rank {rank} ({error or type(error).__name__}) and cannot go on alone. "
            f"Look at the output of rank {rank}, then resume from the last checkpoint."
        )

    def close(self) -> None:
        """Closes all connections."""
        for peer in self._peers.values():
            peer.close()
        self._peers.clear()


def _receive_exactly(peer: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = peer.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise ConnectionError("it closed the connection")
        parts += part
    return bytes(parts)


_group: ProcessGroup | None = None


def init_process_group(rank: int, world_size: int) -> None:
    """Connects this process with the others of its world."""
    global _group
    _group = ProcessGroup(rank, world_size)


def destroy_process_group() -> None:
    """Disconnects; does nothing when there is one rank only."""
    global _group
    if _group is not None:
        _group.close()
        _group = None


def group() -> ProcessGroup | None:
    """The connections, or None when this is the only rank."""
    return _group


def all_reduce_sum(values: list[float]) -> list[float]:
    """Elementwise sum over all ranks, added in the order of ranks."""
    return _reduce(values, lambda a, b: a + b)


def all_reduce_max(values: list[float]) -> list[float]:
    """Elementwise maximum over all ranks."""
    return _reduce(values, max)


def _reduce(values: list[float], pick: Callable[[float, float], float]) -> list[float]:
    if _group is None:
        return values

    def merge(payloads: list[bytes]) -> bytes:
        total = array("d", payloads[0])
        for payload in payloads[1:]:
            total = array("d", map(pick, total, array("d", payload)))
        return total.tobytes()

    return array("d", _group.exchange(array("d", values).tobytes(), merge)).tolist()

"""A body that is too large is refused before it has come, however its length is told: nothing of it piles up."""

from __future__ import annotations

import contextlib
import ssl

from tests.hosts.site import Site
from tests.hosts.slow import connect
from tests.hosts.test_requests import PREDICTIONS, test_good_requests_still_work

GIGABYTE = 1 << 30
PIECE = b"x" * 16384
SENT_AT_MOST = 8 << 20  # 1 MiB is the limit; the kernels' buffers on the way hold a few more


def _send(site: Site, length: str, frame: bytes) -> tuple[bytes, int]:
    """Sends pieces of a body until the door answers; the answer, and how many bytes had been sent by then."""
    address, ca = site.footprint()["public"]["names"][0], str(site.environment.state / "ca.pem")
    key = (site.environment.state / "api-key").read_text().strip()
    head = f"POST {PREDICTIONS} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n"
    answer, sent = b"", 0
    with connect(address, ca) as connection:
        connection.sendall(f"{head}Content-Type: application/json\r\n{length}\r\n\r\n".encode())
        while not answer and sent < 4 * SENT_AT_MOST:
            connection.settimeout(20)
            connection.sendall(frame)
            sent += len(PIECE)
            connection.settimeout(0.002)
            with contextlib.suppress(TimeoutError, ssl.SSLWantReadError):
                answer = connection.recv(4096)
    return answer, sent


def test_a_gigabyte_is_refused_by_its_length_alone(site: Site) -> None:
    answer, sent = _send(site, f"Content-Length: {GIGABYTE}", PIECE)
    assert answer.startswith(b"HTTP/1.1 413 "), answer[:200]
    assert sent < SENT_AT_MOST


def test_a_body_without_an_end_is_refused_when_it_is_too_long(site: Site) -> None:
    frame = f"{len(PIECE):x}\r\n".encode() + PIECE + b"\r\n"
    answer, sent = _send(site, "Transfer-Encoding: chunked", frame)
    assert answer.startswith(b"HTTP/1.1 413 "), answer[:200]
    assert sent < SENT_AT_MOST
    test_good_requests_still_work(site)

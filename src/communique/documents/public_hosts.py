"""Connections to public addresses only, so that no link leads into the user's own network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import httpx2

__all__ = ["CheckedTransport", "PrivateAddressError", "is_public"]

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class PrivateAddressError(httpx2.ConnectError):
    """A host whose addresses are all private. Its text names the host and an address."""


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the public internet.

    An IPv6 address that stands for an IPv4 address is judged as that.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.teredo is not None or ip.is_site_local:
            return False
        embedded = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            embedded = ipaddress.IPv4Address(ip.packed[-4:])
        ip = embedded or ip
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class CheckedTransport(httpx2.AsyncBaseTransport):
    """A transport that resolves each host itself and connects to the address that it checked.

    A host that has a public address when it is checked, and a private one when it is connected
    to, gains nothing. No proxy is used, since a proxy would resolve the host once more.

    Args:
        private_addresses: whether to connect to private addresses, too.
    """

    def __init__(self, *, private_addresses: bool) -> None:
        self._private_addresses = private_addresses
        self._inner = httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request to the first address of its host that can be reached.

        Raises:
            PrivateAddressError: the host has private addresses only.
            httpx2.ConnectError: the host does not exist, or can't be reached.
        """
        error: httpx2.TransportError | None = None
        for address in await self._addresses(request.url):
            try:
                return await self._inner.handle_async_request(_to_address(request, address))
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as exc:
                error = exc
        raise error or httpx2.ConnectError("it has no address")

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()

    async def _addresses(self, url: httpx2.URL) -> list[str]:
        host = url.raw_host.decode("ascii").strip("[]")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, url.port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError) as exc:
            raise httpx2.ConnectError("there is no such host") from exc
        # IPv4 first: many machines have an IPv6 address and no way out by it.
        found.sort(key=lambda each: each[0] != socket.AF_INET)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        if self._private_addresses:
            return addresses
        public = [each for each in addresses if is_public(each)]
        if addresses and not public:
            raise PrivateAddressError(f"{host} is at the private address {addresses[0]}")
        return public


def _to_address(request: httpx2.Request, address: str) -> httpx2.Request:
    """Return the request for an address; ``Host`` and the certificate stay those of its host."""
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={
            **request.extensions,
            "sni_hostname": request.url.raw_host.decode("ascii").strip("[]"),
        },
    )

"""Text and addresses, against the standard library's `ipaddress`."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowspec.sets.address import address_text, parse_address, parse_prefix, prefix_set, prefix_texts, span_prefixes
from flowspec.sets.intervals import V4_POINTS, V6_BASE, V6_POINTS, AddressSet, Span
from tests.engine.laws import LAWS

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
versions = st.sampled_from([4, 6])
EDGES = (0, 1, 2**16, 2**31, 2**32 - 2, 2**32 - 1)


def line(network: IpNetwork) -> Span:
    base = V6_BASE if network.version == 6 else 0
    return int(network.network_address) + base, int(network.broadcast_address) + base


def numbers(version: int) -> st.SearchStrategy[int]:
    last = 2 ** (32 if version == 4 else 128) - 1
    return st.one_of(st.integers(0, last), st.sampled_from([*(e for e in EDGES if e <= last), last - 1, last]))


def text_of(number: int, version: int) -> str:
    return str(ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number))


def networks(texts: list[str]) -> list[IpNetwork]:
    """Read again: `::1:0` has two spellings."""
    return [ipaddress.ip_network(text) for text in texts]


@LAWS
@given(versions.flatmap(lambda v: st.tuples(st.just(v), numbers(v), st.integers(0, 32 if v == 4 else 128))))
def test_prefixes(drawn: tuple[int, int, int]) -> None:
    version, number, length = drawn
    text = f"{text_of(number, version)}/{length}"
    network = ipaddress.ip_network(text, strict=False)
    assert parse_prefix(text) == line(network)
    assert networks(span_prefixes(*line(network))) == [network]
    place = number + (V6_BASE if version == 6 else 0)
    assert parse_prefix(text_of(number, version)) == (place, place)
    assert parse_address(text_of(number, version)) == place
    assert ipaddress.ip_address(address_text(place)) == ipaddress.ip_address(text_of(number, version))


@LAWS
@given(versions.flatmap(lambda v: st.tuples(st.just(v), numbers(v), numbers(v))))
def test_a_span_is_the_fewest_prefixes(drawn: tuple[int, int, int]) -> None:
    version, one, other = drawn
    low, high = sorted((one, other))
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    wanted = list(ipaddress.summarize_address_range(kind(low), kind(high)))
    base = V6_BASE if version == 6 else 0
    found = span_prefixes(low + base, high + base)
    assert networks(found) == wanted
    assert prefix_set(tuple(found)) == AddressSet(((low + base, high + base),))
    assert prefix_texts(AddressSet(((low + base, high + base),))) == found


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0.0.0.0/0", (0, V4_POINTS - 1)),
        ("::/0", (V6_BASE, V6_POINTS - 1)),
        ("255.255.255.255/32", (2**32 - 1, 2**32 - 1)),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", (V6_POINTS - 1, V6_POINTS - 1)),
        ("10.0.0.5/24", (10 << 24, (10 << 24) + 255)),
        (" 10.0.0.5 ", ((10 << 24) + 5, (10 << 24) + 5)),
        ("FD00::A", (V6_BASE + (0xFD << 120) + 10, V6_BASE + (0xFD << 120) + 10)),
        ("::ffff:10.0.0.4", (V6_BASE + 0xFFFF0A000004, V6_BASE + 0xFFFF0A000004)),
    ],
)
def test_borders(text: str, span: Span) -> None:
    """An IPv4 address in IPv6 clothes is an IPv6 address."""
    assert parse_prefix(text) == span


@pytest.mark.parametrize(
    "text",
    ["", "*", "10.0.0", "10.0.0.256", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/" + "8" * 5000, "10.0.0.0/-1",
     "10.0.0.0/+8", "10.0.0.0/８",
     "fe80::1%eth0", "10.0.0.4:80", "VirtualNetwork", "1::2::3", "10.0.0.0/8/8", "0x0a.0.0.1", "10.1", "10.0.0.٤"],
)  # fmt: skip
def test_no_prefix(text: str) -> None:
    assert parse_prefix(text) is None


@LAWS
@given(st.text(alphabet="0123456789abcdef.:/x% ", max_size=20))
def test_what_is_read_is_what_the_standard_library_reads(text: str) -> None:
    """Leading zeros aside, which it refuses and inet_pton may."""
    found = parse_prefix(text)
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return
    if "%" not in text and text.strip().rpartition("/")[2].count(".") == 0:
        assert found in (line(network), None) and (found is not None or "/" in text)

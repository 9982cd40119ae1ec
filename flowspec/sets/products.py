"""Boxes as five integers: what a set of classes (`classes.py`) shares with another, cuts from it, and joins to."""

from __future__ import annotations

Product = tuple[int, int, int, int, int]
"""Classes of protocol, destination port, destination, source, source port; the order splits least."""


def meets(a: Product, b: Product) -> bool:
    return bool(a[0] & b[0] and a[1] & b[1] and a[2] & b[2] and a[3] & b[3] and a[4] & b[4])


def common(a: Product, b: Product) -> Product:
    """What two products share; nothing, unless they meet."""
    return (a[0] & b[0], a[1] & b[1], a[2] & b[2], a[3] & b[3], a[4] & b[4])


def split(pieces: list[Product], by: Product) -> tuple[list[Product], list[Product]]:
    """The pieces inside `by`, and what is outside, in at most five pieces each."""
    hits: list[Product] = []
    rest: list[Product] = []
    p, dp, d, s, sp = by
    for piece in pieces:
        mp, mdp, md, ms, msp = piece
        ip, idp, id_, is_, isp = mp & p, mdp & dp, md & d, ms & s, msp & sp
        if not (ip and idp and id_ and is_ and isp):
            rest.append(piece)
            continue
        hits.append((ip, idp, id_, is_, isp))
        if ip != mp:
            rest.append((mp ^ ip, mdp, md, ms, msp))
        if idp != mdp:
            rest.append((ip, mdp ^ idp, md, ms, msp))
        if id_ != md:
            rest.append((ip, idp, md ^ id_, ms, msp))
        if is_ != ms:
            rest.append((ip, idp, id_, ms ^ is_, msp))
        if isp != msp:
            rest.append((ip, idp, id_, is_, msp ^ isp))
    return hits, rest


def merged(pieces: list[Product]) -> list[Product]:
    """The same flows in fewer products: those alike in four dimensions are joined along the fifth."""
    while len(pieces) > 1:
        before = len(pieces)
        for along in (4, 3, 2, 1, 0):
            alike: dict[tuple[int, ...], int] = {}
            for piece in pieces:
                rest = piece[:along] + piece[along + 1 :]
                alike[rest] = alike.get(rest, 0) | piece[along]
            pieces = [(*rest[:along], mask, *rest[along:]) for rest, mask in alike.items()]  # type: ignore[misc]
        if len(pieces) == before:
            break
    return pieces

"""An effective policy -> a digest of all that decides: the same content, the same text, in every run."""

from __future__ import annotations

import hashlib

from flowspec.policy.layers import Layer, Policy, Variant
from flowspec.sets.flows import Box


def fingerprint(policy: Policy) -> str:
    """The sha256 (hex) over the policy's layers; names of NSGs and rules count, for an answer names them."""
    digest = hashlib.sha256(policy.direction.encode())
    for layer in policy.layers:
        _add_layer(digest, layer)
    return digest.hexdigest()


def _add_layer(digest: hashlib._Hash, layer: Layer) -> None:
    digest.update(f"\1{layer.admin}\0{layer.nsg.casefold()}".encode())
    for variant in layer.variants:
        digest.update(_variant(variant).encode())


def _variant(variant: Variant) -> str:
    decider = variant.decider
    rule = f"{decider.rule.display}\0{decider.rule.priority}" if decider.rule else decider.note
    doubts = sorted(variant.doubts)
    return f"\2{_box(variant.box)}\0{decider.access}\0{decider.nsg.casefold()}\0{rule}\0{doubts}"


def _box(box: Box) -> str:
    sets = (box.protocols, box.sources, box.source_ports, box.destinations, box.destination_ports)
    return repr(tuple(part.spans for part in sets))

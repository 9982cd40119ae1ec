"""Single flows, batches and streams against a plain loop, Aerleon, Capirca and C, two NSGs of 1,000 rules each."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.ceiling import Ceiling
from benchmarks.flows import flows_near
from benchmarks.peers import acl_checker
from benchmarks.policies import ADDRESS, VM, realistic
from benchmarks.timing import Row, once, peak, rate, short
from flowspec.cli.stream import Stream, chunks
from flowspec.engine.batch import Batch, Flows
from flowspec.engine.classify import Verifier
from flowspec.engine.decide import Compiled
from flowspec.engine.policy import Policy
from flowspec.engine.vectors import Vectors
from flowspec.model.address import address_text
from flowspec.model.inventory import Access
from flowspec.model.netset import Flow

FIELDS = {"protocol": np.uint8, "source": np.uint32, "source_port": np.uint16, "destination": np.uint32,
          "destination_port": np.uint16}  # fmt: skip


def run(seed: int) -> Iterator[Row]:
    case = realistic(seed, 1000)
    policy = case.policy
    compiled: list[Compiled] = []
    took = once(lambda: compiled.append(Compiled(policy)))
    vectors: list[Vectors] = []
    took += once(lambda: vectors.append(Vectors(compiled[0])))
    yield Row("compile, 2 x 1,000 rules, tag of 10,000 prefixes", f"{took:.2f} s", goal="< 0.6 s", met=took < 0.6)
    flows = flows_near(policy, random.Random(seed), 300_000, v4=True)
    tuples = [tuple(int(getattr(flow, name)) for name in FIELDS) for flow in flows[:100_000]]
    single = rate(lambda: [vectors[0].part(*flow) for flow in tuples], len(tuples))
    yield Row("single flows, integers", f"{short(single)}/s", goal=">= 300k/s", met=single >= 300_000)
    batch = Batch(compiled[0], vectors[0])
    columns = Flows(*(np.array([getattr(flow, name) for flow in flows], kind) for name, kind in FIELDS.items()))
    batches = rate(lambda: batch.answer(columns), len(flows))
    ceiling = Ceiling(batch)
    answers = batch.answer(columns)
    assert np.array_equal(answers.deciders, ceiling.answer(columns)), "C and numpy differ"
    top = rate(lambda: ceiling.answer(columns), len(flows))
    yield Row("C bit vectors (the ceiling)", f"{short(top)}/s", goal=">= 5M/s for the run to count", met=top >= 5e6)
    yield Row(
        "batches against C", f"{short(batches)}/s", f"{short(top)}/s", batches / top, ">= 1/3", batches / top >= 1 / 3
    )
    yield Row("batches", f"{short(batches)}/s", goal=">= 3M/s", met=batches >= 3e6)
    loop = rate(lambda: [_plainly(policy, flow) for flow in flows[:1500]], 1500, 3)
    yield Row("single flows against a loop over integers", f"{short(single)}/s", f"{short(loop)}/s", single / loop)
    yield from _streams(case.inventory, flows[:200_000])
    yield from _acl(seed, "aerleon", batches)
    yield from _acl(seed, "capirca", batches)
    yield Row("peak memory of classify", f"{peak():.0f} MB")


def _plainly(policy: Policy, flow: Flow) -> list[Any]:
    """What one writes first: rule after rule, range after range."""
    return [next(v for v in layer.variants if not v.doubts and _holds(v.box, flow)) for layer in policy.layers]


def _holds(box: Any, flow: Flow) -> bool:
    pairs = ((box.protocols, flow.protocol), (box.destination_ports, flow.destination_port),
             (box.destinations, flow.destination), (box.sources, flow.source),
             (box.source_ports, flow.source_port))  # fmt: skip
    return all(any(low <= value <= high for low, high in side.spans) for side, value in pairs)


def _streams(inventory: Any, flows: list[Flow]) -> Iterator[Row]:
    lines = b"".join(_line(flow) for flow in flows)
    verifier = Verifier(inventory)

    def answer() -> None:
        stream = Stream(verifier)
        for chunk in chunks(io.BytesIO(lines)):
            stream.answers(chunk)

    lines_a_second = rate(answer, len(flows), 3)
    yield Row(
        "verify --flows, lines in to lines out",
        f"{short(lines_a_second)}/s",
        goal=">= 150k/s",
        met=lines_a_second >= 150_000,
    )


def _line(flow: Flow) -> bytes:
    body = {"targetResourceId": VM, "direction": "Inbound", "protocol": flow.protocol.name,
            "localPort": str(flow.destination_port), "remotePort": str(flow.source_port),
            "localIPAddress": ADDRESS, "remoteIPAddress": address_text(flow.source)}  # fmt: skip
    return json.dumps(body).encode() + b"\n"


def _acl(seed: int, name: str, ours: float) -> Iterator[Row]:
    """Aclcheck of a peer, without the big tag, and that its answers are ours."""
    policy = realistic(seed, 1000, tag=False).policy
    check = acl_checker(name, policy)
    if check is None:
        yield Row(f"batches against {name} aclcheck", f"{short(ours)}/s", "not installed")
        return
    vectors = Vectors(Compiled(policy))
    flows = [f for f in flows_near(policy, random.Random(seed), 400, v4=True) if f.source_port and f.destination_port][
        :60
    ]
    for flow in flows[:30]:
        part = vectors.part(*(int(getattr(flow, field)) for field in FIELDS))
        assert check(flow) == (part.access is Access.ALLOW), (name, flow)
    theirs = rate(lambda: [check(flow) for flow in flows], len(flows), 1)
    yield Row(f"batches against {name} aclcheck, no tag", f"{short(ours)}/s", f"{short(theirs)}/s", ours / theirs,
              ">= 20,000", ours / theirs >= 20_000)  # fmt: skip

"""Single flows, batches and streams against a plain loop, Aerleon, Capirca and C, two NSGs of 1,000 rules each."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.ceiling import Ceiling
from benchmarks.flows import flows_near
from benchmarks.peers import acl_checker
from benchmarks.policies import ADDRESS, VM, Case, realistic
from benchmarks.processes import Finished, flowspec
from benchmarks.timing import Row, forget_peak, rate, rates, short, timed
from flowspec.decide.batch import FlowColumns, PolicyBatch
from flowspec.decide.exact import Compiled
from flowspec.decide.vectors import Vectors
from flowspec.ipflowverify.classify import Verifier
from flowspec.ipflowverify.lines import answer_line
from flowspec.model.inventory import Access
from flowspec.policy.layers import Policy
from flowspec.sets.address import address_text
from flowspec.sets.flows import Flow

FIELDS = {"protocol": np.uint8, "source": np.uint32, "source_port": np.uint16, "destination": np.uint32,
          "destination_port": np.uint16}  # fmt: skip
_COLUMNS = dict(zip(FIELDS, ("protocols", "sources", "source_ports", "destinations", "destination_ports"), strict=True))


_LINES = 250_000


def run(seed: int) -> Iterator[Row]:
    case = realistic(seed, 1000)
    assert case.inventory
    (policy, compiled, vectors), took = timed(_compiled, case)
    yield Row("compile, 2 NSGs of 1,000 rules, tag of 10,000 prefixes", f"{took * 1000:.0f} ms", goal="< 300 ms",
              met=took < 0.3)  # fmt: skip
    batch, took = timed(PolicyBatch, compiled, vectors)
    yield Row("the tables of batches beside it", f"{took * 1000:.0f} ms")
    flows = flows_near(policy, random.Random(seed), 300_000, v4=True)
    tuples = [tuple(int(getattr(flow, name)) for name in FIELDS) for flow in flows[:100_000]]
    forget_peak()
    single = rate(lambda: [vectors.part(*flow) for flow in tuples], len(tuples))
    yield Row("single flows, integers", f"{short(single)}/s", goal=">= 300k/s", met=single >= 300_000)
    few = flows[:1500]
    loop = rate(lambda: [_plainly(policy, flow) for flow in few], len(few), 3)
    for flow in few:
        assert _plainly(policy, flow)[-1] == vectors.part(*(int(getattr(flow, name)) for name in FIELDS)).access
    yield Row("single flows against a loop over integers", f"{short(single)}/s", f"{short(loop)}/s", single / loop)
    columns = FlowColumns(
        **{_COLUMNS[name]: np.array([getattr(flow, name) for flow in flows], kind) for name, kind in FIELDS.items()}
    )
    ceiling = Ceiling(batch)
    assert np.array_equal(batch.answer(columns).which, ceiling.answer(columns)), "C and numpy differ"
    forget_peak()
    batches, top = rates(lambda: batch.answer(columns), lambda: ceiling.answer(columns), len(flows))
    yield Row("the ceiling, bit vectors in C", f"{short(top)}/s", goal=">= 5M/s", met=top >= 5e6, required=True)
    yield Row("batches", f"{short(batches)}/s", goal=">= 3M/s", met=batches >= 3e6)
    yield Row(
        "batches against C", f"{short(batches)}/s", f"{short(top)}/s", batches / top, ">= 1/3", batches / top >= 1 / 3
    )
    yield from _acl(seed, "aerleon", batches)
    yield from _acl(seed, "capirca", batches)
    yield from _streams(case, flows[:_LINES])


def _compiled(case: Case) -> tuple[Policy, Compiled, Vectors]:
    """From an inventory to what answers: tags resolved, cut into classes, turned into bit vectors."""
    policy = case.policy
    compiled = Compiled(policy)
    return policy, compiled, Vectors(compiled)


def _plainly(policy: Policy, flow: Flow) -> list[Access]:
    """What one writes first: rule after rule, range after range, until a layer denies."""
    found = []
    for layer in policy.layers:
        decider = next(v.decider for v in layer.variants if not v.doubts and _holds(v.box, flow))
        found.append(Access.DENY if decider.access is Access.DENY else Access.ALLOW)
        if found[-1] is Access.DENY:
            break
    return found


def _holds(box: Any, flow: Flow) -> bool:
    pairs = ((box.protocols, flow.protocol), (box.destination_ports, flow.destination_port),
             (box.destinations, flow.destination), (box.sources, flow.source),
             (box.source_ports, flow.source_port))  # fmt: skip
    return all(any(low <= value <= high for low, high in side.spans) for side, value in pairs)


def _streams(case: Case, flows: list[Flow]) -> Iterator[Row]:
    """The command as a process, reading and start included; and that four times the lines take no more memory."""
    lines = [_line(flow) for flow in flows]
    with TemporaryDirectory() as folder:
        sources = [f"--inventory={path}" for path in case.write(Path(folder))]
        short_run, long_run = (_streamed(Path(folder) / "flows.jsonl", sources, lines, times) for times in (1, 4))
    verifier = Verifier(case.inventory)
    expected = "".join(answer_line(verifier, line) for line in lines[:2000]).encode()
    assert long_run.output.startswith(expected), "the stream says otherwise than one request at a time"
    assert long_run.output == 4 * short_run.output and short_run.output.count(b"\n") == len(lines)
    lines_a_second = 4 * len(lines) / long_run.processor
    yield Row("verify --flows, a process over 1M lines", f"{short(lines_a_second)}/s", goal=">= 150k/s",
              met=lines_a_second >= 150_000, memory=f"{long_run.memory:.0f} MB")  # fmt: skip
    more = long_run.memory - short_run.memory
    yield Row("verify --flows: memory, 1M lines and 250k", f"{long_run.memory:.0f} MB", f"{short_run.memory:.0f} MB",
              goal="at most 8 MB more", met=more <= 8, memory=f"{long_run.memory:.0f} MB")  # fmt: skip


def _streamed(file: Path, sources: list[str], lines: list[bytes], times: int) -> Finished:
    with file.open("wb") as out:
        for _ in range(times):
            out.writelines(lines)
    return flowspec(["verify", *sources, "--flows", str(file)], b'"access"')


def _line(flow: Flow) -> bytes:
    body = {"targetResourceId": VM, "direction": "Inbound", "protocol": flow.protocol.name,
            "localPort": str(flow.destination_port), "remotePort": str(flow.source_port),
            "localIPAddress": ADDRESS, "remoteIPAddress": address_text(flow.source)}  # fmt: skip
    return json.dumps(body).encode() + b"\n"


def _acl(seed: int, name: str, ours: float) -> Iterator[Row]:
    """Aclcheck of a peer, without the big tag, and that its answers are ours."""
    policy = realistic(seed, 1000, tag=False).policy
    check, what = acl_checker(name, policy), f"batches against {name} aclcheck, no tag"
    if check is None:
        yield Row(what, f"{short(ours)}/s", "not installed", goal=">= 20,000", met=False)
        return
    vectors = Vectors(Compiled(policy))
    flows = [f for f in flows_near(policy, random.Random(seed), 400, v4=True) if f.source_port and f.destination_port]
    flows = flows[:60]
    for flow in flows:
        part = vectors.part(*(int(getattr(flow, field)) for field in FIELDS))
        assert check(flow) == (part.access is Access.ALLOW), (name, flow)
    theirs = rate(lambda: [check(flow) for flow in flows], len(flows), 1)
    ratio = ours / theirs
    yield Row(what, f"{short(ours)}/s", f"{short(theirs)}/s", ratio, ">= 20,000", ratio >= 20_000)

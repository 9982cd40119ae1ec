"""Mistakes in what answers one flow, or millions, as ipFlowVerify would."""

from __future__ import annotations

from tests.mutations.mutation import planted

VECTORS = "tests/engine_speed/test_vectors.py"
BATCH = "tests/engine_speed/test_batch.py"
STREAM = "tests/engine_speed/test_stream.py"
TWIN = "tests/server/test_wire.py"
RECORDED = "tests/server/test_recorded.py"
VERIFY = "tests/cli/test_verify.py"
API = "tests/test_api.py"
EDGES = "tests/engine_speed/test_edges.py"

MISTAKES = (
    planted(
        "concrete: source port 65535 forgotten where any port will do",
        "decide/vectors.py",
        "_LAST_PORT = 65535",
        "_LAST_PORT = 65534",
        EDGES,
    ),
    planted(
        "concrete: any source port answered where it matters",
        "decide/vectors.py",
        "return parts[0] if all(part == parts[0] for part in parts) else None",
        "return parts[0]",
        EDGES,
    ),
    planted(
        "concrete: a layer in doubt passed over",
        "decide/vectors.py",
        "if self._variants[held.bit_length() - 1].doubts:",
        "if held < 0:",
        VECTORS,
    ),
    planted(
        "concrete: a doubtful variant decides",
        "decide/vectors.py",
        "None if answer is None or variant.doubts else part_of",
        "None if answer is None else part_of",
        VECTORS,
    ),
    planted(
        "concrete: the last source port is any port",
        "decide/vectors.py",
        "bisect_right(self._source_port_starts, source_port) - 1]",
        "bisect_right(self._source_port_starts, max(0, source_port - 1)) - 1]",
        EDGES,
    ),
    planted(
        "concrete: a batch answers protocols without ports as if they had some",
        "decide/batch.py",
        "which[columns[0] > Protocol.UDP] = _ASK",
        "which[columns[0] > Protocol.OTHER] = _ASK",
        BATCH,
    ),
    planted(
        "concrete: a batch takes doubt for what comes next",
        "decide/batch.py",
        "            return _ASK\n",
        "            return _GO_ON\n",
        BATCH,
    ),
    planted(
        "concrete: a batch lets the last layer decide",
        "decide/batch.py",
        "np.where(which == _GO_ON, layer.outcomes[first], which)",
        "np.where(layer.outcomes[first] != _GO_ON, layer.outcomes[first], which)",
        BATCH,
    ),
    planted(
        "concrete: arrays take port 65536",
        "ipflowverify/arrays.py",
        "_LAST_PORT = (1 << 16) - 1",
        "_LAST_PORT = 1 << 16",
        API,
    ),
    planted(
        "concrete: arrays take negative numbers",
        "ipflowverify/arrays.py",
        "(column < 0) | (column > last)",
        "column > last",
        API,
    ),
    planted(
        "concrete: arrays look the wrong way",
        "ipflowverify/arrays.py",
        "    if direction is Direction.INBOUND:\n",
        "    if direction is Direction.OUTBOUND:\n",
        API,
    ),
    planted(
        "concrete: arrays take any protocol",
        "ipflowverify/arrays.py",
        "    if (found == 255).any():\n",
        "    if (found > 255).any():\n",
        API,
    ),
    planted(
        "concrete: a batch reads the second bit",
        "decide/batch.py",
        "low = (found & (~found + np.uint64(1)))",
        "low = (found & ~(found & (~found + np.uint64(1))))",
        BATCH,
    ),
    planted(
        "concrete: port 65536 taken",
        "ipflowverify/classify.py",
        "text.isdigit() and int(text) <= 65535):\n        raise",
        "text.isdigit() and int(text) <= 65536):\n        raise",
        EDGES,
    ),
    planted(
        "concrete: IPv6 taken",
        "ipflowverify/classify.py",
        "if number is None or number >= V6_BASE:",
        "if number is None:",
        EDGES,
    ),
    planted(
        "concrete: directions by letter case",
        "ipflowverify/classify.py",
        "_DIRECTIONS.get(text.casefold())",
        "_DIRECTIONS.get(text)",
        TWIN,
    ),
    planted(
        "concrete: unknown told as Deny",
        "ipflowverify/classify.py",
        'return FlowAnswer(access="Unknown", reason=part.reason)',
        'return FlowAnswer(access="Deny", rule_id="")',
        VERIFY,
    ),
    planted(
        "concrete: a default rule with an id",
        "ipflowverify/classify.py",
        '"" if rule.default else rule.id',
        "rule.id",
        VERIFY,
        RECORDED,
    ),
    planted(
        "concrete: a NIC without an NSG answered",
        "ipflowverify/classify.py",
        "if policy.no_nsg and len(policy.layers) == 1:",
        "if policy.no_nsg and not policy.layers:",
        EDGES,
    ),
    planted(
        "concrete: a deallocated VM answered",
        "ipflowverify/classify.py",
        'if vm.power == "deallocated":',
        'if vm.power == "":',
        EDGES,
    ),
    planted(
        "concrete: a NIC of another VM answered",
        "ipflowverify/classify.py",
        "            if nic not in attached:\n",
        "            if not attached:\n",
        EDGES,
    ),
    planted(
        "concrete: an ambiguous name means the first",
        "ipflowverify/classify.py",
        "        if len(found) > 1:\n",
        "        if len(found) > 2:\n",
        EDGES,
    ),
    planted(
        "concrete: a stream takes port 65536",
        "ipflowverify/stream.py",
        "int(text) <= 65535)",
        "int(text) <= 65536)",
        EDGES,
    ),
    planted(
        "concrete: a stream looks the wrong way",
        "ipflowverify/stream.py",
        "        if self.inbound:\n",
        "        if not self.inbound:\n",
        STREAM,
    ),
    planted(
        "concrete: a stream takes protocols that Azure refuses",
        "ipflowverify/stream.py",
        "        if protocol not in PORTED:\n",
        "        if protocol < 0:\n",
        EDGES,
    ),
    planted(
        "concrete: a line of any length parsed",
        "ipflowverify/lines.py",
        "if len(body) > LONGEST:",
        "if len(body) > 8 * LONGEST:",
        STREAM,
    ),
)

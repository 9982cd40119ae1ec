"""The addresses at which Azure itself answers every machine: they are judged only where an intent names them."""

from __future__ import annotations

from flowspec.sets.address import prefix_set
from flowspec.sets.intervals import ALL_NUMBERS

HOST = "168.63.129.16/32"
"""Health probes of load balancers, DNS, the agent (azure.md B4.6)."""
METADATA = "169.254.169.254/32"
HOST_V6 = "fe80::1234:5678:9abc/128"
PLATFORM = prefix_set((HOST, METADATA, HOST_V6))
ALL_BUT_PLATFORM = ALL_NUMBERS.subtract(PLATFORM)

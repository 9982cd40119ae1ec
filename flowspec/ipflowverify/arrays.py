"""Arrays of flows at one address of a NIC -> their answers, as ipFlowVerify words them: millions a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flowspec.decide.batch import FlowColumns
from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.ipflowverify.classify import FlowRequest, Verifier, address_of, answer_of, direction_of, invalid
from flowspec.model.documents.verify import FlowAnswer
from flowspec.model.inventory import Direction
from flowspec.sets.intervals import Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    _Column = NDArray[Any]

_PROTOCOLS = {6: Protocol.TCP, 17: Protocol.UDP}
"""By the numbers that IANA gave them."""
_NUMBERS = {"TCP": 6, "UDP": 17}
_LAST_PORT = (1 << 16) - 1
_LAST_ADDRESS = (1 << 32) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowArrays:
    """Many flows of one address of a VM or NIC, in one direction; `target`, `nic` as in a FlowRequest.

    A column is an array with a number for each flow, or one value for all of them. `protocols` are "TCP" and "UDP", or
    6 and 17; `remote_ips` IPv4 addresses as numbers (`int(ipaddress.IPv4Address(…))`) or as texts, which is slower.
    """

    direction: str
    local_ip: str
    protocols: ArrayLike
    local_ports: ArrayLike
    remote_ips: ArrayLike
    remote_ports: ArrayLike
    target: str = ""
    nic: str = ""
    resource_group: str = ""


@dataclass(frozen=True, slots=True)
class FlowAnswers:
    """`which` has, for each flow, the number of its answer among `answers`; `found[3]` is that of the fourth flow."""

    which: NDArray[np.int32]
    answers: tuple[FlowAnswer, ...]

    @property
    def access(self) -> NDArray[np.str_]:
        """For each flow `Allow`, `Deny` or `Unknown`."""
        import numpy as np

        words: NDArray[np.str_] = np.array([answer.access for answer in self.answers] or ["Unknown"])[self.which]
        return words

    def __len__(self) -> int:
        return len(self.which)

    def __getitem__(self, at: int) -> FlowAnswer:
        return self.answers[int(self.which[at])]


def answers_of(verifier: Verifier, flows: FlowArrays) -> FlowAnswers:
    """One answer for each flow. RequestError where Azure refuses, FlowspecError where numpy is not installed."""
    _need_numpy()
    direction, local = direction_of(flows.direction), address_of("local_ip", flows.local_ip)
    batch = verifier.sieve(_named(flows), direction, local).batch
    found = batch.answer(_columns(flows, direction, local))
    return FlowAnswers(found.which, tuple(map(answer_of, found.parts)))


def _need_numpy() -> None:
    try:
        import numpy  # noqa: F401
    except ImportError as error:
        summary = "Arrays of flows need numpy, which a plain installation leaves out."
        raise FlowspecError(Problem(Severity.ERROR, summary, "pip install 'flowspec[batch]'")) from error


def _named(flows: FlowArrays) -> FlowRequest:
    """A request that names what all of these flows name."""
    return FlowRequest(
        target=flows.target,
        nic=flows.nic,
        resource_group=flows.resource_group,
        direction=flows.direction,
        protocol="",
        local_ip=flows.local_ip,
        local_port="",
        remote_ip="",
        remote_port="",
    )


def _columns(flows: FlowArrays, direction: Direction, local: int) -> FlowColumns:
    """The flows by source and destination, each column of one length."""
    import numpy as np

    protocols = _protocols(flows.protocols)
    locals_ = _numbers("local_ports", flows.local_ports, _LAST_PORT)
    remotes = _numbers("remote_ports", flows.remote_ports, _LAST_PORT)
    addresses = _numbers("remote_ips", _addresses(flows.remote_ips), _LAST_ADDRESS)
    try:
        columns = np.broadcast_arrays(protocols, np.uint32(local), locals_, addresses, remotes)
    except ValueError:
        raise invalid("flows", _lengths(protocols, locals_, addresses, remotes)) from None
    protocols, here, here_ports, there, there_ports = (np.ascontiguousarray(np.atleast_1d(c)) for c in columns)
    source, destination = (here, here_ports), (there, there_ports)
    if direction is Direction.INBOUND:
        source, destination = destination, source
    return FlowColumns(
        protocols=protocols,
        sources=source[0],
        source_ports=source[1],
        destinations=destination[0],
        destination_ports=destination[1],
    )


def _lengths(*columns: _Column) -> str:
    names = ("protocols", "local_ports", "remote_ips", "remote_ports")
    told = ", ".join(f"{name} {column.size:,}" for name, column in zip(names, columns, strict=True) if column.ndim)
    return f"are columns of different lengths: {told}"


def _protocols(given: ArrayLike) -> _Column:
    import numpy as np

    column = _whole("protocols", given)
    if column.dtype.kind == "U":
        words = np.unique(column)
        strange = [str(word) for word in words if str(word).upper() not in _NUMBERS]
        if strange:
            raise invalid("protocols", f"hold {strange[0]!r}, which is not one of TCP, UDP")
        numbers = np.array([_NUMBERS[str(word).upper()] for word in words])
        column = numbers[np.searchsorted(words, column)]
    column = _numbers("protocols", column, 255)
    found = np.select([column == number for number in _PROTOCOLS], list(_PROTOCOLS.values()), 255).astype(np.uint8)
    if (found == 255).any():
        raise invalid("protocols", f"hold {column[found == 255].flat[0]}, which is neither 6 (TCP) nor 17 (UDP)")
    return found


def _addresses(given: ArrayLike) -> ArrayLike:
    """Texts read as addresses; numbers as they are."""
    import numpy as np

    column = _whole("remote_ips", given)
    if column.dtype.kind != "U":
        return column
    return np.array([address_of("remote_ips", str(text)) for text in column.flat], np.uint32).reshape(column.shape)


def _whole(name: str, given: ArrayLike) -> _Column:
    """A column as an array; of one with a mask nobody would see which values are left out."""
    import numpy as np

    if np.ma.isMaskedArray(given):
        raise invalid(name, "are a masked array; leave out the masked flows (.compressed()) in all columns")
    return np.asarray(given)


def _numbers(name: str, given: ArrayLike, last: int) -> _Column:
    """A column of whole numbers from 0 to `last`, or one of them."""
    import numpy as np

    column = _whole(name, given)
    if column.ndim > 1:
        raise invalid(name, f"have {column.ndim} dimensions; one value for each flow is expected")
    if not column.size:
        return np.zeros(column.shape, np.uint32)
    if column.dtype.kind not in "ui":
        raise invalid(name, f"are no whole numbers but {column.dtype}")
    wrong = column[(column < 0) | (column > last)]
    if wrong.size:
        raise invalid(name, f"hold {wrong[0]}, which is not in the range 0-{last}")
    return column.astype(np.uint32)

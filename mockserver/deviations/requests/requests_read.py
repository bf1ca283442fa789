"""Deviations in how a request is read: its Host, the names of its headers, and a body that comes in pieces."""

from mockserver.deviations.call import Call, refused_instead
from mockserver.deviations.plan import Plan, Proceed
from mockserver.deviations.registry import deviation
from mockserver.http.exchange import Answer
from mockserver.http.protocol import ContractProtocol

_WITH_BODY = ("login", "addSource", "updateSource", "testConnection")
_SPELLED = {name.lower(): name for name in (b"Token", b"Content-Type")}


@deviation
def host_may_be_missing(plan: Plan) -> None:
    class Hostless(ContractProtocol):
        def _fault_of_hosts(self) -> str:
            return super()._fault_of_hosts() if self.hosts else ""

    plan.mix(protocol=Hostless)


@deviation
def two_hosts_are_taken(plan: Plan) -> None:
    class ManyHosts(ContractProtocol):
        def _fault_of_hosts(self) -> str:
            return "" if self.hosts else super()._fault_of_hosts()

    plan.mix(protocol=ManyHosts)


@deviation
def header_names_are_case_sensitive(plan: Plan) -> None:
    class CaseSensitive(ContractProtocol):
        def on_header(self, name: bytes, value: bytes) -> None:
            # A head that is read again, without its wish for an upgrade, has all names in lower case.
            if self.is_held or _SPELLED.get(name.lower(), name) == name:
                super().on_header(name, value)

    plan.mix(protocol=CaseSensitive)


@deviation
def chunked_body_is_refused(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        if call.header("transfer-encoding") is None:
            return await proceed()
        await _read_to_the_end(call, b"")
        return refused_instead(await proceed(), 411, "a body needs a Content-Length")

    plan.around(layer, *_WITH_BODY)


@deviation
def only_first_segment_is_read(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        length = call.header("content-length")
        await _read_to_the_end(call, await call.first_of_body())
        call.set_header("content-length", length)  # by which a body that is too large is refused as ever
        return await proceed()

    plan.around(layer, *_WITH_BODY)


async def _read_to_the_end(call: Call, body: bytes) -> None:
    """Let the server read another body; a client that is still sending its own may not see an answer before its end."""
    await call.body()
    call.set_body(body)

"""Deviations that tell secrets: passwords, tokens and connection strings in refusals, headers and the log."""

from datetime import datetime

from mockserver.deviations.call import TEXT, Call, with_body, with_header
from mockserver.deviations.plan import Plan, Proceed
from mockserver.deviations.registry import deviation
from mockserver.http.exchange import Answer, refuse


def _told(given: Answer, secret: str) -> Answer:
    """Return a refusal that ends with a secret, in one line."""
    text = refuse(given.status, f"{given.body.decode('utf-8', 'replace').strip()}: {secret}").body
    return with_body(given, text, TEXT)


def _log(call: Call, message: str) -> None:
    now = datetime.now()
    line = " ".join(message.split())
    call.mock.log_stream.publish(f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03d} [INFO] {line}\n")


@deviation
def connect_error_tells_the_password(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        given = await proceed()
        return _told(given, (await call.body()).decode("utf-8", "replace")) if given.status == 400 else given

    plan.around(layer, "testConnection")


@deviation
def login_error_tells_the_password(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        given = await proceed()
        body = await call.json()
        is_wrong = given.status == 401 and isinstance(body, dict)
        return _told(given, f"wrong password {body.get('password')}") if is_wrong else given

    plan.around(layer, "login")


@deviation
def unauthorized_tells_the_token(plan: Plan) -> None:
    plan.after(lambda call, given: _told(given, call.token()) if given.status == 401 and call.token() else given)


@deviation
def bad_body_is_quoted(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        given = await proceed()
        return _told(given, (await call.body()).decode("utf-8", "replace")[:1000]) if given.status == 400 else given

    plan.around(layer, "login", "addSource", "updateSource")


@deviation
def existing_source_is_quoted(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        given = await proceed()
        return _told(given, (await call.source()).get("ConnStr", "")) if given.status in (404, 409) else given

    plan.around(layer, "addSource", "updateSource")


@deviation
def token_is_in_a_header(plan: Plan) -> None:
    def alter(call: Call, given: Answer) -> Answer:
        token = call.token()
        return with_header(given, "x-token", token) if token.isascii() and token.isprintable() and token else given

    plan.after(alter)


@deviation
def connstr_is_in_a_header(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        given = await proceed()
        text = (await call.body()).decode("ascii", "replace")
        return with_header(given, "x-target", "".join(sign for sign in text if " " <= sign <= "~"))

    plan.around(layer, "testConnection")


@deviation
def log_tells_tokens(plan: Plan) -> None:
    def tell(call: Call) -> None:
        if call.token():
            _log(call, f"[token:{call.token()}] {call.method} {call.scope['path']}")

    plan.before(tell)


@deviation
def log_tells_connection_strings(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        _log(call, f"[args:{(await call.source()).get('ConnStr', '')}] Query")
        return await proceed()

    plan.around(layer, "addSource", "updateSource")


@deviation
def log_tells_tried_connections(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        _log(call, f"[connstr:{(await call.body()).decode('utf-8', 'replace')}] Connect")
        return await proceed()

    plan.around(layer, "testConnection")


@deviation
def log_tells_passwords_of_logins(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        body = await call.json()
        if isinstance(body, dict):
            _log(call, f"[user:{body.get('user')}] [password:{body.get('password')}] login")
        return await proceed()

    plan.around(layer, "login")

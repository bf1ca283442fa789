"""Deviations of the login: who may sign in, and what it answers."""

import json
from typing import Any

from mockserver.deviations.call import TEXT, Call, header_of, with_body, with_header
from mockserver.deviations.plan import Plan, Proceed
from mockserver.deviations.registry import deviation
from mockserver.http.exchange import Answer
from mockserver.memory.auth import Credentials


@deviation
def login_takes_any_password(plan: Plan) -> None:
    class AnyPassword(Credentials):
        def accept(self, user: str, password: str) -> bool:
            return super().accept(user, password) or self._expected.startswith(f"{user}\0".encode())

    plan.mix(credentials=AnyPassword)


@deviation
def login_takes_any_user(plan: Plan) -> None:
    class AnyUser(Credentials):
        def accept(self, user: str, password: str) -> bool:
            return super().accept(user, password) or self._expected.endswith(f"\0{password}".encode())

    plan.mix(credentials=AnyUser)


@deviation
def login_ignores_case(plan: Plan) -> None:
    class AnyCase(Credentials):
        def accept(self, user: str, password: str) -> bool:
            given = f"{user}\0{password}".encode().lower()
            return super().accept(user, password) or self._expected.lower() == given

    plan.mix(credentials=AnyCase)


@deviation
def login_trims_spaces(plan: Plan) -> None:
    class Trimming(Credentials):
        def accept(self, user: str, password: str) -> bool:
            return super().accept(user.strip(), password.strip())

    plan.mix(credentials=Trimming)


@deviation
def open_login_wants_a_user(plan: Plan) -> None:
    class WantingUser(Credentials):
        def accept(self, user: str, password: str) -> bool:
            return super().accept(user, password) and user != ""

    plan.mix(credentials=WantingUser)


@deviation
def login_tells_what_was_wrong(plan: Plan) -> None:
    async def layer(call: Call, proceed: Proceed) -> Answer:
        given = await proceed()
        if given.status != 401:
            return given
        body = await call.json()
        knows_user = isinstance(body, dict) and body.get("user") == (call.mock.settings.user or "")
        return with_body(
            given, b"wrong password\n" if knows_user else b"unknown user\n", header_of(given, "content-type")
        )

    plan.around(layer, "login")


@deviation
def login_sets_no_cookie(plan: Plan) -> None:
    plan.after(lambda _call, given: with_header(given, "set-cookie", None), "login")


def _alter_cookie(plan: Plan, *replacement: str) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        cookie = header_of(given, "set-cookie")
        return with_header(given, "set-cookie", cookie.replace(*replacement)) if cookie else given  # type: ignore[arg-type]

    plan.after(alter, "login")


@deviation
def cookie_is_for_scripts_too(plan: Plan) -> None:
    _alter_cookie(plan, "; HttpOnly", "")


@deviation
def cookie_is_sent_by_other_sites(plan: Plan) -> None:
    _alter_cookie(plan, "; SameSite=Lax", "")


@deviation
def cookie_is_for_the_login_path(plan: Plan) -> None:
    _alter_cookie(plan, "; Path=/;", "; Path=/login;")


@deviation
def cookie_has_another_name(plan: Plan) -> None:
    _alter_cookie(plan, "token=", "session=")


@deviation
def cookie_holds_another_token(plan: Plan) -> None:
    def alter(call: Call, given: Answer) -> Answer:
        other = f"token={call.mock.tokens.issue('another')}; Path=/; HttpOnly; SameSite=Lax"
        return with_header(given, "set-cookie", other) if given.status == 200 else given

    plan.after(alter, "login")


def _alter_token(plan: Plan, alter_text: Any, content_type: str = TEXT) -> None:
    def alter(_call: Call, given: Answer) -> Answer:
        return (
            with_body(given, alter_text(given.body.decode("utf-8", "replace")).encode(), content_type)
            if given.status == 200
            else given
        )

    plan.after(alter, "login")


@deviation
def login_answers_json(plan: Plan) -> None:
    _alter_token(plan, lambda token: json.dumps({"token": token}), "application/json")


@deviation
def login_token_is_quoted(plan: Plan) -> None:
    _alter_token(plan, json.dumps)


@deviation
def login_token_ends_a_line(plan: Plan) -> None:
    _alter_token(plan, lambda token: f"{token}\n")

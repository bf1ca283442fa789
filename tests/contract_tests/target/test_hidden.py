"""What no output shows: secrets that are known, values of others, and what looks like either."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from contract_tests.target.hidden import Hidden
from contract_tests.target.tokens import forge, with_broken_signature, wrongly_signed

PASSWORD = 'pa"ss w/ü-9'
OTHERS = {
    "Name": "shop",
    "Group": "live",
    "ConnStr": "postgresql://reader:s3cr3t%2Fx@db-7.internal.example:6543/orders",
    "CustomTags": {"team": "tag-of-the-shop"},
    "HostConfig": {"Password": "h0st-pa55", "DcsEndpoints": ["etcd-1.internal.example:2379"]},
}
OF_OTHERS = [
    "s3cr3t%2Fx",
    "s3cr3t/x",
    "db-7.internal.example",
    "tag-of-the-shop",
    "h0st-pa55",
    "etcd-1.internal.example",
]


def spellings(secret: str) -> dict[str, str]:
    """A secret as it can stand in an output."""
    return {
        "plain": secret,
        "in a word": f"x{secret}x",
        "in JSON": json.dumps(secret),
        "in a URL": quote(secret, safe=""),
        "in a form": quote_plus(secret),
        "in upper case": secret.upper(),
        "in base64": base64.b64encode(secret.encode()).decode(),
        "in base64 with more": base64.b64encode(f"user:{secret}".encode()).decode(),
    }


@pytest.mark.parametrize("how", spellings("x"))
def test_a_known_secret_is_hidden_however_it_is_written(how: str) -> None:
    """A variable or stars stand in its place."""
    hidden = Hidden()
    hidden.hide(PASSWORD, "PASSWORD")
    text = hidden.masked(f"before {spellings(PASSWORD)[how]} after")
    for each in spellings(PASSWORD).values():
        assert each not in text
    assert text.startswith("before ")
    assert text.endswith(" after")


def test_a_short_secret_is_hidden_as_a_word_of_its_own() -> None:
    """Hiding a letter wherever it stands would leave no text."""
    hidden = Hidden()
    hidden.hide("P", "PASSWORD")
    assert hidden.masked('PUT "P" P') == 'PUT "$PASSWORD" $PASSWORD'


@pytest.mark.parametrize("how", spellings("x"))
@pytest.mark.parametrize("value", OF_OTHERS)
def test_what_others_have_is_learned_from_a_list(value: str, how: str) -> None:
    """Connection strings, hosts, passwords and tags of a listed source occur in no output, however written."""
    hidden = Hidden()
    hidden.learn(json.dumps([OTHERS]).encode(), "own-")
    text = hidden.masked(f"before {spellings(value)[how]} after")
    assert spellings(value)[how] not in text


@pytest.mark.parametrize("cut", [-1, -20])
def test_a_list_that_is_no_json_is_learned_too(cut: int) -> None:
    """A comma too many, or an end too early, keeps nothing back from what is hidden."""
    hidden = Hidden()
    hidden.learn((json.dumps([OTHERS])[:cut] + ",]").encode(), "own-")
    assert hidden.masked(f"at db-7.internal.example: {OTHERS['ConnStr']}") == "at ***: ***"


def test_names_and_words_of_the_contract_stay() -> None:
    """A report names sources, and its own words are not hidden because a tag is one of them."""
    hidden = Hidden(public=["the word postgres stands in the contract"])
    hidden.learn(json.dumps([{**OTHERS, "CustomTags": {"kind": "postgres"}}]).encode(), "own-")
    assert hidden.masked("shop of live: postgres") == "shop of live: postgres"


def test_what_is_of_the_run_itself_stays() -> None:
    """The bodies that the run has sent are shown."""
    hidden = Hidden()
    hidden.learn(json.dumps([{**OTHERS, "Name": "own-1"}]).encode(), "own-")
    assert hidden.masked("db-7.internal.example") == "db-7.internal.example"


def test_tokens_are_hidden_but_for_decoys() -> None:
    """A token of anybody is hidden; one that was made to be refused can be shown."""
    hidden = Hidden()
    token, other, decoy = forge("a" * 32), forge("b" * 32), forge("c" * 32)
    hidden.hide(token, "TOKEN")
    hidden.show(decoy)
    assert hidden.masked(f"{token} {other} {decoy}") == f"$TOKEN *** {decoy}"


def test_no_piece_of_a_signature_is_shown() -> None:
    """Eight characters in a row are hidden: whoever has the claims and most of a signature has the token."""
    hidden = Hidden()
    token = forge("a" * 32)
    hidden.hide(token, "TOKEN")
    signature = token.rpartition(".")[2]
    assert hidden.masked(f"<{signature[5:30]}>") == "<***>"
    assert hidden.masked(signature[:7]) == signature[:7]


def test_a_broken_signature_does_not_give_the_right_one_away() -> None:
    """No token for refusal differs from one that counts by a character: at most half of the signature is in it."""
    token = forge("a" * 32)
    signature = token.rpartition(".")[2]
    for made in [with_broken_signature(token), *wrongly_signed(token).values()]:
        claims, _, other = made.rpartition(".")
        same = [one == another for one, another in zip(signature, other, strict=False)]
        assert not token.startswith(claims) or sum(same) <= len(signature) * 0.65


def test_the_value_of_a_header_is_hidden_with_what_it_holds() -> None:
    """Of a header for a proxy the scheme is shown, not the password in it."""
    hidden = Hidden()
    hidden.hide_header("Authorization", "Basic " + base64.b64encode(b"ops:geheim-1234").decode())
    text = hidden.masked("geheim-1234 " + base64.b64encode(b"ops:geheim-1234").decode())
    assert "geheim" not in text
    assert base64.b64encode(b"ops:geheim-1234").decode() not in text


def test_passwords_of_others_in_texts_are_hidden() -> None:
    """In a URI and in pairs a password is hidden though nobody knows it."""
    shown = Hidden().masked("postgresql://u:s3cr3t@h/d host=h password='a b' x")
    assert shown == "postgresql://u:***@h/d host=h password=*** x"

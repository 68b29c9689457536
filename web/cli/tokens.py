"""``kakehashi tokens``: the tokens of the API of everybody, without their secrets."""

from __future__ import annotations

import argparse
import uuid
from typing import Any

from matcher.__main__ import Refused, add_json, print_json


def add(commands: Any) -> None:
    """Adds the commands."""
    group = commands.add_parser("tokens", help="tokens of the API").add_subparsers(required=True, metavar="COMMAND")
    every = group.add_parser("list", help="all tokens, with their owners, without their secrets")
    add_json(every)
    every.set_defaults(run=_list)
    revoke = group.add_parser("revoke", help="end a token at once")
    revoke.add_argument("id", help="the id, as `kakehashi tokens list` shows it")
    add_json(revoke)
    revoke.set_defaults(run=_revoke)


def _list(args: argparse.Namespace) -> None:
    from web.cli import _application
    from web.extensions import db
    from web.store import tokens

    with _application(fitted=False):
        found = tokens.list_tokens(db.session)
    if args.json:
        print_json([_document(token) for token in found])
        return
    for token in found:
        used = token.last_used_on or "never"
        print(
            f"{token.id}  {token.owner_email}  {token.name}  {' '.join(sorted(token.scopes))}  "
            f"({token.state}, until {token.expires_on}, last used {used})"
        )


def _revoke(args: argparse.Namespace) -> None:
    from web.cli import _application
    from web.extensions import db
    from web.forms.desk import read_id
    from web.store import tokens

    # What is no id at all is nobody's either.
    token_id = read_id(args.id) or uuid.UUID(int=0)
    with _application(fitted=False):
        try:
            token = tokens.delete_token(db.session, token_id=token_id, actor="kakehashi tokens")
        except tokens.UnknownToken as error:
            raise Refused(f"there is no token {args.id}; see: kakehashi tokens list") from error
        db.session.commit()
    if args.json:
        print_json(_document(token))
    else:
        print(f"{token.name} of {token.owner_email} is revoked")


def _document(token: Any) -> dict[str, Any]:
    return {
        "id": str(token.id),
        "owner": token.owner_email,
        "name": token.name,
        "scopes": sorted(token.scopes),
        "state": token.state.value,
        "created_at": token.created_at.isoformat(),
        "expires_on": token.expires_on.isoformat(),
        "last_used_on": token.last_used_on.isoformat() if token.last_used_on else None,
    }

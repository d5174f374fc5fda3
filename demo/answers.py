"""Answers as Salesforce gives them."""

import orjson
from fastapi import Request
from fastapi.responses import Response

from demo.running import Running


def answer(content: object, status: int = 200) -> Response:
    """JSON."""
    return Response(orjson.dumps(content), status, media_type="application/json;charset=UTF-8")


def failure(status: int, code: str, message: str) -> Response:
    """An error: an array of one."""
    return answer([{"message": message, "errorCode": code}], status)


def company_of(request: Request) -> Running:
    """The company this server runs."""
    found: Running = request.app.state.company
    return found

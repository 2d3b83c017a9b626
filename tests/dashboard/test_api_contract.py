"""The API keeps to its own description: schemathesis asks every route what the document allows, and what it does not."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ADDRESS, EXAMPLES = "http://127.0.0.1:8765", 8


def operations(schema: Any) -> Iterator[Any]:
    """Every operation of the document."""
    for found in schema.get_all_operations():
        yield found.ok()


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_answer_is_undocumented_and_none_fails(
    client: TestClient, clock: Any, mode: GenerationMode
) -> None:
    """Statuses, content types, headers and bodies are those of the document, whether what is asked keeps to it or not."""
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    statuses: dict[str, Counter[int]] = {}
    for operation in operations(schemathesis.openapi.from_dict(document)):
        try:
            cases = operation.as_strategy(generation_mode=mode)
        except schemathesis.errors.SchemathesisError:
            continue  # nothing of this operation can be wrong

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases)
        def keeps(case: Any) -> None:
            clock.now += timedelta(seconds=1)  # so that the limit of a minute is not met
            request = case.as_transport_kwargs(base_url=ADDRESS)
            request.pop("cookies", None)
            request["headers"] = {name: str(value).encode() for name, value in request["headers"].items()}
            response = client.request(**request)
            statuses.setdefault(case.operation.label, Counter())[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

        keeps()
    refused = [label for label, seen in statuses.items() if min(seen) >= 400]
    if mode is GenerationMode.POSITIVE:
        assert len(statuses) > 35
        assert len(refused) < 20, refused
    else:
        assert len(statuses) > 20
        assert sum(min(seen) >= 400 or len(seen) > 1 for seen in statuses.values()) > 20, statuses

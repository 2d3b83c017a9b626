"""What operators ask: whether it works, and figures without a word of what people wrote."""

from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from dashboard.actions import PartHealth
from dashboard.site import Site
from storage.tokens import add_token
from storage.users import add_user
from tests.dashboard.conftest import NOW, FakeActions, asking


def test_what_does_not_work_is_told_to_this_machine_and_to_tokens_alone(
    site: Site, actions: FakeActions
) -> None:
    add_user(site.db, "Ada", "four words will do", "admin", now=NOW)
    secret = add_token(site.db, "watch", "read", by="Ada", now=NOW, expires_at=None)
    actions.parts = [
        PartHealth("labelling", False, "has stopped"),
        PartHealth("source press", False, "no answer", ours=False),
    ]
    told = {"status": "failing", "not_working": ["labelling: has stopped", "source press: no answer"]}
    here, there = asking(site).get("/healthz"), asking(site, address="192.0.2.7").get("/healthz")
    assert (here.status_code, here.json()) == (503, told)
    assert (there.status_code, there.json()) == (503, {"status": "failing"})
    with_token = asking(site, address="192.0.2.7", authorization=f"Bearer {secret}").get("/healthz")
    assert with_token.json() == told


def test_a_network_that_does_not_answer_is_named_and_no_failure_of_ours(
    site: Site, actions: FakeActions
) -> None:
    actions.parts = [
        PartHealth("labelling", True),
        PartHealth("source press", False, "no answer", ours=False),
    ]
    answer = asking(site).get("/healthz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "not_working": ["source press: no answer"]},
    )


def test_a_database_that_does_not_answer_is_503(site: Site) -> None:
    class Broken(FakeActions):
        def health(self, *, now: object) -> list[PartHealth]:
            from storage.errors import Unavailable

            raise Unavailable("the server at hush does not answer")

    answer = asking(replace(site, actions=Broken())).get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "not_working": ["database"]})


def test_figures_can_be_read_by_prometheus(site: Site) -> None:
    client = asking(site)
    client.get("/sources?q=secret-word")
    text = client.get("/metrics").text
    found = {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["listener_posts",] == 120
    assert found["listener_mentions",] == 120
    assert found["listener_mentions_unlabelled",] == 10
    assert found["listener_alerts_open", "critical"] == 0
    assert found["listener_deliveries_waiting",] == found["listener_deliveries_dead",] == 0
    assert found["listener_source_ok", "mastodon", "social"] == 1
    assert (
        found["listener_source_ok", "news", "press"],
        found["listener_source_errors", "news", "press"],
    ) == (0, 3)
    assert found["listener_part_works", "labelling"] == 1
    assert found["listener_request_seconds_count", "GET", "/sources", "200"] == 1
    assert "secret-word" not in text
    assert "Aurora" not in text


def test_figures_are_for_this_machine_and_admins(site: Site) -> None:
    for scope, status in (("read", 403), ("write", 403), ("admin", 200)):
        secret = add_token(site.db, scope, scope, by="Ada", now=NOW, expires_at=None)
        assert (
            asking(site, address="192.0.2.7", authorization=f"Bearer {secret}").get("/metrics").status_code
            == status
        )
    assert asking(site, address="192.0.2.7").get("/metrics").status_code == 401
    assert asking(site, x_forwarded_for="192.0.2.7").get("/metrics").status_code == 401

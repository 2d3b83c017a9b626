"""What [alerts] notify may name: names are stable and hold no secret, and what is wrong is named by its place and never by its text."""

from pathlib import Path

import pytest

from listener.config import Config, parse
from listener.errors import ConfigError
from listener.notify.apprise_services import SERVICES
from listener.notify.channels import channels_of
from listener.redaction import redacted
from tests.listener.notify.receivers import KEY

MAIL = "mailtos://ann:mailcanary1@smtp.example.org/?from=l@example.org&to=ann@example.org,bob@example.org"
SLACK = "slack://T0AAAAAAA/B0AAAAAAA/slackcanaryslackcanary"
DISCORD = "discord://4174216298/discordcanary_discordcanary"
HOOK = "webhook+https://hooks.example.org/listener"


def config(*notify: str, private: bool = False) -> Config:
    entries = ", ".join(f"'{one}'" for one in notify)
    return parse(
        f"[[brands]]\nname = 'Delta'\nquery = 'delta'\n[alerts]\nallow_private_addresses = {str(private).lower()}\n"
        f"notify = [{entries}]\n",
        Path("config.toml"),
    )


def names(*notify: str, **environ: str) -> list[str]:
    return [one.name for one in channels_of(config(*notify), environ)]


def test_each_entry_is_a_channel_and_each_recipient_too() -> None:
    found = names(MAIL, SLACK, DISCORD, f"{HOOK}#{KEY}")
    assert found[:2] == ["mail ann@example.org", "mail bob@example.org"]
    assert [one.rpartition(" ")[0] for one in found[2:]] == ["slack", "discord", "webhook hooks.example.org"]
    assert names() == []


def test_names_stay_when_the_order_changes_and_hold_no_secret() -> None:
    one, other = names(MAIL, SLACK, DISCORD), names(DISCORD, MAIL, SLACK)
    assert sorted(one) == sorted(other)
    assert "canary" not in "".join(one)
    assert names(MAIL.replace("mailcanary1", "changed")) == names(MAIL)


def test_an_address_may_be_kept_in_the_environment_or_in_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "slack"
    kept.write_text(SLACK + "\n")
    kept.chmod(0o600)
    assert names("env:TEAM", LISTENER_ALERTS_TEAM=SLACK) == names(SLACK)
    assert names("env:TEAM", LISTENER_ALERTS_TEAM_FILE=str(kept)) == names(SLACK)


def test_a_webhooks_secret_comes_with_it_or_from_the_environment() -> None:
    (own,) = channels_of(config(f"{HOOK}#{KEY}"), {})
    (common,) = channels_of(config(HOOK), {"LISTENER_ALERTS_WEBHOOK_SECRET": KEY})
    assert own.name == common.name
    assert KEY in own.secrets
    assert KEY in common.secrets


def test_secrets_are_masked_from_then_on() -> None:
    channels_of(config(MAIL, SLACK, DISCORD, f"{HOOK}#{KEY}"), {})
    for secret in ("mailcanary1", "slackcanaryslackcanary", "discordcanary_discordcanary", KEY, SLACK):
        assert "canary" not in redacted(f"x {secret} y")
        assert KEY not in redacted(f"x {secret} y")


@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        ("syslog://secretcanary", "not supported"),
        ("dbus://secretcanary", "not supported"),
        ("windows://secretcanary", "not supported"),
        ("gnome://secretcanary", "not supported"),
        ("macosx://secretcanary", "not supported"),
        ("smpp://secretcanary:x@example.org", "not supported"),
        ("json://secretcanary.example.org", "not supported"),
        ("file:///secretcanary", "not supported"),
        ("mqtt://secretcanary", "not supported"),
        ("secretcanary", "is no address"),
        ("https://example.org/secretcanary", "Slack"),
        ("slack://secretcanary", "slack://"),
        ("mailtos://ann:secretcanary@smtp.example.org:x/", "no address that can be read"),
        ("mailtos://ann:secretcanary@smtp.example.org/", "from="),
        ("discord://secretcanary", "discord://"),
        ("webhook+https://example.org/secretcanary", "LISTENER_ALERTS_WEBHOOK_SECRET"),
        ("webhook+http://example.org/secretcanary", "not encrypted"),
        ("env:secretcanary", "capitals"),
        ("env:TEAM", "LISTENER_ALERTS_TEAM_FILE"),
        ("x" * 5_000 + "://secretcanary", "is no address"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(entry: str, hint: str) -> None:
    with pytest.raises(ConfigError) as error:
        channels_of(config(SLACK, entry), {})
    text = str(error.value)
    assert text.startswith("config.toml: alerts.notify[1]: ")
    assert hint in text
    assert "secretcanary" not in text
    assert "\n" not in text


def test_every_wrong_entry_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        channels_of(config("syslog://", SLACK, SLACK, "env:TEAM"), {})
    places = [line.split(": ")[1] for line in str(error.value).split("\n")]
    assert places == ["alerts.notify[0]", "alerts.notify[2]", "alerts.notify[3]"]


def test_both_forms_of_a_variable_at_once_are_refused() -> None:
    with pytest.raises(ConfigError, match="both set"):
        names("env:TEAM", LISTENER_ALERTS_TEAM=SLACK, LISTENER_ALERTS_TEAM_FILE="/nowhere")


def test_the_docs_show_every_scheme() -> None:
    page = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text("utf-8")
    for scheme in (*SERVICES, "mailto", "mailtos", "webhook+https", "slack"):
        assert f"`{scheme}://" in page or f"{scheme}s://" in page, scheme

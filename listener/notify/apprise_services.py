"""The services that are told through apprise: those of its plugins that speak HTTP(S) to a service and do nothing else.

Read one by one in apprise 2.2. Not among them: plugins that run programs, write files, speak to the desktop or the system's log, or use other
protocols (dbus, gnome, macosx, windows, syslog, rsyslog, smpp, mqtt, irc, xmpp, growl ...): the check of addresses cannot hold there.
Nor Opsgenie and Plivo: the first takes a notice for a note on an alert it does not know and says "sent", the second asks for a wrong address.
"""

from typing import NamedTuple


class Service(NamedTuple):
    """One service: apprise's module and class for it, an example of its address, and whether it makes markup of plain text."""

    name: str
    module: str
    plugin: str
    example: str
    marks: bool = True


_TEAMS = Service(
    "teams", "workflows", "NotifyWorkflows", "workflows://HOST/WORKFLOW/SIGNATURE/ (Power Automate)"
)
_NTFY = Service("ntfy", "ntfy", "NotifyNtfy", "ntfys://TOKEN@ntfy.example.org/TOPIC", marks=False)
_MATTERMOST = Service("mattermost", "mattermost", "NotifyMattermost", "mmosts://chat.example.org/TOKEN")
_ROCKET = Service("rocketchat", "rocketchat", "NotifyRocketChat", "rockets://WEBHOOK@chat.example.org/ROOM")
_GOTIFY = Service("gotify", "gotify", "NotifyGotify", "gotifys://push.example.org/TOKEN", marks=False)
_SIGNAL = Service(
    "signal", "signal_api", "NotifySignalAPI", "signals://HOST/FROM_PHONE/TO_PHONE (signal-cli REST API)"
)
_MATRIX = Service("matrix", "matrix", "NotifyMatrix", "matrixs://USER:PASSWORD@matrix.example.org/ROOM")
_WEBEX = Service("webex", "webexteams", "NotifyWebexTeams", "wxteams://TOKEN")
_VONAGE = Service("vonage", "vonage", "NotifyVonage", "vonage://KEY:SECRET@FROM/TO_PHONE", marks=False)
_SPLUNK = Service("splunk", "splunk", "NotifySplunk", "splunk://ROUTING_KEY@API_KEY")

SERVICES: dict[str, Service] = {
    "workflow": _TEAMS,
    "workflows": _TEAMS,
    "discord": Service("discord", "discord", "NotifyDiscord", "discord://WEBHOOK_ID/WEBHOOK_TOKEN"),
    "tgram": Service("telegram", "telegram", "NotifyTelegram", "tgram://BOT_TOKEN/CHAT_ID"),
    "ntfy": _NTFY,
    "ntfys": _NTFY,
    "mmost": _MATTERMOST,
    "mmosts": _MATTERMOST,
    "rocket": _ROCKET,
    "rockets": _ROCKET,
    "gotify": _GOTIFY,
    "gotifys": _GOTIFY,
    "matrix": _MATRIX,
    "matrixs": _MATRIX,
    "signal": _SIGNAL,
    "signals": _SIGNAL,
    "zulip": Service("zulip", "zulip", "NotifyZulip", "zulip://BOT@ORGANISATION/TOKEN/STREAM"),
    "gchat": Service("google chat", "google_chat", "NotifyGoogleChat", "gchat://WORKSPACE/KEY/TOKEN"),
    "wxteams": _WEBEX,
    "webex": _WEBEX,
    "pover": Service("pushover", "pushover", "NotifyPushover", "pover://USER_KEY@TOKEN", marks=False),
    "pbul": Service("pushbullet", "pushbullet", "NotifyPushBullet", "pbul://ACCESS_TOKEN", marks=False),
    "pagerduty": Service("pagerduty", "pagerduty", "NotifyPagerDuty", "pagerduty://KEY@API_KEY"),
    "incidentio": Service("incident.io", "incidentio", "NotifyIncidentIO", "incidentio://SOURCE/TOKEN"),
    "ilert": Service("ilert", "ilert", "NotifyILert", "ilert://KEY"),
    "splunk": _SPLUNK,
    "victorops": _SPLUNK,
    "squadcast": Service("squadcast", "squadcast", "NotifySquadcast", "squadcast://KEY"),
    "pagertree": Service("pagertree", "pagertree", "NotifyPagerTree", "pagertree://INTEGRATION"),
    "twilio": Service(
        "twilio", "twilio", "NotifyTwilio", "twilio://SID:TOKEN@FROM_PHONE/TO_PHONE", marks=False
    ),
    "vonage": _VONAGE,
    "msgbird": Service(
        "messagebird", "messagebird", "NotifyMessageBird", "msgbird://KEY/FROM/TO_PHONE", marks=False
    ),
    "clicksend": Service(
        "clicksend", "clicksend", "NotifyClickSend", "clicksend://USER:KEY@TO_PHONE", marks=False
    ),
    "sinch": Service("sinch", "sinch", "NotifySinch", "sinch://PLAN:TOKEN@FROM_PHONE/TO_PHONE", marks=False),
}

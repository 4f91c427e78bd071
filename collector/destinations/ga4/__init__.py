"""Google Analytics 4 by its Measurement Protocol: events of one client a request, at most three days old.

Names of canonical events are the vendor's own. Nothing here is ever cut, hashed or made up to fit a limit.
"""

from __future__ import annotations

from collector.destinations.contract import Destination, Setting
from collector.destinations.ga4.mapping import mapped
from collector.destinations.ga4.requests import judge, limits, pack, probe, probed
from collector.destinations.ga4.rules import OLDEST_S

_CONSENT = ("", "GRANTED", "DENIED")

DESTINATION = Destination(
    kind="ga4",
    settings=(
        Setting(name="base_url", kind="url", default="https://www.google-analytics.com", needed=True),
        Setting(name="measurement_id", needed=True),
        Setting(name="api_secret", kind="secret", needed=True),
        Setting(name="ad_user_data", kind="choice", default="", choices=_CONSENT),
        Setting(name="ad_personalization", kind="choice", default="", choices=_CONSENT),
        Setting(name="send_user_id", kind="switch", default=True),
        Setting(name="client_ids", kind="choice", default="any", choices=("any", "gtag"), rare=True),
        Setting(name="client_id_from", rare=True),
        Setting(name="properties", kind="words", default=(), rare=True),
        Setting(name="user_properties", kind="words", default=(), rare=True),
        Setting(name="engagement_msec", kind="whole", default=1, most=86_400_000, rare=True),
        Setting(name="value_from", kind="choice", default="sent", choices=("sent", "lines"), rare=True),
        Setting(name="long_values", kind="switch", default=False, rare=True),
    ),
    map=mapped,
    pack=pack,
    judge=judge,
    limits=limits,
    probe=probe,
    probed=probed,
    whole_orders=True,
    carts=True,
    oldest_s=OLDEST_S,
)

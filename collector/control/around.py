"""What the control data takes from the operator's settings: the key of secrets, and what destinations may be."""

from __future__ import annotations

from collections.abc import Callable

from collector.control.destination_rules import Known
from collector.control.installation import Installation
from collector.control.segments import Segments
from collector.control.vault import Vault
from collector.settings import Settings
from collector.wire import Shop


def vault_of(settings: Settings) -> Vault:
    """What seals and opens the secrets of this data folder."""
    folder = settings.secrets_dir if settings.secrets_dir.name else None
    return Vault(settings.key_file, folder=folder, environ=settings.env_secrets)


def origins_of(settings: Settings) -> tuple[str, ...]:
    """Where a server with these settings is reached."""
    return settings.origin, settings.dashboard_origin, settings.local_origin


def known_of(
    settings: Settings,
    installation: Installation,
    find: Callable[[str], Shop | None],
    segments: Segments,
) -> Known:
    """What destinations are checked against."""
    return Known(
        is_shop=lambda shop_id: find(shop_id) is not None,
        segments=lambda shop_id: [one.name for one in segments.of(shop_id)],
        origins=lambda: (*origins_of(settings), *installation.origins()),
        plain_http=settings.webhook_private,
    )

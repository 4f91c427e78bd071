"""Finds nginx and wrk, installing them where the system allows; pins what it starts."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

NGINX_CONFIG = """
worker_processes 1;
daemon off;
pid {place}/nginx.pid;
error_log {place}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log {place}/access.log combined;
    client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
    keepalive_requests 1000000000;
    server {{ listen 127.0.0.1:{port} backlog=2048; location = /pixel.gif {{ empty_gif; }} }}
}}
"""


def find(name: str, package: str) -> str | None:
    """The program's path; installs the package with apt-get where this user may."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    found = shutil.which(name, path=path)
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        print(f"installing {package} with apt-get", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", package], check=False, capture_output=True)
        found = shutil.which(name, path=path)
    return found


def on_core(core: int, command: list[str]) -> list[str]:
    """The command kept on one core, where the system can."""
    return ["taskset", "-c", str(core), *command] if shutil.which("taskset") else command


def start_nginx(nginx: str, place: Path, port: int) -> subprocess.Popen[bytes]:
    """nginx answering `empty_gif` with an access log, on core 0."""
    config = place / "nginx.conf"
    config.write_text(NGINX_CONFIG.format(place=place, port=port))
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        on_core(0, [nginx, "-c", str(config), "-p", str(place)]), stdout=quiet, stderr=quiet
    )

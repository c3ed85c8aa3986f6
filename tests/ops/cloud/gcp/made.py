"""What a project is furnished with, in Google's own words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PROJECT = "example-shoestring"
COMPUTE = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}"
ZONE, REGION = "us-central1-b", "us-central1"


def labels(environment: str, name: str) -> dict[str, str]:
    return {"environment": environment, "name": f"{environment}-{name}"}


def machine(address: str, host: str = "solo", environment: str = "gcp-dev", **changed: Any) -> dict[str, Any]:
    """A running instance with that private address."""
    name = f"{environment}-{host}-1a2b3c4"
    made = {
        "id": "4567890123456789012",
        "name": name,
        "selfLink": f"{COMPUTE}/zones/{ZONE}/instances/{name}",
        "zone": f"{COMPUTE}/zones/{ZONE}",
        "status": "RUNNING",
        "machineType": f"{COMPUTE}/zones/{ZONE}/machineTypes/e2-small",
        "labels": labels(environment, host),
        "networkInterfaces": [{"network": f"{COMPUTE}/global/networks/{environment}-5d6e7f8", "networkIP": address}],
        "serviceAccounts": [{"email": f"{environment}-{host}@{PROJECT}.iam.gserviceaccount.com"}],
    }
    return made | changed


def path(one: dict[str, Any]) -> str:
    """projects/<p>/zones/<z>/instances/<name>"""
    return "projects/" + str(one["selfLink"]).partition("/projects/")[2]


def database(name: str, environment: str = "gcp-dev", **changed: Any) -> dict[str, Any]:
    """A PostgreSQL of Cloud SQL."""
    settings = {
        "tier": "db-custom-1-3840",
        "dataDiskSizeGb": "20",
        "userLabels": labels(environment, "database"),
        "ipConfiguration": {"ipv4Enabled": False},
        "deletionProtectionEnabled": True,
    }
    return {"name": name, "state": "RUNNABLE", "region": REGION, "settings": settings} | changed


def without_a_model(directory: Path) -> None:
    """An environment's directory whose service has no model to fetch."""
    (directory / "group_vars/all").mkdir(parents=True)
    (directory / "group_vars/all/main.yml").write_text("service_model: ''\n")

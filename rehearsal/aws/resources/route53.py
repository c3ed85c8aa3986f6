"""Route 53: records in a zone, which is the account's and no part of a stack."""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.aws.emulation import Emulation, emulates


@emulates("aws:route53/record:Record")
class Record(Emulation):
    unsent: ClassVar = {"allowOverwrite": "says which call makes it: UPSERT or CREATE"}

    def create(self) -> str:
        zone = self.given.get("zoneId")
        self._change("UPSERT" if self.given.get("allowOverwrite") else "CREATE")
        return f"{zone}_{self.given.get('name')}_{self.given.get('type')}"

    def read(self, identity: str) -> dict[str, Any]:
        zone, name, kind = self.given.get("zoneId"), self.given.get("name"), self.given.get("type")
        fqdn = f"{name.removesuffix('.')}."
        page = self.aws("route53").list_resource_record_sets(
            HostedZoneId=zone, StartRecordName=fqdn, StartRecordType=kind, MaxItems="1"
        )
        record = next(each for each in page["ResourceRecordSets"] if (each["Name"], each["Type"]) == (fqdn, kind))
        return {
            "fqdn": record["Name"].removesuffix("."),
            "name": record["Name"].removesuffix("."),
            "ttl": record["TTL"],
            "records": [each["Value"] for each in record["ResourceRecords"]],
        }

    def delete(self, identity: str) -> None:
        self._change("DELETE")

    def _change(self, action: str) -> None:
        record = {
            "Name": self.given.get("name"),
            "Type": self.given.get("type"),
            "TTL": self.given.get("ttl"),
            "ResourceRecords": [{"Value": value} for value in self.given.get("records")],
        }
        change = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        self.aws("route53").change_resource_record_sets(HostedZoneId=self.given.get("zoneId"), ChangeBatch=change)

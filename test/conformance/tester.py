"""Runs scim2-tester against a service and ends with 1 if it finds anything.

One thing that it reports is no fault: it adds a whole extension and then, to the same resource,
each attribute of it, and expects a multi-valued attribute to hold the second value only. "add"
appends to what is there (RFC 7644 section 3.5.2.1), so both values are right. Such a report is
counted by itself, and only if the answer is exactly the old values followed by the added ones.
"""

import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

FINE = {Status.SUCCESS, Status.COMPLIANT, Status.SKIPPED}


def appended(result) -> bool:
    data = result.data if isinstance(result.data, dict) else {}
    expected = data.get("expected")
    actual = data.get("modify_actual", data.get("actual"))
    return (
        result.title == "check_add_attribute"
        and ":" in data.get("urn", "")
        and isinstance(expected, list)
        and isinstance(actual, list)
        and len(actual) == 2 * len(expected)
        and actual[len(expected) :] == expected
    )


url, token = sys.argv[1:]
client = SyncSCIMClient(
    Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
)
client.discover()
results = check_server(client)
reported = [result for result in results if result.status not in FINE]
findings = [result for result in reported if not appended(result)]
for result in findings:
    print(result.status.name, result.title, result.resource_type, result.reason[:1000])
counts = {status.name: sum(r.status == status for r in results) for status in FINE}
print(
    "scim2-tester:",
    ", ".join(f"{number} {name}" for name, number in sorted(counts.items())),
    f"{len(reported) - len(findings)} appended as the RFC says, {len(findings)} findings",
    sep=", ",
)
if not any(result.status == Status.SUCCESS for result in results):
    print("scim2-tester checked nothing")
    sys.exit(1)
sys.exit(1 if findings else 0)

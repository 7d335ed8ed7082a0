"""Runs scim2-tester against a service and ends with 1 if it finds anything."""

import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

FINE = {Status.SUCCESS, Status.COMPLIANT, Status.SKIPPED}

url, token = sys.argv[1:]
client = SyncSCIMClient(
    Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
)
client.discover()
results = check_server(client)
findings = [result for result in results if result.status not in FINE]
for result in findings:
    print(result.status.name, result.title, result.resource_type, result.reason, result.data)
counts = {status.name: sum(r.status == status for r in results) for status in Status}
print("scim2-tester:", ", ".join(f"{n} {name}" for name, n in counts.items() if n))
if not any(result.status == Status.SUCCESS for result in results):
    print("scim2-tester checked nothing")
    sys.exit(1)
sys.exit(1 if findings else 0)

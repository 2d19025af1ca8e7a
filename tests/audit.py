"""`make supply`: is a weakness known of anything that the lock names? Says so, too, where nobody could be asked.

pip-audit ends well, too, when the index knows nothing of a package. That is no answer, and must not look like one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

AUDIT = ["pip-audit", "--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json"]


def main(lock: str) -> int:
    audit = str(Path(sys.executable).with_name(AUDIT[0]))
    ended = subprocess.run([audit, *AUDIT[1:], "--requirement", lock], capture_output=True, text=True)
    try:
        found = json.loads(ended.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (ended.stderr.strip().splitlines() or ["no word"])[-1]
        if "ConnectionError" not in ended.stderr and "Timeout" not in ended.stderr:
            print(f"audit: failed: {last}", file=sys.stderr)
            return 1
        print("audit: SKIPPED: who knows of weaknesses can't be reached from here", file=sys.stderr)
        return 0
    weak = [(one["name"], one["version"], flaw["id"]) for one in found for flaw in one.get("vulns", ())]
    for name, version, flaw in weak:
        print(f"audit: {name} {version}: {flaw}", file=sys.stderr)
    unknown = Counter(one["skip_reason"].partition(":")[0] for one in found if "skip_reason" in one)
    for reason, count in unknown.items():
        print(f"audit: SKIPPED: {count} of {len(found)} packages: {reason}", file=sys.stderr)
    print(f"audit: {len(found) - unknown.total()} packages looked up, {len(weak)} weaknesses known")
    return 1 if weak or not found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

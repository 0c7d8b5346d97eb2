"""Prints medians and ratios: retention_table.py TIMES-DIRECTORY ENTRIES EVICTED-ENTRIES FILE-SYSTEM [JSON-FILE]

With --names AUDIT-LOG it prints the names that were evicted instead, in their order.
"""

import json
import pathlib
import sys

from table import measurements

TITLES = {
    "check": "cachewarden check",
    "inventory_floor": "C floor (statx, read actions)",
    "evict": "eviction by cachewarden apply",
    "unlink_floor": "C floor (unlinkat)",
    "leased_floor": "C floor (lease, statx, unlinkat)",
    "apply": "cachewarden apply",
    "cron": "find | sort | awk | xargs rm",
    "check_double": "check, twice the entries",
}
# Whose time each is compared with, and how many times that is wanted at most, by file system.
BASES = {
    "check": ("inventory_floor", {}, 1.3),
    "evict": ("unlink_floor", {"tmpfs": 1.6}, 1.3),
    "leased_floor": ("unlink_floor", {}, None),
    "apply": ("cron", {"tmpfs": 0.5}, 1.0),
}


def evicted_names(log):
    for line in pathlib.Path(log).read_text().splitlines():
        record = json.loads(line)
        if record["event"] == "retention-intended" and record["step"] == "evict":
            for name in record["entries"].split():
                print(f"{name[:2]}/{name}")


def main(times, entries, evicted, system, json_file=None):
    result = measurements(pathlib.Path(times), TITLES)
    runs = len(result["check"]["seconds"])
    print(f"{int(entries):,} entries, evicting half of {int(evicted):,}, {system}, medians of {runs} alternating runs")
    print(f"{'':<32}{'seconds':>9}{'CPU s':>9}{'ratio':>8}{'CPU ratio':>11}{'wanted':>8}{'peak MiB':>10}")
    for name, row in result.items():
        base, by_system, otherwise = BASES.get(name, (None, {}, None))
        if base:
            row["ratio"] = row["median_seconds"] / result[base]["median_seconds"]
            row["wanted_ratio"] = by_system.get(system, otherwise)
            if row["median_cpu_seconds"] > 0:
                row["cpu_ratio"] = row["median_cpu_seconds"] / result[base]["median_cpu_seconds"]
        cpu = f"{row['median_cpu_seconds']:.3f}" if row["median_cpu_seconds"] > 0 else "-"
        peak = f"{row['peak_kib'] / 1024:.1f}" if row["peak_kib"] > 0 else "-"
        shown = [f"{row[key]:.2f}" if row.get(key) else "-" for key in ("ratio", "cpu_ratio", "wanted_ratio")]
        print(
            f"{TITLES[name]:<32}{row['median_seconds']:>9.3f}{cpu:>9}"
            f"{shown[0]:>8}{shown[1]:>11}{shown[2]:>8}{peak:>10}"
        )
    growth = (result["check_double"]["peak_kib"] - result["check"]["peak_kib"]) * 1024 / int(entries)
    print(f"memory of check: {result['check']['peak_kib'] / 1024:.1f} MiB (wanted: less than 64 at 500,000 entries),")
    print(f"{growth:.1f} bytes for each further entry (wanted: less than 40)")
    if json_file:
        report = {
            "entries": int(entries), "evicted_entries": int(evicted), "file_system": system,
            "bytes_per_entry": growth, "contenders": result,
        }
        pathlib.Path(json_file).write_text(json.dumps(report, indent=2, sort_keys=True) + "\n")


if sys.argv[1] == "--names":
    evicted_names(sys.argv[2])
else:
    main(*sys.argv[1:])

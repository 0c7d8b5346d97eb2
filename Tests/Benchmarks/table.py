"""Prints medians and ratios: table.py TIMES-DIRECTORY TOUCHED-FILE ENTRIES [JSON-FILE]"""

import json
import pathlib
import statistics
import sys

TITLES = {
    "check": "cachewarden check",
    "floor": "C floor (statx + getxattr)",
    "setfacl": "setfacl -R, no-op",
    "getfacl": "getfacl -R -n",
    "tmpfiles_Z": "systemd-tmpfiles Z",
    "tmpfiles_A": "systemd-tmpfiles A+",
    "du": "du -s",
    "find": "find -printf",
    "apply": "cachewarden apply",
    "shell": "chgrp, chmod, setfacl -R",
}


def measurements(times, names=TITLES):
    """Returns per contender: every wall and processor time in seconds, their medians, the largest peak memory in KiB."""
    result = {}
    for name in names:
        file = times / name
        if not file.exists():
            continue
        rows = [line.split() for line in file.read_text().splitlines()]
        walls = [float(row[0]) for row in rows]
        processors = [float(row[1]) for row in rows]
        result[name] = {
            "seconds": walls,
            "median_seconds": statistics.median(walls),
            "cpu_seconds": processors,
            "median_cpu_seconds": statistics.median(processors),
            "peak_kib": max(int(row[2]) for row in rows),
            "exit_codes": sorted({int(row[3]) for row in rows}),
        }
    return result


def main(times, touched, entries, json_file=None):
    result = measurements(pathlib.Path(times))
    for line in pathlib.Path(touched).read_text().splitlines():
        name, ctimes, contents = line.split()
        result[name].update(moved_ctimes=int(ctimes), changed_entries=int(contents))
    print(f"{entries} entries, medians of {len(result['floor']['seconds'])} alternating warm runs")
    print(f"{'':<28}{'seconds':>9}{'/ floor':>9}{'/ check':>9}{'CPU s':>9}{'peak MiB':>10}{'ctimes moved':>14}{'changed':>9}")
    for name, row in result.items():
        base = "apply" if name in ("apply", "shell") else "check"
        if name == "apply":
            print(f"\nrepairing a drifted tree, medians of {len(row['seconds'])}{'/ apply':>18}")
        median = row["median_seconds"]
        row["ratio_to_cachewarden"] = median / result[base]["median_seconds"]
        row["ratio_to_floor"] = median / result["floor"]["median_seconds"]
        print(
            f"{TITLES[name]:<28}{median:>9.3f}{row['ratio_to_floor']:>9.2f}{row['ratio_to_cachewarden']:>9.2f}"
            f"{row['median_cpu_seconds']:>9.3f}{row['peak_kib'] / 1024:>10.1f}{row.get('moved_ctimes', '-'):>14}{row.get('changed_entries', '-'):>9}"
        )
    if json_file:
        report = {"entries": int(entries), "contenders": result}
        pathlib.Path(json_file).write_text(json.dumps(report, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

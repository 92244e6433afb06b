# SPDX-License-Identifier: Apache-2.0
"""A result as a page, and beside the last committed one."""
import json
import os

from goals import BY_KEY

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COMMITTED = os.path.join(ROOT, "bench", "results", "result.json")


def committed():
    """The last committed result, or None."""
    try:
        with open(COMMITTED, encoding="utf-8") as text:
            return json.load(text)
    except FileNotFoundError:
        return None


def compared(result, old):
    """What became of each goal since the last committed result: new / old."""
    if old is None:
        return None
    before = {goal["key"]: goal["value"] for goal in old["goals"]}
    ratios = {}
    for goal in result["goals"]:
        was, now = before.get(goal["key"]), goal["value"]
        if was and now is not None:
            ratios[goal["key"]] = {"old": was, "new": now, "ratio": now / was}
    return {"commit": old["commit"], "machine": old["machine"], "goals": ratios}


def value_text(value, unit):
    if value is None:
        return "-"
    if unit == "share":
        return f"{value:.1%}"
    return {"x": f"{value:.2f} x", "KiB": f"{value:.1f} KiB", "ms": f"{value:.3f} ms",
            "s": f"{value:.3f} s"}[unit]


def limit_text(goal):
    sign = "≥" if goal["better"] == "more" else "≤"
    text = f"{sign} {value_text(goal['limit'], goal['unit'])}"
    return text + (f" (aim {value_text(goal['aim'], goal['unit'])})" if goal["aim"] is not None else "")


def verdict(goal):
    if goal["pass"] is None:
        return "not measured"
    return "yes" if goal["pass"] else "**no**"


def table(head, rows):
    """Markdown; a head that begins with > is that of a column of numbers."""
    marks = ["---:" if name.startswith(">") else "---" for name in head]
    lines = [[name.lstrip(">") for name in head], marks, *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def goal_table(result):
    rows = []
    for goal in result["goals"]:
        low, high = goal["spread"] or (None, None)
        spread = f"{value_text(low, goal['unit'])} .. {value_text(high, goal['unit'])}" if goal[
            "spread"] else "-"
        rows.append([goal["title"], value_text(goal["value"], goal["unit"]), limit_text(goal),
                     verdict(goal), spread])
    return table(("goal", ">measured", ">limit", "reached", ">spread"), rows)


def compares_list(result):
    lines = []
    for goal in result["goals"]:
        told = "; ".join(f"{name} {number(value)}" for name, value in goal["measured"].items())
        why = f" Not measured: {goal['why']}." if goal["why"] else ""
        lines.append(f"- **{goal['title']}** (`{goal['key']}`): {goal['compares']}."
                     + (f" {told}." if told else "") + why)
    return lines


def number(value):
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def compared_table(compare):
    rows = [[BY_KEY[key].title if key in BY_KEY else key, number(float(row["old"])),
             number(float(row["new"])), f"{row['ratio']:.2f}"]
            for key, row in compare["goals"].items()]
    return table(("goal", ">then", ">now", ">now / then"), rows)


def kernel_table(tables):
    rows = []
    builds = [name for name, rows_of in tables["kernel"].items() if isinstance(rows_of, dict)]
    for name in tables["kernel"][builds[0]] if builds else ():
        rows.append([name] + [f"{tables['kernel'][build][name]['p50']:,.0f}" for build in builds])
    head = ("ns per element, median", *(">" + build.replace("_", ", ") for build in builds))
    return [*table(head, rows), "",
            f"`openssl speed ecdhx25519` beside it: {tables['kernel']['openssl_speed_x25519_ns']:,.0f} ns."]


def throughput_table(tables):
    rows = [[r["verb"], f"{r['batch']:,}", str(r["connections"]), f"{r['records_per_s']:,.0f}",
             f"{r['p50_ms']:.2f}", f"{r['p99_ms']:.2f}", f"{r['server_us']:.1f}",
             f"{r['postgres_us']:.2f}", f"{r['client_us']:.1f}", f"{r['resident_mib']:.0f}"]
            for r in tables["throughput"]]
    return table(("call", ">records a request", ">connections", ">records/s", ">p50 ms", ">p99 ms",
                  ">server us/record", ">PostgreSQL us/record", ">load us/record", ">resident MiB"), rows)


def rate_table(tables):
    rows = [[f"{r['rate']:,}", f"{r['answered_per_s']:,.0f}", f"{r['p50_ms']:.2f}", f"{r['p99_ms']:.2f}",
             f"{r['p999_ms']:.2f}", f"{r['server_us']:.1f}", f"{r['postgres_us']:.1f}",
             f"{r['answered_per_s'] * r['server_us'] / 1e6:.2g}",
             f"{r['answered_per_s'] * r['postgres_us'] / 1e6:.2g}"] for r in tables["rates"]]
    return table((">single records asked a second", ">answered", ">p50 ms", ">p99 ms", ">p99.9 ms",
                  ">server us each", ">PostgreSQL us each", ">server, cores", ">PostgreSQL, cores"), rows)


def refresh_table(tables):
    told = tables["refresh"]
    rows = [[name, f"{told[key]['p50_ms']:.2f}", f"{told[key]['p99_ms']:.2f}", f"{told[key]['p999_ms']:.2f}"]
            for name, key in (("nothing beside them", "calm"), ("one refresh after another", "busy"))]
    return [*table((f"{told['rate']:,} single records a second", ">p50 ms", ">p99 ms", ">p99.9 ms"), rows), "",
            f"{told['domains']:,} domains; {told['refreshes']} refreshes, each {told['refresh_ms']:,.0f} ms "
            "(median); no request failed."]


def calls_table(tables):
    rows = [[row["call"], f"{row['us']:.1f}", f"{row['least']:.1f} .. {row['most']:.1f}",
             f"{1e6 / row['us']:,.0f}"] for row in tables["operators_calls"]]
    return table(("batches of 1,000", ">server us/record", ">least .. most", ">a second, one core"), rows)


def unseal_table(tables):
    told = tables["operators_unseal"]
    return [f"From the last share to ready: {told['ms']:,.0f} ms ({told['least']:,.0f} .. "
            f"{told['most']:,.0f})."]


def reload_table(tables):
    told = tables["operators_reload"]
    rows = [[name, *(f"{told[key][p]:.2f}" for p in ("p50_ms", "p99_ms", "p999_ms"))]
            for name, key in (("nothing beside them", "calm"), ("one change after another", "busy"))]
    return [*table((f"{told['rate']:,} single records a second", ">p50 ms", ">p99 ms", ">p99.9 ms"), rows), "",
            f"{told['connections']:,} connections, {told['domains']:,} domains; {told['changes']} changes of "
            f"policy, each signed, committed and loaded in {told['change_ms']:,.0f} ms (median); no request "
            "failed."]


def peer_table(tables):
    rows = []
    for peer in tables["peers"]:
        if "why" in peer:
            rows.append([peer["name"], "-", "-", f"not measured: {peer['why']}"])
            continue
        us, per_s = peer.get("us"), peer.get("per_s")
        rows.append([peer["name"], f"{us:,.2f}" if us else "-", f"{per_s or 1e6 / us:,.0f}",
                     peer["difference"]])
    return table(("", ">us each, one core", ">a second", "to know before comparing"), rows)


def micro_table(rows):
    return table(("ns each", ">p10", ">p50", ">p90"),
                 [[name, *(f"{row[p]:,.0f}" for p in ("p10", "p50", "p90"))]
                  for name, row in rows.items() if isinstance(row, dict) and "p50" in row])


def made_by(result):
    compilers = "; ".join(f"{name}: {text}" for name, text in result["compilers"].items())
    return [f"{result['machine']}; kernel chosen: {result['kernel']}.",
            f"Commit {result['commit']}; {compilers}; flags {result['flags']}; {result['versions']}.",
            "Server on the first core; load and PostgreSQL on the others, unless a row says otherwise. CPU "
            "time, median of the rounds in turn, spread least .. most."]


def page(result):
    tables = result["tables"]
    lines = ["# Measured", "", *made_by(result), ""]
    if result["is_smoke"]:
        lines += ["**A smoke run: these figures are not for quoting.**", ""]
    lines += ["## Goals", "", *goal_table(result), "", *compares_list(result)]
    if result.get("compared_with") and result["compared_with"]["goals"]:
        lines += ["", f"## Beside the last committed result ({result['compared_with']['commit']})", "",
                  *compared_table(result["compared_with"])]
    for name, title, make in (("kernel", "The group, per element", kernel_table),
                              ("throughput", "All cores busy", throughput_table),
                              ("rates", "At a given rate", rate_table),
                              ("refresh", "A refresh of all keys under load", refresh_table),
                              ("operators_calls", "Reversible pseudonyms and rotation", calls_table),
                              ("operators_unseal", "Unsealing by shares", unseal_table),
                              ("operators_reload", "A change of policy under load", reload_table),
                              ("peers", "Peers", peer_table)):
        if tables.get(name):
            lines += ["", f"## {title}", "", *make(tables)]
    for name in ("bench_crypto", "bench_engine", "bench_json"):
        if tables.get(name) and "why" not in tables[name]:
            lines += ["", f"## {name}", "", *micro_table(tables[name])]
    for failed in result["failed_steps"]:
        lines += ["", f"Not measured: {failed['step']}: {failed['why']}"]
    return "\n".join(lines) + "\n"

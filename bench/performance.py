# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/performance.md that hold figures, from a result of bench/run. scripts/make-docs
writes them between their markers, so that no figure on that page is typed by hand."""
import report
from report import table

POPULATION = 17_000_000
AVERAGE_PER_S, PEAK_PER_S = 80, 8000


def blocks(result):
    """{name of the block: its lines}"""
    return {"goals": [*report.made_by(result), "", *report.goal_table(result)],
            "budget": budget(result), "single": single(result), "throughput": throughput(result),
            "sizing": sizing(result), "peers": report.peer_table(result["tables"])}


def goal(result, key):
    return next(row for row in result["goals"] if row["key"] == key)


def us(value):
    return f"{value:.2f}"


# ---- one record of a batch of 1,000 ----
def budget(result):
    """Parts that were measured by themselves, and what is left of the whole."""
    tables = result["tables"]
    whole = tables["batch_us"]
    columns = {verb: parts(tables, verb) for verb in ("issue", "translate")}
    rows = []
    for name in columns["issue"]:
        if any(columns[verb][name] for verb in columns):
            rows.append([name, *(us(columns[verb][name]) if columns[verb][name] else "-"
                                 for verb in columns)])
    left = {verb: whole[verb]["server"] - sum(columns[verb].values()) for verb in columns}
    rows.append(["the rest: audit event, account of the request, hand-over between threads, and what the "
                 "parts cost more together than alone", *(us(value) for value in left.values())])
    rows.append(["**the server's CPU time per record**",
                 *(f"**{us(whole[verb]['server'])}**" for verb in columns)])
    return table(("us per record, batches of 1,000", ">issue", ">translate"), rows)


def parts(tables, verb):
    """{part: us per record}; 0 where a verb has none or the build cannot tell."""
    bare = tables.get("bare_batch_us", {}).get(verb, 0)
    return {"group: maps or decoding, multiplication, encoding": tables["batch_us"][verb]["group"],
            "hash to field (expand_message_xmd)":
                tables["batch_us"]["hashing"] if verb == "issue" else 0,
            "canonical form or opening, seal, text": engine_us(tables, verb),
            "JSON, in and out": json_us(tables, verb),
            "TLS, HTTP and the kernel's sockets, of the same bytes": bare}


def micro_us(tables, program, *names):
    """The sum of rows of a micro-benchmark; 0 when it has not all of them."""
    rows = tables.get(program, {})
    if any(name not in rows for name in names):
        return 0
    return sum(rows[name]["p50"] for name in names) / 1000


def engine_us(tables, verb):
    found = micro_us(tables, "bench_engine", f"batch_{verb}_prepare", f"batch_{verb}_run")
    if found:
        return found
    names = {"issue": ("random", "seal", "encode"), "translate": ("decode", "open", "siv_seal", "encode")}
    return micro_us(tables, "bench_crypto", *names[verb])


def json_us(tables, verb):
    return micro_us(tables, "bench_json", f"{verb}_read_1000", f"{verb}_write_1000")


# ---- one record a request ----
def single(result):
    rows = []
    for verb in ("issue", "translate"):
        told = goal(result, f"single_{verb}")["measured"]
        if told:
            rows.append([verb, us(told["bare_us"]), us(told["server_us"] - told["bare_us"]),
                         us(told["server_us"]), f"{told['server_per_s']:,.0f}"])
    return table(("one record a request, 64 connections, one core", ">bare answer us", ">the work us",
                  ">server us", ">requests/s"), rows)


def throughput(result):
    return report.throughput_table(result["tables"])


# ---- sizing ----
def row_of(result, verb, batch):
    return next(r for r in result["tables"]["throughput"] if r["verb"] == verb and r["batch"] == batch)


def sizing(result):
    """What a national service needs, by this result."""
    batch, back = row_of(result, "issue", 1000), row_of(result, "translate", 1000)
    idle = goal(result, "idle_connection")["value"]
    event = result["tables"]["event_bytes"]
    minutes = POPULATION * (batch["server_us"] + back["server_us"]) / 1e6 / 60
    lines = report.rate_table(result["tables"])
    lines += ["", f"{PEAK_PER_S:,} records a second in batches of 1,000 take "
              f"{PEAK_PER_S * batch['server_us'] / 1e6:.2g} cores of the server and "
              f"{PEAK_PER_S * batch['postgres_us'] / 1e6:.2g} of PostgreSQL."]
    lines += ["", f"All {POPULATION:,} persons issued and translated once in batches of 1,000: "
              f"{minutes:.2g} minutes of one core.", "",
              f"An audit event takes {event:,.0f} bytes on disk with its indexes; a request makes one. At "
              f"{AVERAGE_PER_S} requests a second that is {event * AVERAGE_PER_S * 86400 / 2**30:.1f} GiB a day."]
    lines += ["", "A new connection, TLS with certificates on both sides, costs the server "
              f"{result['tables']['handshake_us']:,.0f} us."]
    if idle:
        lines += ["", f"10,000 clients connected and idle: {10000 * idle / 1024:.0f} MiB "
                  f"({idle:.1f} KiB each)."]
    return lines

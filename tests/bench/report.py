"""The figures of a run as text, and whether they keep the budgets."""

BUDGETS = {  # per target: of now, and of later
    "client CPU": ("ms", 1.0, 0.6),
    "server CPU": ("ms", 5.5, 5.5),
    "memory": ("KiB", 100.0, 100.0),
}


def verdicts(run):
    busy = run["windows"][0]
    measured = {"client CPU": busy["pgmuster"]["client_cpu_ms"],
                "server CPU": busy["pgmuster"]["server_cpu_ms"],
                "memory": run["memory_a_target_kib"]["pgmuster"]}
    return [{"what": what, "unit": unit, "measured": round(measured[what], 3),
             "budget": now, "met": measured[what] <= now,
             "later": later, "later_met": measured[what] <= later}
            for what, (unit, now, later) in BUDGETS.items()]


def window_text(window):
    ours, loop = window["pgmuster"], window["loop"]
    return f"""
{window['targets']} targets, a cycle each {window['interval']} s, {window['seconds']:.0f} s
                                  pgmuster      loop     ratio
  client CPU a target-cycle    {ours['client_cpu_ms']:8.3f} ms {loop['client_cpu_ms']:7.3f} ms {ours['client_cpu_ms'] / loop['client_cpu_ms']:8.2f}
  server CPU a target-cycle    {ours['server_cpu_ms']:8.3f} ms {loop['server_cpu_ms']:7.3f} ms {ours['server_cpu_ms'] / loop['server_cpu_ms']:8.2f}
  resident memory              {ours['rss_kib']:8d} KiB{loop['rss_kib']:7d} KiB
  cycles done                  {ours['cycles']:8d}    {loop['cycles']:7d}
  skipped                      {ours['skipped']:8d}    {loop['late']:7d}
  later than 250 ms            {ours['later_than_250_ms']:8d}
  points/s observed, sent      {ours['points_observed_a_second']:8.0f}, {ours['points_sent_a_second']:.0f}
  bytes/point on the wire      {ours['bytes_a_point']:8.1f}
  probes failed, books         {ours['probe_errors']:8d}, {'balanced' if ours['balanced'] else 'NOT BALANCED'}
  entries of the server's view {window['entries']:8d}""" + texts_text(window)


def texts_text(window):
    """What the texts would cost beside the same rows without them."""
    if "loop with texts" not in window:
        return ""
    without, told = window["loop"], window["loop with texts"]
    lines = ["", "  the loop                      no texts    texts     ratio"]
    for what, figure in (("client", "client_cpu_ms"), ("server", "server_cpu_ms")):
        lines.append(f"  {what} CPU a target-cycle    {without[figure]:8.3f} ms "
                     f"{told[figure]:7.3f} ms {told[figure] / without[figure]:8.2f}")
    return "\n".join(lines)


def text(run):
    about = run["about"]
    lines = [f"cycle {run['cycle_version']}: {', '.join(run['probes'])}; {run['statements']} "
             f"statements of which {run['statements_moved_each_cycle']} move",
             f"{about['cpu']}, {about['cores']} cores, load {about['load_before']:.1f} before; "
             f"Linux {about['kernel']}",
             f"pgmuster {about['commit']}, PostgreSQL {about['server']}, libpq {about['libpq']}"]
    lines += [window_text(window) for window in run["windows"]]
    memory = run["memory_a_target_kib"]
    few, many = run["windows"][1:]
    lines += ["", f"memory a target ({few['targets']} to {many['targets']} targets): pgmuster {memory['pgmuster']:.1f} KiB, "
                  f"loop {memory['loop']:.1f} KiB", ""]
    for one in run["verdicts"]:
        lines.append(
            f"{one['what']:<11} {one['measured']:8.3f} {one['unit']:<4}"
            f" budget {one['budget']:g}: {'met' if one['met'] else 'NOT MET'}"
            + ("" if one["later"] == one["budget"] else
               f"; later {one['later']:g}: {'met' if one['later_met'] else 'not met'}"))
    return "\n".join(lines)

"""What a backend and a file have received of statements' series: their sums,
counted from each series' own zero, and the lives of their accumulators."""
import collections
import json

from fleet_process import http_get

PARTS = ("postgresql.storage", "operation", "postgresql.jit.phase",
         "postgresql.worker.state")
PREFIX = "postgresql.statement."


def metric_words(name, labels):
    """As statement_reference.COLUMNS says it."""
    return " ".join([name] + [f"{part}={labels[part]}" for part in PARTS
                              if part in labels])


def grown(values):
    """What fell has begun anew from 0."""
    sum_of, last = 0, 0
    for value in values:
        sum_of += value - last if value >= last else value
        last = value
    return sum_of


class Received:
    """One look at everything that VictoriaMetrics holds of statements."""

    def __init__(self, store):
        http_get(store.url + "/internal/force_flush")
        # {target: {(database, metric): sum}}
        self.sums = collections.defaultdict(collections.Counter)
        # {(target, database): {(fingerprint, user, toplevel): calls}}
        self.calls = collections.defaultdict(collections.Counter)
        # {(target, database, fingerprint): summary}
        self.summaries = {}
        # {(target, database, metric): its first value}, of `other`
        self.first_of_other = {}
        for line in http_get(store.url + "/api/v1/export?match[]="
                             "{__name__=~%22postgresql.statement.%2B%22}"
                             ).splitlines():
            self._take(json.loads(line))

    def _take(self, one):
        labels = one["metric"]
        name = labels["__name__"]
        if name == PREFIX + "info" or name == PREFIX + "evictions":
            return
        target, database = labels["service.name"], labels["db.namespace"]
        shape = labels["postgresql.query.fingerprint"]
        words = metric_words(name, labels)
        values = [value for _, value in sorted(zip(one["timestamps"],
                                                   one["values"]),
                                               key=lambda point: point[0])]
        total = grown(values)
        self.sums[target][database, words] += total
        self.summaries[target, database, shape] = labels.get("db.query.summary", "")
        if shape == "other":
            self.first_of_other[target, database, words] = values[0]
        if words == PREFIX + "calls":
            key = (shape, labels.get("user.name"), labels.get("postgresql.toplevel"))
            self.calls[target, database][key] += total

    def series_of(self, target, database, summary):
        """{series: calls} of what has this summary."""
        return {key: calls for key, calls in self.calls[target, database].items()
                if self.summaries[target, database, key[0]] == summary}


class Life:
    """One accumulator: a series between its start and its last row."""

    def __init__(self):
        self.rows = {}  # time → {metric: value}


def lives_in(path):
    """{(target, database, fingerprint, user, toplevel): {start: Life}}."""
    found = collections.defaultdict(lambda: collections.defaultdict(Life))
    with open(path, encoding="utf-8") as file:
        for line in file:
            for resource in json.loads(line)["resourceMetrics"]:
                target = attributes(resource["resource"])["service.name"]
                for scope in resource["scopeMetrics"]:
                    for metric in scope["metrics"]:
                        if "sum" in metric and metric["name"].startswith(PREFIX):
                            take_points(found, target, metric)
    return found


def attributes(of):
    return {one["key"]: next(iter(one["value"].values()))
            for one in of.get("attributes", ())}


def take_points(found, target, metric):
    for point in metric["sum"]["dataPoints"]:
        labels = attributes(point)
        shape = labels.get("postgresql.query.fingerprint")
        if shape is None:
            continue
        key = (target, labels.get("db.namespace"), shape, labels.get("user.name"),
               str(labels.get("postgresql.toplevel")))
        life = found[key][int(point["startTimeUnixNano"])]
        row = life.rows.setdefault(int(point["timeUnixNano"]), {})
        row[metric_words(metric["name"], labels)] = int(point["asInt"])

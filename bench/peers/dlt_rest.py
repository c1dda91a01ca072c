"""A process of its own: dlt's rest_api source into a DuckDB file, from the first request to the end of the load.

The last line of its output is its usage as JSON, as fresh-run.ts expects it.
"""

import json
import os
import resource
import sys
import time

ORDER = json.loads(sys.argv[1])
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
# Also keeps dlt from reading a user's own settings.
os.environ["DLT_DATA_DIR"] = ORDER["dataDir"]

TUNED = {
    # Files small enough that the processes of normalize share them.
    "SOURCES__DATA_WRITER__FILE_MAX_ITEMS": "50000",
    "SOURCES__DATA_WRITER__BUFFER_MAX_ITEMS": "20000",
    "NORMALIZE__DATA_WRITER__BUFFER_MAX_ITEMS": "20000",
    "DATA_WRITER__DISABLE_COMPRESSION": "true",
    "NORMALIZE__WORKERS": str(os.cpu_count()),
}
if ORDER["tuned"]:
    os.environ.update(TUNED)

import dlt  # noqa: E402
from dlt.sources.rest_api import rest_api_source  # noqa: E402


def load():
    # Tuned: arrays and objects stay in their row, as JSON, instead of child tables.
    nesting = {"max_table_nesting": 0} if ORDER["tuned"] else {}
    pipeline = dlt.pipeline(
        pipeline_name="bench",
        pipelines_dir=os.path.join(ORDER["dataDir"], "pipelines"),
        destination=dlt.destinations.duckdb(os.path.join(ORDER["dataDir"], "warehouse.duckdb")),
        dataset_name="bench",
    )
    source = rest_api_source(ORDER["source"], name="bench", **nesting)
    parquet = {"loader_file_format": "parquet"} if ORDER["tuned"] else {}
    pipeline.run(source, **parquet).raise_on_failed_jobs()
    return pipeline


def count_rows(pipeline):
    with pipeline.sql_client() as client:
        return client.execute_sql("SELECT count(*) FROM orders")[0][0]


def tell_usage(rows, wall_seconds):
    own = resource.getrusage(resource.RUSAGE_SELF)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    usage = {
        "rows": rows,
        "wallSeconds": wall_seconds,
        "cpuSeconds": sum(used.ru_utime + used.ru_stime for used in (own, workers)),
        # Of the largest one among the process and its workers.
        "peakRssBytes": max(own.ru_maxrss, workers.ru_maxrss) * 1024,
    }
    print(json.dumps(usage))


if __name__ == "__main__":
    start = time.perf_counter()
    loaded = load()
    wall = time.perf_counter() - start
    tell_usage(count_rows(loaded), wall)

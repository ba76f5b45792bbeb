"""A real Ray cluster on this machine's loopback, in a process of its own: `python -m tests.bake.ray_cluster`.

It has two nodes with one CPU each. Its address is the one line on its output; it goes when its
input is closed. Ray's sockets and logs, and the workers' folders, are in $TMPDIR.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Serve until the input ends."""
    from ray.cluster_utils import Cluster

    here = {"node_ip_address": "127.0.0.1", "include_log_monitor": False}
    node = {**here, "num_cpus": 1, "object_store_memory": 80_000_000}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    try:
        cluster.add_node(**node)
        print(cluster.address, flush=True)
        sys.stdin.read()
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()

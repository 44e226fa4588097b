"""Calls over grpcio with a given policy, and prints which server answered each call."""

import json
import sys

import grpc


def main():
    policy, alive, calls, addresses = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    config = json.dumps({"loadBalancingConfig": [{policy: {}}]})
    channel = grpc.insecure_channel("ipv4:" + ",".join(addresses), options=[("grpc.service_config", config)])
    echo = channel.unary_unary("/grpc.examples.echo.Echo/UnaryEcho")

    def call():
        return echo(b"\x0a\x02hi", timeout=10).decode().split("(from ")[1].rstrip(")")

    last = [call()]
    while len(set(last[-alive:])) < alive:
        last.append(call())
    for _ in range(calls):
        print(call())


if __name__ == "__main__":
    main()

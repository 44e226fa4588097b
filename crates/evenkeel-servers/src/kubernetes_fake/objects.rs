use serde_json::{Value, json};
use std::net::IpAddr;

/// What the conditions of an endpoint say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointState {
    Ready,
    /// It terminates, and still serves.
    Draining,
    /// Neither.
    Down,
}

/// An endpoint as the endpoint slice controller writes it.
pub fn endpoint(address: &str, state: EndpointState) -> Value {
    let (ready, serving, terminating) = match state {
        EndpointState::Ready => (true, true, false),
        EndpointState::Draining => (false, true, true),
        EndpointState::Down => (false, false, false),
    };
    json!({
        "addresses": [address],
        "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
    })
}

/// A slice of a service as the endpoint slice controller writes it; its family is that of its first address.
pub fn slice(
    namespace: &str,
    name: &str,
    service: &str,
    ports: &[(&str, u16)],
    endpoints: &[Value],
) -> Value {
    let first = endpoints.first().and_then(|endpoint| endpoint["addresses"][0].as_str());
    let is_v6 = first.and_then(|ip| ip.parse::<IpAddr>().ok()).is_some_and(|ip| ip.is_ipv6());
    let ports: Vec<_> =
        ports.iter().map(|(name, port)| json!({"name": name, "port": port, "protocol": "TCP"})).collect();
    json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {
                "kubernetes.io/service-name": service,
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
            },
        },
        "addressType": if is_v6 { "IPv6" } else { "IPv4" },
        "ports": ports,
        "endpoints": endpoints,
    })
}

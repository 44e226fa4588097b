use serde_json::{Value, json};

/// What the API server says of itself, as far as kubectl asks.
pub(super) fn document(path: &str) -> Option<Value> {
    let version = json!({"groupVersion": "discovery.k8s.io/v1", "version": "v1"});
    Some(match path {
        "/version" => json!({"major": "1", "minor": "32", "gitVersion": "v1.32.0"}),
        "/api" => json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}),
        "/api/v1" => json!({
            "kind": "APIResourceList", "groupVersion": "v1",
            "resources": [{"name": "namespaces", "singularName": "namespace", "namespaced": false, "kind": "Namespace", "verbs": []}],
        }),
        "/apis" => json!({
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": [{"name": "discovery.k8s.io", "versions": [version], "preferredVersion": version}],
        }),
        "/apis/discovery.k8s.io/v1" => json!({
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "discovery.k8s.io/v1",
            "resources": [{
                "name": "endpointslices", "singularName": "endpointslice", "namespaced": true, "kind": "EndpointSlice",
                "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
            }],
        }),
        _ => return None,
    })
}

//! Real kubectl at the fake: what is seen through it is what a real API server would have shown. It changes slices, too.

use super::{
    SOON, Watched,
    credentials::{Authority, kubeconfig},
};
use evenkeel_kubernetes::Kubernetes;
use evenkeel_servers::{
    EndpointState, Folder, KubernetesFake, Process, Registry, endpoint, free_ports, slice,
};
use serde_json::{Value, json};
use std::{path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

/// How long kubectl may take.
const LONGEST: Duration = Duration::from_secs(30);

/// kubectl at a fake, with a folder of its own for what it keeps.
struct Kubectl {
    folder: Folder,
    kubeconfig: String,
}

impl Kubectl {
    fn at(fake: &KubernetesFake) -> Self {
        let folder = Folder::new("kubectl");
        let kubeconfig = kubeconfig(&folder, &format!("server: '{}'", fake.url()), "");
        Self { folder, kubeconfig }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("kubectl");
        command.args(["--kubeconfig", &self.kubeconfig]).args(arguments);
        command.env("HOME", self.folder.path()).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    async fn run(&self, arguments: &[&str]) -> String {
        let output = timeout(LONGEST, self.command(arguments).output()).await.expect("kubectl ends");
        let output = output.unwrap_or_else(|error| panic!("kubectl: {error}: run ci/servers"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kubectl {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Has kubectl do this with an object.
    async fn with(&self, verb: &str, object: &Value) {
        let file = self.folder.file("object.json", &object.to_string()).display().to_string();
        self.run(&[verb, "--validate=false", "-f", &file]).await;
    }
}

fn echo(name: &str, ips: &[&str]) -> Value {
    let endpoints: Vec<_> = ips.iter().map(|ip| endpoint(ip, EndpointState::Ready)).collect();
    slice("default", name, "echo", &[("grpc", 80)], &endpoints)
}

#[tokio::test]
async fn what_kubectl_creates_changes_and_deletes_the_source_sees() {
    let fake = KubernetesFake::start().await;
    let kubectl = Kubectl::at(&fake);
    let mut watched = Watched::at(&fake);
    watched.becomes(&[], SOON).await;
    kubectl.with("create", &echo("echo-a", &["10.0.0.1"])).await;
    watched.becomes(&[("10.0.0.1:80", 1)], SOON).await;
    kubectl.with("apply", &echo("echo-b", &["10.0.0.2", "10.0.0.3"])).await;
    watched.becomes(&[("10.0.0.1:80", 1), ("10.0.0.2:80", 1), ("10.0.0.3:80", 1)], SOON).await;
    kubectl.with("apply", &echo("echo-b", &["10.0.0.3"])).await;
    watched.becomes(&[("10.0.0.1:80", 1), ("10.0.0.3:80", 1)], SOON).await;
    let patch = json!({"endpoints": [endpoint("10.0.0.1", EndpointState::Draining)]}).to_string();
    kubectl.run(&["patch", "endpointslice", "echo-a", "--type=merge", "-p", &patch]).await;
    watched.becomes(&[("10.0.0.1:80", 0), ("10.0.0.3:80", 1)], SOON).await;
    kubectl.run(&["delete", "endpointslice", "echo-a"]).await;
    watched.becomes(&[("10.0.0.3:80", 1)], SOON).await;
}

/// The fake's lists, pages, selectors and single objects are those that kubectl expects.
#[tokio::test]
async fn kubectl_lists_what_the_source_sees() {
    let mut fake = KubernetesFake::start().await;
    let kubectl = Kubectl::at(&fake);
    for port in 5001..=5005 {
        fake.put(&format!("127.0.0.1:{port}"), 1).await;
    }
    fake.apply(slice("default", "other", "other", &[], &[]));
    let all = kubectl.run(&["get", "endpointslices", "--chunk-size=2", "-o", "name"]).await;
    assert_eq!(all.lines().count(), 6, "{all}");
    let selected =
        ["get", "endpointslices", "--all-namespaces", "-l", "kubernetes.io/service-name=echo", "-o", "json"];
    let list: Value = serde_json::from_str(&kubectl.run(&selected).await).unwrap();
    let items = list["items"].as_array().unwrap();
    let ports: Vec<_> = items.iter().map(|item| item["ports"][0]["port"].as_u64().unwrap()).collect();
    assert_eq!(ports, [5001, 5002, 5003, 5004, 5005]);
    let one = kubectl
        .run(&["get", "endpointslice", "echo-v4-5001", "-o", "jsonpath={.endpoints[0].addresses[0]}"])
        .await;
    assert_eq!(one, "127.0.0.1");
    assert!(kubectl.run(&["api-resources"]).await.contains("discovery.k8s.io/v1"));
}

#[tokio::test]
async fn kubectl_watches_what_the_source_watches() {
    let mut fake = KubernetesFake::start().await;
    let kubectl = Kubectl::at(&fake);
    fake.put("127.0.0.1:5001", 1).await;
    let watch = [
        "get",
        "endpointslices",
        "--watch",
        "--output-watch-events",
        "-o",
        "jsonpath={.type} {.object.metadata.name}{'\\n'}",
    ];
    let mut child = kubectl.command(&watch).stdout(Stdio::piped()).spawn().expect("kubectl: run ci/servers");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = async || timeout(LONGEST, lines.next_line()).await.expect("in time").unwrap();
    assert_eq!(next().await.as_deref(), Some("ADDED echo-v4-5001"));
    // It lists, and then begins to watch.
    timeout(LONGEST, async {
        while fake.asked().1 == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("it watches");
    fake.put("127.0.0.1:5002", 1).await;
    assert_eq!(next().await.as_deref(), Some("ADDED echo-v4-5002"));
    fake.put("127.0.0.1:5001", 0).await;
    assert_eq!(next().await.as_deref(), Some("MODIFIED echo-v4-5001"));
    fake.remove("127.0.0.1:5002").await;
    assert_eq!(next().await.as_deref(), Some("DELETED echo-v4-5002"));
    child.kill().await.unwrap();
}

/// One kubeconfig with certificates and a token serves both.
#[tokio::test]
async fn kubectl_and_the_source_understand_the_same_kubeconfig() {
    let (authority, folder) = (Authority::new(), Folder::new("same"));
    authority.write(&folder);
    let mut fake = KubernetesFake::start_tls(authority.server(true)).await;
    fake.faults(|faults| faults.token = Some("abc".to_owned()));
    fake.put("10.0.0.1:80", 1).await;
    folder.file("token", "abc\n");
    let cluster = format!("server: '{}', certificate-authority: ca.crt", fake.url());
    let user = "client-certificate: client.crt, client-key: client.key, tokenFile: TOKEN";
    let user = user.replace("TOKEN", &folder.path().join("token").display().to_string());
    let kubectl = Kubectl { kubeconfig: kubeconfig(&folder, &cluster, &user), folder };
    assert_eq!(kubectl.run(&["get", "endpointslices", "-o", "name"]).await.lines().count(), 1);
    let target = format!("kubernetes:///echo?kubeconfig={}", kubectl.kubeconfig);
    Watched::of(&Kubernetes::default(), &target).becomes(&[("10.0.0.1:80", 1)], 2 * SOON).await;
}

/// The usual way to an API server from outside without credentials of one's own, and another HTTP server in between.
#[tokio::test]
async fn the_source_watches_through_kubectl_proxy() {
    let mut fake = KubernetesFake::start().await;
    let kubectl = Kubectl::at(&fake);
    fake.put("10.0.0.1:80", 1).await;
    let [port] = free_ports();
    let arguments =
        ["--kubeconfig", &kubectl.kubeconfig, "proxy", "--port", &port.to_string()].map(str::to_owned);
    let mut proxy = Process::start(Path::new("kubectl"), &arguments, kubectl.folder.path());
    proxy.accepts(port).await;
    let target = format!("kubernetes:///default/echo:grpc?server=http://127.0.0.1:{port}");
    let mut watched = Watched::of(&Kubernetes::default(), &target);
    watched.becomes(&[("10.0.0.1:80", 1)], SOON).await;
    fake.put("10.0.0.2:80", 1).await;
    watched.becomes(&[("10.0.0.1:80", 1), ("10.0.0.2:80", 1)], SOON).await;
    fake.remove("10.0.0.1:80").await;
    watched.becomes(&[("10.0.0.2:80", 1)], SOON).await;
    proxy.kill();
    let error = watched.fails().await.to_string();
    assert!(error.contains(&format!("127.0.0.1:{port}")), "{error}");
}

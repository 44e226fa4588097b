use crate::{
    Config, Environment,
    access::Origin,
    ask::{Ask, OPTIONS},
    session::{Limits, Session},
};
use evenkeel_core::Snapshot;
use evenkeel_discover::{BadTarget, Discover, DiscoverError, SourceInfo, Target};
use futures_core::Stream;
use futures_util::{StreamExt, future::Either, stream};

/// The source of `kubernetes:///[NAMESPACE/]SERVICE[:PORT]`.
///
/// **Namespace**: without one, that of the credentials: the service account's, the kubeconfig context's, or else `default`.
///
/// **Port**: slices know the ports of pods, not those of the Service. A name is the name of the Service's port. A number is the pods'
/// port with that number; where a slice has no such port but only one at all, it is that one, so that `echo:80` works for a Service
/// with the single port 80, whatever port its pods listen on. Without a port, the slice must have only one. Ports other than TCP do
/// not count. If no slice has the port, that is an error that names those that there are, and the watch goes on. A slice that names no
/// ports at all, as those of headless Services may, takes any number.
///
/// **Instances**: one for each endpoint. Several slices are one set. The same pod in an IPv4 and an IPv6 slice, told by the `uid` of its
/// `targetRef`, is one instance with both addresses, IPv4 first. Of several endpoints with one address, as there are for a moment while
/// they move from slice to slice, the ready one counts. Slices of names (`addressType: FQDN`) are left out.
///
/// **Weight**: Kubernetes has none. A ready endpoint has weight 1, and so has one that does not say. One that terminates but still serves
/// is drained (weight 0): its calls may end, it gets no new ones. If none is ready, those that terminate and still serve have weight 1,
/// as in kube-proxy (KEP-1669). All others are left out.
///
/// **Tags**: `zone`, `node`, `hostname`, `pod`, and `hints.zones`, the zones that the endpoint is meant for, with commas.
///
/// **API server**, the first of these that there is:
/// 1. option `server=http://HOST:PORT`: in plain HTTP and without credentials, such as `kubectl proxy` gives;
/// 2. option `kubeconfig=FILE`, with option `context=NAME` for another context than the current one;
/// 3. what [`with_config`](Self::with_config) said;
/// 4. in a pod, its service account;
/// 5. the first file of the list in `$KUBECONFIG` that exists, or else `~/.kube/config`. Option `context=NAME` alone goes here at once.
///
/// All files are read anew for each watch, a file with a token for each request, since it is replaced when the token is.
/// A kubeconfig may name certificates, tokens and passwords. What it cannot ask for, with an error: `exec` and `auth-provider` plugins,
/// `insecure-skip-tls-verify`, `tls-server-name`, `proxy-url`, impersonation, and TLS without a `certificate-authority`.
///
/// A service that does not exist has no slices, and cannot be told from one without endpoints.
#[derive(Debug, Clone)]
pub struct Kubernetes {
    origin: Origin,
}

impl Kubernetes {
    /// What is known of this source.
    pub const INFO: SourceInfo = SourceInfo {
        scheme: "kubernetes",
        form: "kubernetes:///[NAMESPACE/]SERVICE[:PORT]",
        text: "the endpoints of a Kubernetes service",
        options: OPTIONS,
    };

    /// A source that asks this API server, where a target does not say another.
    pub fn with_config(config: Config) -> Self {
        Self { origin: Origin::Given(config) }
    }

    /// A source that looks for its API server in this environment rather than in that of the process.
    pub fn with_environment(environment: Environment) -> Self {
        Self { origin: Origin::Environment(environment) }
    }
}

impl Default for Kubernetes {
    fn default() -> Self {
        Self::with_environment(Environment::of_process())
    }
}

impl Discover for Kubernetes {
    fn watch(&self, target: &Target) -> impl Stream<Item = Result<Snapshot, DiscoverError>> + Send + 'static {
        match Ask::read(target) {
            Ok(ask) => {
                let session = Session::new(self.origin.clone(), ask, Limits::default());
                Either::Left(session.into_stream().map(|answer| answer.map_err(DiscoverError::source_failed)))
            }
            Err(bad) => Either::Right(stream::iter([Err(bad.into())])),
        }
    }

    fn check(&self, target: &Target) -> Result<(), BadTarget> {
        Ask::read(target).map(drop)
    }
}

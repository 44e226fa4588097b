use super::{
    Answers, Client, Page, RangeRequest, WatchResponse,
    client::Call,
    messages::{
        AuthRequest, AuthResponse, Done, GrantRequest, Granted, LeaseRequest, PutRequest, WatchCreate,
        WatchOrder, WatchRequest,
    },
};
use crate::error::EtcdError;
use futures_core::Stream;
use futures_util::{StreamExt, stream};

impl Client {
    /// Says who is calling, on this and on all later calls.
    pub(super) async fn authenticate(&mut self, name: &str, password: &str) -> Result<(), EtcdError> {
        let call = Call { name: "Authenticate", path: "/etcdserverpb.Auth/Authenticate" };
        let who = AuthRequest { name: name.to_owned(), password: password.to_owned() };
        match self.ask::<_, AuthResponse>(call, who).await {
            Ok(answer) => self.use_token(&answer.token),
            // Nobody has to, as long as authentication is not enabled.
            Err(error) if error.is_failed_precondition() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Keys in order, with their values.
    pub(crate) async fn range(&mut self, range: RangeRequest) -> Result<Page, EtcdError> {
        self.ask(Call { name: "Range", path: "/etcdserverpb.KV/Range" }, range).await
    }

    /// Writes a key, which then lives as long as the lease.
    pub(crate) async fn put(&mut self, key: &str, value: &str, lease: i64) -> Result<(), EtcdError> {
        let call = Call { name: "Put", path: "/etcdserverpb.KV/Put" };
        let put = PutRequest { key: key.into(), value: value.into(), lease };
        self.ask::<_, Done>(call, put).await.map(drop)
    }

    /// Watches ranges of keys (from, to), all from one revision on. Long answers come in parts.
    pub(crate) async fn watch(
        &mut self,
        ranges: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>,
        start_revision: i64,
    ) -> Result<Answers<WatchResponse>, EtcdError> {
        let create = |(key, range_end)| WatchCreate { key, range_end, start_revision, fragment: true };
        let requests = ranges.into_iter().map(create);
        let requests: Vec<_> =
            requests.map(|create| WatchRequest { order: Some(WatchOrder::Create(create)) }).collect();
        // The server takes the end of the requests for the end of the watch.
        let requests = stream::iter(requests).chain(stream::pending());
        self.talk(Call { name: "Watch", path: "/etcdserverpb.Watch/Watch" }, requests).await
    }

    /// Grants a lease of so many seconds.
    pub(crate) async fn grant(&mut self, ttl: i64) -> Result<Granted, EtcdError> {
        self.ask(Call { name: "LeaseGrant", path: "/etcdserverpb.Lease/LeaseGrant" }, GrantRequest { ttl })
            .await
    }

    /// Keeps a lease alive each time that `ticks` has an item.
    pub(crate) async fn keep_alive(
        &mut self,
        id: i64,
        ticks: impl Stream<Item = ()> + Send + 'static,
    ) -> Result<Answers<Granted>, EtcdError> {
        let requests = ticks.map(move |()| LeaseRequest { id });
        self.talk(Call { name: "LeaseKeepAlive", path: "/etcdserverpb.Lease/LeaseKeepAlive" }, requests).await
    }

    /// Ends a lease, and with it the keys that it holds.
    pub(crate) async fn revoke(&mut self, id: i64) -> Result<(), EtcdError> {
        let call = Call { name: "LeaseRevoke", path: "/etcdserverpb.Lease/LeaseRevoke" };
        self.ask::<_, Done>(call, LeaseRequest { id }).await.map(drop)
    }
}

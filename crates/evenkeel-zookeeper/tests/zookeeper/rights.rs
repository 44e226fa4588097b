use crate::seen::{SECOND, Seen};
use evenkeel_servers::{Registry, Zookeeper};
use zookeeper_client::{Acl, Acls, Client, CreateMode, Permission};

/// Creates a node that its user alone may read.
async fn guarded(server: &Zookeeper, path: &str, data: &[u8]) {
    let connector = Client::connector().with_auth("digest", b"me:secret");
    let client = connector.connect(&format!("127.0.0.1:{}", server.port())).await.unwrap();
    client.create(path, data, &CreateMode::Persistent.with_acls(Acls::creator_all())).await.unwrap();
}

fn as_user(server: &Zookeeper, user: &str) -> String {
    server.target().replace("://", &format!("://{user}@"))
}

#[tokio::test]
async fn the_right_password_reads_and_the_wrong_one_is_an_error() {
    let server = Zookeeper::start().await;
    server.write("/services", b"").await;
    guarded(&server, "/services/echo", b"").await;
    Seen::of(&as_user(&server, "me:secret")).becomes(5 * SECOND, &[]).await;
    for target in [server.target(), as_user(&server, "me:wrong")] {
        let mut seen = Seen::of(&target);
        let error = seen.error().await;
        assert!(error.contains("not authorized") && !error.contains("wrong"), "{error}");
        assert!(seen.next().await.is_none());
    }
}

/// Were it an empty set, a changed password would take a service down.
#[tokio::test]
async fn a_child_that_may_not_be_read_is_left_out_but_not_all_of_them() {
    let mut server = Zookeeper::start().await;
    server.write("/services/echo", b"").await;
    guarded(&server, "/services/echo/a", b"10.0.0.2:80").await;
    let error = Seen::of(&server.target()).error().await;
    assert!(error.contains("none of the 1 children of /services/echo may be read"), "{error}");
    server.put("10.0.0.1:80", 1).await;
    let mut seen = Seen::of(&server.target());
    let set = seen.set().await;
    assert_eq!(set.len(), 1);
    let dropped = format!("{:?}", set.dropped().unwrap());
    assert!(dropped.contains("a: it may not be read"), "{dropped}");
    let both = [("10.0.0.1:80", 1), ("10.0.0.2:80", 1)];
    Seen::of(&as_user(&server, "me:secret")).becomes(5 * SECOND, &both).await;
}

/// No watch tells of it.
#[tokio::test]
async fn a_child_that_may_be_read_again_is_seen_after_half_a_minute() {
    let mut server = Zookeeper::start().await;
    server.put("10.0.0.1:80", 1).await;
    server.put("10.0.0.2:80", 1).await;
    let hidden = [Acl::new_const(Permission::ADMIN, "world", "anyone")];
    let path = "/services/echo/10.0.0.2:80";
    server.control().set_acl(path, &hidden, None).await.unwrap();
    let mut seen = Seen::of(&server.target());
    assert_eq!(seen.set().await.len(), 1);
    server.control().set_acl(path, &Acls::anyone_all(), None).await.unwrap();
    seen.until(35 * SECOND, |set| set.len() == 2).await;
}

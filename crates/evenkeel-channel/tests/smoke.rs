use evenkeel_channel::Channel;
use evenkeel_echo::{EchoRequest, echo_client::EchoClient, echo_server::EchoServer};
#[tokio::test]
async fn a_generated_client_runs_on_a_channel() {
    let mut addrs = vec![];
    for _ in 0..3 {
        let l = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let a = l.local_addr().unwrap();
        addrs.push(a.to_string());
        let inc = tonic::transport::server::TcpIncoming::from(l).with_nodelay(Some(true));
        tokio::spawn(tonic::transport::Server::builder().add_service(EchoServer::new(evenkeel_echo::Answers::new(a.to_string()))).serve_with_incoming(inc));
    }
    let ch = Channel::builder(format!("static:///{},127.0.0.1:1", addrs.join(","))).connect().await.unwrap();
    let mut c = EchoClient::new(ch.clone());
    for _ in 0..6 {
        println!("{:?}", c.unary_echo(EchoRequest { message: "hi".into() }).await.unwrap().into_inner().message);
    }
    println!("{:?} {}", ch.state(), ch.stats().publications);
    let bad = Channel::builder("static:///127.0.0.1:1").build().unwrap();
    println!("{:?}", EchoClient::new(bad).unary_echo(EchoRequest { message: "hi".into() }).await);
}

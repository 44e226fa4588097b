//! How the bytes of a watch come.

use super::{SOON, Watched};
use evenkeel_kubernetes::Kubernetes;
use evenkeel_servers::{EndpointState, endpoint, slice};
use serde_json::json;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};

/// A server whose first answer is an empty list and whose second is a watch of these pieces, which stays open.
async fn server(pieces: Vec<Vec<u8>>) -> Watched {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("kubernetes:///echo?server=http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let list = json!({"metadata": {"resourceVersion": "1"}, "items": null}).to_string();
        request(&mut stream).await;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", list.len());
        stream.write_all((head + &list).as_bytes()).await.unwrap();
        request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").await.unwrap();
        for piece in pieces {
            let _ = stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await;
            let _ = stream.write_all(&[piece.as_slice(), b"\r\n"].concat()).await;
            sleep(Duration::from_millis(20)).await;
        }
        request(&mut stream).await;
    });
    let mut watched = Watched::of(&Kubernetes::default(), &target);
    watched.becomes(&[], SOON).await;
    watched
}

/// A request without a body.
async fn request(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    while !seen.ends_with(b"\r\n\r\n") && stream.read_buf(&mut seen).await.is_ok_and(|read| read > 0) {}
}

fn added(ip: &str, padding: usize) -> Vec<u8> {
    let mut object = slice("default", ip, "echo", &[("grpc", 80)], &[endpoint(ip, EndpointState::Ready)]);
    object["metadata"]["annotations"] = json!({"padding": "x".repeat(padding)});
    format!("{}\n", json!({"type": "ADDED", "object": object})).into_bytes()
}

#[tokio::test]
async fn lines_may_come_in_pieces_and_several_at_once() {
    let all = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"].map(|ip| added(ip, 0)).concat();
    let want = [("10.0.0.1:80", 1), ("10.0.0.2:80", 1), ("10.0.0.3:80", 1), ("10.0.0.4:80", 1)];
    let first = added("10.0.0.1", 0).len();
    for cuts in [[1, 2, 3], [first - 1, first, first + 1], [first / 2, first * 2 + 7, first * 3 - 1]] {
        let mut pieces = Vec::new();
        let mut begin = 0;
        for end in cuts.into_iter().chain([all.len()]) {
            pieces.push(all[begin..end].to_vec());
            begin = end;
        }
        server(pieces).await.becomes(&want, SOON).await;
    }
    // A short line behind the end of a long one.
    let long = added("10.0.0.1", 10_000);
    let (begin, end) = long.split_at(long.len() - 1);
    let rest = [end, &all].concat();
    server(vec![begin.to_vec(), rest]).await.becomes(&want, SOON).await;
    server(vec![all.clone()]).await.becomes(&want, SOON).await;
    server([b"\n".as_slice(), &all, b"\n\n"].map(<[u8]>::to_vec).into()).await.becomes(&want, SOON).await;
}

/// A line has a bound, so that memory has.
#[tokio::test]
async fn a_line_may_be_long_but_not_without_end() {
    let long = added("10.0.0.1", 3 << 20);
    server(vec![long]).await.becomes(&[("10.0.0.1:80", 1)], 5 * SOON).await;
    let error = server(vec![added("10.0.0.1", 17 << 20)]).await.fails().await.to_string();
    assert!(error.contains("a line of the watch: longer than 16777216 bytes"), "{error}");
}

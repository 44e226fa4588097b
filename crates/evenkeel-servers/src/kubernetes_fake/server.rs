use super::{Api, routes};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

/// The server while it runs. Dropping it closes its port and all its connections.
#[derive(Debug)]
pub(super) struct Running(JoinHandle<()>);

impl Running {
    pub(super) async fn start(at: SocketAddr, api: Arc<Api>, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = timeout(Duration::from_secs(10), bind(at)).await.expect("the port is free again");
        let tls = tls.map(TlsAcceptor::from);
        Self(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(connection(stream, api.clone(), tls.clone()));
                while connections.try_join_next().is_some() {}
            }
        }))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn bind(at: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(at).await {
            Ok(listener) => return listener,
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
}

/// A connection that is counted while it is open.
struct Open(Arc<Api>);

impl Open {
    fn new(api: Arc<Api>) -> Self {
        api.counts.open.fetch_add(1, Relaxed);
        api.counts.connections.fetch_add(1, Relaxed);
        Self(api)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.counts.open.fetch_sub(1, Relaxed);
    }
}

async fn connection(stream: TcpStream, api: Arc<Api>, tls: Option<TlsAcceptor>) {
    let _open = Open::new(api.clone());
    match tls {
        None => serve(stream, api).await,
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                serve(stream, api).await;
            }
        }
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, api: Arc<Api>) {
    let service = service_fn(move |request| {
        let api = api.clone();
        async move { Ok::<_, Infallible>(routes::answer(api, request).await) }
    });
    // A client that goes away is no business of the server.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

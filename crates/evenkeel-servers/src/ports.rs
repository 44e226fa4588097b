use std::net::TcpListener;

/// Loopback ports that nobody listens on now, for a server to bind.
///
/// They are below the range that the kernel gives to outgoing connections, and each test process begins elsewhere, so that a server
/// can be killed and bind the same port again.
pub fn free_ports<const N: usize>() -> [u16; N] {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let (first, last) = (10_000, 32_000);
    let begin = std::process::id().wrapping_mul(37);
    std::array::from_fn(|_| {
        (0..last - first)
            .find_map(|_| {
                let n = NEXT.fetch_add(1, Relaxed).wrapping_add(begin);
                let port = u16::try_from(first + n % (last - first)).unwrap();
                TcpListener::bind(("127.0.0.1", port)).ok().map(|_| port)
            })
            .expect("a free port")
    })
}

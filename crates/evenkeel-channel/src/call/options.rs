/// What one call wants, put into the request's extensions (`tonic::Request::extensions_mut` reaches them too).
///
/// ```
/// use evenkeel_channel::CallOptions;
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(CallOptions::new().wait_for_ready(true));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallOptions {
    pub(super) wait_for_ready: Option<bool>,
    pub(super) report_server: bool,
}

impl CallOptions {
    /// Nothing special.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to wait through TRANSIENT_FAILURE until the deadline, instead of failing at once. Counts before the service
    /// config and the channel's own setting.
    #[must_use]
    pub fn wait_for_ready(mut self, wait: bool) -> Self {
        self.wait_for_ready = Some(wait);
        self
    }

    /// Whether the response is to say who got the call, by a [`Served`](crate::Served) in its extensions. Default: no, which
    /// saves the allocations of a map that few read.
    #[must_use]
    pub fn report_server(mut self, report: bool) -> Self {
        self.report_server = report;
        self
    }
}

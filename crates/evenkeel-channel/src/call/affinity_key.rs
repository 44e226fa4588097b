use bytes::Bytes;

/// The key of one call, for policies that send equal keys to equal instances; put into the request's extensions
/// (`tonic::Request::extensions_mut` reaches them too). The policy mixes it itself: give numbers as bytes.
///
/// ```
/// use evenkeel_channel::AffinityKey;
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(AffinityKey::new("customer-4711"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AffinityKey(Bytes);

impl AffinityKey {
    /// A key of these bytes.
    pub fn new(key: impl Into<Bytes>) -> Self {
        Self(key.into())
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

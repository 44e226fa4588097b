use crate::{CallInfo, EndpointId, Pick, Picker};

/// The one endpoint that there is.
#[derive(Debug)]
pub(super) struct Only(pub(super) EndpointId);

impl Picker for Only {
    #[inline]
    fn pick(&self, _: &CallInfo<'_>) -> Pick {
        Pick::plain(self.0)
    }
}

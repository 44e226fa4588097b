//! What a policy sees of the connections below it.

mod connectivity;
#[expect(clippy::module_inception, reason = "the folder's main type")]
mod endpoint;
mod endpoints;
mod kept;
mod load;
mod want;

pub use connectivity::Connectivity;
pub use endpoint::{Endpoint, EndpointId, Node, WEIGHT_ONE};
pub use endpoints::{Endpoints, View};
pub use kept::Kept;
pub use load::Load;
pub use want::{Demand, Want};

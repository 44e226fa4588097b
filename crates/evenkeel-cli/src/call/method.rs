use crate::cli::CliError;
use clap::ValueEnum;
use http::uri::PathAndQuery;

/// The four kinds of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Unary,
    Server,
    Client,
    Bidi,
}

/// How many messages a stream of requests has: 10, as in grpc-go's examples.
const STREAMED: u32 = 10;

impl Kind {
    /// How many messages the request has.
    pub(super) fn messages(self) -> u32 {
        match self {
            Self::Unary | Self::Server => 1,
            Self::Client | Self::Bidi => STREAMED,
        }
    }

    /// The path of grpc-go's echo method of that kind.
    pub(super) const fn echo(self) -> PathAndQuery {
        PathAndQuery::from_static(match self {
            Self::Unary => "/grpc.examples.echo.Echo/UnaryEcho",
            Self::Server => "/grpc.examples.echo.Echo/ServerStreamingEcho",
            Self::Client => "/grpc.examples.echo.Echo/ClientStreamingEcho",
            Self::Bidi => "/grpc.examples.echo.Echo/BidirectionalStreamingEcho",
        })
    }
}

/// The path of `PKG.SVC/METHOD`.
pub(super) fn path(method: &str) -> Result<PathAndQuery, CliError> {
    let bad = || CliError::flag("--method", format!("{method:?}: want PKG.SVC/METHOD"));
    let name = method.strip_prefix('/').unwrap_or(method);
    let plain =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    name.split_once('/').filter(|(service, method)| plain(service) && plain(method)).ok_or_else(bad)?;
    PathAndQuery::try_from(format!("/{name}")).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_a_service_and_a_name() {
        for method in ["a.B/C", "/a.B/C"] {
            assert_eq!(path(method).unwrap(), "/a.B/C");
        }
        for method in ["", "/", "a.B", "a.B/", "/C", "a/b/c", "a b/c", "a/b?c"] {
            assert!(path(method).is_err(), "{method:?}");
        }
    }
}

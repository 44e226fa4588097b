use super::{Answer, LIMIT, question};
use crate::LookupError;
use hickory_resolver::{
    NameServerPool, PoolContext, TlsConfig,
    config::{ConnectionConfig, NameServerConfig, ResolverOpts},
    net::{
        DnsError, NetError, NoRecords,
        runtime::TokioRuntimeProvider,
        xfer::{DnsHandle, FirstAnswer},
    },
    proto::{
        op::{DnsRequestOptions, DnsResponse, Query, ResponseCode},
        rr::{Name, RecordType},
    },
};
use std::{net::SocketAddr, sync::Arc};

/// One DNS server, asked over UDP, and over TCP where its answer is too long for that.
pub(super) struct Server {
    address: SocketAddr,
    /// Of this one server alone: what to do with several is decided where they are listed.
    pool: NameServerPool<TokioRuntimeProvider>,
}

impl Server {
    pub(super) fn new(address: SocketAddr) -> Result<Self, LookupError> {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
            connection.port = address.port();
            connection
        });
        let config = NameServerConfig::new(address.ip(), true, connections.into());
        let mut options = ResolverOpts::default();
        options.timeout = LIMIT;
        let tls = TlsConfig::new().map_err(|why| LookupError::NoServer(Arc::new(why)))?;
        let context = Arc::new(PoolContext::new(options, tls));
        let pool = NameServerPool::from_config([config], context, TokioRuntimeProvider::default());
        Ok(Self { address, pool })
    }

    #[cfg(test)]
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) async fn ask(&self, name: &Name, kind: RecordType) -> Result<Answer, LookupError> {
        let query = Query::query(name.clone(), kind);
        let response = self.pool.lookup(query, DnsRequestOptions::default()).first_answer().await;
        match response.and_then(|response| Ok(DnsError::from_response(response)?)) {
            Ok(response) => Ok(answer(response)),
            Err(NetError::Dns(DnsError::NoRecordsFound(none))) if is_statement(&none) => {
                Ok(Answer { nothing: Some(none.negative_ttl.unwrap_or_default()), ..Answer::default() })
            }
            Err(error) => Err(self.failed(question(name, kind), error)),
        }
    }

    fn failed(&self, question: String, error: NetError) -> LookupError {
        let server = self.address;
        match error {
            NetError::Dns(DnsError::NoRecordsFound(_)) => LookupError::Unanswered { question },
            NetError::Dns(DnsError::ResponseCode(code)) => {
                LookupError::Code { question, server, code: code.to_string() }
            }
            NetError::Timeout => LookupError::Late { question, limit: LIMIT },
            error => LookupError::Transport { question, server, source: Arc::new(error) },
        }
    }
}

/// Whether an answer without records says that there are none. One that names other servers and no start of authority refers to
/// them (RFC 2308 section 2.2): this server does not know.
fn is_statement(none: &NoRecords) -> bool {
    none.response_code == ResponseCode::NXDomain || none.soa.is_some() || none.ns.is_none()
}

fn answer(response: DnsResponse) -> Answer {
    let ends = response.response_code == ResponseCode::NXDomain || response.soa().is_some();
    let nothing = ends.then(|| response.negative_ttl().unwrap_or_default());
    let message = response.into_message();
    Answer { records: message.answers, additional: message.additionals, nothing }
}

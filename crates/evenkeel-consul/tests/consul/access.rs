use crate::{
    both,
    support::{again, are, first},
};
use evenkeel_servers::{ConsulFake, ConsulOptions, ConsulServer};

both! {
    /// A 2, F47: what a token may not see is no empty service.
    without_the_right_to_read_there_is_an_error_and_no_empty_set,
    /// G 110.
    a_wrong_token_is_an_error_that_does_not_show_it,
}

const ACL: ConsulOptions = ConsulOptions { acl: true, ipv6: false };

async fn without_the_right_to_read_there_is_an_error_and_no_empty_set<C: ConsulServer>() {
    let mut consul = C::start_with(ACL).await;
    consul.put("10.0.0.1:80", 5).await;
    let right = format!("{}?token={}", consul.target(), ConsulOptions::TOKEN);
    again(&right, are(&[("10.0.0.1:80", 5)])).await;
    let error = first(&consul.target()).await.unwrap_err();
    assert!(error.contains("may not read the service \"echo\""), "{error}");
    let nobody = format!("{}?token={}", consul.target_of("nobody"), ConsulOptions::TOKEN);
    assert_eq!(first(&nobody).await.unwrap().len(), 0);
}

async fn a_wrong_token_is_an_error_that_does_not_show_it<C: ConsulServer>() {
    let mut consul = C::start_with(ACL).await;
    consul.put("10.0.0.1:80", 5).await;
    let error = first(&format!("{}?token=5ec4e7-wrong", consul.target())).await.unwrap_err();
    assert!(error.contains("403") && error.ends_with("ACL not found"), "{error}");
    assert!(!error.contains("5ec4e7"), "{error}");
}

/// Since 1.11 Consul says in a header that it left something out.
#[tokio::test]
async fn an_empty_answer_that_is_said_to_be_filtered_is_an_error() {
    let fake = ConsulFake::start().await;
    fake.misbehave(|habits| habits.filtered = true);
    let error = first(&fake.target_of("echo")).await.unwrap_err();
    assert!(error.contains("may not read the service"), "{error}");
}

/// G 110.
#[tokio::test]
async fn the_token_goes_into_a_header_and_not_into_the_path() {
    let mut fake = ConsulFake::start_with(ACL).await;
    evenkeel_servers::Registry::put(&mut fake, "10.0.0.1:80", 5).await;
    let set = first(&format!("{}?token={}", fake.target_of("echo"), ConsulOptions::TOKEN)).await.unwrap();
    assert!(are(&[("10.0.0.1:80", 5)])(&set));
    assert!(fake.paths().iter().all(|path| !path.contains(ConsulOptions::TOKEN)), "{:?}", fake.paths());
}

// SPDX-License-Identifier: Apache-2.0
//! A session with a cluster, within a time limit whatever the other side does.

use crate::client::{Client, Connection};
use crate::failure::{self, guarded, Failure};
use crate::ffi::{ConnectOptions, Outcome, Status};
use crate::probe::what_is_wrong;
use openssl::ssl::{SslContext, SslContextBuilder, SslFiletype, SslMethod, SslVerifyMode};
use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::policies::load_balancing::DefaultPolicy;
use scylla::policies::speculative_execution::SimpleSpeculativeExecutionPolicy;
use scylla::statement::{Consistency, SerialConsistency};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// A frozen node, or one behind a cut cable, is found within this and a second.
const KEEPALIVE: Duration = Duration::from_secs(2);
/// After this a request that can be repeated is sent to another node as well.
const SPECULATE_AFTER: Duration = Duration::from_secs(1);

pub fn connect(options: &ConnectOptions, status: &mut Status) -> Box<Client> {
    Client::new(guarded(status, || connected(options)))
}

fn connected(options: &ConnectOptions) -> Result<Connection, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(2) // they look up names of hosts
        .thread_name("cassandra")
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("no thread for the connection could be started: {error}")))?;
    match runtime.block_on(session(options)) {
        Ok(session) => Ok(Connection { session, runtime }),
        Err(failure) => {
            runtime.shutdown_background();
            Err(failure)
        }
    }
}

async fn session(options: &ConnectOptions) -> Result<Session, Failure> {
    // Some of the time is kept for finding out what is wrong.
    let total = Duration::from_millis(options.connect_timeout_ms);
    let limit = total * 3 / 4;
    let builder = builder(options, limit)?;
    let failure = match tokio::time::timeout(limit, builder.build()).await {
        Ok(Ok(session)) => return checked(session, options),
        Ok(Err(error)) => failure::of_new_session(&error),
        Err(_) => Failure::retriable(format!("no answer of a Cassandra within {} ms", limit.as_millis())),
    };
    if matches!(failure.outcome, Outcome::Failed) {
        return Err(failure);
    }
    Err(match what_is_wrong(&options.contact_points, options.uses_tls, total - limit).await {
        Some(what) => Failure { outcome: failure.outcome, message: format!("{what} ({})", failure.message) },
        None => failure,
    })
}

fn builder(options: &ConnectOptions, limit: Duration) -> Result<SessionBuilder, Failure> {
    let (consistency, serial) = match options.consistency.as_str() {
        "QUORUM" => (Consistency::Quorum, SerialConsistency::Serial),
        "ALL" => (Consistency::All, SerialConsistency::Serial),
        "LOCAL_QUORUM" => (Consistency::LocalQuorum, SerialConsistency::LocalSerial),
        other => return Err(Failure::failed(format!("the consistency {other} is not known"))),
    };
    let mut policy = DefaultPolicy::builder().token_aware(true);
    if !options.local_datacenter.is_empty() {
        policy = policy.prefer_datacenter(options.local_datacenter.clone()).permit_dc_failover(false);
    }
    let profile = ExecutionProfile::builder()
        .consistency(consistency)
        .serial_consistency(Some(serial))
        .request_timeout(Some(Duration::from_millis(options.request_timeout_ms)))
        .load_balancing_policy(policy.build())
        .speculative_execution_policy(Some(Arc::new(SimpleSpeculativeExecutionPolicy {
            max_retry_count: 1,
            retry_interval: SPECULATE_AFTER,
        })))
        .build();
    let mut builder = SessionBuilder::new()
        .known_nodes(&options.contact_points)
        .default_execution_profile_handle(profile.into_handle())
        .connection_timeout(limit / 3)
        .hostname_resolution_timeout(Some(limit / 3))
        .keepalive_interval(KEEPALIVE)
        .keepalive_timeout(KEEPALIVE)
        .tcp_keepalive_interval(Duration::from_secs(10))
        .schema_agreement_timeout(Duration::from_secs(30))
        .keyspaces_to_fetch([&options.keyspace]);
    if !options.user.is_empty() {
        builder = builder.user(&options.user, &options.password);
    }
    if options.uses_tls {
        builder = builder.tls_context(Some(tls_context(options)?));
    }
    Ok(builder)
}

fn tls_context(options: &ConnectOptions) -> Result<SslContext, Failure> {
    let unusable = |what: &str, file: &str| {
        let why = std::fs::read(file).err().map_or("it does not hold one".to_owned(), |error| error.to_string());
        Failure::failed(format!("the {what} cannot be taken from {file}: {why}"))
    };
    let plain = |error: openssl::error::ErrorStack| Failure::failed(format!("TLS cannot be used: {error}"));
    let mut context = SslContextBuilder::new(SslMethod::tls_client()).map_err(plain)?;
    context.set_verify(SslVerifyMode::PEER);
    if options.ca_file.is_empty() {
        context.set_default_verify_paths().map_err(plain)?;
    } else {
        context.set_ca_file(&options.ca_file).map_err(|_| unusable("CA certificate", &options.ca_file))?;
    }
    if !options.cert_file.is_empty() {
        context
            .set_certificate_chain_file(&options.cert_file)
            .map_err(|_| unusable("client certificate", &options.cert_file))?;
        context
            .set_private_key_file(&options.key_file, SslFiletype::PEM)
            .map_err(|_| unusable("client key", &options.key_file))?;
        context.check_private_key().map_err(|_| {
            Failure::failed(format!("the key {} does not belong to {}", options.key_file, options.cert_file))
        })?;
    }
    Ok(context.build())
}

fn checked(session: Session, options: &ConnectOptions) -> Result<Session, Failure> {
    let state = session.get_cluster_state();
    let there: BTreeSet<&str> = state.get_nodes_info().iter().filter_map(|node| node.datacenter.as_deref()).collect();
    if options.local_datacenter.is_empty() || there.contains(options.local_datacenter.as_str()) {
        return Ok(session);
    }
    let there: Vec<&str> = there.into_iter().collect();
    Err(Failure::failed(format!(
        "the cluster has no datacenter {}: it has {}; correct `local_datacenter`",
        options.local_datacenter,
        there.join(", ")
    )))
}

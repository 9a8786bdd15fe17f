// SPDX-License-Identifier: Apache-2.0
//! A session with a cluster, within a time limit whatever the other side does.

use crate::client::{Client, Connection};
use crate::failure::{self, guarded, Failure};
use crate::ffi::{ConnectOptions, Outcome, Status};
use crate::probe::what_is_wrong;
use futures::stream::FuturesUnordered;
use futures::StreamExt;
use openssl::pkey::PKey;
use openssl::ssl::{SslContext, SslContextBuilder, SslMethod, SslVerifyMode};
use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::policies::load_balancing::DefaultPolicy;
use scylla::policies::speculative_execution::SimpleSpeculativeExecutionPolicy;
use scylla::statement::{Consistency, SerialConsistency};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A frozen node, or one behind a cut cable, is given up after the two of these.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(1);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(3);
/// The driver asks one contact point after the other. After this, each is asked by itself as well.
const HEAD_START: Duration = Duration::from_millis(500);
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
    let (began, total) = (Instant::now(), Duration::from_millis(options.connect_timeout_ms));
    let limit = total * 3 / 4;
    let tls = options.uses_tls.then(|| tls_context(options)).transpose()?;
    let failure = match tokio::time::timeout(limit, first_session(options, limit)).await {
        Ok(Ok(session)) => return checked(session, options),
        Ok(Err(failure)) => failure,
        Err(_) => Failure::retriable(format!("no answer of a Cassandra within {} ms", limit.as_millis())),
    };
    if matches!(failure.outcome, Outcome::Failed) {
        return Err(failure);
    }
    Err(match what_is_wrong(&options.contact_points, tls, total.saturating_sub(began.elapsed())).await {
        Some(what) => Failure { outcome: failure.outcome, message: format!("{what} ({})", failure.message) },
        None => failure,
    })
}

/// With some of the contact points frozen or behind a cut cable, the others must be enough. The driver would find that
/// out too, but it has no time limit for what comes after the TCP connection.
async fn first_session(options: &ConnectOptions, limit: Duration) -> Result<Session, Failure> {
    let attempt = |points: &[String], head_start: Duration| {
        let (builder, is_whole) = (builder(options, points, limit), points.len() == options.contact_points.len());
        async move {
            tokio::time::sleep(head_start).await;
            let session = async { builder?.build().await.map_err(|error| failure::of_new_session(&error)) };
            (is_whole, session.await)
        }
    };
    let mut attempts = FuturesUnordered::new();
    attempts.push(attempt(&options.contact_points, Duration::ZERO));
    if options.contact_points.len() > 1 {
        attempts.extend(options.contact_points.iter().map(|point| attempt(std::slice::from_ref(point), HEAD_START)));
    }
    let mut outcome = Err(Failure::failed("there are no contact points"));
    while let Some((is_whole, session)) = attempts.next().await {
        match session {
            Ok(_) => return session,
            // One name that is not known says nothing of the others, and the driver knows that.
            Err(failure) if is_whole => {
                let is_final = matches!(failure.outcome, Outcome::Failed);
                outcome = Err(failure);
                if is_final {
                    break;
                }
            }
            Err(_) => {}
        }
    }
    outcome
}

fn builder(options: &ConnectOptions, points: &[String], limit: Duration) -> Result<SessionBuilder, Failure> {
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
        .known_nodes(points)
        .default_execution_profile_handle(profile.into_handle())
        .connection_timeout(limit / 3)
        .hostname_resolution_timeout(Some(limit / 3))
        .keepalive_interval(KEEPALIVE_INTERVAL)
        .keepalive_timeout(KEEPALIVE_TIMEOUT)
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
        let pem = std::fs::read(&options.key_file).map_err(|_| unusable("client key", &options.key_file))?;
        // Without a callback OpenSSL would ask for a passphrase on the terminal.
        let key = PKey::private_key_from_pem_callback(&pem, |_| Ok(0)).map_err(|_| {
            let file = &options.key_file;
            Failure::failed(format!(
                "the client key cannot be taken from {file}: it holds none, or one with a passphrase"
            ))
        })?;
        context.set_private_key(&key).and_then(|()| context.check_private_key()).map_err(|_| {
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

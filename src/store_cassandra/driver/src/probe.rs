// SPDX-License-Identifier: Apache-2.0
//! Why no session came about, for the person who reads it: each contact point is asked once more, byte by byte.

use openssl::ssl::{HandshakeError, Ssl, SslContext};
use std::net::ToSocketAddrs;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// An OPTIONS request of the native protocol, version 4; every Cassandra answers it before anything else.
const OPTIONS: [u8; 9] = [0x04, 0, 0, 0, 0x05, 0, 0, 0, 0];
const ANSWER_BIT: u8 = 0x80;
const NOTHING_LISTENS: &str = "nothing listens";
/// How an answer begins that says, in TLS, that what was sent is none.
const TLS_ALERT: u8 = 0x15;

/// What is wrong with each contact point; None when nothing is.
pub async fn what_is_wrong(contact_points: &[String], tls: Option<SslContext>, limit: Duration) -> Option<String> {
    let asked = futures::future::join_all(contact_points.iter().map(|point| ask(point, &tls, limit))).await;
    let said: Vec<String> = asked.into_iter().flatten().collect();
    let is_refused = said.iter().any(|each| each.starts_with(NOTHING_LISTENS));
    let advice = if is_refused { ". Is Cassandra running there, and are contact_points right?" } else { "" };
    (!said.is_empty()).then(|| said.join("; ") + advice)
}

async fn ask(point: &str, tls: &Option<SslContext>, limit: Duration) -> Option<String> {
    let limit = limit / if tls.is_some() { 3 } else { 2 };
    let mut stream = match timeout(limit, TcpStream::connect(point)).await {
        Err(_) => {
            return Some(format!("{point} does not answer: the machine is off, or a firewall drops what is sent to it"))
        }
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            return Some(format!("{NOTHING_LISTENS} on {point}"))
        }
        Ok(Err(error)) => return Some(format!("{point}: {error}")),
        Ok(Ok(stream)) => stream,
    };
    let mut answer = [0u8; 1];
    let exchange = async {
        stream.write_all(&OPTIONS).await?;
        stream.read_exact(&mut answer).await
    };
    match timeout(limit, exchange).await {
        Err(_) => Some(format!(
            "{point} accepts connections and then says nothing: it is no Cassandra, or it is frozen"
        )),
        // As a server with TLS does with a request that is not encrypted.
        Ok(Err(_)) if tls.is_some() => ask_with_tls(point, tls, limit).await,
        Ok(Ok(_)) if answer[0] == TLS_ALERT => match tls {
            Some(_) => ask_with_tls(point, tls, limit).await,
            None => Some(format!("{point} demands TLS: set `tls`")),
        },
        Ok(Err(_)) => Some(format!("{point} closes connections at once: it is no Cassandra, or it demands TLS")),
        Ok(Ok(_)) if answer[0] & ANSWER_BIT == 0 => Some(format!("{point} is no Cassandra: its answer is not CQL")),
        Ok(Ok(_)) => tls
            .is_some()
            .then(|| format!("{point} does not use TLS: leave `tls` out, or name its port with TLS")),
    }
}

async fn ask_with_tls(point: &str, tls: &Option<SslContext>, limit: Duration) -> Option<String> {
    let (name, context) = (point.to_owned(), tls.clone()?);
    let asked = tokio::task::spawn_blocking(move || refusal_by_tls(&name, &context, limit));
    let reason = timeout(limit, asked).await.ok()?.ok()??;
    Some(match reason.contains("certificate required") || reason.contains("handshake failure") {
        true => format!("{point} demands a client certificate: set `cert_file` and `key_file` ({reason})"),
        false => format!("{point}: TLS: {reason}"),
    })
}

/// In OpenSSL's words. With TLS 1.3 the handshake is over before the server has looked at our certificate: what it says
/// of it comes after that, and a server that closes as it says so makes our next request fail. So this reads first, and
/// what a request fails of is not looked at.
fn refusal_by_tls(point: &str, context: &SslContext, limit: Duration) -> Option<String> {
    let stream = std::net::TcpStream::connect_timeout(&point.to_socket_addrs().ok()?.next()?, limit).ok()?;
    stream.set_read_timeout(Some(limit / 3)).ok()?;
    let in_words = |error: &openssl::ssl::Error| {
        error.ssl_error().and_then(|stack| stack.errors().first().and_then(|first| first.reason()).map(str::to_owned))
    };
    let mut stream = match Ssl::new(context).ok()?.connect(stream) {
        Ok(stream) => stream,
        Err(HandshakeError::Failure(failed)) => return in_words(failed.error()),
        Err(_) => return None,
    };
    let mut answer = [0u8; 1];
    let unasked = stream.ssl_read(&mut answer).err()?;
    if unasked.ssl_error().is_some() {
        return in_words(&unasked);
    }
    let _ = stream.ssl_write(&OPTIONS);
    in_words(&stream.ssl_read(&mut answer).err()?)
}

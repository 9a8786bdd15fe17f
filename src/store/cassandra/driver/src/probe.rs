// SPDX-License-Identifier: Apache-2.0
//! Why no session came about, for the person who reads it: each contact point is asked once more, byte by byte.

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// An OPTIONS request of the native protocol, version 4; every Cassandra answers it before anything else.
const OPTIONS: [u8; 9] = [0x04, 0, 0, 0, 0x05, 0, 0, 0, 0];
const ANSWER_BIT: u8 = 0x80;

/// What is wrong with each contact point; None when nothing is.
pub async fn what_is_wrong(contact_points: &[String], uses_tls: bool, limit: Duration) -> Option<String> {
    let asked = futures::future::join_all(contact_points.iter().map(|point| ask(point, uses_tls, limit))).await;
    let said: Vec<String> = asked.into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join("; "))
}

async fn ask(point: &str, uses_tls: bool, limit: Duration) -> Option<String> {
    let mut stream = match timeout(limit / 2, TcpStream::connect(point)).await {
        Err(_) => {
            return Some(format!("{point} does not answer: the machine is off, or a firewall drops what is sent to it"))
        }
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            return Some(format!("nothing listens on {point}"))
        }
        Ok(Err(error)) => return Some(format!("{point}: {error}")),
        Ok(Ok(stream)) => stream,
    };
    if uses_tls {
        return None;
    }
    let mut answer = [0u8; 1];
    let exchange = async {
        stream.write_all(&OPTIONS).await?;
        stream.read_exact(&mut answer).await
    };
    match timeout(limit / 2, exchange).await {
        Err(_) => Some(format!("{point} accepts connections and then says nothing: it is no Cassandra, or it is frozen")),
        Ok(Err(_)) => Some(format!("{point} closes connections at once: it is no Cassandra, or it demands TLS")),
        Ok(Ok(_)) if answer[0] & ANSWER_BIT == 0 => Some(format!("{point} is no Cassandra: its answer is not CQL")),
        Ok(Ok(_)) => None,
    }
}

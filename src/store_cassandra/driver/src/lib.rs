// SPDX-License-Identifier: Apache-2.0
//! The bridge between the C++ store and the `scylla` driver: declarations only. What it declares stands in client.rs.
//! Values cross it as the native protocol has them (four bytes of length, -1 for null, then the bytes), a whole step of
//! a flush at a time. No call panics across it, and none blocks for longer than its time limit.

mod batches;
mod client;
mod connect;
mod failure;
mod probe;
mod values;

use client::Client;
use connect::connect;

#[cxx::bridge(namespace = "salestream::store::cassandra::bridge")]
mod ffi {
    /// How a call ended.
    enum Outcome {
        Done,
        /// It failed and will fail again.
        Failed,
        /// The other side is unavailable or busy: the same call may go through later.
        Retriable,
    }

    struct Status {
        outcome: Outcome,
        message: String,
    }

    /// Empty texts stand for what is not set.
    struct ConnectOptions {
        contact_points: Vec<String>,
        keyspace: String,
        local_datacenter: String,
        consistency: String,
        user: String,
        password: String,
        uses_tls: bool,
        ca_file: String,
        cert_file: String,
        key_file: String,
        request_timeout_ms: u64,
        connect_timeout_ms: u64,
    }

    /// Rows of an answer, value after value; `inputs` says for each row which of the bound rows it answers.
    struct Rows {
        values: Vec<u8>,
        inputs: Vec<u32>,
    }

    extern "Rust" {
        /// A connection to a cluster, with a thread of its own. Any thread may call any function at any time.
        type Client;

        /// When it fails, the client that comes back is good for nothing but to be dropped.
        fn connect(options: &ConnectOptions, status: &mut Status) -> Box<Client>;

        /// Runs one statement that has no values and gives no rows, and waits until all nodes know a changed schema.
        fn run(self: &Client, cql: &str, status: &mut Status);

        /// Returns when all nodes have the same schema, or one of them has not answered for some seconds.
        fn await_one_schema(self: &Client, status: &mut Status);

        /// The statement's number, for the calls below. `is_idempotent`: the driver may repeat it.
        fn prepare(self: &Client, cql: &str, is_idempotent: bool, status: &mut Status) -> u32;

        /// Runs an idempotent statement once for each row of bound values. When it fails, any of them may have been
        /// done.
        fn write(self: &Client, statement: u32, row_count: usize, bound: &[u8], status: &mut Status);

        /// The same for statements that give rows, which are appended in any order.
        fn read(self: &Client, statement: u32, row_count: usize, bound: &[u8], rows: &mut Rows, status: &mut Status);

        /// The same as `read` of statement `one`, whose last value is a key. `many` is the same statement for a list of
        /// keys, and gives each row's key before it; it serves where that spares requests. No two of the rows are the
        /// same.
        fn read_many(
            self: &Client,
            one: u32,
            many: u32,
            row_count: usize,
            bound: &[u8],
            rows: &mut Rows,
            status: &mut Status,
        );

        /// The next page of the rows of one statement: the first when `paging_state` is empty. Leaves in it where the
        /// next one begins; empty when there is none.
        fn read_page(
            self: &Client,
            statement: u32,
            bound: &[u8],
            page_rows: i32,
            paging_state: &mut Vec<u8>,
            rows: &mut Rows,
            status: &mut Status,
        );
    }
}

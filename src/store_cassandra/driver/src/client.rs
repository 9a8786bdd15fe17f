// SPDX-License-Identifier: Apache-2.0
//! Statements over one session: prepared once, run for many rows of values with a bounded number in flight.

use crate::batches;
use crate::failure::{self, guarded, Failure};
use crate::ffi::{Rows, Status};
use crate::values::{append_rows, append_rows_of, bound_rows, BoundKeys, BoundRow};
use futures::stream::{self, StreamExt};
use scylla::client::session::Session;
use scylla::response::PagingState;
use scylla::statement::prepared::PreparedStatement;
use scylla::statement::Statement;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;

/// More only lets requests wait inside the server.
const MAX_REQUESTS_IN_FLIGHT: usize = 64;
/// Of those that are work for many.
const MAX_LISTS_IN_FLIGHT: usize = 16;
/// A changed schema takes a busy server longer than any row, and to ask again while it works makes two of one table.
const SCHEMA_LIMIT: Duration = Duration::from_secs(30);

/// How long nodes that differ in the schema are waited for.
const AGREEMENT_LIMIT: Duration = Duration::from_secs(3);

pub struct Connection {
    pub session: Session,
    pub runtime: Runtime,
}

pub struct Client {
    connection: Option<Connection>,
    statements: Mutex<Vec<Arc<PreparedStatement>>>,
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(Connection { session, runtime }) = self.connection.take() {
            drop(session);
            // A name that is being looked up can't be called off, and is nothing to wait for.
            runtime.shutdown_background();
        }
    }
}

fn bound_by<'a>(
    statement: &PreparedStatement,
    row_count: usize,
    bound: &'a [u8],
) -> Result<Vec<BoundRow<'a>>, Failure> {
    bound_rows(bound, row_count, statement.get_variable_col_specs().len()).map_err(Failure::failed)
}

impl Client {
    pub fn new(connection: Option<Connection>) -> Box<Client> {
        Box::new(Client { connection, statements: Mutex::default() })
    }

    fn connection(&self) -> Result<&Connection, Failure> {
        self.connection.as_ref().ok_or_else(|| Failure::failed("there is no connection"))
    }

    fn statement(&self, number: u32) -> Result<Arc<PreparedStatement>, Failure> {
        let statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        statements.get(number as usize).cloned().ok_or_else(|| Failure::failed("no such statement was prepared"))
    }

    pub fn run(&self, cql: &str, status: &mut Status) {
        guarded(status, || {
            let Connection { session, runtime } = self.connection()?;
            let mut statement = Statement::new(cql);
            statement.set_request_timeout(Some(SCHEMA_LIMIT));
            runtime.block_on(session.query_unpaged(statement, ())).map_err(|error| failure::of_execution(&error))?;
            Ok(())
        });
    }

    pub fn await_one_schema(&self, status: &mut Status) {
        guarded(status, || {
            let Connection { session, runtime } = self.connection()?;
            // A node that does not answer must not keep a run from starting beside it.
            let agreed = async { tokio::time::timeout(AGREEMENT_LIMIT, session.await_schema_agreement()).await };
            let _ = runtime.block_on(agreed);
            Ok(())
        });
    }

    pub fn prepare(&self, cql: &str, is_idempotent: bool, status: &mut Status) -> u32 {
        guarded(status, || {
            let Connection { session, runtime } = self.connection()?;
            let mut prepared = runtime.block_on(session.prepare(cql)).map_err(|error| failure::of_prepare(&error))?;
            prepared.set_is_idempotent(is_idempotent);
            let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
            statements.push(Arc::new(prepared));
            Ok(statements.len() as u32 - 1)
        })
        .unwrap_or_default()
    }

    pub fn write(&self, number: u32, row_count: usize, bound: &[u8], status: &mut Status) {
        guarded(status, || {
            let Connection { session, runtime } = self.connection()?;
            let statement = &*self.statement(number)?;
            let rows = bound_by(statement, row_count, bound)?;
            if !statement.get_is_idempotent() {
                return Err(Failure::failed("a statement that must not be repeated was given to write()"));
            }
            runtime.block_on(async {
                let groups = batches::grouped(session, statement, rows);
                let answers = stream::iter(groups).map(|group| async move {
                    match group[..] {
                        [row] => session.execute_unpaged(statement, row).await,
                        _ => session.batch(&batches::batch_of(statement, group.len()), group).await,
                    }
                });
                let mut answers = answers.buffer_unordered(MAX_REQUESTS_IN_FLIGHT);
                while let Some(answer) = answers.next().await {
                    answer.map_err(|error| failure::of_execution(&error))?;
                }
                Ok(())
            })
        });
    }

    pub fn read(&self, number: u32, row_count: usize, bound: &[u8], rows: &mut Rows, status: &mut Status) {
        guarded(status, || {
            let Connection { session, runtime } = self.connection()?;
            let statement = &*self.statement(number)?;
            let bound = bound_by(statement, row_count, bound)?;
            let one = |(input, row)| async move { (input, session.execute_unpaged(statement, row).await) };
            runtime.block_on(async {
                let mut answers =
                    stream::iter(bound.into_iter().enumerate()).map(one).buffer_unordered(MAX_REQUESTS_IN_FLIGHT);
                while let Some((input, answer)) = answers.next().await {
                    let answer = answer.map_err(|error| failure::of_execution(&error))?;
                    let answer = answer.into_rows_result().map_err(|error| Failure::failed(error.to_string()))?;
                    append_rows(&answer, input as u32, rows).map_err(Failure::failed)?;
                }
                Ok(())
            })
        });
    }

    pub fn read_many(&self, one: u32, many: u32, row_count: usize, bound: &[u8], rows: &mut Rows, status: &mut Status) {
        guarded(status, || {
            let Connection { session, runtime } = self.connection()?;
            let (one, many) = (&*self.statement(one)?, &*self.statement(many)?);
            let bound = bound_by(one, row_count, bound)?;
            let columns = one.get_variable_col_specs().len();
            runtime.block_on(async {
                let groups = batches::keys_together(session, one, &bound);
                let in_flight = if groups.len() < bound.len() { MAX_LISTS_IN_FLIGHT } else { MAX_REQUESTS_IN_FLIGHT };
                let answers = groups.into_iter().map(|(first_input, group)| async move {
                    let keys = BoundKeys::new(group, columns);
                    let answer = match group {
                        [row] => session.execute_unpaged(one, row).await,
                        _ => session.execute_unpaged(many, keys.row()).await,
                    };
                    (first_input as u32, group.len(), keys, answer)
                });
                let mut answers = stream::iter(answers).buffer_unordered(in_flight);
                while let Some((first_input, count, keys, answer)) = answers.next().await {
                    let answer = answer.map_err(|error| failure::of_execution(&error))?;
                    let answer = answer.into_rows_result().map_err(|error| Failure::failed(error.to_string()))?;
                    match count {
                        1 => append_rows(&answer, first_input, rows),
                        _ => append_rows_of(&keys, &answer, first_input, rows),
                    }
                    .map_err(Failure::failed)?;
                }
                Ok(())
            })
        });
    }

    pub fn read_page(
        &self,
        statement: u32,
        bound: &[u8],
        page_rows: i32,
        paging_state: &mut Vec<u8>,
        rows: &mut Rows,
        status: &mut Status,
    ) {
        guarded(status, || {
            let Connection { session, runtime } = self.connection()?;
            let mut statement = PreparedStatement::clone(&*self.statement(statement)?);
            statement.set_page_size(page_rows);
            let bound = bound_by(&statement, 1, bound)?[0];
            let state = match paging_state.is_empty() {
                true => PagingState::start(),
                false => PagingState::new_from_raw_bytes(paging_state.as_slice()),
            };
            paging_state.clear();
            let (answer, next) = runtime
                .block_on(session.execute_single_page(&statement, bound, state))
                .map_err(|error| failure::of_execution(&error))?;
            let answer = answer.into_rows_result().map_err(|error| Failure::failed(error.to_string()))?;
            append_rows(&answer, 0, rows).map_err(Failure::failed)?;
            if let std::ops::ControlFlow::Continue(state) = next.into_paging_control_flow() {
                if let Some(bytes) = state.as_bytes_slice() {
                    paging_state.extend_from_slice(bytes);
                }
            }
            Ok(())
        });
    }
}

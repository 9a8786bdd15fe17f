// SPDX-License-Identifier: Apache-2.0
//! Rows of one statement put together into requests: what a request costs the server is most of what a small row does.
//! Only rows whose first replica is the same node share one, so that no node becomes a middleman, and only so many that
//! no server with Cassandra's own settings warns about them.

use crate::values::BoundRow;
use scylla::client::session::Session;
use scylla::routing::Token;
use scylla::statement::batch::{Batch, BatchStatement, BatchType};
use scylla::statement::prepared::PreparedStatement;
use std::collections::HashMap;

/// Cassandra's unlogged_batch_across_partitions_warn_threshold.
const MAX_ROWS: usize = 10;
/// Cassandra's batch_size_warn_threshold is 5 KiB of mutation, which is the values and what describes them.
const MAX_VALUE_BYTES: usize = 2560;

/// Cuts `rows` into groups for one request each.
pub fn grouped<'a>(
    session: &Session,
    statement: &PreparedStatement,
    rows: Vec<BoundRow<'a>>,
) -> Vec<Vec<BoundRow<'a>>> {
    let cluster = session.get_cluster_state();
    let is_one_node = cluster.get_nodes_info().len() == 1;
    in_groups(rows, |row| {
        if is_one_node {
            return Some(Default::default());
        }
        let token: Token = statement.calculate_token(row).ok()??;
        let table = statement.get_table_spec()?;
        let replicas = cluster.get_token_endpoints(table.ks_name(), table.table_name(), token);
        replicas.first().map(|(node, _)| node.host_id)
    })
}

/// Cuts `rows` that differ in a key alone into what one request may ask for, with the number of each first one: several
/// small ones where every node has every row, one elsewhere, where a request for many would make a middleman of the
/// node that gets it.
pub fn keys_together<'r, 'a>(
    session: &Session,
    statement: &PreparedStatement,
    rows: &'r [BoundRow<'a>],
) -> Vec<(usize, &'r [BoundRow<'a>])> {
    let cluster = session.get_cluster_state();
    let copies = rows.first().and_then(|row| {
        let table = statement.get_table_spec()?;
        let token = statement.calculate_token(row).ok()??;
        Some(cluster.get_token_endpoints(table.ks_name(), table.table_name(), token).len())
    });
    runs(rows, if copies == Some(cluster.get_nodes_info().len()) { MAX_ROWS } else { 1 })
}

/// Neighbours, at most `most_rows` of them, as long as they are small: each row of an answer repeats its key.
fn runs<'r, 'a>(rows: &'r [BoundRow<'a>], most_rows: usize) -> Vec<(usize, &'r [BoundRow<'a>])> {
    let mut runs = Vec::with_capacity(rows.len().div_ceil(most_rows));
    let (mut begin, mut bytes) = (0, 0);
    for (at, row) in rows.iter().enumerate() {
        if at > begin && (at - begin == most_rows || bytes + row.len() > MAX_VALUE_BYTES) {
            runs.push((begin, &rows[begin..at]));
            (begin, bytes) = (at, 0);
        }
        bytes += row.len();
    }
    if begin < rows.len() {
        runs.push((begin, &rows[begin..]));
    }
    runs
}

/// `node`: of a row; a row without one travels alone.
fn in_groups<'a, Node: std::hash::Hash + Eq>(
    rows: Vec<BoundRow<'a>>,
    node: impl Fn(&BoundRow<'a>) -> Option<Node>,
) -> Vec<Vec<BoundRow<'a>>> {
    let mut groups = Vec::new();
    let mut open: HashMap<Node, (Vec<BoundRow<'a>>, usize)> = HashMap::new();
    for row in rows {
        let Some(node) = node(&row) else {
            groups.push(vec![row]);
            continue;
        };
        let (group, bytes) = open.entry(node).or_default();
        if !group.is_empty() && (group.len() == MAX_ROWS || *bytes + row.len() > MAX_VALUE_BYTES) {
            groups.push(std::mem::take(group));
            *bytes = 0;
        }
        *bytes += row.len();
        group.push(row);
    }
    groups.extend(open.into_values().map(|(group, _)| group));
    groups
}

/// The request for a group of more than one row. Unlogged: each row counts by itself, as when it travels alone.
pub fn batch_of(statement: &PreparedStatement, rows: usize) -> Batch {
    let statements = vec![BatchStatement::PreparedStatement(statement.clone()); rows];
    let mut batch = Batch::new_with_statements(BatchType::Unlogged, statements);
    batch.set_is_idempotent(statement.get_is_idempotent());
    batch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::bound_rows;

    fn row(bytes: usize) -> Vec<u8> {
        [&(bytes as i32).to_be_bytes()[..], &vec![7; bytes]].concat()
    }

    fn sizes(groups: &[Vec<BoundRow>]) -> Vec<usize> {
        let mut sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
        sizes.sort();
        sizes
    }

    #[test]
    fn small_rows_share_a_request_up_to_ten() {
        let bound = row(8).repeat(24);
        let groups = in_groups(bound_rows(&bound, 24, 1).unwrap(), |_| Some(1));
        assert_eq!(sizes(&groups), [4, 10, 10]);
    }

    #[test]
    fn large_rows_travel_alone() {
        let bound = [row(4000), row(8), row(2000), row(1000)].concat();
        let groups = in_groups(bound_rows(&bound, 4, 1).unwrap(), |_| Some(1));
        assert_eq!(sizes(&groups), [1, 1, 2]);
    }

    #[test]
    fn rows_of_different_nodes_do_not_meet() {
        let bound = [row(1), row(2), row(1), row(2), row(3)].concat();
        let node = |row: &BoundRow| if row.len() == 7 { None } else { Some(row.len()) };
        let groups = in_groups(bound_rows(&bound, 5, 1).unwrap(), node);
        assert_eq!(sizes(&groups), [1, 2, 2]);
        assert!(groups.iter().all(|group| group.iter().all(|row| row.len() == group[0].len())));
    }

    #[test]
    fn small_keys_are_asked_for_together_and_large_ones_alone() {
        let bound = [row(8).repeat(12), row(4000), row(2000), row(8)].concat();
        let rows = bound_rows(&bound, 15, 1).unwrap();
        let cut = |most| runs(&rows, most).into_iter().map(|(first, run)| (first, run.len())).collect::<Vec<_>>();
        assert_eq!(cut(10), [(0, 10), (10, 2), (12, 1), (13, 2)]);
        assert_eq!(cut(1), (0..15).map(|first| (first, 1)).collect::<Vec<_>>());
        assert!(runs(&[], 10).is_empty());
    }

    #[test]
    fn nothing_makes_no_request() {
        assert!(in_groups(Vec::new(), |_| Some(1)).is_empty());
    }
}

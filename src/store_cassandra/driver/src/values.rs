// SPDX-License-Identifier: Apache-2.0
//! Rows of values as they cross the bridge, on their way into requests and out of answers.

use crate::ffi::Rows;
use scylla::deserialize::row::ColumnIterator;
use scylla::errors::SerializationError;
use scylla::response::query_result::QueryRowsResult;
use scylla::serialize::row::{RowSerializationContext, SerializeRow};
use scylla::serialize::writers::RowWriter;

/// The bound values of one execution of a statement.
#[derive(Clone, Copy)]
pub struct BoundRow<'a>(&'a [u8]);

#[derive(Debug)]
struct Malformed;

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the bound values do not fit the statement (a mistake in salestream, please report it)")
    }
}

impl std::error::Error for Malformed {}

/// Splits off the first value: None when nothing whole is there, Some(None) when it is null.
fn split_value(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    match i32::from_be_bytes(*length) {
        length if length < 0 => Some((None, rest)),
        length => rest.split_at_checked(length as usize).map(|(value, rest)| (Some(value), rest)),
    }
}

/// Cuts `bound` into `row_count` rows of `columns` values each.
pub fn bound_rows(bound: &[u8], row_count: usize, columns: usize) -> Result<Vec<BoundRow<'_>>, String> {
    let mut rows = Vec::with_capacity(row_count);
    let mut rest = bound;
    for _ in 0..row_count {
        let begin = rest;
        for _ in 0..columns {
            rest = split_value(rest).ok_or_else(|| Malformed.to_string())?.1;
        }
        rows.push(BoundRow(&begin[..begin.len() - rest.len()]));
    }
    if rest.is_empty() {
        Ok(rows)
    } else {
        Err(Malformed.to_string())
    }
}

impl<'a> BoundRow<'a> {
    /// In bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The last of its `columns` values, with its length before it, and all that stands before that.
    fn split_last(&self, columns: usize) -> (&'a [u8], &'a [u8]) {
        let mut last = self.0;
        for _ in 1..columns {
            last = split_value(last).expect("a row has its values").1;
        }
        self.0.split_at(self.0.len() - last.len())
    }
}

/// Rows of `columns` values each that differ in the last one, the key: what is bound to the same statement for a list
/// of keys.
pub struct BoundKeys<'a> {
    keys: Vec<&'a [u8]>,
    bound: Vec<u8>,
}

impl<'a> BoundKeys<'a> {
    pub fn new(rows: &[BoundRow<'a>], columns: usize) -> BoundKeys<'a> {
        let keys: Vec<_> = rows.iter().map(|row| row.split_last(columns).1).collect();
        let mut bound = rows.first().map(|row| row.split_last(columns).0).unwrap_or_default().to_vec();
        // A list is a value: how many there are, and then they are as they were.
        let list_bytes = 4 + keys.iter().map(|key| key.len()).sum::<usize>();
        for number in [list_bytes, keys.len()] {
            bound.extend_from_slice(&(number as i32).to_be_bytes());
        }
        bound.extend(keys.iter().copied().flatten());
        BoundKeys { keys, bound }
    }

    pub fn row(&self) -> BoundRow<'_> {
        BoundRow(&self.bound)
    }

    /// Which of the keys this is.
    fn find(&self, key: Option<&[u8]>) -> Option<usize> {
        self.keys.iter().position(|each| Some(&each[4..]) == key)
    }
}

impl SerializeRow for BoundRow<'_> {
    fn serialize(
        &self,
        context: &RowSerializationContext<'_>,
        writer: &mut RowWriter,
    ) -> Result<(), SerializationError> {
        let mut rest = self.0;
        for _ in context.columns() {
            let (value, after) = split_value(rest).ok_or_else(|| SerializationError::new(Malformed))?;
            rest = after;
            let cell = writer.make_cell_writer();
            match value {
                Some(value) => cell.set_value(value).map_err(SerializationError::new)?,
                None => cell.set_null(),
            };
        }
        if rest.is_empty() {
            Ok(())
        } else {
            Err(SerializationError::new(Malformed))
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Appends the rows of an answer to bound row number `input`.
pub fn append_rows(answer: &QueryRowsResult, input: u32, into: &mut Rows) -> Result<(), String> {
    into.values.reserve(answer.rows_bytes_size());
    for row in answer.rows::<ColumnIterator>().map_err(|error| error.to_string())? {
        append_values(row.map_err(|error| error.to_string())?, into)?;
        into.inputs.push(input);
    }
    Ok(())
}

/// The same of an answer to many bound rows, from number `first_input` on: each of its rows begins with its key, which
/// is left out.
pub fn append_rows_of(
    keys: &BoundKeys,
    answer: &QueryRowsResult,
    first_input: u32,
    into: &mut Rows,
) -> Result<(), String> {
    into.values.reserve(answer.rows_bytes_size());
    for row in answer.rows::<ColumnIterator>().map_err(|error| error.to_string())? {
        let mut columns = row.map_err(|error| error.to_string())?;
        let key = columns.next().ok_or("an answer without columns")?.map_err(|error| error.to_string())?;
        let input = keys
            .find(key.slice.as_ref().map(|slice| slice.as_slice()))
            .ok_or("an answer that was not asked for")?;
        append_values(columns, into)?;
        into.inputs.push(first_input + input as u32);
    }
    Ok(())
}

fn append_values(columns: ColumnIterator, into: &mut Rows) -> Result<(), String> {
    for column in columns {
        match column.map_err(|error| error.to_string())?.slice {
            Some(value) => {
                into.values.extend_from_slice(&(value.as_slice().len() as i32).to_be_bytes());
                into.values.extend_from_slice(value.as_slice());
            }
            None => into.values.extend_from_slice(&(-1i32).to_be_bytes()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_where_values_end() {
        let bound = [0, 0, 0, 1, 7, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 2, 8, 9];
        let rows = bound_rows(&bound, 2, 2).unwrap();
        assert_eq!(rows[0].0, &bound[..9]);
        assert_eq!(rows[1].0, &bound[9..]);
        assert!(bound_rows(&bound, 2, 1).is_err(), "something is left");
        assert!(bound_rows(&bound, 2, 3).is_err(), "something is missing");
        assert!(bound_rows(&bound[..18], 2, 2).is_err(), "the last value is cut");
        assert!(bound_rows(&[], 0, 2).unwrap().is_empty());
    }

    #[test]
    fn many_keys_are_bound_after_what_they_share() {
        let bound = [0, 0, 0, 1, 7, 0, 0, 0, 1, 65, 0, 0, 0, 1, 7, 0, 0, 0, 2, 66, 67];
        let keys = BoundKeys::new(&bound_rows(&bound, 2, 2).unwrap(), 2);
        let list = [0, 0, 0, 15, 0, 0, 0, 2, 0, 0, 0, 1, 65, 0, 0, 0, 2, 66, 67];
        assert_eq!(keys.row().0, [&bound[..5], &list].concat());
        assert_eq!(keys.find(Some(b"BC")), Some(1));
        assert_eq!((keys.find(Some(b"B")), keys.find(None)), (None, None));
    }
}

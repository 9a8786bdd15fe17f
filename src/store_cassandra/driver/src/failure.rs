// SPDX-License-Identifier: Apache-2.0
//! The driver's errors in few words, and whether the same call may go through later.

use crate::ffi::{Outcome, Status};
use scylla::errors::{
    ConnectionError, ConnectionPoolError, ConnectionSetupRequestErrorKind, DbError, ExecutionError, MetadataError,
    NewSessionError, PrepareError, RequestAttemptError,
};

pub struct Failure {
    pub outcome: Outcome,
    pub message: String,
}

impl Failure {
    pub fn failed(message: impl Into<String>) -> Self {
        Failure { outcome: Outcome::Failed, message: message.into() }
    }

    pub fn retriable(message: impl Into<String>) -> Self {
        Failure { outcome: Outcome::Retriable, message: message.into() }
    }
}

/// Runs the body of a bridge function. A panic must not cross the bridge: it would end the process.
pub fn guarded<T>(status: &mut Status, body: impl FnOnce() -> Result<T, Failure>) -> Option<T> {
    let failure = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)) {
        Ok(Ok(value)) => {
            status.outcome = Outcome::Done;
            status.message.clear();
            return Some(value);
        }
        Ok(Err(failure)) => failure,
        Err(_) => Failure::failed(
            "the Cassandra driver came to a halt (a mistake in it or in salestream, please report it)",
        ),
    };
    status.outcome = failure.outcome;
    status.message = failure.message;
    None
}

fn of_database(error: &DbError, message: &str) -> Failure {
    let text = if message.is_empty() { error.to_string() } else { message.to_owned() };
    match error {
        // Not a refusal: who may do what stands in tables as well, whose replicas are unavailable just now.
        DbError::Unauthorized
            if text.contains("Unable to perform authorization") || text.contains("Cannot achieve consistency level") =>
        {
            Failure::retriable(text)
        }
        DbError::SyntaxError
        | DbError::Invalid
        | DbError::AlreadyExists { .. }
        | DbError::FunctionFailure { .. }
        | DbError::AuthenticationError
        | DbError::Unauthorized
        | DbError::ConfigError
        | DbError::ProtocolError => Failure::failed(text),
        // These carry numbers of nodes, which the server's own words often leave out.
        DbError::Unavailable { .. }
        | DbError::ReadTimeout { .. }
        | DbError::WriteTimeout { .. }
        | DbError::ReadFailure { .. }
        | DbError::WriteFailure { .. } => Failure::retriable(error.to_string()),
        _ => Failure::retriable(text),
    }
}

fn of_attempt(error: &RequestAttemptError) -> Failure {
    match error {
        RequestAttemptError::DbError(kind, message) => of_database(kind, message),
        RequestAttemptError::SerializationError(_) | RequestAttemptError::CqlRequestSerialization(_) => {
            Failure::failed(error.to_string())
        }
        _ => Failure::retriable(error.to_string()),
    }
}

/// While running, a pool that can't connect is a node that is unavailable, whatever it says.
fn of_pool(error: &ConnectionPoolError) -> Failure {
    match error {
        ConnectionPoolError::Broken { last_connection_error } => {
            Failure::retriable(of_connection(last_connection_error).message)
        }
        _ => Failure::retriable(error.to_string()),
    }
}

fn of_connection(error: &ConnectionError) -> Failure {
    let ConnectionError::ConnectionSetupRequestError(setup) = error else {
        return Failure::retriable(error.to_string());
    };
    match setup.get_error() {
        // A server that is just starting, or has lost its majority, can't look a user up.
        ConnectionSetupRequestErrorKind::DbError(DbError::AuthenticationError, message)
            if message.contains("Unable to perform") || message.contains("Cannot achieve") =>
        {
            Failure::retriable(format!("the server cannot check the password just now: {message}"))
        }
        ConnectionSetupRequestErrorKind::DbError(DbError::AuthenticationError, message) => {
            Failure::failed(format!("the server does not accept the user or the password: {message}"))
        }
        ConnectionSetupRequestErrorKind::DbError(kind, message) => of_database(kind, message),
        ConnectionSetupRequestErrorKind::MissingAuthentication => {
            Failure::failed("the server demands a user and a password: set `user` and `password`")
        }
        kind => Failure::retriable(kind.to_string()),
    }
}

pub fn of_prepare(error: &PrepareError) -> Failure {
    match error {
        PrepareError::ConnectionPoolError(error) => of_pool(error),
        PrepareError::AllAttemptsFailed { first_attempt } => of_attempt(first_attempt),
        _ => Failure::retriable(error.to_string()),
    }
}

pub fn of_execution(error: &ExecutionError) -> Failure {
    match error {
        ExecutionError::BadQuery(_) => Failure::failed(error.to_string()),
        ExecutionError::PrepareError(error) => of_prepare(error),
        ExecutionError::ConnectionPoolError(error) => of_pool(error),
        ExecutionError::LastAttemptError(error) => of_attempt(error),
        ExecutionError::RequestTimeout(after) => {
            Failure::retriable(format!("no answer within {} ms", after.as_millis()))
        }
        ExecutionError::EmptyPlan => Failure::retriable("no node can be reached"),
        _ => Failure::retriable(error.to_string()),
    }
}

pub fn of_new_session(error: &NewSessionError) -> Failure {
    match error {
        NewSessionError::FailedToResolveAnyHostname(_) => Failure::failed("no such host is known"),
        NewSessionError::EmptyKnownNodesList | NewSessionError::IllegalConfig(_) => Failure::failed(error.to_string()),
        NewSessionError::MetadataError(MetadataError::ConnectionPoolError(ConnectionPoolError::Broken {
            last_connection_error,
        })) => of_connection(last_connection_error),
        NewSessionError::MetadataError(error) => Failure::retriable(error.to_string()),
        _ => Failure::retriable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scylla::statement::Consistency;

    fn status() -> Status {
        Status { outcome: Outcome::Retriable, message: "of the call before".into() }
    }

    #[test]
    fn what_goes_well_leaves_no_message() {
        let mut status = status();
        assert_eq!(guarded(&mut status, || Ok(7)), Some(7));
        assert!(status.outcome == Outcome::Done && status.message.is_empty());
    }

    #[test]
    fn a_failure_is_handed_on_as_it_is() {
        let mut status = status();
        assert_eq!(guarded::<()>(&mut status, || Err(Failure::failed("no such table"))), None);
        assert!(status.outcome == Outcome::Failed && status.message == "no such table");
    }

    #[test]
    fn a_panic_does_not_cross_the_bridge() {
        let mut status = status();
        assert_eq!(guarded::<()>(&mut status, || panic!("a mistake")), None);
        assert!(status.outcome == Outcome::Failed && status.message.contains("please report"));
    }

    #[test]
    fn nodes_that_are_away_may_come_back() {
        let unavailable = DbError::Unavailable { consistency: Consistency::Quorum, required: 2, alive: 1 };
        let failure = of_database(&unavailable, "Cannot achieve consistency level QUORUM");
        assert!(failure.outcome == Outcome::Retriable);
        assert!(failure.message.contains("required: 2") && failure.message.contains("alive: 1"), "{}", failure.message);
        assert!(of_database(&DbError::Overloaded, "too much").outcome == Outcome::Retriable);
    }

    #[test]
    fn rights_that_cannot_be_looked_up_are_no_refusal() {
        let text = "Unable to perform authorization of permissions: Unable to perform authorization of super-user \
                    permission: Cannot achieve consistency level LOCAL_ONE";
        assert!(of_database(&DbError::Unauthorized, text).outcome == Outcome::Retriable);
    }

    #[test]
    fn what_will_fail_again_is_not_repeated() {
        for error in [DbError::SyntaxError, DbError::Invalid, DbError::Unauthorized, DbError::AuthenticationError] {
            let failure = of_database(&error, "in the server's words");
            assert!(failure.outcome == Outcome::Failed && failure.message == "in the server's words");
        }
        assert!(!of_database(&DbError::Invalid, "").message.is_empty(), "the driver's words where the server has none");
    }

    #[test]
    fn a_statement_that_cannot_run_now_is_judged_by_its_cause() {
        let timeout = ExecutionError::RequestTimeout(std::time::Duration::from_millis(250));
        assert_eq!(of_execution(&timeout).message, "no answer within 250 ms");
        assert!(of_execution(&timeout).outcome == Outcome::Retriable);
        assert!(of_execution(&ExecutionError::EmptyPlan).outcome == Outcome::Retriable);
        let refused = RequestAttemptError::DbError(DbError::Invalid, "unconfigured table".into());
        assert!(of_execution(&ExecutionError::LastAttemptError(refused)).outcome == Outcome::Failed);
    }
}

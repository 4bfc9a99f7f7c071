//! Problems of a store, with cause and remedy.

/// Why a store cannot be used. No variant contains a secret, SQL or a value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreProblem {
    /// This build has no stores.
    NotBuilt,
    /// The address has parameters that are not supported.
    Address,
    /// The address forbids TLS, and the database is on another machine.
    PlainText,
    /// No connection; contains the cause.
    Unreachable(String),
    /// The user or password is not accepted, or has no right to the tables.
    Denied,
    /// The server has no such database.
    NoDatabase,
    /// The server is too old.
    Version,
    /// A connection pooler shares sessions of the database between clients, so that the lock of a
    /// run would not hold.
    Pooler,
    /// The server may forget commits: this setting is off.
    NotDurable(&'static str),
    /// The server is a standby, which cannot be written to.
    Standby,
    /// The store was restored from a backup, or a standby was promoted, since the last run.
    FailedOver,
    /// Another run has the lock; contains what is known of it.
    InUse(String),
    /// The key of the environment does not open the hash key.
    WrongKey,
    /// The tables or the log are those of a newer version.
    Newer,
    /// The log or the snapshot is damaged; contains the defect.
    Damaged(String),
    /// The session has ended: nothing more can be recorded.
    Lost,
    /// A commit got no answer.
    UnknownCommit,
    /// The database has changes that could not be written to the copy on this machine.
    CopyFailed,
    /// Another run has taken over the store; this one must not record or send any more.
    Fenced,
    /// The database refused a statement; contains its code (SQLSTATE).
    Refused(String),
}

impl StoreProblem {
    /// The stable code of the problem (docs/guide/troubleshooting.md).
    pub(crate) fn code(&self) -> &'static str {
        match self {
            StoreProblem::NotBuilt => "checkpoint.store_not_built",
            StoreProblem::Address | StoreProblem::PlainText => "checkpoint.store_address",
            StoreProblem::Unreachable(_) => "checkpoint.store_unreachable",
            StoreProblem::Denied => "checkpoint.store_denied",
            StoreProblem::NoDatabase => "checkpoint.store_no_database",
            StoreProblem::Version => "checkpoint.store_version",
            StoreProblem::Pooler => "checkpoint.store_pooler",
            StoreProblem::NotDurable(_) => "checkpoint.store_not_durable",
            StoreProblem::Standby => "checkpoint.store_standby",
            StoreProblem::FailedOver => "checkpoint.store_failed_over",
            StoreProblem::InUse(_) => "checkpoint.locked",
            StoreProblem::WrongKey => "checkpoint.store_key",
            StoreProblem::Newer => "checkpoint.newer",
            StoreProblem::Damaged(_) => "checkpoint.damaged",
            StoreProblem::Lost | StoreProblem::UnknownCommit | StoreProblem::CopyFailed => {
                "checkpoint.store_lost"
            }
            StoreProblem::Fenced => "checkpoint.store_fenced",
            StoreProblem::Refused(_) => "checkpoint.store_refused",
        }
    }

    /// Whether the same command may succeed later without a change by a person.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(
            self,
            StoreProblem::Unreachable(_)
                | StoreProblem::Standby
                | StoreProblem::InUse(_)
                | StoreProblem::Lost
                | StoreProblem::UnknownCommit
                | StoreProblem::CopyFailed
                | StoreProblem::Fenced
                | StoreProblem::Refused(_)
        )
    }
}

impl std::fmt::Display for StoreProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            StoreProblem::NotBuilt => "this build of chatferry has no shared checkpoint; install it with the feature: `cargo install --features cloud`",
            StoreProblem::Address => "its address has a parameter that chatferry does not support; write postgres://USER@HOST/DATABASE",
            StoreProblem::PlainText => "its address forbids TLS (sslmode=disable), which is accepted for this machine only; remove the parameter",
            StoreProblem::Unreachable(cause) => return write!(f, "it could not be reached ({cause}); check the address and the network, then run again"),
            StoreProblem::Denied => "the database does not accept this user or password, or the user lacks a right; correct them in the address or in CHATFERRY_STORE_PASSWORD, or let the user create a schema once",
            StoreProblem::NoDatabase => "the server has no database of this name; create it, or correct the address",
            StoreProblem::Version => "the server is older than PostgreSQL 12; update it",
            StoreProblem::Pooler => "a connection pooler in transaction mode is between chatferry and the database, and would lose the lock of the run; give the address of the database itself, or of a pool in session mode",
            StoreProblem::NotDurable(setting) => return write!(f, "the server may forget what it confirmed ({setting} = off), and messages would be posted twice; turn {setting} on"),
            StoreProblem::Standby => "the server is a standby, which cannot be written to; give the address of the primary",
            StoreProblem::FailedOver => "since the last run the database was restored or failed over, so that the last records may be lost; run `chatferry recover`, which compares them with Close",
            StoreProblem::InUse(holder) => return write!(f, "another chatferry is using it ({holder}); wait until it has ended"),
            StoreProblem::WrongKey => "CHATFERRY_STORE_KEY is not the key that the first run used; set that one",
            StoreProblem::Newer => "a newer version of chatferry has written to it; use that version",
            StoreProblem::Damaged(detail) => return write!(f, "it is damaged ({detail}); run `chatferry recover`, which rebuilds it from Close and the archives"),
            StoreProblem::Lost => "the connection to the database ended; what was recorded is safe: run the same command to resume",
            StoreProblem::UnknownCommit => "the database did not confirm a commit; what was recorded is safe: run the same command to resume",
            StoreProblem::CopyFailed => "its copy on this machine could not be written; what was recorded is safe: free disk space, then run the same command to resume",
            StoreProblem::Fenced => "another run has taken over; this one stopped, and nothing is lost",
            StoreProblem::Refused(code) => return write!(f, "the database refused a statement (SQLSTATE {code}); correct the cause there, then run the same command to resume"),
        })
    }
}

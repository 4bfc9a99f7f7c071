//! A connection pooler in transaction mode: each transaction goes to any of its own sessions at the database.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::postgres::{Database, Postgres};
use super::setting::{Fleet, SECRET};
use crate::kit::scenes;

/// The version of the protocol, with which a client begins.
const PROTOCOL: u32 = 3 << 16;

/// Idle sessions at the database; the last one that was given back is taken first, as PgBouncer does.
#[derive(Default)]
struct Pool {
    idle: Mutex<Vec<TcpStream>>,
    /// What a session answers at its beginning, which every client gets.
    greeting: Mutex<Vec<u8>>,
}

/// A message with its type and length.
fn message(stream: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    stream.read_exact(&mut head)?;
    let length = u32::from_be_bytes(head[1..].try_into().expect("four bytes")) as usize;
    let mut body = vec![0; length - 4];
    stream.read_exact(&mut body)?;
    Ok((head[0], [head.as_slice(), &body].concat()))
}

/// A session at the database, once it is ready; what it answered until then.
fn session(port: u16, startup: &[u8]) -> io::Result<(TcpStream, Vec<u8>)> {
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    server.write_all(startup)?;
    let mut greeting = Vec::new();
    loop {
        let (kind, bytes) = message(&mut server)?;
        greeting.extend(bytes);
        if kind == b'Z' {
            return Ok((server, greeting));
        }
    }
}

/// Serves one client: a session for each of its transactions.
fn serve(mut client: TcpStream, port: u16, pool: &Pool) -> io::Result<()> {
    let mut length = [0; 4];
    client.read_exact(&mut length)?;
    let mut rest = vec![0; u32::from_be_bytes(length) as usize - 4];
    client.read_exact(&mut rest)?;
    assert_eq!(rest[..4], PROTOCOL.to_be_bytes(), "not a startup message");
    let startup = [length.as_slice(), &rest].concat();
    let mut greeting = pool.greeting.lock().expect("greeting");
    if greeting.is_empty() {
        let (first, answer) = session(port, &startup)?;
        pool.idle.lock().expect("pool").push(first);
        *greeting = answer;
    }
    client.write_all(&greeting)?;
    drop(greeting);
    loop {
        let mut pending = message(&mut client)?;
        if pending.0 == b'X' {
            return Ok(());
        }
        let taken = pool.idle.lock().expect("pool").pop();
        let mut server = match taken {
            Some(server) => server,
            None => session(port, &startup)?.0,
        };
        // Until the session is ready again, outside of a transaction.
        loop {
            if pending.0 == b'X' {
                // A session in the middle of a transaction is closed.
                return Ok(());
            }
            server.write_all(&pending.1)?;
            // Simple queries and the end of a group of messages are answered; the others follow without waiting.
            if !matches!(pending.0, b'Q' | b'S') {
                pending = message(&mut client)?;
                continue;
            }
            let is_idle = loop {
                let (kind, bytes) = message(&mut server)?;
                client.write_all(&bytes)?;
                if kind == b'Z' {
                    break bytes[5] == b'I';
                }
            };
            if is_idle {
                break;
            }
            pending = message(&mut client)?;
        }
        pool.idle.lock().expect("pool").push(server);
    }
}

/// Starts a pooler before the database; its port.
fn pooler(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let own = listener.local_addr().expect("bound").port();
    let pool = Arc::new(Pool::default());
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let pool = Arc::clone(&pool);
            std::thread::spawn(move || serve(client, port, &pool));
        }
    });
    own
}

#[test]
fn pooler_in_transaction_mode_is_refused() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let database = postgres.database();
    let behind = Database {
        port: pooler(postgres.port),
        name: database.name.clone(),
    };
    // The pooler passes on what it should.
    assert_eq!(behind.number("SELECT 6 * 7"), 42);
    let fleet = Fleet::at(&behind.address(SECRET), database, vec![scenes::ben()]);
    for command in [&["import", "--yes"][..], &["doctor"]] {
        let output = fleet.run(command);
        output.says("a connection pooler in transaction mode");
        assert_ne!(output.code, Some(0));
    }
    fleet.import().exits(2);
    assert_eq!(fleet.world.server.writes(), 0);
}

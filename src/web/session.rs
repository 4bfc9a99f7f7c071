//! The token that opens the page once, and the cookie that keeps it open.
//!
//! Both are 32 random bytes and exist in this process only. Cookies belong to a host and not to a port, so the cookie's
//! name contains the port: two pages on one computer do not exchange theirs.

use std::io;
use std::sync::Mutex;

use data_encoding::HEXLOWER;
use subtle::ConstantTimeEq;

/// What distinguishes the person at this computer from every other sender of requests.
pub(super) struct Session {
    cookie_name: String,
    cookie: String,
    /// `None` once it was used.
    token: Mutex<Option<String>>,
}

impl Session {
    /// A new session of the page at this port.
    ///
    /// # Errors
    ///
    /// This machine has no random numbers.
    pub(super) fn new(port: u16) -> io::Result<Session> {
        Ok(Session {
            cookie_name: format!("chatferry_{port}"),
            cookie: random()?,
            token: Mutex::new(Some(random()?)),
        })
    }

    /// The token; empty once it was used.
    pub(super) fn token(&self) -> String {
        let token = self.token.lock().ok();
        token.and_then(|token| token.clone()).unwrap_or_default()
    }

    /// Takes the token of a request: true once, for the right one.
    pub(super) fn redeem(&self, given: &str) -> bool {
        let Ok(mut token) = self.token.lock() else {
            return false;
        };
        let is_right = token.as_ref().is_some_and(|token| is_equal(token, given));
        if is_right {
            *token = None;
        }
        is_right
    }

    /// A key of this session for other purposes.
    pub(super) fn derived_key(&self) -> [u8; 32] {
        blake3::derive_key("chatferry review ids of chats", self.cookie.as_bytes())
    }

    /// The header that sets the cookie.
    pub(super) fn set_cookie(&self) -> String {
        format!(
            "{}={}; Path=/; HttpOnly; SameSite=Strict",
            self.cookie_name, self.cookie
        )
    }

    /// Whether a header `Cookie` contains the cookie of this page.
    pub(super) fn has_cookie(&self, header: &str) -> bool {
        header.split(';').any(|pair| {
            let (name, value) = pair.trim().split_once('=').unwrap_or_default();
            name == self.cookie_name && is_equal(&self.cookie, value)
        })
    }
}

/// Compares in a time that does not depend on where the texts differ.
fn is_equal(own: &str, given: &str) -> bool {
    own.as_bytes().ct_eq(given.as_bytes()).into()
}

fn random() -> io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|_| io::Error::other("this machine has no random numbers"))?;
    Ok(HEXLOWER.encode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::Session;

    #[test]
    fn token_is_accepted_once() {
        let session = Session::new(1).unwrap();
        let token = session.token();
        assert_eq!(token.len(), 64);
        assert!(!session.redeem(""));
        assert!(!session.redeem(&token[1..]));
        assert!(session.redeem(&token));
        assert!(!session.redeem(&token));
        assert!(!session.redeem(""));
    }

    #[test]
    fn cookie_of_another_port_is_not_accepted() {
        let (one, other) = (Session::new(1).unwrap(), Session::new(2).unwrap());
        let of = |session: &Session| {
            let header = session.set_cookie();
            header.split(';').next().unwrap_or_default().to_owned()
        };
        assert!(one.has_cookie(&format!("a=b; {}; {}", of(&other), of(&one))));
        assert!(!one.has_cookie(&of(&other)));
        assert!(!one.has_cookie(&of(&other).replace("chatferry_2", "chatferry_1")));
        assert!(!one.has_cookie("chatferry_1="));
        assert!(!one.has_cookie(""));
    }
}

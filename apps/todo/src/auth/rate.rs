//! How often somebody may try a password: by address, and by account.
//!
//! Each key has a moment at which its tries are used up again. A try moves it ahead by what one costs, and is refused when
//! it would lie more than a minute ahead (GCRA). A layer by address alone would not see the account, which is in the body.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use crate::State;
use crate::error::{Error, Result};

/// What all tries of a minute are counted in.
const MINUTE: Duration = Duration::from_secs(60);

/// So many keys are remembered before those are forgotten that are free again.
const SWEEP_AT: usize = 10_000;

/// Counts tries.
#[derive(Clone)]
pub(crate) struct Rate {
    /// What one try costs; nothing if there is no limit.
    cost: Option<Duration>,
    used_up: Arc<Mutex<BTreeMap<String, Instant>>>,
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client(Option<IpAddr>);

impl Rate {
    /// So many tries each minute; nought is no limit.
    pub(crate) fn per_minute(tries: u32) -> Self {
        Self {
            cost: MINUTE.checked_div(tries),
            used_up: Arc::default(),
        }
    }

    /// Counts a try of a client at an account.
    ///
    /// # Errors
    ///
    /// One of the two has tried too often; [`Error::TooMany`] says when it may again.
    pub(crate) fn admit(&self, client: Client, account: &str) -> Result<()> {
        let now = Instant::now();
        self.admit_at(&client.key(), now)?;
        self.admit_at(&format!("account {account}"), now)
    }

    fn admit_at(&self, key: &str, now: Instant) -> Result<()> {
        let Some(cost) = self.cost else {
            return Ok(());
        };
        // What a thread that panicked has left is a whole map all the same.
        let mut used_up = self.used_up.lock().unwrap_or_else(PoisonError::into_inner);
        if used_up.len() >= SWEEP_AT {
            used_up.retain(|_, moment| *moment > now);
        }
        let moment = used_up.get(key).map_or(now, |&moment| moment.max(now)) + cost;
        let ahead = moment.duration_since(now);
        if ahead > MINUTE {
            return Err(Error::TooMany(ahead - MINUTE));
        }
        used_up.insert(key.to_owned(), moment);
        Ok(())
    }
}

impl Client {
    /// A home or a server has 64 bits of IPv6 addresses to itself.
    fn key(self) -> String {
        match self.0 {
            Some(IpAddr::V6(address)) => {
                let network = u128::from(address) >> 64 << 64;
                Ipv6Addr::from(network).to_string()
            }
            Some(address) => address.to_string(),
            None => "unknown".to_owned(),
        }
    }
}

impl FromRequestParts<State> for Client {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self> {
        if state.limits.trust_proxy {
            // The last one is the proxy's own word; those before it are whatever the client wrote.
            let values = parts.headers.get_all("x-forwarded-for").iter();
            let last = values.filter_map(|value| value.to_str().ok()).next_back();
            let last = last.and_then(|text| text.rsplit(',').next()?.trim().parse().ok());
            if last.is_some() {
                return Ok(Self(last));
            }
        }
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(peer.map(|ConnectInfo(address)| address.ip())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_used_up_and_come_back() {
        let rate = Rate::per_minute(3);
        let now = Instant::now();
        for _ in 0..3 {
            assert!(rate.admit_at("a", now).is_ok());
        }
        let Err(Error::TooMany(wait)) = rate.admit_at("a", now) else {
            panic!("a fourth try in the same minute");
        };
        assert_eq!(wait, Duration::from_secs(20));
        // Another key is not concerned, and a refused try costs nothing.
        assert!(rate.admit_at("b", now).is_ok());
        assert!(rate.admit_at("a", now + wait).is_ok());
        assert!(rate.admit_at("a", now + wait).is_err());
        assert!(Rate::per_minute(0).admit_at("a", now).is_ok());
    }
}

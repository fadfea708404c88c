//! Which addresses messages may go to.
//!
//! An endpoint is an address that somebody else names; the program must not be led by it to where
//! only it can go. Plain HTTP is for the machine itself and for hosts that the installation names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Which addresses messages may go to.
#[derive(Debug, Clone)]
pub struct Reach {
    /// Networks that are not the public one: agencies are often reached over the state's own.
    pub private: bool,
    /// Hosts that may be spoken to without TLS, beside the machine itself.
    pub plain_http: Vec<String>,
}

impl Default for Reach {
    fn default() -> Self {
        Self { private: true, plain_http: Vec::new() }
    }
}

/// Why an address is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReachError {
    /// It is no address.
    #[error("`{0}` is no address of the web")]
    Unreadable(String),
    /// It has parts that an endpoint must not have.
    #[error("an endpoint has no name, password or fragment in its address")]
    Credentials,
    /// It is neither HTTPS nor a host that may be spoken to without.
    #[error("an endpoint is reached by https; `{0}` may not be spoken to without it")]
    Plain(String),
    /// It is where nothing may be sent.
    #[error("nothing may be sent to `{0}`")]
    Forbidden(String),
}

impl Reach {
    /// Reads the address of an endpoint and says whether it may be one.
    ///
    /// # Errors
    /// [`ReachError`]
    pub fn check(&self, url: &str) -> Result<Url, ReachError> {
        let read = Url::parse(url).ok().filter(|read| matches!(read.scheme(), "http" | "https"));
        let Some((read, host)) = read.and_then(|read| Some((read.clone(), read.host_str()?.to_owned()))) else {
            return Err(ReachError::Unreadable(url.chars().take(200).collect()));
        };
        if !read.username().is_empty() || read.password().is_some() || read.fragment().is_some() {
            return Err(ReachError::Credentials);
        }
        let address = literal(&host);
        if address.is_some_and(|address| !self.allows(address)) {
            return Err(ReachError::Forbidden(host));
        }
        let own = address.map_or(host == "localhost", |address| address.to_canonical().is_loopback());
        if read.scheme() == "http" && !own && !self.plain_http.contains(&host) {
            return Err(ReachError::Plain(host));
        }
        Ok(read)
    }

    /// Whether anything may be sent to an address.
    pub fn allows(&self, address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(address) => !is_nowhere(address) && (self.private || !is_private(address)),
            IpAddr::V6(address) => !is_nowhere_6(address) && (self.private || !is_private_6(address)),
        }
    }
}

/// The address that a host of a URL is, where it is no name.
fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Addresses of no single machine, and those on which clouds and networks serve their own secrets.
fn is_nowhere(address: Ipv4Addr) -> bool {
    address.octets()[0] == 0 || address.is_multicast() || address.is_broadcast() || address.is_link_local()
}

fn is_nowhere_6(address: Ipv6Addr) -> bool {
    address.is_unspecified() || address.is_multicast() || address.is_unicast_link_local()
}

fn is_private(address: Ipv4Addr) -> bool {
    // 100.64.0.0/10 is shared among customers of a carrier (RFC 6598).
    let [first, second, ..] = address.octets();
    address.is_private() || address.is_loopback() || (first == 100 && second & 0xc0 == 64)
}

fn is_private_6(address: Ipv6Addr) -> bool {
    address.is_loopback() || address.is_unique_local()
}

/// Names are resolved as always; of what comes back only what may be reached is left. Asked at the
/// moment of connecting, a name cannot mean something else when it was checked.
impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| reach.allows(address.ip())).collect();
            if allowed.is_empty() {
                return Err(ReachError::Forbidden(name.as_str().to_owned()).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reach: &Reach, url: &str) -> Result<(), ReachError> {
        reach.check(url).map(drop)
    }

    #[test]
    fn plain_http_is_for_the_machine_itself_and_for_hosts_that_are_named() {
        let reach = Reach { plain_http: vec!["gateway.lan".to_owned()], ..Reach::default() };
        for url in ["https://a.example/x?y=z", "http://127.0.0.1:8080/", "http://[::1]/", "http://localhost:1/"] {
            assert_eq!(check(&reach, url), Ok(()), "{url}");
        }
        assert_eq!(check(&reach, "http://gateway.lan/in"), Ok(()));
        assert_eq!(check(&reach, "http://a.example/"), Err(ReachError::Plain("a.example".to_owned())));
        assert_eq!(check(&reach, "http://10.0.0.7/"), Err(ReachError::Plain("10.0.0.7".to_owned())));
        assert_eq!(check(&reach, "https://user:word@a.example/"), Err(ReachError::Credentials));
        for url in ["ftp://a.example/", "a.example", "https://", "file:///etc/passwd"] {
            assert!(matches!(check(&reach, url), Err(ReachError::Unreadable(_))), "{url}");
        }
    }

    #[test]
    fn what_is_not_public_is_reached_only_where_the_installation_says_so() {
        let (open, closed) = (Reach::default(), Reach { private: false, ..Reach::default() });
        for url in ["https://10.1.2.3/", "https://192.168.0.1/", "https://[fd00::1]/", "https://100.64.0.1/"] {
            assert_eq!(check(&open, url), Ok(()), "{url}");
            assert!(matches!(check(&closed, url), Err(ReachError::Forbidden(_))), "{url}");
        }
        // However it is written, and never: where clouds keep secrets, and where nobody is.
        for url in ["https://169.254.169.254/", "https://0xa9fea9fe/", "https://[::ffff:169.254.169.254]/"] {
            assert!(matches!(check(&open, url), Err(ReachError::Forbidden(_))), "{url}");
        }
        assert!(matches!(check(&open, "https://0.0.0.0/"), Err(ReachError::Forbidden(_))));
        assert!(matches!(check(&closed, "http://127.1/"), Err(ReachError::Forbidden(_))));
        assert_eq!(check(&closed, "https://203.0.113.7/"), Ok(()));
    }
}

//! Which addresses messages may go to.
//!
//! An endpoint is an address that somebody else names; the program must not be led by it to where
//! only it can go. Only the public network is reached, and what the installation allows beside it.
//! Plain HTTP is for the machine itself and for hosts that the installation names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::network::Network;

/// Which addresses messages may go to.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Networks that are not the public one and may be reached: agencies are often on the state's own.
    pub allowed: Vec<Network>,
    /// Hosts that may be spoken to without TLS, beside the machine itself.
    pub plain_http: Vec<String>,
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
    #[error("an endpoint is reached by https; `{0}` is spoken to without only where `webhooks.plain_http` names it")]
    Plain(String),
    /// It is where nothing may be sent.
    #[error(
        "nothing may be sent to `{0}`: it is not on the public network, and `webhooks.allow_private` does not name its network"
    )]
    Forbidden(String),
    /// It is where nothing is ever sent.
    #[error("nothing may be sent to `{0}`: it is not on the public network, and no setting allows it")]
    Nowhere(String),
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
        let own = address.is_some_and(|address| address.to_canonical().is_loopback());
        if let Some(address) = address.filter(|address| !self.allows(*address)) {
            return Err(if is_nowhere(meant(address)) {
                ReachError::Nowhere(host)
            } else {
                ReachError::Forbidden(host)
            });
        }
        if read.scheme() == "http" && !own && !self.plain_http.contains(&host) {
            return Err(ReachError::Plain(host));
        }
        Ok(read)
    }

    /// A host as addresses name it; none: the text is more or less than a host.
    pub fn host(text: &str) -> Option<String> {
        let six = text.starts_with('[') && text.ends_with(']');
        let is_host = !text.contains(['/', '\\', '?', '#', '@']) && (six || !text.contains(':'));
        let read = Url::parse(&format!("http://{text}/")).ok().filter(|_| is_host)?;
        read.host_str().map(str::to_owned)
    }

    /// Whether anything may be sent to an address.
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = meant(address);
        let private = match address {
            IpAddr::V4(address) => is_private(address),
            IpAddr::V6(address) => is_private_6(address),
        };
        !is_nowhere(address) && (!private || self.allowed.iter().any(|network| network.contains(address)))
    }
}

/// The address that a host of a URL is, where it is no name that has to be looked up.
fn literal(host: &str) -> Option<IpAddr> {
    let name = host.trim_end_matches('.');
    if name == "localhost" || name.ends_with(".localhost") {
        return Some(Ipv4Addr::LOCALHOST.into());
    }
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// The address of version 4 that one of version 6 leads to: written into it, or behind a gateway that
/// translates (RFC 6052, RFC 3056).
fn meant(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address.to_canonical() else { return address.to_canonical() };
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match six.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => of(high, low),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => of(high, low),
        _ => IpAddr::V6(six),
    }
}

/// Addresses of no single machine, and those on which clouds and networks serve their own secrets.
fn is_nowhere(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            let first = four.octets()[0];
            first == 0 || first >= 240 || four.is_multicast() || four.is_broadcast() || four.is_link_local()
        }
        IpAddr::V6(six) => six.is_unspecified() || six.is_multicast() || six.is_unicast_link_local(),
    }
}

fn is_private(address: Ipv4Addr) -> bool {
    // 100.64.0.0/10 is shared among customers of a carrier (RFC 6598); the others are for protocols
    // and measurements within a network (RFC 6890, RFC 2544).
    let [first, second, third, _] = address.octets();
    let shared = first == 100 && second & 0xc0 == 64;
    let within = (first, second, third) == (192, 0, 0) || (first == 198 && second & 0xfe == 18);
    address.is_private() || address.is_loopback() || shared || within
}

fn is_private_6(address: Ipv6Addr) -> bool {
    // fec0::/10 was for sites before there were unique local addresses (RFC 3879).
    address.is_loopback() || address.is_unique_local() || address.segments()[0] & 0xffc0 == 0xfec0
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

    fn allowing(networks: &[&str]) -> Reach {
        let allowed = networks.iter().map(|network| network.parse().unwrap()).collect();
        Reach { allowed, plain_http: vec!["gateway.lan".to_owned()] }
    }

    #[test]
    fn plain_http_is_for_the_machine_itself_and_for_hosts_that_are_named() {
        let reach = allowing(&["127.0.0.0/8", "::1", "10.0.0.0/8"]);
        for url in ["https://a.example/x?y=z", "http://127.0.0.1:8080/", "http://[::1]/", "http://localhost:1/"] {
            assert_eq!(check(&reach, url), Ok(()), "{url}");
        }
        assert_eq!(check(&reach, "http://gateway.lan/in"), Ok(()));
        assert_eq!(check(&reach, "http://a.example/"), Err(ReachError::Plain("a.example".to_owned())));
        assert_eq!(check(&reach, "http://10.0.0.7/"), Err(ReachError::Plain("10.0.0.7".to_owned())));
        let hosts = ["gateway.lan", "Gateway.LAN", "10.0.0.7", "[fd00::1]"].map(Reach::host);
        assert_eq!(hosts.map(Option::unwrap), ["gateway.lan", "gateway.lan", "10.0.0.7", "[fd00::1]"]);
        for no_host in ["", "gateway.lan:80", "gateway.lan/in", "http://gateway.lan", "a@gateway.lan", "a b"] {
            assert_eq!(Reach::host(no_host), None, "{no_host}");
        }
        assert_eq!(check(&reach, "https://user:word@a.example/"), Err(ReachError::Credentials));
        for url in ["ftp://a.example/", "a.example", "https://", "file:///etc/passwd"] {
            assert!(matches!(check(&reach, url), Err(ReachError::Unreadable(_))), "{url}");
        }
    }

    #[test]
    fn what_is_not_public_is_reached_only_where_the_installation_says_so() {
        let (open, closed) = (allowing(&["0.0.0.0/0", "::/0"]), Reach::default());
        for url in [
            "https://10.1.2.3/",
            "https://172.31.0.1/",
            "https://192.168.0.1/",
            "https://100.64.0.1/",
            "https://127.0.0.1/",
            "http://127.1/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://[::1]/",
            "https://[fd00::1]/",
            "https://[fec0::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[::10.0.0.1]/",
            "https://[64:ff9b::10.0.0.1]/",
            "https://[2002:0a00:1::1]/",
            "https://198.18.0.1/",
        ] {
            assert_eq!(check(&open, url), Ok(()), "{url}");
            assert!(matches!(check(&closed, url), Err(ReachError::Forbidden(_))), "{url}");
        }
        // However it is written, and never: where clouds keep secrets, and where nobody is.
        for url in [
            "https://169.254.169.254/",
            "https://0xa9fea9fe/",
            "https://[::ffff:169.254.169.254]/",
            "https://[64:ff9b::169.254.169.254]/",
            "https://0.0.0.0/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://[ff02::1]/",
            "https://[fe80::1]/",
            "https://[::]/",
        ] {
            assert!(matches!(check(&open, url), Err(ReachError::Nowhere(_))), "{url}");
        }
        assert_eq!(check(&closed, "https://203.0.113.7/"), Ok(()));
        let some = allowing(&["10.1.0.0/16"]);
        assert_eq!(check(&some, "https://10.1.255.7/"), Ok(()));
        assert!(check(&some, "https://10.2.0.7/").is_err());
    }
}

//! Whom a request or connection counts for: the canonical address, and what a trusted proxy says of it.
//!
//! Owns the reading of `X-Forwarded-For` and `Forwarded` (RFC 7239, section 6 for the forms of a node).
//! Refuses to believe anything but the last element, which the proxy itself appended, and to guess: what
//! cannot be read is nobody, and nobody has one small budget for all.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use http::HeaderMap;

/// Who pays for what a request holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Origin {
    /// A tenant whose API key is good.
    Tenant(Arc<str>),
    /// Whoever did not authenticate, by network.
    Network(IpAddr),
    /// A proxy sent it and does not say for whom.
    Unnamed,
}

impl Origin {
    pub(crate) fn is_tenant(&self) -> bool {
        matches!(self, Self::Tenant(_))
    }
}

/// The network that one party holds: an IPv4 address, or the first 64 bits of an IPv6 address. An address
/// that only wraps an IPv4 address (mapped, NAT64's well-known prefix, 6to4) counts as that one.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(short) => short.into(),
        IpAddr::V6(long) => match wrapped(long) {
            Some(short) => short.into(),
            None => prefix(long, 64).into(),
        },
    }
}

/// The site around an IPv6 network, 48 bits, which is what many a customer gets.
pub(crate) fn site(network: IpAddr) -> Option<IpAddr> {
    match network {
        IpAddr::V4(_) => None,
        IpAddr::V6(long) => Some(prefix(long, 48).into()),
    }
}

fn prefix(long: Ipv6Addr, bits: u32) -> Ipv6Addr {
    let rest = 128 - bits;
    (u128::from(long) >> rest << rest).into()
}

fn wrapped(long: Ipv6Addr) -> Option<Ipv4Addr> {
    let short = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match long.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(short(high, low)),
        [0x2002, high, low, ..] => Some(short(high, low)),
        _ => None,
    }
}

/// The address for which the proxy in front sent this, if it says so. With both headers the two must
/// agree: the proxy writes one of them, and the other may be the caller's own.
pub(crate) fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = |name: &str| headers.get_all(name).iter().next_back();
    let plain = last("x-forwarded-for").map(|line| {
        let text = line.to_str().ok()?;
        node(text.rsplit(',').next()?)
    });
    let standard = last("forwarded").map(|line| {
        let text = line.to_str().ok()?;
        let element = unquoted_split(text, ',')?.pop()?;
        let pairs = unquoted_split(element, ';')?.into_iter();
        let (_, value) = pairs
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
        node(value)
    });
    match (plain, standard) {
        (Some(said), None) | (None, Some(said)) => said,
        (Some(one), Some(other)) if one == other => one,
        _ => None,
    }
}

/// Parts between separators that stand outside quotes; nothing when a quote is not closed.
fn unquoted_split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if letter == separator && !quoted => {
                parts.push(&text[start..at]);
                start = at + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    (!quoted).then_some(parts)
}

/// A node: an address, bare or quoted, with or without port and zone; IPv6 with or without brackets.
/// `unknown` and names that a proxy made up (`_hidden`) are none.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let inside = text.strip_prefix('"').map(|rest| rest.strip_suffix('"'));
    let text = inside.unwrap_or(Some(text))?.trim();
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        let host = without_zone(host).parse::<Ipv6Addr>().ok()?;
        (
            IpAddr::V6(host),
            after
                .strip_prefix(':')
                .or(after.is_empty().then_some("0"))?,
        )
    } else if let Ok(bare) = without_zone(text).parse() {
        (bare, "0")
    } else {
        let (host, port) = text.split_once(':')?;
        (IpAddr::V4(host.parse().ok()?), port)
    };
    is_port(port).then_some(host)
}

fn without_zone(text: &str) -> &str {
    text.split_once('%').map_or(text, |(address, _)| address)
}

fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(hidden) => !hidden.is_empty(),
        None => text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn every_form_of_a_node_is_read_and_nothing_is_guessed() {
        for (text, expected) in [
            ("203.0.113.1", Some("203.0.113.1")),
            (" 203.0.113.1 ", Some("203.0.113.1")),
            ("203.0.113.1:40001", Some("203.0.113.1")),
            ("203.0.113.1:_abc", Some("203.0.113.1")),
            ("\"203.0.113.1:40001\"", Some("203.0.113.1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("\"[2001:db8::1]:443\"", Some("2001:db8::1")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("[fe80::1%25eth0]:443", Some("fe80::1")),
            ("::ffff:203.0.113.1", Some("::ffff:203.0.113.1")),
            ("unknown", None),
            ("_hidden", None),
            ("_SEVKISEK", None),
            ("", None),
            ("203.0.113.1:port", None),
            ("203.0.113.1:99999", None),
            ("203.0.113.1:", None),
            ("[203.0.113.1]:80", None),
            ("[2001:db8::1", None),
            ("[2001:db8::1]443", None),
            ("\"203.0.113.1", None),
            ("host.example", None),
            ("0x7f.1", None),
        ] {
            let expected = expected.map(|text| text.parse::<IpAddr>().unwrap());
            assert_eq!(node(text), expected, "{text}");
        }
    }

    #[test]
    fn the_last_element_of_the_last_line_counts() {
        let one = "203.0.113.1".parse::<IpAddr>().unwrap();
        for lines in [
            &[("x-forwarded-for", "198.51.100.9, 203.0.113.1:40001")][..],
            &[
                ("x-forwarded-for", "198.51.100.9"),
                ("x-forwarded-for", "203.0.113.1"),
            ],
            &[("forwarded", "for=198.51.100.9, For=203.0.113.1;proto=https")],
            &[("forwarded", "by=\"a,b;c\";for=\"203.0.113.1:1\"")],
            &[
                ("forwarded", "for=203.0.113.1"),
                ("x-forwarded-for", "203.0.113.1"),
            ],
        ] {
            assert_eq!(forwarded(&headers(lines)), Some(one), "{lines:?}");
        }
        for lines in [
            &[][..],
            &[("x-forwarded-for", "203.0.113.1, unknown")],
            &[("x-forwarded-for", "203.0.113.1,")],
            &[("forwarded", "for=203.0.113.1, by=x")],
            &[("forwarded", "for=198.51.100.9;x=\", for=203.0.113.1")],
            // One of the two is the caller's own.
            &[
                ("forwarded", "for=198.51.100.9"),
                ("x-forwarded-for", "203.0.113.1"),
            ],
        ] {
            assert_eq!(forwarded(&headers(lines)), None, "{lines:?}");
        }
    }

    #[test]
    fn wrapped_addresses_of_ipv4_are_not_one_network() {
        for (text, expected) in [
            ("203.0.113.1", "203.0.113.1"),
            ("::ffff:203.0.113.1", "203.0.113.1"),
            ("::ffff:203.0.113.2", "203.0.113.2"),
            ("64:ff9b::203.0.113.1", "203.0.113.1"),
            ("2002:cb00:7101:5::1", "203.0.113.1"),
            ("2001:db8:1:2:3::4", "2001:db8:1:2::"),
            ("::1", "::"),
        ] {
            let found = network(text.parse().unwrap());
            assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{text}");
        }
        // The control: masked without that, all of IPv4 is one.
        let masked = |text: &str| prefix(text.parse().unwrap(), 64);
        assert_eq!(masked("::ffff:203.0.113.1"), masked("::ffff:198.51.100.7"));
    }
}

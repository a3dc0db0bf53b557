//! Sites: asking for presentations and judging them.

use std::{ffi::c_char, sync::Arc};

use super::{
    block::block_on,
    client::ChittyCancelToken,
    entry::{Slot, enter},
    handle::{self, Object},
    input::{self, Grows},
    parts::{ChittyClock, ChittyTransport, clock, transport},
    site_signed::ChittySiteRequest,
    types::{ChittyBuffer, ChittyBytes, ChittyError, ChittyStatus, ChittyStr, fixed, release},
};
use crate::facade::{self, Code, PresentationVerdict, Site, SiteConfig, SiteParts};

/// A site. Not an address: a number that is never given out twice.
pub enum ChittySite {}

/// How a site is set up. Set all to zero (`= {0}`), then `struct_size` and what is needed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ChittySiteConfig {
    /// `sizeof(ChittySiteConfig)`.
    pub struct_size: usize,
    /// The site's own host, such as `shop.example`: what presentations must be made for.
    pub host: ChittyStr,
    /// The name of the broker that it trusts: its https origin.
    pub broker: ChittyStr,
    /// Where it is reached, when not under its name. Plain http only on loopback. Or none.
    pub broker_url: ChittyStr,
    /// How old the broker's keys may get, in seconds, before nothing is judged any more; 0 means 86 400.
    pub keys_max_age_s: u64,
    /// Total time of a call, at least 100; 0 means 10 000.
    pub deadline_ms: u64,
    /// How requests leave, or NULL for the built-in transport.
    pub transport: *const ChittyTransport,
    /// What time it is, or NULL for the system's clock.
    pub clock: *const ChittyClock,
    /// Where wallets post their answers to signed requests: an https address of this host. Or none.
    pub response_uri: ChittyStr,
    /// The name under which the site publishes the key that signs its requests. Or none.
    pub request_kid: ChittyStr,
    /// That key: the 32 bytes of a P-256 secret, big-endian. A secret. Or none.
    pub request_key: ChittyBytes,
    /// Not 0: signed requests for sessions on another device are allowed. Whoever makes somebody scan such a
    /// request is let in as them.
    pub cross_device: u64,
}

// SAFETY: `repr(C)`, `struct_size` first; zero is NULL or 0 in every member.
unsafe impl Grows for ChittySiteConfig {}

/// What a site says about a presentation. Release it with `chitty_presentation_verdict_free`.
#[repr(C)]
pub struct ChittyPresentationVerdict {
    /// 1 when it passed. Only 1 passes.
    pub valid: u32,
    /// One of `ChittyVerdictState`.
    pub state: i32,
    /// Why it did not pass: a stable name, such as `presentation_other_host`; else empty.
    pub reason: [c_char; 64],
    /// The last day of the credential, `YYYY-MM-DD`, when it passed; else empty.
    pub not_after: [c_char; 16],
    /// How many bytes of `tag` count: 48 when it passed and the policy wants a tag, else 0.
    pub tag_len: usize,
    /// The person's tag at this site. The same person has another one at every other site.
    pub tag: [u8; 48],
    /// Who vouches for it, when it passed.
    pub issuer: ChittyBuffer,
    /// Exactly what the policy asks for, when it passed: one JSON object `{name: {type, value}}`.
    pub attributes_json: ChittyBuffer,
}

impl ChittyPresentationVerdict {
    pub(super) fn of(verdict: PresentationVerdict) -> Result<Self, facade::ChittyError> {
        let mut tag = [0; 48];
        let shown = verdict.tag.unwrap_or_default();
        if shown.len() > tag.len() {
            return Err(Code::Internal.into());
        }
        for (slot, byte) in tag.iter_mut().zip(&shown) {
            *slot = *byte;
        }
        let buffer = |text: Option<String>| match text {
            Some(text) => ChittyBuffer::of(text),
            None => Ok(ChittyBuffer::EMPTY),
        };
        let mut issuer = buffer(verdict.issuer)?;
        let attributes_json = buffer(verdict.attributes_json);
        let attributes_json = attributes_json.inspect_err(|_| {
            let _ = release(&raw mut issuer);
        })?;
        Ok(Self {
            valid: verdict.valid.into(),
            state: verdict.state as i32,
            reason: fixed(verdict.reason.as_deref().unwrap_or_default()),
            not_after: fixed(verdict.not_after.as_deref().unwrap_or_default()),
            tag_len: shown.len(),
            tag,
            issuer,
            attributes_json,
        })
    }
}

/// Opens a site and writes it to `out`. Sends nothing.
///
/// `config` and what it points to are read during the call only. Parts handed in belong to the SDK from
/// the call on, also when it fails: their `drop` runs once. Release the site with `chitty_site_free`.
/// `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_site_new(
    config: *const ChittySiteConfig,
    out: *mut *mut ChittySite,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let given = input::record(config)?;
        // First of all, so that every part finds its owner whatever else is wrong.
        let transport = transport(given.transport);
        let clock = clock(given.clock);
        let parts = SiteParts {
            transport: transport?,
            clock: clock?,
        };
        let out = Slot::new(out)?;
        let (host, broker) = (input::text(given.host)?, input::text(given.broker)?);
        let defaults = SiteConfig::new(host, broker);
        let or = |given: u64, default: u64| if given == 0 { default } else { given };
        let config = SiteConfig {
            broker_url: input::optional_text(given.broker_url)?,
            response_uri: input::optional_text(given.response_uri)?,
            request_kid: input::optional_text(given.request_kid)?,
            request_key: input::bytes(given.request_key)?,
            cross_device: given.cross_device != 0,
            keys_max_age_s: or(given.keys_max_age_s, defaults.keys_max_age_s),
            deadline_ms: or(given.deadline_ms, defaults.deadline_ms),
            ..defaults
        };
        let site = Arc::new(Site::open(config, parts)?);
        out.write(handle::pointer(handle::put(Object::Site(site))?));
        Ok(())
    })
}

/// Writes a request with a fresh nonce (JSON, to be handed to a wallet) to `out`. The site remembers the
/// nonce for 300 seconds; the session that asks keeps it for `chitty_site_verify`. Waits at most for the
/// deadline, or until `token` (NULL: none) is cancelled. Release `out->text` with `chitty_buffer_free`. `error`
/// may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_site_request(
    site: *const ChittySite,
    policy_json: ChittyStr,
    token: *const ChittyCancelToken,
    out: *mut ChittySiteRequest,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let (site, token) = (handle::site(site)?, handle::token(token)?);
        let policy = input::text(policy_json)?;
        let request = block_on(site.request(&policy, token))?;
        out.write(ChittySiteRequest::of(request)?);
        Ok(())
    })
}

/// Judges a presentation (CBOR) that answers a request with this policy, for the session that asked with
/// `expected_nonce`, which is used up by that. What the check says is the verdict; the status is about the call. Waits as `chitty_site_request` does.
/// Release `out` with `chitty_presentation_verdict_free`. `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_site_verify(
    site: *const ChittySite,
    presentation: ChittyBytes,
    policy_json: ChittyStr,
    expected_nonce: ChittyStr,
    token: *const ChittyCancelToken,
    out: *mut ChittyPresentationVerdict,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let out = Slot::new(out)?;
        let (site, token) = (handle::site(site)?, handle::token(token)?);
        let shown = input::bytes(presentation)?.unwrap_or_default();
        let (policy, nonce) = (input::text(policy_json)?, input::text(expected_nonce)?);
        let verdict = block_on(site.verify(&shown, &policy, &nonce, token))?;
        out.write(ChittyPresentationVerdict::of(verdict)?);
        Ok(())
    })
}

/// Fetches the issuer's keys and schemas, for days without a network. Waits as `chitty_site_request` does.
/// `error` may be NULL. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_site_refresh(
    site: *const ChittySite,
    token: *const ChittyCancelToken,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        let (site, token) = (handle::site(site)?, handle::token(token)?);
        block_on(site.refresh(token))
    })
}

/// Closes the site: calls under way end with their answer or with `CHITTY_CODE_CLOSED`, later ones with
/// `CHITTY_CODE_CLOSED`. Twice is harmless. The site must still be freed. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_site_close(
    site: *const ChittySite,
    error: *mut ChittyError,
) -> ChittyStatus {
    enter(error, || {
        handle::site(site)?.close();
        Ok(())
    })
}

/// Closes and frees the site. NULL is fine; freeing twice is refused with `CHITTY_CODE_OBJECT_INVALID`. Any
/// thread, also during a call of another thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_site_free(site: *mut ChittySite) -> ChittyStatus {
    enter(std::ptr::null_mut(), || {
        if site.is_null() {
            return Ok(());
        }
        let freed = handle::take(site.addr(), |object| matches!(object, Object::Site(_)))?;
        if let Object::Site(site) = freed {
            // A call under way holds the site too, and ends now.
            site.close();
        }
        Ok(())
    })
}

/// Releases what `verdict` owns and empties it. NULL is fine, twice is harmless. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn chitty_presentation_verdict_free(
    verdict: *mut ChittyPresentationVerdict,
) -> ChittyStatus {
    enter(std::ptr::null_mut(), || {
        if verdict.is_null() {
            return Ok(());
        }
        if !verdict.is_aligned() {
            return Err(Code::ArgumentInvalid.into());
        }
        // SAFETY: not NULL and aligned; the header demands a verdict that the SDK wrote or that is zero.
        let buffers = unsafe {
            (
                &raw mut (*verdict).issuer,
                &raw mut (*verdict).attributes_json,
            )
        };
        let (issuer, attributes) = (release(buffers.0), release(buffers.1));
        issuer.and(attributes)
    })
}

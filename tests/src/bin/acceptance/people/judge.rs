//! Steps about what a site asks for, what the person agrees to, and what becomes of it.

use chitty_client::clock::Clock;
use serde_json::{Value, json};
use spooky_core::{
    credential::{
        AttributeName, BurnedNonce, Day, IssuerId, Policy, PolicyTerms, Presentation,
        PresentationRequest, Requirement, TrustedIssuer, Verifier,
    },
    pseudonym::Host,
};

use super::super::scene::{Scene, text};
use super::{BROKER, KEYS_MAX_AGE_S, schema};

/// A question and who asked it.
#[derive(Clone)]
pub(crate) struct Asked {
    host: String,
    policy: Policy,
    request: String,
    /// What the asking session keeps, as the program told it.
    nonce: String,
}

impl Asked {
    fn policy_json(&self) -> Result<String, String> {
        let json = self.policy.to_json().map_err(|error| error.to_string())?;
        String::from_utf8(json).map_err(|error| error.to_string())
    }
}

impl Scene {
    fn now_s(&self) -> Result<u64, String> {
        let now = self.people.clock.now_ms() / 1000;
        u64::try_from(now).map_err(|error| error.to_string())
    }

    /// The day so far ahead, `YYYY-MM-DD`.
    pub(super) fn day_ahead(&self, days: u64) -> Result<String, String> {
        let then = self.now_s()? + days * 86_400;
        let day = Day::of_unix_time(then).map_err(|error| error.to_string())?;
        Ok(day.to_string())
    }

    /// A site asks for these attributes, apart by spaces, and for the tag if told so.
    pub(crate) async fn site_asks(
        &mut self,
        host: &str,
        names: &str,
        tag: bool,
    ) -> Result<(), String> {
        let requirement = |name: &str| -> Result<_, String> {
            let name = AttributeName::parse(name).map_err(|error| error.to_string())?;
            Ok(Requirement { name, equals: None })
        };
        let terms = PolicyTerms {
            issuers: vec![IssuerId::parse(BROKER).map_err(|error| error.to_string())?],
            attributes: names
                .split(' ')
                .map(requirement)
                .collect::<Result<_, _>>()?,
            tag,
            max_days: 7,
        };
        let policy = Policy::build(&schema()?, terms).map_err(|error| error.to_string())?;
        let mut asked = Asked {
            host: host.to_owned(),
            policy,
            request: String::new(),
            nonce: String::new(),
        };
        self.ask_with(&mut asked).await?;
        self.people.asked = Some(asked);
        Ok(())
    }

    /// Lets the program ask, for a session of its own.
    async fn ask_with(&mut self, asked: &mut Asked) -> Result<(), String> {
        let args = json!({ "host": asked.host, "policy_json": asked.policy_json()? });
        let answer = self.expect("site_request", args).await?;
        asked.request = text(&answer, "request_json")?.to_owned();
        asked.nonce = text(&answer, "nonce")?.to_owned();
        let request = PresentationRequest::from_json(asked.request.as_bytes());
        let request = request.map_err(|error| error.to_string())?;
        if request.nonce.to_text() != asked.nonce {
            return Err("the session keeps another nonce than the wallet gets".to_owned());
        }
        Ok(())
    }

    fn asked(&self) -> Result<Asked, String> {
        let asked = self.people.asked.clone();
        asked.ok_or_else(|| "nothing was asked".to_owned())
    }

    /// The person agrees to these attributes, on a page of that host (the asking site's, without).
    pub(crate) async fn agrees(
        &mut self,
        names: &str,
        tag: bool,
        page: Option<&str>,
    ) -> Result<(), String> {
        let asked = self.asked()?;
        let page = page.unwrap_or(&asked.host).to_owned();
        let names: Vec<&str> = names.split(' ').collect();
        let args = json!({ "origin": format!("https://{page}"), "request_json": asked.request,
                           "attributes": names, "tag": tag });
        self.call("wallet_present", args).await?;
        self.people.shown = None;
        if self.succeeded() {
            let shown = text(self.answered()?, "presentation")?.to_owned();
            self.judge(&shown, &page, &asked)?;
            self.people.shown = Some(shown);
        }
        Ok(())
    }

    /// A presentation holds in the runner as well, for the host that it was made for.
    fn judge(&self, shown: &str, host: &str, asked: &Asked) -> Result<(), String> {
        let said = |error: spooky_core::Error| error.to_string();
        let bytes = from_hex(shown).ok_or("the presentation is not hexadecimal")?;
        let shown = Presentation::from_cbor(&bytes).map_err(said)?;
        if shown.to_cbor() != bytes {
            return Err("the presentation is not in its only form".to_owned());
        }
        let request = PresentationRequest::from_json(asked.request.as_bytes()).map_err(said)?;
        if request.policy != asked.policy {
            return Err("the site asks for something else".to_owned());
        }
        let keys = self.broker()?.issuer_keys();
        let now = self.now_s()?;
        let issuers = [TrustedIssuer {
            keys: keys.map_err(|error| error.to_string())?,
            fetched_at: now,
        }];
        let (host, schema) = (Host::parse(host).map_err(said)?, schema()?);
        let verifier = Verifier::new(&host, &asked.policy, &schema, &issuers, KEYS_MAX_AGE_S)
            .map_err(|error| error.to_string())?;
        let nonce = BurnedNonce::after_burning(request.nonce);
        match verifier.verify(&shown, nonce, now) {
            verdict if verdict.is_valid() => Ok(()),
            verdict => Err(format!("here the presentation is {verdict:?}")),
        }
    }

    /// The site judges the last presentation for a session of its own that has asked the same since.
    pub(crate) async fn site_judges_for_another(&mut self, wanted: &str) -> Result<(), String> {
        let first = self.asked()?;
        let mut second = first.clone();
        self.ask_with(&mut second).await?;
        self.people.asked = Some(second);
        let judged = self.site_judges(None, wanted).await;
        self.people.asked = Some(first);
        judged
    }

    /// The site (the asking one, without) judges the last presentation so: a verdict and, unless valid,
    /// a reason.
    pub(crate) async fn site_judges(
        &mut self,
        host: Option<&str>,
        wanted: &str,
    ) -> Result<(), String> {
        let asked = self.asked()?;
        let shown = self.people.shown.clone().ok_or("nothing was shown")?;
        let host = host.unwrap_or(&asked.host);
        let args = json!({ "host": host, "presentation": shown, "policy_json": asked.policy_json()?,
            "expected_nonce": asked.nonce });
        let answer = self.expect("site_verify", args).await?;
        let mut said = text(&answer, "verdict")?.to_owned();
        if let Some(reason) = answer.get("reason").and_then(Value::as_str) {
            said = format!("{said} {reason}");
        }
        if said != wanted {
            return Err(format!("the verdict is {said}"));
        }
        if wanted == "valid" && text(&answer, "issuer")? != BROKER {
            return Err("another issuer vouches for it".to_owned());
        }
        let told = ["issuer", "not_after", "attributes_json", "tag"];
        if wanted != "valid" && told.iter().any(|name| answer.contains_key(*name)) {
            return Err("a refusal tells something of the presentation".to_owned());
        }
        self.people.verdict = answer;
        if wanted == "valid" {
            self.sees(None)
        } else {
            Ok(())
        }
    }

    /// The last verdict tells exactly these attributes; those of the policy, without.
    pub(crate) fn sees(&self, names: Option<&str>) -> Result<(), String> {
        let told = text(&self.people.verdict, "attributes_json")?;
        let told: serde_json::Map<String, Value> =
            serde_json::from_str(told).map_err(|error| error.to_string())?;
        let mut seen: Vec<&str> = told.keys().map(String::as_str).collect();
        let asked = self.asked()?;
        let asked = asked.policy.attributes().iter();
        let asked: Vec<&str> = asked.map(|one| one.name.as_str()).collect();
        let mut wanted = names.map_or(asked, |names| names.split(' ').collect());
        seen.sort_unstable();
        wanted.sort_unstable();
        match seen == wanted {
            true => Ok(()),
            false => Err(format!("it sees {seen:?}")),
        }
    }

    fn tag(&self) -> Result<String, String> {
        let tag = text(&self.people.verdict, "tag")?;
        match tag.len() {
            96 => Ok(tag.to_owned()),
            other => Err(format!("the tag has {other} hexadecimal digits")),
        }
    }

    /// Gives the tag of the last verdict a name.
    pub(crate) fn call_tag(&mut self, name: &str) -> Result<(), String> {
        let tag = self.tag()?;
        self.people.tags.insert(name.to_owned(), tag);
        Ok(())
    }

    /// The tag of the last verdict is that one.
    pub(crate) fn same_tag(&self, name: &str) -> Result<(), String> {
        match self.people.tags.get(name) == Some(&self.tag()?) {
            true => Ok(()),
            false => Err("it is another tag".to_owned()),
        }
    }

    /// The last verdict has no tag.
    pub(crate) fn no_tag(&self) -> Result<(), String> {
        match self.people.verdict.contains_key("tag") {
            false => Ok(()),
            true => Err("there is a tag".to_owned()),
        }
    }

    /// Two tags differ.
    pub(crate) fn tags_differ(&self, one: &str, other: &str) -> Result<(), String> {
        let tags = &self.people.tags;
        match (tags.get(one), tags.get(other)) {
            (Some(one), Some(other)) if one != other => Ok(()),
            (Some(_), Some(_)) => Err("it is one tag".to_owned()),
            _ => Err("there is no such tag".to_owned()),
        }
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes().chunks(2);
    let byte = |two: &[u8]| {
        let two = std::str::from_utf8(two).ok().filter(|two| two.len() == 2)?;
        u8::from_str_radix(two, 16).ok()
    };
    bytes.map(byte).collect()
}

//! The calls of the protocol about wallets and sites.

use std::{collections::HashMap, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use chitty_client::{
    Code, Error,
    clock::{Clock, SystemClock},
    wallet::{CredentialInfo, FileWallet, MemoryWallet, SecretStore, SeedKeeper, Site, Wallet},
    wire::broker::AnchorStanding,
};
use serde_json::{Value, json};
use spooky_core::{
    credential::{
        AttributeName, Consent, Nonce, Policy, Presentation, PresentationRequest,
        PresentationVerdict, SchemaDigest,
    },
    encoding::bytes_32,
    keys::Seed,
    pseudonym::AuthenticatedRp,
    verdict::Verdict,
};
use zeroize::Zeroizing;

use super::words::{closed, number, text, told_error};
use super::{Answer, Args};

/// Wallet and sites, as far as they are open.
#[derive(Default)]
pub(crate) struct People {
    wallet: Option<Wallet>,
    sites: HashMap<String, Site>,
}

impl People {
    pub(crate) async fn call(&mut self, name: &str, args: &Args) -> Answer {
        match name {
            "wallet_open" => {
                self.wallet = Some(open_wallet(args).await.map_err(told_error)?);
                Ok(json!({}))
            }
            "wallet_close" => {
                self.wallet = None;
                Ok(json!({}))
            }
            "site_open" => {
                let site = open_site(args).map_err(told_error)?;
                self.sites.insert(text(args, "host"), site);
                Ok(json!({}))
            }
            _ if name.starts_with("site_") => {
                let site = self.sites.get(&text(args, "host")).ok_or_else(closed)?;
                on_site(site, name, args).await.map_err(told_error)
            }
            _ => {
                let wallet = self.wallet.as_ref().ok_or_else(closed)?;
                on_wallet(wallet, name, args).await.map_err(told_error)
            }
        }
    }
}

/// The system's clock, ahead by the milliseconds that stand in a file.
struct Ahead(PathBuf);

impl Clock for Ahead {
    fn now_ms(&self) -> i64 {
        let ahead = std::fs::read_to_string(&self.0).expect("the runner wrote it");
        SystemClock.now_ms() + ahead.parse::<i64>().expect("milliseconds")
    }
}

/// A folder with one file per secret, and one for the seed.
struct Folder(PathBuf);

impl SecretStore for Folder {
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        match std::fs::read(self.0.join(name)) {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(_) => Err(Code::SecretsUnavailable.into()),
        }
    }

    fn save(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        std::fs::write(self.0.join(name), value).map_err(|_| Code::SecretsUnavailable.into())
    }
}

#[async_trait]
impl SeedKeeper for Folder {
    async fn keep(&self, seed: &Seed) -> Result<(), Error> {
        std::fs::write(self.0.join("seed"), seed.expose_secret())
            .map_err(|_| Code::SecretsUnavailable.into())
    }
}

fn ahead(args: &Args) -> Arc<Ahead> {
    Arc::new(Ahead(text(args, "clock_path").into()))
}

async fn open_wallet(args: &Args) -> Result<Wallet, Error> {
    let folder = PathBuf::from(text(args, "secrets_path"));
    let builder = Wallet::builder()
        .broker(text(args, "broker"))
        .broker_url(text(args, "broker_url"))
        .deadline(Duration::from_millis(number(args, "deadline_ms")))
        .clock(ahead(args))
        .seed_keeper(Folder(folder.clone()));
    let wallet = match args.get("store_path").and_then(Value::as_str) {
        Some(path) => builder.store(FileWallet::open(path, Folder(folder))?),
        None => builder.store(MemoryWallet::new()),
    };
    wallet.build()
}

fn open_site(args: &Args) -> Result<Site, Error> {
    Site::builder()
        .host(text(args, "host"))
        .broker(text(args, "broker"))
        .broker_url(text(args, "broker_url"))
        .keys_max_age(Duration::from_secs(number(args, "keys_max_age_s")))
        .deadline(Duration::from_millis(number(args, "deadline_ms")))
        .clock(ahead(args))
        .build()
}

async fn on_wallet(wallet: &Wallet, name: &str, args: &Args) -> Result<Value, Error> {
    match name {
        "wallet_register" => wallet.register().await.map(|()| json!({})),
        "wallet_revoke" => wallet.revoke().await.map(|()| json!({})),
        "wallet_refresh" => wallet.refresh().await.map(|()| json!({})),
        "wallet_obtain" => {
            let schema = SchemaDigest(bytes_32(&text(args, "schema")).expect("a digest"));
            let code = args.get("enrolment_code").and_then(Value::as_str);
            wallet.obtain(schema, code).await.map(|it| credential(&it))
        }
        "wallet_credentials" => {
            let held = wallet.credentials().await?;
            let schemas: Vec<_> = held.iter().map(|it| it.schema.to_text()).collect();
            Ok(json!({ "schemas": schemas }))
        }
        "wallet_standing" => Ok(json!({ "standing": match wallet.standing().await? {
            AnchorStanding::Active => "active",
            AnchorStanding::Revoked => "revoked",
            _ => "unknown",
        } })),
        "wallet_present" => {
            let rp = AuthenticatedRp::platform_origin(&text(args, "origin")).expect("an origin");
            let request = PresentationRequest::from_json(text(args, "request_json").as_bytes());
            let request = request.expect("a request");
            let names = args["attributes"].as_array().into_iter().flatten();
            let names = names.filter_map(Value::as_str).map(AttributeName::parse);
            let consent = Consent {
                attributes: names.collect::<Result<_, _>>().expect("names"),
                tag: args["tag"] == true,
            };
            let shown = wallet.present(&rp, &request, &consent).await?;
            Ok(json!({ "presentation": hex(&shown.to_cbor()) }))
        }
        unknown => panic!("the runner asks for `{unknown}`, which is not in the protocol"),
    }
}

async fn on_site(site: &Site, name: &str, args: &Args) -> Result<Value, Error> {
    let policy = || Policy::from_json(text(args, "policy_json").as_bytes()).expect("a policy");
    match name {
        "site_refresh" => site.refresh().await.map(|()| json!({})),
        "site_request" => {
            let request = site.request(&policy()).await?;
            let nonce = request.nonce.to_text();
            let request = request.to_json().expect("JSON");
            let request = String::from_utf8(request).expect("UTF-8");
            Ok(json!({ "request_json": request, "nonce": nonce }))
        }
        "site_verify" => {
            let bytes = from_hex(&text(args, "presentation"));
            let shown = Presentation::from_cbor(&bytes).expect("a presentation");
            let nonce = Nonce::parse(&text(args, "expected_nonce")).expect("a nonce");
            Ok(verdict(&site.verify(&shown, &policy(), &nonce).await?))
        }
        unknown => panic!("the runner asks for `{unknown}`, which is not in the protocol"),
    }
}

fn credential(it: &CredentialInfo) -> Value {
    json!({ "issuer": it.issuer.as_str(), "schema": it.schema.to_text(),
            "not_after": it.not_after.to_string(),
            "attributes_json": serde_json::to_string(&it.attributes).expect("JSON") })
}

fn verdict(verdict: &PresentationVerdict) -> Value {
    let shown = match verdict {
        Verdict::Valid(shown) => shown,
        Verdict::Invalid(reason) => {
            return json!({ "verdict": "invalid", "reason": reason.code() });
        }
        Verdict::Indeterminate(reason) => {
            return json!({ "verdict": "indeterminate", "reason": reason.code() });
        }
    };
    let attributes = serde_json::to_string(&shown.attributes).expect("JSON");
    let mut told = json!({ "verdict": "valid", "issuer": shown.issuer.as_str(),
                           "not_after": shown.not_after.to_string(),
                           "attributes_json": attributes });
    if let Some(tag) = &shown.tag {
        told["tag"] = hex(&tag.to_bytes()).into();
    }
    told
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    let byte = |two: &[u8]| {
        let two = std::str::from_utf8(two).expect("ASCII");
        u8::from_str_radix(two, 16).expect("hexadecimal")
    };
    text.as_bytes().chunks(2).map(byte).collect()
}

//! A fallback that signs whatever a test wants.

use chitty_client::{
    clock::Clock,
    issuance::{
        grant::GrantClaims,
        receipt::{RECEIPT_TYPE, ReceiptClaims},
        tenant_digest,
    },
    wire::fallback::{REQUEST_TYPE, RequestClaims},
};
use serde_json::{Value, json};
use spooky_core::{
    encoding::{base64url, canonical_json, labelled_sha256, sha256},
    entropy::OsEntropy,
    jose::{SigningKey, UnverifiedJws},
};

use crate::bench::{Ask, Bench, ISSUER, Issue, Reply, START};

/// A key that is enrolled and then signs whatever a test wants.
pub(crate) struct Rogue {
    pub(crate) name: String,
    pub(crate) key: SigningKey,
    pub(crate) grant: String,
    pub(crate) claims: GrantClaims,
}

impl Rogue {
    pub(crate) async fn enrolled(bench: &Bench, name: &str) -> Self {
        let key = SigningKey::make(&OsEntropy).unwrap();
        let thumbprint = key.verifying_key().thumbprint();
        bench
            .main
            .enroll_fallback(name, &thumbprint, &["GEN"])
            .await
            .unwrap();
        let request = signed_request(bench, &key, name, "grant", |_| {}).await;
        let reply = bench
            .post("/api/chittyid/fallback/grant", "", &request)
            .await;
        let grant = reply.body["grant"].as_str().unwrap().to_owned();
        let claims = UnverifiedJws::parse(&grant, "chitty-fallback-grant+jwt")
            .unwrap()
            .dangerous_unverified_claims()
            .unwrap();
        Self {
            name: name.to_owned(),
            key,
            grant,
            claims,
        }
    }

    /// An id inside the grant. Its check character may be wrong: only the receipt counts.
    pub(crate) fn id(&self, sequence: u32) -> String {
        let (ym, cycle) = (&self.claims.ym[0], &self.claims.cyc[0]);
        format!("AA-E-GEN-{sequence:04}-I-{ym}-{cycle}-0")
    }

    /// A receipt for `id` as an honest fallback would write it, after `edit`.
    pub(crate) fn issue(
        &self,
        ask: &Ask,
        tenant: &str,
        id: &str,
        edit: impl FnOnce(&mut ReceiptClaims),
    ) -> Issue {
        let iat = START / 1000;
        let mut claims = ReceiptClaims {
            iss: self.name.clone(),
            sub: id.to_owned(),
            jti: base64url(&sha256(format!("{id}{tenant}{}", ask.idk()).as_bytes())[..16]),
            iat,
            cls: "fallback".to_owned(),
            rqd: base64url(&ask.intent.request_digest(&ask.salt).unwrap()),
            idk: ask.idk(),
            exp: Some(iat + self.claims.rttl),
            grant: Some(self.grant.clone()),
            tnd: Some(tenant_digest(&ask.salt, tenant)),
            sup: None,
            spd: None,
        };
        edit(&mut claims);
        let kid = self.key.verifying_key().thumbprint();
        Issue {
            id: id.to_owned(),
            receipt: self.key.sign_jws(&kid, RECEIPT_TYPE, &claims).unwrap(),
        }
    }

    /// Uploads an issue as the log of an honest fallback would, for `tenant`.
    pub(crate) async fn upload(&self, bench: &Bench, tenant: &str, issue: &Issue) -> Reply {
        let entries = json!([{ "tenant": tenant, "receipt": issue.receipt }]);
        let canonical = canonical_json(&entries).unwrap();
        let digest = labelled_sha256("chitty/issue-log/v1", &[&canonical]);
        let mut request = signed_request(bench, &self.key, &self.name, "issue-log", |claims| {
            claims.digest = Some(base64url(&digest));
        })
        .await;
        request["entries"] = entries;
        let path = "/api/chittyid/fallback/issue-log";
        bench.post(path, "", &request).await
    }
}

pub(crate) async fn signed_request(
    bench: &Bench,
    key: &SigningKey,
    name: &str,
    purpose: &str,
    edit: impl FnOnce(&mut RequestClaims),
) -> Value {
    let nonce = bench.get("/api/chittyid/fallback/nonce", None).await;
    let mut claims = RequestClaims {
        iss: name.to_owned(),
        aud: ISSUER.to_owned(),
        nonce: nonce.body["nonce"].as_str().unwrap().to_owned(),
        iat: bench.clock.now_ms() / 1000,
        purpose: purpose.to_owned(),
        digest: None,
    };
    edit(&mut claims);
    let request = key.sign_jws("any", REQUEST_TYPE, &claims).unwrap();
    json!({ "request": request, "jwk": key.verifying_key().to_jwk() })
}

//! `spec/vectors/credentials/requests.json`: signed requests of sites.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{read, written};
use crate::{credential::*, jose::StatementKeys};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    description: String,
    request: String,
    keys: String,
    origin: String,
    arrival: String,
    now: u64,
    result: String,
    verdict: String,
}

#[test]
fn requests() {
    let document = read::<Case>("credentials/requests.json", "requests");
    let mut results = BTreeSet::new();
    for case in document.cases {
        let what = &case.description;
        let keys = document.key_sets[&case.keys].to_string();
        let keys = StatementKeys::from_json(keys.as_bytes()).unwrap();
        let keys = SiteKeys::fetched_from(&case.origin, keys).unwrap();
        let arrival = match case.arrival.as_str() {
            "link" => Arrival::Link,
            "scanned" => Arrival::Scanned,
            other => panic!("{other}"),
        };
        let (verdict, result) = match UnverifiedRequest::parse(&case.request) {
            Err(reason) => ("invalid", reason.code().to_owned()),
            Ok(request) => written(&request.verify(&keys, arrival, case.now), |reason| {
                reason.code().to_owned()
            }),
        };
        assert_eq!(
            (verdict, result.as_str()),
            (case.verdict.as_str(), case.result.as_str()),
            "{what}"
        );
        results.insert(result);
    }
    for reason in RequestReason::ALL {
        assert!(results.contains(reason.code()), "no vector for {reason}");
    }
}

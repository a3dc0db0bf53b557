//! Answers that are compressed though none was asked for (RFC 9110 §12.5.3): named by their cause, and
//! no reason to fall back.

use std::sync::Arc;

use chitty_client::{Code, ErrorKind, Stage};
use chitty_tests::{
    issuer::{FALLBACK, Issuer, STANDARD},
    raw_server::{Action, Received},
};

use crate::{open_rows, with_main};

/// gzip (RFC 1952) with one stored block.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let low = crc & 1;
            crc = (crc >> 1) ^ (0xEDB8_8320 * low);
        }
    }
    let length = u16::try_from(bytes.len()).expect("short");
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    packed.extend(length.to_le_bytes());
    packed.extend((!length).to_le_bytes());
    packed.extend(bytes);
    packed.extend((!crc).to_le_bytes());
    packed.extend(u32::from(length).to_le_bytes());
    packed
}

fn packed(action: Action, named: bool) -> Action {
    let Action::Json(status, body) = action else {
        return action;
    };
    let headers = match named {
        true => vec![("content-encoding", "gzip".to_owned())],
        false => Vec::new(),
    };
    Action::Answer(status, headers, gzip(body.to_string().as_bytes()))
}

#[tokio::test]
async fn a_compressed_answer_is_named_and_opens_no_fallback() {
    let issuer = Arc::new(Issuer::default());
    for named in [true, false] {
        let honest = Arc::clone(&issuer);
        let gateway =
            move |request: &Received| packed(honest.answer_standard(request, STANDARD), named);
        let (outcome, asked, client, _servers) = with_main(&issuer, gateway).await;
        let error = outcome.expect_err("it cannot be read");
        assert_eq!(error.code(), Code::AnswerEncoded);
        assert_eq!(
            (error.kind(), error.stage()),
            (ErrorKind::Rejected, Stage::Answered)
        );
        assert!(
            error.to_string().contains("Accept-Encoding: identity"),
            "{error}"
        );
        assert_eq!(asked, 0, "whoever answers is not away");
        assert_eq!(open_rows(&client).await, 1, "main may have issued");
    }
}

#[tokio::test]
async fn a_gateway_that_compresses_where_it_may_is_told_not_to() {
    let issuer = Arc::new(Issuer::default());
    let honest = Arc::clone(&issuer);
    // Without the header any coding is acceptable: the test before is the control.
    let gateway = move |request: &Received| {
        let plain = honest.answer_standard(request, STANDARD);
        match request.header("accept-encoding") {
            Some("identity") => plain,
            _ => packed(plain, true),
        }
    };
    let (outcome, ..) = with_main(&issuer, gateway).await;
    assert_eq!(outcome.as_deref().ok(), Some(STANDARD), "{outcome:?}");
}

#[tokio::test]
async fn a_header_that_a_transport_left_does_no_harm_and_an_outage_stays_one() {
    let issuer = Arc::new(Issuer::default());
    let honest = Arc::clone(&issuer);
    let decoded = move |request: &Received| match honest.answer_standard(request, STANDARD) {
        Action::Json(status, body) => {
            let header = ("content-encoding", "gzip".to_owned());
            Action::Answer(status, vec![header], body.to_string().into_bytes())
        }
        other => other,
    };
    let (outcome, ..) = with_main(&issuer, decoded).await;
    assert_eq!(outcome.as_deref().ok(), Some(STANDARD), "{outcome:?}");
    let away = |_: &Received| packed(Action::Json(503, serde_json::json!({})), true);
    let (outcome, asked, ..) = with_main(&issuer, away).await;
    assert_eq!(outcome.as_deref().ok(), Some(FALLBACK), "{outcome:?}");
    assert_eq!(asked, 1);
}

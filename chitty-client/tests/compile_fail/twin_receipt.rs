use chitty_client::issuance::receipt::{CheckedReceipt, VerifiedReceipt};

fn judged(checked: CheckedReceipt, now: i64) -> Option<VerifiedReceipt> {
    checked.at(now).into_result().ok()
}

fn main() {
    let _ = judged;
}

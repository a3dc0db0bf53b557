use chitty_client::issuance::receipt::{CheckedReceipt, ReceiptClaims};

struct Noted {
    claims: ReceiptClaims,
}

fn noted(checked: &CheckedReceipt) -> Noted {
    let claims = checked.claims().clone();
    Noted { claims }
}

fn main() {
    let _: fn(&CheckedReceipt) -> String = |checked| noted(checked).claims.jti;
}

use chitty_client::issuance::receipt::{CheckedReceipt, ReceiptClaims};

fn unsigned(claims: ReceiptClaims) -> CheckedReceipt {
    CheckedReceipt { claims }
}

fn main() {}

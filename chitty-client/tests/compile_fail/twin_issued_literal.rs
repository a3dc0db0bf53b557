use chitty_client::id::ChittyId;
use chitty_client::issuance::{Issued, receipt::VerifiedReceipt};

struct Kept {
    receipt: VerifiedReceipt,
}

fn kept(issued: &Issued) -> Kept {
    let receipt = issued.receipt().clone();
    Kept { receipt }
}

fn main() {
    let _: fn(&Issued) -> ChittyId = |issued| kept(issued).receipt.id();
}

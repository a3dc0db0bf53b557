use chitty_client::issuance::{Issued, receipt::VerifiedReceipt};

fn made(receipt: VerifiedReceipt) -> Issued {
    Issued { receipt }
}

fn main() {}

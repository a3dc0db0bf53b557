use chitty_client::issuance::{Issued, receipt::VerifiedReceipt};

fn read(issued: &Issued) -> &VerifiedReceipt {
    issued.receipt()
}

fn main() {
    let _ = read;
}

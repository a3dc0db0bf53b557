use chitty_client::id::ChittyId;

fn main() {
    let _ = ChittyId::new("AA-C-USR-1234-I-25-7-X");
    let _ = ChittyId::generate();
    let _ = ChittyId::default();
}

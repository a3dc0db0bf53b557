use chitty_client::id::ChittyId;

fn main() {
    let mut id: ChittyId = "AA-C-USR-1234-I-25-7-X".parse().unwrap();
    id.text[3] = b'E';
}

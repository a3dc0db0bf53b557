use chitty_client::id::ChittyId;

fn main() {
    let mut id: ChittyId = "AA-C-USR-1234-I-25-7-X".parse().unwrap();
    assert_eq!(id.domain(), Some('C'));
    id = "AA-E-USR-1234-I-25-7-X".parse().unwrap();
    assert_eq!(id.domain(), Some('E'));
}

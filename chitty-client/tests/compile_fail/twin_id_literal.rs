use chitty_client::id::{ChittyId, Profile};

fn main() {
    let id: ChittyId = "AA-C-USR-1234-I-25-7-X".parse().unwrap();
    assert_eq!(id.profile(), Profile::SecureFallback);
}

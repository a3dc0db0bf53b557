use chitty_client::id::{ChittyId, Profile};

fn main() {
    let _ = ChittyId {
        text: [b'A'; 25],
        profile: Profile::SecureFallback,
    };
}

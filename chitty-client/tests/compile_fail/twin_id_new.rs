use chitty_client::id::ChittyId;

fn main() {
    let _ = ChittyId::try_from("AA-C-USR-1234-I-25-7-X");
    let _ = "AA-C-USR-1234-I-25-7-X".parse::<ChittyId>();
}

//! Steps about the file of a wallet.

use super::super::scene::Scene;

impl Scene {
    /// Where the wallet's file lies.
    pub(crate) fn wallet_file(&self) -> String {
        self.path("wallet")
    }

    /// Keeps a copy of the wallet's file aside.
    pub(crate) fn copy_wallet_file(&self) -> Result<(), String> {
        copy(&self.wallet_file(), &self.path("copy"))
    }

    /// Puts the copy in the place of the wallet's file.
    pub(crate) fn put_wallet_file_back(&self) -> Result<(), String> {
        copy(&self.path("copy"), &self.wallet_file())
    }

    /// Changes one byte in the middle of the wallet's file.
    pub(crate) fn damage_wallet_file(&self) -> Result<(), String> {
        let path = self.wallet_file();
        let mut bytes = std::fs::read(&path).map_err(|error| error.to_string())?;
        let middle = bytes.len() / 2;
        *bytes.get_mut(middle).ok_or("the file is empty")? ^= 1;
        std::fs::write(&path, bytes).map_err(|error| error.to_string())
    }
}

fn copy(from: &str, to: &str) -> Result<(), String> {
    let copied = std::fs::copy(from, to);
    copied.map(|_| ()).map_err(|error| error.to_string())
}

//! What a wallet's file survives, and what it refuses: each fault with its own code and a control.

use std::{
    collections::HashMap,
    fs,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;

/// A keychain in memory, which fails at the given write.
#[derive(Default)]
struct Keychain {
    values: Mutex<HashMap<String, Vec<u8>>>,
    locked: Mutex<bool>,
}

impl Keychain {
    fn copy(&self) -> Arc<Self> {
        let values = Mutex::new(self.values.lock().unwrap().clone());
        let locked = Mutex::default();
        Arc::new(Self { values, locked })
    }

    fn forget(&self, name: &str) {
        self.values.lock().unwrap().remove(name);
    }
}

impl SecretStore for Keychain {
    fn load(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        if *self.locked.lock().unwrap() {
            return Err(Code::SecretsUnavailable.into());
        }
        let value = self.values.lock().unwrap().get(name).cloned();
        Ok(value.map(Zeroizing::new))
    }

    fn save(&self, name: &str, value: &[u8]) -> Result<(), Error> {
        let mut values = self.values.lock().unwrap();
        values.insert(name.to_owned(), value.to_vec());
        Ok(())
    }
}

/// A disk on which the step `dies_at` and all that follow fail, as after a crash.
struct Dying {
    dies_at: usize,
    step: AtomicUsize,
    kind: io::ErrorKind,
    /// How much of a write arrives before it fails.
    part: usize,
}

impl Dying {
    fn step(&self) -> io::Result<()> {
        if self.step.fetch_add(1, Ordering::SeqCst) >= self.dies_at {
            return Err(self.kind.into());
        }
        Ok(())
    }
}

impl Disk for Dying {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.step() {
            RealDisk.write(path, &bytes[..self.part.min(bytes.len())])?;
            return Err(error);
        }
        RealDisk.write(path, bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.rename(from, to)
    }

    fn settle(&self, folder: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.settle(folder)
    }

    fn remove(&self, path: &Path) {
        if self.step().is_ok() {
            RealDisk.remove(path);
        }
    }
}

struct Bench {
    folder: TempDir,
    keychain: Arc<Keychain>,
}

impl Bench {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            keychain: Arc::default(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("wallet.bin")
    }

    fn wallet(&self) -> FileWallet {
        FileWallet::open(self.path(), self.keychain.clone()).unwrap()
    }

    async fn save(&self, expected: u64, state: &[u8]) {
        let saved = self.wallet().save(expected, state).await.unwrap();
        assert!(matches!(saved, Saved::Done(generation) if generation > expected));
    }

    async fn loaded(&self) -> Option<(u64, Vec<u8>)> {
        let stored = self.wallet().load().await.unwrap();
        stored.map(|stored| (stored.generation, stored.state.to_vec()))
    }

    async fn refused(&self) -> Code {
        self.wallet().load().await.unwrap_err().code()
    }
}

#[tokio::test]
async fn a_state_is_kept_sealed_and_replaced_by_generations() {
    let bench = Bench::new();
    assert_eq!(bench.loaded().await, None);
    bench.save(0, b"the first state").await;
    bench.save(1, b"the second state").await;
    assert_eq!(
        bench.loaded().await,
        Some((2, b"the second state".to_vec()))
    );
    let late = bench.wallet().save(1, b"late").await.unwrap();
    assert_eq!(late, Saved::Conflict);
    let file = fs::read(bench.path()).unwrap();
    assert!(
        !file.windows(6).any(|part| part == b"second"),
        "it is sealed"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(bench.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "for its owner alone");
    }
}

#[tokio::test]
async fn a_crash_at_any_step_leaves_the_old_state_or_the_new_one() {
    // write, rename, settle: three steps; at the fourth nothing dies.
    for dies_at in 0..=3 {
        for part in [0, 20, usize::MAX] {
            let bench = Bench::new();
            bench.save(0, b"old").await;
            let dying = Dying {
                dies_at,
                step: AtomicUsize::new(0),
                kind: io::ErrorKind::Other,
                part,
            };
            let wallet = FileWallet::on(bench.path(), bench.keychain.clone(), Box::new(dying));
            let done = wallet.unwrap().save(1, b"new").await;
            assert_eq!(done.is_ok(), dies_at == 3);
            let (old, new) = ((1, b"old".to_vec()), (2, b"new".to_vec()));
            let found = bench.loaded().await.unwrap();
            match dies_at {
                0 | 1 => assert_eq!(found, old),
                _ => assert_eq!(found, new),
            }
            // Its owner goes on.
            bench.save(found.0, b"next").await;
            assert_eq!(bench.loaded().await, Some((found.0 + 1, b"next".to_vec())));
        }
    }
}

#[tokio::test]
async fn a_crash_between_file_and_mark_locks_nobody_out() {
    let bench = Bench::new();
    bench.save(0, b"one").await;
    let before = bench.keychain.copy();
    bench.save(1, b"two").await;
    let crashed = Bench {
        folder: bench.folder,
        keychain: before,
    };
    assert_eq!(crashed.loaded().await, Some((2, b"two".to_vec())));
    crashed.save(2, b"three").await;
}

#[tokio::test]
async fn a_full_disk_has_its_code_and_changes_nothing() {
    let bench = Bench::new();
    bench.save(0, b"old").await;
    for (kind, code) in [
        (io::ErrorKind::StorageFull, Code::StoreFull),
        (io::ErrorKind::QuotaExceeded, Code::StoreFull),
        (io::ErrorKind::ReadOnlyFilesystem, Code::StoreReadOnly),
        (io::ErrorKind::Other, Code::StoreFailed),
    ] {
        let full = Dying {
            dies_at: 0,
            step: AtomicUsize::new(0),
            kind,
            part: 10,
        };
        let wallet = FileWallet::on(bench.path(), bench.keychain.clone(), Box::new(full)).unwrap();
        let error = wallet.save(1, b"new").await.unwrap_err();
        assert_eq!(error.code(), code);
        assert_eq!(bench.loaded().await, Some((1, b"old".to_vec())));
    }
}

#[tokio::test]
async fn damage_anywhere_is_seen_and_never_overwritten() {
    let bench = Bench::new();
    bench.save(0, &[7; 300]).await;
    let good = fs::read(bench.path()).unwrap();
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 1 << (place % 8);
        fs::write(bench.path(), &bad).unwrap();
        assert_eq!(bench.refused().await, Code::StoreDamaged, "byte {place}");
    }
    for length in [0, 1, 31, 32, 57, good.len() - 1] {
        fs::write(bench.path(), &good[..length]).unwrap();
        assert_eq!(bench.refused().await, Code::StoreDamaged, "cut at {length}");
        let refused = bench.wallet().save(0, b"new").await.unwrap_err();
        assert_eq!(refused.code(), Code::StoreDamaged);
        assert_eq!(fs::read(bench.path()).unwrap(), good[..length]);
    }
    fs::write(bench.path(), &good).unwrap();
    assert!(bench.loaded().await.is_some(), "the control");
}

#[tokio::test]
async fn a_copy_on_another_device_is_foreign() {
    let bench = Bench::new();
    bench.save(0, b"state").await;
    let fresh = Bench::new();
    fs::copy(bench.path(), fresh.path()).unwrap();
    assert_eq!(fresh.refused().await, Code::WalletForeign);
    let used = Bench::new();
    used.save(0, b"its own").await;
    fs::copy(bench.path(), used.path()).unwrap();
    assert_eq!(used.refused().await, Code::WalletForeign);
    let refused = used.wallet().save(1, b"new").await.unwrap_err();
    assert_eq!(refused.code(), Code::WalletForeign);
    assert!(bench.loaded().await.is_some(), "the control");
}

#[tokio::test]
async fn an_older_file_and_a_file_that_is_gone_are_rolled_back() {
    let bench = Bench::new();
    bench.save(0, b"one").await;
    let old = fs::read(bench.path()).unwrap();
    bench.save(1, b"two").await;
    let new = fs::read(bench.path()).unwrap();
    fs::write(bench.path(), &old).unwrap();
    assert_eq!(bench.refused().await, Code::WalletRolledBack);
    let refused = bench.wallet().save(1, b"new").await.unwrap_err();
    assert_eq!(refused.code(), Code::WalletRolledBack);
    fs::remove_file(bench.path()).unwrap();
    assert_eq!(bench.refused().await, Code::WalletRolledBack);
    fs::write(bench.path(), &new).unwrap();
    assert_eq!(
        bench.loaded().await,
        Some((2, b"two".to_vec())),
        "the control"
    );
}

#[tokio::test]
async fn whoever_starts_over_begins_with_nothing_and_the_old_file_never_counts_again() {
    let bench = Bench::new();
    bench.save(0, b"one").await;
    bench.save(1, b"two").await;
    let newest = fs::read(bench.path()).unwrap();
    fs::remove_file(bench.path()).unwrap();
    bench.wallet().start_over().await.unwrap();
    assert_eq!(bench.loaded().await, None);
    bench.save(0, b"new").await;
    let new = bench.loaded().await.unwrap();
    assert_eq!(new, (3, b"new".to_vec()), "no generation comes twice");
    fs::write(bench.path(), &newest).unwrap();
    assert_eq!(bench.refused().await, Code::WalletForeign);
    bench.wallet().start_over().await.unwrap();
    let aside = bench.folder.path().join("wallet.bin.old");
    assert_eq!(fs::read(aside).unwrap(), newest, "it was set aside");
    assert_eq!(bench.loaded().await, None);
    bench.save(0, b"newer").await;
    fs::remove_file(bench.path()).unwrap();
    assert_eq!(bench.refused().await, Code::WalletRolledBack);
}

#[tokio::test]
async fn a_keychain_that_is_locked_or_has_lost_something_has_its_code() {
    let bench = Bench::new();
    bench.save(0, b"state").await;
    *bench.keychain.locked.lock().unwrap() = true;
    assert_eq!(bench.refused().await, Code::SecretsUnavailable);
    *bench.keychain.locked.lock().unwrap() = false;
    assert!(bench.loaded().await.is_some(), "the control");
    bench.keychain.forget(KEY);
    assert_eq!(bench.refused().await, Code::SecretsLost);
    bench.keychain.forget(MARK);
    assert_eq!(bench.refused().await, Code::WalletForeign);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_writers_none_loses_what_another_wrote() {
    const WRITERS: u8 = 4;
    const EACH: usize = 10;
    let bench = Bench::new();
    bench.save(0, b"").await;
    let writers = (0..WRITERS).map(|own| {
        // Each with a lock and files of its own, as another process has.
        let wallet = bench.wallet();
        tokio::spawn(async move {
            for _ in 0..EACH {
                loop {
                    let stored = wallet.load().await.unwrap().unwrap();
                    let mut state = stored.state.to_vec();
                    state.push(own);
                    match wallet.save(stored.generation, &state).await.unwrap() {
                        Saved::Done(_) => break,
                        Saved::Conflict => {}
                    }
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let (generation, state) = bench.loaded().await.unwrap();
    assert_eq!(generation, 1 + u64::from(WRITERS) * EACH as u64);
    for own in 0..WRITERS {
        let times = state.iter().filter(|byte| **byte == own).count();
        assert_eq!(times, EACH, "writer {own}");
    }
}

#[tokio::test]
async fn a_path_that_cannot_be_is_told_by_its_cause() {
    let bench = Bench::new();
    let folder = bench.folder.path();
    fs::write(folder.join("file"), "").unwrap();
    fs::create_dir(folder.join("folder")).unwrap();
    let on =
        |path: PathBuf| FileWallet::on(path, bench.keychain.clone(), Box::new(RealDisk)).unwrap();
    for (path, code) in [
        (folder.join("none/wallet.bin"), Code::FolderMissing),
        (folder.join("file/wallet.bin"), Code::FolderMissing),
        (folder.join("folder"), Code::PathIsFolder),
    ] {
        let refused = on(path).save(0, b"state").await.map(drop);
        assert_eq!(refused.map_err(|error| error.code()), Err(code));
    }
    // The control: the same path, once its folder is there.
    fs::create_dir(folder.join("none")).unwrap();
    let saved = on(folder.join("none/wallet.bin")).save(0, b"state").await;
    assert!(matches!(saved, Ok(Saved::Done(_))));
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_stays_a_link() {
    use std::os::unix::fs::symlink;
    let bench = Bench::new();
    let at = |name: &str| bench.folder.path().join(name);
    fs::create_dir(at("deep")).unwrap();
    // A chain through a folder that is a link itself, to nothing yet.
    symlink("deep", at("folder")).unwrap();
    symlink("folder/real.bin", at("one.bin")).unwrap();
    symlink(at("one.bin"), bench.path()).unwrap();
    bench.save(0, b"first").await;
    bench.save(1, b"second").await;
    let kept = Some((2, b"second".to_vec()));
    assert_eq!(bench.loaded().await, kept);
    let by_its_name = FileWallet::open(at("deep/real.bin"), bench.keychain.clone()).unwrap();
    assert_eq!(by_its_name.load().await.unwrap().unwrap().generation, 2);
    for name in ["one.bin", "folder", "wallet.bin"] {
        assert!(
            fs::symlink_metadata(at(name)).unwrap().is_symlink(),
            "{name}"
        );
    }
    let mut beside: Vec<_> = fs::read_dir(at("deep"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    beside.sort();
    assert_eq!(
        beside,
        ["real.bin", "real.bin.lock"],
        "both names, one lock"
    );
    // A link that leads elsewhere later changes nothing for who opened it before.
    let opened = bench.wallet();
    fs::remove_file(bench.path()).unwrap();
    symlink("deep/other.bin", bench.path()).unwrap();
    let saved = opened.save(2, b"third").await.unwrap();
    assert!(matches!(saved, Saved::Done(3)));
    assert_eq!(
        bench.refused().await,
        Code::WalletRolledBack,
        "nothing is there"
    );
    // What is set aside is the file and not the link.
    opened.start_over().await.unwrap();
    assert!(at("deep/real.bin.old").exists());
    assert!(fs::symlink_metadata(at("one.bin")).unwrap().is_symlink());
}

/// Control: a rename over a link replaces the link, and the real file is left as it was.
#[cfg(unix)]
#[test]
fn a_rename_over_a_link_leaves_the_real_file_behind() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("real"), "old").unwrap();
    std::os::unix::fs::symlink("real", at("link")).unwrap();
    RealDisk.write(&at("link.new"), b"new").unwrap();
    RealDisk.rename(&at("link.new"), &at("link")).unwrap();
    assert!(!fs::symlink_metadata(at("link")).unwrap().is_symlink());
    assert_eq!(fs::read(at("real")).unwrap(), b"old");
}

//! Steps about the services: what goes wrong there and what stands in their books.

use std::time::Duration;

use chitty_tests::world::TENANT;
use reference_server::{ApiKeySpec, FaultHandle, Faults};

use super::scene::{Named, Scene};

/// One of the two services.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// Issues permanent ids.
    Main,
    /// Issues temporary ones.
    Fallback,
}

impl Scene {
    fn switch(&self, role: Role) -> &FaultHandle {
        match role {
            Role::Main => self.world.main.faults(),
            Role::Fallback => self.world.fallback.faults(),
        }
    }

    /// Closes every connection at once.
    pub(crate) fn down(&self, role: Role) {
        self.switch(role).set(Faults {
            down: true,
            ..Faults::default()
        });
    }

    /// Ends all faults.
    pub(crate) fn back(&self, role: Role) {
        self.switch(role).clear();
    }

    /// Does the work, and cuts the connection before the answer.
    pub(crate) fn commit_and_cut(&self, role: Role) {
        self.switch(role).set(Faults {
            drop_after_commit: 1.0,
            ..Faults::default()
        });
    }

    /// Lets every request wait first.
    pub(crate) fn slow(&self, role: Role, ms: u64) {
        let latency = Duration::from_millis(ms);
        self.switch(role).set(Faults {
            latency,
            ..Faults::default()
        });
    }

    /// A key for main that may not generate in the namespace that the steps ask for.
    pub(crate) async fn narrow_key(&self) -> Result<String, String> {
        let spec = ApiKeySpec::new(TENANT).named("narrow").namespaces(&["USR"]);
        self.world
            .main
            .add_api_key(spec)
            .await
            .map_err(|error| error.to_string())
    }

    /// The books hold exactly these ids.
    pub(crate) async fn books(&self, role: Role, names: &[&str]) -> Result<(), String> {
        let mut issued = match role {
            Role::Main => self.main_ids().await,
            Role::Fallback => self.fallback_ids().await,
        };
        let mut wanted = Vec::new();
        for name in names {
            wanted.push(self.named(name)?.id.clone());
        }
        issued.sort();
        wanted.sort();
        match issued == wanted {
            true => Ok(()),
            false => Err(format!("it has issued {issued:?}")),
        }
    }

    /// Gives the one id that main has issued a name.
    pub(crate) async fn name_committed(&mut self, name: &str) -> Result<(), String> {
        let issued = self.main_ids().await;
        let [id] = issued.as_slice() else {
            return Err(format!("it has issued {issued:?}"));
        };
        let named = Named {
            id: id.clone(),
            receipt: String::new(),
        };
        self.ids.insert(name.to_owned(), named);
        Ok(())
    }
}

//! `serve`: starts roles, says where they listen, ends well on SIGTERM.

use std::{io, net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use super::broker::read_schema;
use crate::{
    BrokerServer, Database, FallbackServer, Faults, Listen, MainServer, Minting, Overload,
    TlsFiles, config::wrong, error::Error, start_all, telemetry,
};

#[derive(Args)]
pub(super) struct Serve {
    /// main, fallback, broker or all
    #[arg(long, default_value = "all")]
    role: String,
    /// The address; port 0 takes a free one. With `all` it is main's, the others take free ones
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The role's database: a file, or postgres://… (in the environment when it holds a password)
    #[arg(long, env = "CHITTY_DATABASE", hide_env_values = true)]
    database: Option<Database>,
    /// The folder of the role's keys
    #[arg(long)]
    keys: Option<PathBuf>,
    /// With `all`: the folder that holds every role's files
    #[arg(long)]
    dir: Option<PathBuf>,
    /// The issuer name of main, which receipts and grants carry, or of a broker: its https origin
    #[arg(long, default_value = "https://id.example")]
    issuer: String,
    /// A fallback's main service
    #[arg(long)]
    main_url: Option<String>,
    /// For a fallback: the authorities, PEM, that main's certificate must come from, instead of the
    /// web's
    #[arg(long, env = "CHITTY_MAIN_CA", value_name = "FILE")]
    main_ca: Option<PathBuf>,
    /// A fallback's name
    #[arg(long, default_value = "fallback-1")]
    name: String,
    /// The first segment of ids
    #[arg(long, default_value = "AA")]
    prefix: String,
    /// For a broker: a schema that it issues, a file; may be given more than once
    #[arg(long, value_name = "FILE")]
    schema: Vec<PathBuf>,
    /// For a broker: how old the newest snapshot of what is revoked may get, in seconds
    #[arg(long, default_value_t = 60)]
    snapshot_every: u64,
    /// A proxy in front adds TLS, so another address than loopback is acceptable
    #[arg(long)]
    behind_proxy: bool,
    /// The certificate chain, PEM; looked at again when it changes
    #[arg(long, requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM
    #[arg(long, requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Requests worked on at once; twice as many may wait, the rest is told to come back
    #[arg(long, default_value_t = Overload::default().concurrent)]
    max_concurrent: usize,
    /// Requests per second and address without an API key; 0 is unlimited
    #[arg(long, default_value_t = Overload::default().strangers_per_second)]
    strangers_per_second: f64,
    /// Connections at once of one address; behind a proxy they are not counted by address
    #[arg(long, default_value_t = Overload::default().connections_per_address)]
    connections_per_address: usize,
    /// What goes wrong on purpose, such as latency=50ms,drop-after-commit=0.3 (loopback only)
    #[arg(long, default_value = "")]
    fault: Faults,
}

impl Serve {
    pub(super) async fn run(self) -> Result<(), Error> {
        telemetry::start();
        telemetry::hear_panics();
        let listen = Listen {
            address: self.listen,
            behind_proxy: self.behind_proxy,
            tls: self
                .tls_cert
                .clone()
                .zip(self.tls_key.clone())
                .map(|(certificate, key)| TlsFiles { certificate, key }),
        };
        let ended = match self.role.as_str() {
            "main" => self.main(listen).await,
            "fallback" => self.fallback(listen).await,
            "broker" => self.broker(listen).await,
            "all" => self.all(listen).await,
            _ => wrong("the role is main, fallback, broker or all"),
        };
        telemetry::flush();
        ended
    }

    fn overload(&self) -> Overload {
        Overload {
            concurrent: self.max_concurrent,
            waiting: self.max_concurrent.saturating_mul(2),
            strangers_per_second: self.strangers_per_second,
            connections_per_address: self.connections_per_address,
            strangers_burst: self.strangers_per_second * 3.0,
            ..Overload::default()
        }
    }

    async fn main(self, listen: Listen) -> Result<(), Error> {
        let overload = self.overload();
        let (Some(database), Some(keys)) = (self.database, self.keys) else {
            return wrong("main needs --database and --keys");
        };
        let main = MainServer::builder()
            .issuer(self.issuer)
            .database(database)
            .keys_dir(keys)
            .listen(listen)
            .overload(overload)
            .minting(Minting {
                prefix: self.prefix,
                ..Minting::default()
            })
            .faults(self.fault)
            .start()
            .await?;
        ready("main", &main.url());
        asked_to_stop().await?;
        main.shutdown().await;
        Ok(())
    }

    async fn fallback(self, listen: Listen) -> Result<(), Error> {
        let overload = self.overload();
        let (Some(database), Some(keys), Some(main)) = (self.database, self.keys, self.main_url)
        else {
            return wrong("a fallback needs --database, --keys and --main-url");
        };
        let mut fallback = FallbackServer::builder();
        if let Some(file) = self.main_ca {
            fallback = fallback.main_ca(file);
        }
        let fallback = fallback
            .name(self.name)
            .main_url(main)
            .main_issuer(self.issuer)
            .database(database)
            .keys_dir(keys)
            .listen(listen)
            .overload(overload)
            .prefix(self.prefix)
            .faults(self.fault)
            .start()
            .await?;
        ready("fallback", &fallback.url());
        asked_to_stop().await?;
        fallback.shutdown().await;
        Ok(())
    }

    async fn broker(self, listen: Listen) -> Result<(), Error> {
        let overload = self.overload();
        let (Some(database), Some(keys)) = (self.database, self.keys) else {
            return wrong("a broker needs --database and --keys");
        };
        let mut broker = BrokerServer::builder();
        for file in &self.schema {
            broker = broker.schema(read_schema(file)?);
        }
        let broker = broker
            .issuer(self.issuer)
            .database(database)
            .keys_dir(keys)
            .listen(listen)
            .overload(overload)
            .snapshot_every(Duration::from_secs(self.snapshot_every))
            .faults(self.fault)
            .start()
            .await?;
        ready("broker", &broker.url());
        asked_to_stop().await?;
        broker.shutdown().await;
        Ok(())
    }

    async fn all(self, listen: Listen) -> Result<(), Error> {
        let Some(folder) = self.dir else {
            return wrong("all needs --dir, the folder that holds every role's files");
        };
        if listen.tls.is_some() {
            return wrong("all is a demonstration on loopback; TLS is for a role by itself");
        }
        let all = start_all(&folder, listen, Listen::default(), self.fault).await?;
        ready("main", &all.main.url());
        ready("fallback", &all.fallback.url());
        ready("broker", &all.broker.url());
        asked_to_stop().await?;
        all.shutdown().await;
        Ok(())
    }
}

/// Says where a role listens. That nobody reads it must not end the role.
fn ready(role: &str, url: &str) {
    let line = json!({ "listening": url, "role": role });
    if let Err(error) = telemetry::write_aside(io::stdout(), format!("{line}\n")) {
        tracing::warn!(role, url, kind = %error.kind(), "standard output takes nothing");
    }
}

async fn asked_to_stop() -> Result<(), Error> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        done = tokio::signal::ctrl_c() => done?,
    }
    Ok(())
}

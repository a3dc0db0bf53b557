//! Shares of tenants: how much of a slot, or of a fallback's grant, one may have of what the others left.

use std::sync::Arc;

use clap::Subcommand;
use serde_json::json;

use super::{RoleDatabase, admin::parse_role, print};
use crate::{
    config::wrong,
    error::Error,
    keys::Role,
    store::{Shares, open_fallback, open_main},
};

#[derive(Subcommand)]
pub(super) enum Share {
    /// Set a tenant's share, at main or at one fallback
    Set {
        #[command(flatten)]
        at: RoleDatabase,
        /// The tenant, as its API keys name it
        #[arg(long)]
        tenant: String,
        /// Percent of what others left of a slot; 100 lets the tenant use up every slot
        #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
        percent: u8,
    },
    /// Take a tenant's setting back; it has 50 percent again
    Unset {
        #[command(flatten)]
        at: RoleDatabase,
        /// The tenant
        #[arg(long)]
        tenant: String,
    },
    /// List the settings
    List(RoleDatabase),
}

pub(super) async fn act(order: Share) -> Result<(), Error> {
    match order {
        Share::Set {
            at,
            tenant,
            percent,
        } => Ok(store(at).await?.set_share(&tenant, Some(percent)).await?),
        Share::Unset { at, tenant } => Ok(store(at).await?.set_share(&tenant, None).await?),
        Share::List(at) => {
            for (tenant, percent) in store(at).await?.shares().await? {
                print(&json!({ "tenant": tenant, "percent": percent }))?;
            }
            Ok(())
        }
    }
}

async fn store(at: RoleDatabase) -> Result<Arc<dyn Shares>, Error> {
    Ok(match parse_role(&at.role)? {
        Role::Main => open_main(&at.database).await?,
        Role::Fallback => open_fallback(&at.database).await?,
        Role::Broker => return wrong("a broker makes no ids, so there is nothing to share"),
    })
}

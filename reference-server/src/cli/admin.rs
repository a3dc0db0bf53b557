//! What an operator does beside serving: API keys, enrolment, alarms. Works on the data, also
//! while a server runs on them.

use std::sync::Arc;

use chitty_client::clock::{Clock, SystemClock};
use serde_json::json;

use super::{ApiKey, Command, Fallback, RoleDatabase, broker, keys, print, say, share};
use crate::{
    auth::issue_api_key,
    config::wrong,
    error::Error,
    extract::rfc3339,
    keys::Role,
    openapi,
    roles::{close_month, enroll},
    store::{
        Access, ApiKeySpec, Database, Enrolment, MainStore, open_broker, open_fallback, open_main,
    },
};

pub(super) async fn act(command: Command) -> Result<(), Error> {
    match command {
        Command::Serve(serve) => serve.run().await,
        Command::Keys(order) => keys::act(order),
        Command::ApiKey(api_key) => act_on_api_keys(api_key).await,
        Command::EnrollFallback(order) => {
            let enrolment = Enrolment {
                name: order.name,
                thumbprint: order.thumbprint,
                namespaces: order.namespaces,
                max: order.max,
                cycles: order.cycles,
            };
            enroll(&*main(order.at.database).await?, &enrolment, now()).await
        }
        Command::Fallback(Fallback::List(at)) => list_fallbacks(at.database).await,
        Command::Fallback(Fallback::Suspend { at, name }) => {
            known(main(at.database).await?.suspend(&name).await?)
        }
        Command::Fallback(Fallback::Resume { at, name }) => {
            known(main(at.database).await?.resume(&name).await?)
        }
        Command::Enrolment(order) => broker::act(order).await,
        Command::Alarms(at) => {
            for alarm in main(at.database).await?.alarms().await? {
                print(&json!({
                    "at": rfc3339(alarm.at),
                    "code": alarm.code,
                    "fallback": alarm.fallback,
                    "fallbackId": alarm.fallback_id,
                }))?;
            }
            Ok(())
        }
        Command::Restored { at, prefix } => {
            let store = main(at.database).await?;
            let (closed, epoch) = close_month(&*store, &prefix, now()).await?;
            store.close().await;
            print(&json!({ "closed": closed, "epoch": epoch.to_string() }))
        }
        Command::RestoredFallback(at) => {
            let store = open_fallback(&at.database).await?;
            let epoch = store.restored(now()).await?;
            store.close().await;
            print(&json!({ "epoch": epoch.to_string(), "issues": false }))
        }
        Command::Share(order) => share::act(order).await,
        Command::RestoredBroker(order) => broker::restored(order).await,
        Command::Openapi { role } => {
            let description = match parse_role(&role)? {
                Role::Main => openapi::main(),
                Role::Fallback => openapi::fallback(),
                Role::Broker => openapi::broker(),
            };
            // Over many lines, so that changes can be read.
            say(&format!("{description:#}"))
        }
    }
}

async fn act_on_api_keys(order: ApiKey) -> Result<(), Error> {
    match order {
        ApiKey::Add {
            at,
            tenant,
            name,
            scopes,
            namespaces,
            per_second,
            burst,
            daily_quota,
        } => {
            let spec = ApiKeySpec {
                name: name.unwrap_or_else(|| tenant.clone()),
                tenant,
                scopes,
                namespaces,
                per_second: Some(per_second),
                burst,
                daily_quota,
            };
            let secret = issue_api_key(&*access(at).await?, &spec, now()).await?;
            print(&json!({ "name": spec.name, "apiKey": secret }))
        }
        ApiKey::List(at) => {
            for key in access(at).await?.api_keys().await? {
                print(&json!({
                    "name": key.spec.name,
                    "tenant": key.spec.tenant,
                    "scopes": key.spec.scopes,
                    "namespaces": key.spec.namespaces,
                    "perSecond": key.spec.per_second,
                    "dailyQuota": key.spec.daily_quota,
                    "revoked": key.revoked,
                }))?;
            }
            Ok(())
        }
        ApiKey::Revoke { at, name } => {
            match access(at).await?.revoke_api_key(&name, now()).await? {
                true => Ok(()),
                false => wrong("there is no API key of this name in force"),
            }
        }
    }
}

fn known(fallback: bool) -> Result<(), Error> {
    match fallback {
        true => Ok(()),
        false => wrong("there is no fallback of this name"),
    }
}

async fn list_fallbacks(database: Database) -> Result<(), Error> {
    let store = main(database).await?;
    for row in store.fallbacks().await? {
        print(&json!({
            "name": row.enrolment.name,
            "thumbprint": row.enrolment.thumbprint,
            "namespaces": row.enrolment.namespaces,
            "suspended": row.suspended,
            "outstanding": row.outstanding.count,
            "oldest": row.outstanding.oldest.map(rfc3339),
        }))?;
    }
    let all = store.outstanding().await?;
    print(&json!({
        "fallback_outstanding": all.count,
        "oldest_age_s": all.oldest.map(|at| (now() - at) / 1000),
    }))
}

async fn main(database: Database) -> Result<Arc<dyn MainStore>, Error> {
    open_main(&database).await
}

async fn access(at: RoleDatabase) -> Result<Arc<dyn Access>, Error> {
    Ok(match parse_role(&at.role)? {
        Role::Main => open_main(&at.database).await?,
        Role::Fallback => open_fallback(&at.database).await?,
        Role::Broker => open_broker(&at.database).await?,
    })
}

pub(super) fn parse_role(name: &str) -> Result<Role, Error> {
    match name {
        "main" => Ok(Role::Main),
        "fallback" => Ok(Role::Fallback),
        "broker" => Ok(Role::Broker),
        _ => wrong("the role is main, fallback or broker"),
    }
}

pub(super) fn now() -> i64 {
    SystemClock.now_ms()
}

//! The story of an id on one machine: issued, outage, fallback, both down, recovery, replacement.
//!
//! Run with `cargo run --example quickstart`. Every step is checked; the program ends with 1 at the
//! first one that differs.

use std::{error::Error, process::ExitCode, time::Duration};

use chitty_client::{
    ApiKey, Class, Client, Code, Event, IdRequest, ReconcilePolicy, Trust,
    reconcile::store::SqliteStore, resilience::BreakerPolicy,
};
use reference_server::{ApiKeySpec, FallbackServer, Faults, MainServer};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    match story().await {
        Ok(()) => {
            println!("\nEvery step went as told.");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("\nThis step differs from the story: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn story() -> Outcome {
    let folder = tempfile::tempdir()?;
    println!("1. A main service and a separate fallback service start on loopback.");
    let main = MainServer::builder()
        .issuer("https://id.example")
        .database(folder.path().join("main.db"))
        .keys_dir(folder.path().join("main-keys"))
        .start()
        .await?;
    let fallback = FallbackServer::builder()
        .name("fallback-1")
        .database(folder.path().join("fallback.db"))
        .keys_dir(folder.path().join("fallback-keys"))
        .main_url(main.url())
        .main_issuer("https://id.example")
        .start()
        .await?;
    main.enroll_fallback("fallback-1", &fallback.thumbprint(), &["USR"])
        .await?;
    fallback.renew_now().await?;
    println!(
        "   main {}, fallback {}: main has granted it a block of ids.",
        main.url(),
        fallback.url()
    );

    let client = Client::builder()
        .main(
            main.url(),
            ApiKey::new(main.add_api_key(ApiKeySpec::new("acme")).await?),
        )
        .fallback(
            fallback.url(),
            ApiKey::new(fallback.add_api_key(ApiKeySpec::new("acme")).await?),
        )
        .trust(Trust::Pinned(main.key_set()))
        .store(SqliteStore::open(folder.path().join("client.db"))?)
        .deadline(Duration::from_secs(3))
        .breaker(BreakerPolicy::default().open(Duration::from_millis(300), Duration::from_secs(1)))
        .reconcile(ReconcilePolicy::default().interval(Duration::from_millis(300)))
        .build()?;
    let mut events = client.events();

    println!("\n2. The app asks for an id.");
    let standard = client
        .request_id(IdRequest::new("USR", 'I').handle("alice")?)
        .await?;
    check(standard.class() == Class::Standard, "a standard id")?;
    println!("   {}  standard, signed by main", standard.id());
    let proof = standard.receipt().as_str().to_owned();
    let again = client
        .request_id(IdRequest::new("USR", 'I').handle("alice")?)
        .await?;
    check(
        again.id() == standard.id(),
        "the same handle gives the same id",
    )?;
    check(
        client
            .verify_receipt(&standard.id(), &proof)
            .await?
            .is_valid(),
        "the receipt verifies offline",
    )?;
    println!("   its receipt verifies offline, and the same handle gives the same id");

    println!("\n3. Main goes down. The app asks for another id.");
    main.faults().set(Faults {
        down: true,
        ..Faults::default()
    });
    let temporary = client
        .request_id(IdRequest::new("USR", 'I').handle("bob")?)
        .await?;
    check(temporary.is_temporary(), "a fallback id")?;
    check(temporary.id().domain() == Some('E'), "domain E")?;
    println!(
        "   {}  temporary, from the fallback's pre-authorised block",
        temporary.id()
    );
    let verdict = client
        .verify_receipt(&temporary.id(), temporary.receipt().as_str())
        .await?;
    check(
        verdict.is_valid(),
        "the fallback receipt and its grant verify offline",
    )?;
    println!("   its receipt and main's grant verify offline; one debt is on record");
    check(
        client.pending_reconciliations().await?.len() == 1,
        "one debt",
    )?;

    println!("\n4. The fallback goes down as well.");
    fallback.faults().set(Faults {
        down: true,
        ..Faults::default()
    });
    let error = match client
        .request_id(IdRequest::new("USR", 'I').handle("carol")?)
        .await
    {
        Ok(_) => return Err("an id came out of nowhere".into()),
        Err(error) => error,
    };
    check(error.code() == Code::ServicesUnavailable, "a clear failure")?;
    println!("   no id. {error}");

    println!("\n5. Main comes back. Nobody does anything.");
    main.faults().set(Faults::default());
    let permanent = loop {
        match tokio::time::timeout(Duration::from_secs(20), events.next()).await? {
            Some(Event::Reconciled { old, issued }) if old == temporary.id() => break issued.id(),
            Some(_) => {}
            None => return Err("the client is gone".into()),
        }
    };
    println!("   {}  replaces {}", permanent, temporary.id());
    check(
        client.resolve(&temporary.id()).await?.id() == permanent,
        "resolve leads there",
    )?;
    check(
        client.pending_reconciliations().await?.is_empty(),
        "no debt is left",
    )?;
    println!("   resolve() leads from the old id to the new one, for ever");

    println!("\n6. Somebody makes an id up, and steals a receipt.");
    let invented = "AA-C-USR-4711-I-8Z-0-7".parse()?;
    check(
        !client.verify(&invented).await?.valid,
        "main does not know it",
    )?;
    let stolen = client.verify_receipt(&invented, &proof).await?;
    check(!stolen.is_valid(), "a receipt proves only its own id")?;
    println!("   main does not know the made-up id, and the stolen receipt does not fit it");

    fallback.shutdown().await;
    main.shutdown().await;
    Ok(())
}

fn check(holds: bool, what: &str) -> Outcome {
    if holds {
        Ok(())
    } else {
        Err(format!("expected: {what}").into())
    }
}

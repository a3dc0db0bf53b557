//! Step 6: somebody opens a session at a site, and makes another person's wallet answer for it. With a
//! response code that does not help them; the control shows that without one it does.

use std::sync::Arc;

use chitty_client::wallet::{MemoryWallet, Wallet};
use reference_server::BrokerHandle;
use spooky_core::{
    credential::{Arrival, Flow, PresentationReason, Schema, Value},
    verdict::Verdict,
};

use crate::{BROKER, Calendar, Drawer, Outcome, check, consent, person, policy, web::Web};

/// Somebody else's sessions, and a victim whose wallet answers what they bring.
pub(crate) async fn story(
    broker: &BrokerHandle,
    schema: &Schema,
    clock: &Arc<Calendar>,
) -> Outcome {
    println!("\n6. Somebody opens a session at the bank and wants a victim to answer for it.");
    let adult = policy(schema, "age_over_21", Some(Value::Boolean(true)))?;
    let web = Web::new()?;
    let bank = web.open("bank.example", broker, clock)?;
    let code = broker.enrol("desk-18", schema, &person()?).await?;
    let victim = Wallet::builder()
        .broker(BROKER)
        .broker_url(broker.url())
        .store(MemoryWallet::new())
        .seed_keeper(Drawer::default())
        .transport(web.clone())
        .clock(clock.clone())
        .build()?;
    victim.register().await?;
    victim.obtain(schema.digest(), Some(&code)).await?;

    // The attacker's page hands the bank's signed request to the victim's wallet, which asks its owner and
    // answers: the bank, at the address that the bank signed.
    let attackers = bank.signed_request(&adult, Flow::SameDevice).await?;
    let asked = victim.open_request(&attackers.text, Arrival::Link).await?;
    let said = victim.answer(&asked, &consent(&adult)).await?;
    check(
        web.posted_to() == ["https://bank.example/answers"],
        "the page that passed the request on gets nothing",
    )?;
    let code = said.response_code.ok_or("the bank gives a response code")?;
    println!("   relayed: the answer went to the bank, its one-time code to the victim's device");
    check(
        bank.collect(&attackers.nonce).await?.is_none(),
        "the attacker's session waits in vain",
    )?;
    let victims = bank.signed_request(&adult, Flow::SameDevice).await?;
    let refused = Verdict::Invalid(PresentationReason::ResponseCode);
    check(
        bank.accept(&code, &victims.nonce).await? == refused,
        "nor is the victim's browser let into a session that is not its own",
    )?;
    println!("   the attacker's session never had the code: not logged in");
    // What is meant to happen: the session that asked brings the code of its own answer.
    let asked = victim.open_request(&victims.text, Arrival::Link).await?;
    let said = victim.answer(&asked, &consent(&adult)).await?;
    let code = said.response_code.ok_or("the bank gives a response code")?;
    check(
        bank.accept(&code, &victims.nonce).await?.is_valid(),
        "the person gets in",
    )?;

    // The control: without a code. Only a request that is scanned from another screen goes without one, and
    // the wallet warns.
    let attackers = bank.signed_request(&adult, Flow::CrossDevice).await?;
    let by_link = victim.open_request(&attackers.text, Arrival::Link).await;
    check(
        by_link.is_err_and(|error| error.reason() == Some("request_flow")),
        "by a link it is not even opened",
    )?;
    let asked = victim.open_request(&attackers.text, Arrival::Scanned);
    let asked = asked.await?;
    check(asked.flow().warning().is_some(), "the person is warned")?;
    victim.answer(&asked, &consent(&adult)).await?;
    let got = bank.collect(&attackers.nonce).await?;
    check(
        got.is_some_and(|verdict| verdict.is_valid()),
        "without the code the attack succeeds",
    )?;
    println!("   control, a request without a code, scanned despite the warning: logged in");
    Ok(())
}

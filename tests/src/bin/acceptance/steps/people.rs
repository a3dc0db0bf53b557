//! The steps about a broker, a wallet and sites.

use serde_json::json;

use super::{super::people::Code, Run, number};

steps! {
    // The broker
    "a broker" => |s, []| s.start_broker().await;
    "the broker is down" => |s, []| s.broker_down(true);
    "the broker is back" => |s, []| s.broker_down(false);
    "{} days pass" => |s, [days]| s.days_pass(number(days)?);

    // The wallet
    "a wallet" => |s, []| s.open_wallet(false, "secrets").await;
    "a wallet with a credential" => |s, []| s.wallet_with_credential(false).await;
    "a wallet in a file with a credential" => |s, []| s.wallet_with_credential(true).await;
    "the wallet is opened" => |s, []| s.open_wallet(true, "secrets").await;
    "the wallet is opened with the secrets of another device" => |s, []| {
        s.open_wallet(true, "elsewhere").await
    };
    "the wallet lists what it holds" => |s, []| s.call("wallet_credentials", json!({})).await;
    "the wallet is closed" => |s, []| s.expect("wallet_close", json!({})).await.map(|_| ());
    "the wallet's file is copied" => |s, []| s.copy_wallet_file();
    "the copy is put back" => |s, []| s.put_wallet_file_back();
    "a byte of the wallet's file changes" => |s, []| s.damage_wallet_file();
    "the wallet registers" => |s, []| s.expect("wallet_register", json!({})).await.map(|_| ());
    "the wallet refreshes" => |s, []| s.expect("wallet_refresh", json!({})).await.map(|_| ());
    "the wallet is revoked" => |s, []| s.expect("wallet_revoke", json!({})).await.map(|_| ());
    "the wallet asks for a credential" => |s, []| s.obtain(Code::None).await;
    "the wallet asks for a credential with its code" => |s, []| s.obtain(Code::Fresh).await;
    "the wallet asks for a credential with the code {}" => |s, [code]| {
        s.obtain(Code::Other(code)).await
    };
    "it gets a credential that lasts {} days" => |s, [days]| s.lasts(number(days)?);
    "the wallet holds {} credential" => |s, [count]| s.holds(number(count)?).await;
    "the wallet holds {} credentials" => |s, [count]| s.holds(number(count)?).await;
    "the app asks where the anchor stands" => |s, []| s.call("wallet_standing", json!({})).await;
    "the anchor is {}" => |s, [standing]| s.stands(standing);
    "it fails with the kind {} or {}" => |s, [one, other]| s.fails_with_kind(one, other);

    // Sites
    "a site {}" => |s, [host]| s.open_site(host).await;
    "the site {} is opened" => |s, [host]| s.open_site(host).await;
    "the site {} refreshes" => |s, [host]| {
        s.expect("site_refresh", json!({ "host": host })).await.map(|_| ())
    };
    "the site {} asks for {}" => |s, [host, names]| s.site_asks(host, names, false).await;
    "the site {} asks for {} and the tag" => |s, [host, names]| s.site_asks(host, names, true).await;
    "the person agrees to {}" => |s, [names]| s.agrees(names, false, None).await;
    "the person agrees to {} and the tag" => |s, [names]| s.agrees(names, true, None).await;
    "the person agrees to {} and the tag on a page of {}" => |s, [names, host]| {
        s.agrees(names, true, Some(host)).await
    };
    "the site accepts it without a tag" => |s, []| {
        s.site_judges(None, "valid").await?;
        s.no_tag()
    };
    "the site accepts it and calls the tag {}" => |s, [name]| {
        s.site_judges(None, "valid").await?;
        s.call_tag(name)
    };
    "the site accepts it and the tag is {} again" => |s, [name]| {
        s.site_judges(None, "valid").await?;
        s.same_tag(name)
    };
    "the tags {} and {} differ" => |s, [one, other]| s.tags_differ(one, other);
    "it sees exactly {}" => |s, [names]| s.sees(Some(names));
    "the site refuses it for the reason {}" => |s, [reason]| {
        s.site_judges(None, &format!("invalid {reason}")).await
    };
    "for another session the site refuses it for the reason {}" => |s, [reason]| {
        s.site_judges_for_another(&format!("invalid {reason}")).await
    };
    "the site {} refuses it for the reason {}" => |s, [host, reason]| {
        s.site_judges(Some(host), &format!("invalid {reason}")).await
    };
    "the site cannot judge it for the reason {}" => |s, [reason]| {
        s.site_judges(None, &format!("indeterminate {reason}")).await
    };
}

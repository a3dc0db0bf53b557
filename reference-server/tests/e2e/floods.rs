//! One caller cannot keep the others out, whatever he holds: bodies, connections, places, memory. Each
//! test shows the hazard as well, with the shares switched off.

use std::{net::SocketAddr, time::Duration};

use chitty_client::error::Code;
use reference_server::{ApiKeySpec, BrokerServer, Listen, MainServer, Overload};
use spooky_core::encoding::base64url;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    bench::{Ask, Bench, JsonBody, Reply, TestClock, client, reply},
    overload::{metrics, value},
    people,
};

async fn bench(overload: Overload, listen: Listen) -> Bench {
    let clock = TestClock::new();
    let main = MainServer::builder()
        .clock(clock.clone())
        .overload(overload)
        .listen(listen)
        .start()
        .await
        .unwrap();
    let secret = main.add_api_key(ApiKeySpec::new("alpha")).await.unwrap();
    Bench {
        clock,
        main,
        secret,
        http: client(),
    }
}

fn quiet() -> Overload {
    Overload {
        strangers_per_second: 0.0,
        ..Overload::default()
    }
}

fn address(url: &str) -> SocketAddr {
    url.strip_prefix("http://").unwrap().parse().unwrap()
}

/// Begins a request whose body does not come, and waits until the server reads it.
async fn slow_body(url: &str, secret: &str, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address(url)).await.unwrap();
    let key = base64url(&[7; 32]);
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nx-api-key: {secret}\r\nidempotency-key: {key}\r\n\
         content-type: application/json\r\ncontent-length: 1000\r\nexpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn is_asked_for_its_body(stream: &mut TcpStream) -> bool {
    let mut answer = [0; 12];
    let read = timeout(Duration::from_secs(20), stream.read_exact(&mut answer)).await;
    matches!(read, Ok(Ok(_))) && answer == *b"HTTP/1.1 100"
}

#[tokio::test]
async fn a_hundred_and_fifty_slow_bodies_keep_nobody_out() {
    let bench = bench(quiet(), Listen::default()).await;
    let honest = bench.tenant(ApiKeySpec::new("honest")).await;
    let url = bench.main.url();
    let mut slow = Vec::new();
    for _ in 0..150 {
        slow.push(slow_body(&url, &bench.secret, "/api/chittyid/generate").await);
    }
    // The last one is being read, so all that came before were.
    assert!(is_asked_for_its_body(slow.last_mut().unwrap()).await);
    for n in 0..20 {
        let answer = bench.generate_as(&honest, &Ask::new(&n.to_string())).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        // Not even the same tenant's.
        let own = bench.generate(&Ask::new(&format!("own {n}"))).await;
        assert_eq!(own.status, 200, "{}", own.body);
        assert_eq!(bench.get("/health", None).await.status, 200);
    }
    let shown = metrics(&url).await;
    let slow_ones = value(&shown, "chitty_admissions_total{outcome=\"slow\"}");
    assert!(slow_ones >= 1.0, "the oldest gave way");
}

#[tokio::test]
async fn slow_bodies_take_every_place_when_they_are_read_in_one() {
    let bench = bench(
        Overload {
            concurrent: 4,
            waiting: 4,
            patience: Duration::from_millis(100),
            shares: false,
            ..quiet()
        },
        Listen::default(),
    )
    .await;
    let honest = bench.tenant(ApiKeySpec::new("honest")).await;
    let mut slow = Vec::new();
    for _ in 0..4 {
        let mut one = slow_body(&bench.main.url(), &bench.secret, "/api/chittyid/generate").await;
        assert!(is_asked_for_its_body(&mut one).await);
        slow.push(one);
    }
    let answer = bench.generate_as(&honest, &Ask::new("a")).await;
    answer.refused(503, Code::Overloaded);
    assert_eq!(bench.get("/health", None).await.status, 200);
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_refused() {
    let overload = Overload {
        body_patience: Duration::from_millis(100),
        ..quiet()
    };
    let bench = bench(overload, Listen::default()).await;
    let mut stream = slow_body(&bench.main.url(), &bench.secret, "/api/chittyid/generate").await;
    let mut answer = String::new();
    let read = timeout(Duration::from_secs(20), stream.read_to_string(&mut answer)).await;
    read.unwrap().unwrap();
    assert!(answer.contains("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains(Code::BodyTooSlow.as_str()), "{answer}");
}

#[tokio::test]
async fn idle_connections_of_one_address_give_way() {
    let bench = bench(quiet(), Listen::default()).await;
    let url = bench.main.url();
    let mut idle = Vec::new();
    for _ in 0..1100 {
        idle.push(TcpStream::connect(address(&url)).await.unwrap());
    }
    for n in 0..5 {
        // A connection of its own for each.
        let ask = Ask::new(&n.to_string());
        let request = client().post(format!("{url}/api/chittyid/generate"));
        let request = request.header("x-api-key", &bench.secret);
        let request = request.header("idempotency-key", base64url(&ask.key));
        let answer = reply(request.json_body(&ask.body())).await.unwrap();
        assert_eq!(answer.status, 200);
        let health = client().get(format!("{url}/health")).send().await.unwrap();
        assert_eq!(health.status(), 200);
    }
    let shown = metrics(&url).await;
    assert!(value(&shown, "chitty_connections_cut_total{reason=\"gave_way\"}") >= 800.0);
}

#[tokio::test]
async fn idle_connections_keep_everybody_out_when_none_gives_way() {
    let overload = Overload {
        connections: 8,
        connections_per_address: 100,
        shares: false,
        ..quiet()
    };
    let bench = bench(overload, Listen::default()).await;
    let url = bench.main.url();
    let mut idle = Vec::new();
    for _ in 0..8 {
        idle.push(TcpStream::connect(address(&url)).await.unwrap());
    }
    let ask = client().get(format!("{url}/health")).send();
    assert!(timeout(Duration::from_secs(1), ask).await.is_err());
    drop(idle);
    let health = client().get(format!("{url}/health")).send().await.unwrap();
    assert_eq!(health.status(), 200);
}

async fn beside_a_crowd(shares: bool) -> Reply {
    let overload = Overload {
        concurrent: 4,
        waiting: 8,
        patience: Duration::from_millis(300),
        shares,
        ..quiet()
    };
    let bench = bench(overload, Listen::default()).await;
    let honest = bench.tenant(ApiKeySpec::new("honest")).await;
    assert_eq!(bench.generate(&Ask::new("first")).await.status, 200);
    assert_eq!(
        bench.generate_as(&honest, &Ask::new("first")).await.status,
        200
    );
    bench.main.faults().set("latency=20000ms".parse().unwrap());
    let send = |n: usize| {
        let url = format!("{}/api/chittyid/generate", bench.main.url());
        let ask = Ask::new(&n.to_string());
        let request = bench.http.post(url).header("x-api-key", &bench.secret);
        let request = request.header("idempotency-key", base64url(&ask.key));
        tokio::spawn(reply(request.json_body(&ask.body())))
    };
    let crowd: Vec<_> = (0..40).map(send).collect();
    // All but those who have a place are turned away.
    while crowd.iter().filter(|one| one.is_finished()).count() < 36 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bench.main.faults().set("".parse().unwrap());
    let answer = bench.generate_as(&honest, &Ask::new("second")).await;
    for one in crowd {
        one.abort();
    }
    answer
}

#[tokio::test]
async fn one_tenant_s_crowd_leaves_a_place_for_another() {
    assert_eq!(beside_a_crowd(true).await.status, 200);
    beside_a_crowd(false).await.refused(503, Code::Overloaded);
}

const MAIN_ROUTES: [(&str, &str); 10] = [
    ("POST", "/api/chittyid/generate"),
    ("POST", "/api/chittyid/reconcile"),
    ("GET", "/api/chittyid/verify/AA-C-GEN-0001-I-8Z-0-X"),
    ("GET", "/api/chittyid/resolve/AA-C-GEN-0001-I-8Z-0-X"),
    ("GET", "/api/chittyid/lifecycle/AA-C-GEN-0001-I-8Z-0-X"),
    ("GET", "/api/chittyid/fallback/nonce"),
    ("POST", "/api/chittyid/fallback/grant"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/openapi.json"),
    ("GET", "/nowhere"),
];

const BROKER_ROUTES: [(&str, &str); 7] = [
    ("POST", "/api/anchor/register"),
    ("GET", "/api/anchor/snapshot"),
    ("GET", "/api/oidc/nonce"),
    ("POST", "/api/oidc/credential"),
    ("POST", "/api/oidc/verify"),
    ("GET", "/.well-known/openid-credential-issuer"),
    ("GET", "/.well-known/jwks.json"),
];

async fn invented(url: &str, (method, path): (&str, &str), n: usize) -> Reply {
    let method = method.parse().unwrap();
    let request = client().request(method, format!("{url}{path}"));
    let request = match n % 2 {
        0 => request.header("x-api-key", format!("chk_{n}")),
        _ => request.header("authorization", format!("Bearer x{n}")),
    };
    reply(request).await.unwrap()
}

fn few(shares: bool) -> Overload {
    Overload {
        strangers_per_second: 0.001,
        strangers_burst: 3.0,
        shares,
        ..Overload::default()
    }
}

#[tokio::test]
async fn an_invented_key_is_no_way_around_the_limit_on_any_route() {
    let bench = bench(few(true), Listen::default()).await;
    let broker = BrokerServer::builder()
        .overload(few(true))
        .start()
        .await
        .unwrap();
    for (url, routes) in [
        (bench.main.url(), &MAIN_ROUTES[..]),
        (broker.url(), &BROKER_ROUTES),
    ] {
        for n in 0..3 {
            let answer = invented(&url, routes[0], n).await;
            assert_ne!(answer.status, 429, "{}", answer.body);
        }
        for (n, route) in routes.iter().enumerate() {
            for n in [2 * n, 2 * n + 1] {
                invented(&url, *route, n)
                    .await
                    .refused(429, Code::TooManyRequests);
            }
        }
        let health = client().get(format!("{url}/health")).send().await.unwrap();
        assert!([200, 503].contains(&health.status().as_u16()));
    }
    // Whoever has a key pays nothing for the strangers of his address, also the first time.
    assert_eq!(bench.generate(&Ask::new("a")).await.status, 200);
    let path = "/api/chittyid/verify/AA-C-GEN-0001-I-8Z-0-X";
    assert_eq!(bench.get(path, Some(&bench.secret)).await.status, 200);
    // A key that was good a moment ago is none.
    let store = bench.main.store();
    let key = store.api_keys().await.unwrap().remove(0);
    store.revoke_api_key(&key.spec.name, 0).await.unwrap();
    bench
        .get(path, Some(&bench.secret))
        .await
        .refused(429, Code::TooManyRequests);
}

#[tokio::test]
async fn without_that_every_invented_key_is_another_caller() {
    let bench = bench(few(false), Listen::default()).await;
    for n in 0..10 {
        let answer = invented(&bench.main.url(), MAIN_ROUTES[0], n).await;
        answer.refused(401, Code::ApiKeyInvalid);
    }
}

#[tokio::test]
async fn behind_a_proxy_strangers_are_told_apart_by_what_it_appended() {
    let listen = Listen {
        behind_proxy: true,
        ..Listen::default()
    };
    let bench = bench(few(true), listen).await;
    let url = format!("{}/.well-known/jwks.json", bench.main.url());
    let ask = async |name: &str, value: &str| {
        let request = client().get(&url).header(name, value);
        request.send().await.unwrap().status().as_u16()
    };
    for (name, value) in [
        ("x-forwarded-for", "203.0.113.1:40001"),
        ("x-forwarded-for", "198.51.100.1, [2001:db8::1]:443"),
        ("x-forwarded-for", "::ffff:203.0.113.2"),
        ("forwarded", "for=\"[2001:db8:2::1]:443\";proto=https"),
        ("x-forwarded-for", "unknown"),
    ] {
        for _ in 0..3 {
            assert_eq!(ask(name, value).await, 200, "{value}");
        }
        assert_eq!(ask(name, value).await, 429, "{value}");
    }
    // The same one in another form, and all that cannot be told together.
    assert_eq!(ask("x-forwarded-for", "203.0.113.1").await, 429);
    assert_eq!(ask("x-forwarded-for", "_hidden").await, 429);
    assert_eq!(ask("x-other", "1").await, 429);
    assert_eq!(bench.generate(&Ask::new("a")).await.status, 200);
}

#[tokio::test]
async fn a_mebibyte_of_small_values_is_refused_before_anything_is_built_of_it() {
    let bench = bench(quiet(), Listen::default()).await;
    let values = |count: usize| format!("{{\"metadata\":{{\"a\":[{}1]}}}}", "1,".repeat(count));
    let send = async |path: &str, body: String| {
        let request = bench.http.post(format!("{}{path}", bench.main.url()));
        let request = request.header("x-api-key", &bench.secret);
        let request = request.header("idempotency-key", base64url(&[9; 32]));
        let request = request.header("content-type", "application/json");
        reply(request.body(body)).await.unwrap()
    };
    for path in ["/api/chittyid/generate", "/api/chittyid/reconcile"] {
        let large = send(path, values(500_000)).await;
        large.refused(413, Code::BodyTooLarge);
    }
    let dense = send("/api/chittyid/generate", values(16_000)).await;
    dense.refused(413, Code::BodyTooLarge);
    // The densest that a request may be is looked at, and misses its salt alone.
    let legal = send("/api/chittyid/generate", values(8000)).await;
    legal.refused(400, Code::BodyInvalid);
    let broker = people::Bench::new().await;
    let long = serde_json::json!({ "registration": "x".repeat(40_000), "nonce": "" });
    let answer = broker.post("/api/anchor/register", &long).await;
    answer.refused(413, Code::BodyTooLarge);
}

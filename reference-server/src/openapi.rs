//! `/openapi.json`: the description of each role's HTTP interface (OpenAPI 3.1).
//!
//! Assembled from one table of operations; `tests/e2e/openapi.rs` asks a running server for each of
//! them and compares the schemas with what the wire types really write, so that it stays true.

#[path = "openapi_broker.rs"]
mod broker;

use serde_json::{Map, Value, json};

const SCHEMAS: &str = include_str!("openapi_schemas.json");

/// One operation. An empty schema name means none.
struct Operation {
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    scope: &'static str,
    idempotent: bool,
    request: &'static str,
    response: &'static str,
    refusals: &'static [u16],
}

const fn get(
    path: &'static str,
    scope: &'static str,
    response: &'static str,
    refusals: &'static [u16],
    summary: &'static str,
) -> Operation {
    Operation {
        method: "get",
        path,
        summary,
        scope,
        idempotent: false,
        request: "",
        response,
        refusals,
    }
}

const fn post(
    path: &'static str,
    scope: &'static str,
    (request, response): (&'static str, &'static str),
    refusals: &'static [u16],
    summary: &'static str,
) -> Operation {
    Operation {
        method: "post",
        path,
        summary,
        scope,
        idempotent: false,
        request,
        response,
        refusals,
    }
}

const HEALTH: Operation = get(
    "/health",
    "",
    "HealthResponse",
    &[503],
    "Whether it can issue",
);
const OPENAPI: Operation = get("/openapi.json", "", "", &[429], "This description");

const MAIN: &[Operation] = &[
    Operation {
        idempotent: true,
        ..post(
            "/api/chittyid/generate",
            "generate",
            ("GenerateRequest", "GenerateResponse"),
            &[400, 401, 403, 408, 409, 413, 415, 422, 429, 503],
            "One id per idempotency key, for ever; the header carries K",
        )
    },
    post(
        "/api/chittyid/reconcile",
        "reconcile",
        ("ReconcileRequest", "ReconcileAnswer"),
        &[400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 503],
        "Permanent ids in the place of fallback ids; each item answers by itself",
    ),
    get(
        "/api/chittyid/verify/{id}",
        "optional",
        "VerifyResponse",
        &[400, 401, 429, 503],
        "Three words for strangers, the rest for the owner and the audit scope",
    ),
    get(
        "/api/chittyid/resolve/{id}",
        "verify",
        "PermanentResponse",
        &[400, 401, 403, 404, 409, 429, 503],
        "The permanent id, for the owner and the audit scope",
    ),
    get(
        "/api/chittyid/lifecycle/{id}",
        "verify",
        "LifecycleResponse",
        &[400, 401, 403, 404, 429, 503],
        "What happened to an id, for the owner and the audit scope",
    ),
    get(
        "/api/chittyid/fallback/nonce",
        "",
        "NonceResponse",
        &[429, 503],
        "A nonce for one signed request of a fallback",
    ),
    post(
        "/api/chittyid/fallback/grant",
        "",
        ("SignedRequest", "GrantResponse"),
        &[400, 401, 403, 408, 409, 413, 415, 429, 503],
        "A grant for an enrolled fallback",
    ),
    post(
        "/api/chittyid/fallback/issue-log",
        "",
        ("SignedRequest", "LogResponse"),
        &[400, 401, 408, 409, 413, 415, 429, 503],
        "What a fallback has issued",
    ),
    HEALTH,
    get(
        "/.well-known/jwks.json",
        "",
        "KeySet",
        &[429],
        "The public keys, retired ones included",
    ),
    OPENAPI,
];

const FALLBACK: &[Operation] = &[
    Operation {
        idempotent: true,
        ..post(
            "/api/chittyid/fallback",
            "generate",
            ("GenerateRequest", "GenerateResponse"),
            &[400, 401, 403, 408, 413, 415, 422, 429, 503],
            "A fallback id inside the grant; the header carries idk, never K",
        )
    },
    HEALTH,
    OPENAPI,
];

/// The main role's description.
pub fn main() -> Value {
    describe("Chitty main identifier service", MAIN, SCHEMAS)
}

/// The fallback role's description.
pub fn fallback() -> Value {
    describe("Chitty fallback identifier service", FALLBACK, SCHEMAS)
}

/// The broker role's description.
pub fn broker() -> Value {
    describe("SpookyID broker", broker::OPERATIONS, broker::SCHEMAS)
}

fn describe(title: &str, operations: &[Operation], schemas: &str) -> Value {
    let mut paths = Map::new();
    for operation in operations {
        let entry = paths.entry(operation.path).or_insert_with(|| json!({}));
        entry[operation.method] = operation.describe();
    }
    // The file is compiled in and a test reads it.
    let schemas: Value = serde_json::from_str(schemas).unwrap_or_default();
    json!({
        "openapi": "3.1.0",
        "info": { "title": title, "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "apiKey": { "type": "apiKey", "in": "header", "name": "X-API-Key" },
                "bearer": { "type": "http", "scheme": "bearer" },
            },
        },
    })
}

impl Operation {
    fn describe(&self) -> Value {
        let content = |schema: &str| json!({ "application/json": { "schema": reference(schema) } });
        let mut ok = json!({ "description": "Done" });
        if !self.response.is_empty() {
            ok["content"] = content(self.response);
        }
        let mut responses = Map::from_iter([("200".to_owned(), ok)]);
        for status in self.refusals {
            // Health answers in its own form whatever the status.
            let schema = match self.path {
                "/health" => "HealthResponse",
                _ => "ErrorBody",
            };
            let refusal = json!({ "description": "Refused", "content": content(schema) });
            responses.insert(status.to_string(), refusal);
        }
        let mut described = json!({
            "summary": self.summary,
            "parameters": self.parameters(),
            "responses": responses,
        });
        if !self.request.is_empty() {
            described["requestBody"] =
                json!({ "required": true, "content": content(self.request) });
        }
        described["security"] = match self.scope {
            "" => json!([]),
            "optional" => json!([{}, { "apiKey": [] }, { "bearer": [] }]),
            _ => json!([{ "apiKey": [] }, { "bearer": [] }]),
        };
        if !matches!(self.scope, "" | "optional") {
            described["x-scope"] = self.scope.into();
        }
        described
    }

    fn parameters(&self) -> Vec<Value> {
        let parameter = |place: &str, name: &str, required: bool, schema: Value| json!({ "in": place, "name": name, "required": required, "schema": schema });
        let mut all = vec![parameter(
            "header",
            "X-Request-Id",
            false,
            // Whatever is no plain name is replaced and not refused.
            json!({}),
        )];
        if self.path.contains("{id}") {
            all.push(parameter("path", "id", true, reference("ChittyId")));
        }
        if self.idempotent {
            all.push(parameter(
                "header",
                "Idempotency-Key",
                true,
                reference("Bytes32"),
            ));
        }
        if self.path == "/api/anchor/status" {
            all.push(parameter("query", "anchor", true, reference("Bytes32")));
        }
        if self.path == "/api/chittyid/fallback/nonce" {
            for name in ["fallback", "purpose"] {
                all.push(parameter("query", name, false, json!({ "type": "string" })));
            }
        }
        if self.path == "/api/chittyid/fallback" {
            let schema = json!({ "type": "string", "const": "true" });
            all.push(parameter("header", "X-Fallback-Request", true, schema));
        }
        all
    }
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

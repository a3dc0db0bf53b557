//! What an API key may do: tenant, scopes, namespaces, rate and quota. Holds no secret.

/// What an API key may do.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiKeySpec {
    /// The operator's name for the key, unique.
    pub name: String,
    /// Who acts with it. Ids belong to tenants, not to keys.
    pub tenant: String,
    /// Any of `generate`, `reconcile`, `verify`, `audit`.
    pub scopes: Vec<String>,
    /// Namespaces it may generate in; `*` stands for all.
    pub namespaces: Vec<String>,
    /// Requests per second of its tenant; `None` is unlimited.
    pub per_second: Option<f64>,
    /// Requests that may come at once.
    pub burst: u32,
    /// Ids per tenant and UTC day; `None` is unlimited.
    pub daily_quota: Option<u64>,
}

impl ApiKeySpec {
    /// A key for `tenant` with the scopes generate, reconcile and verify, every namespace, and
    /// neither rate limit nor quota. Its name is the tenant's.
    pub fn new(tenant: impl Into<String>) -> Self {
        let tenant = tenant.into();
        Self {
            name: tenant.clone(),
            tenant,
            scopes: ["generate", "reconcile", "verify"]
                .map(str::to_owned)
                .into(),
            namespaces: vec!["*".to_owned()],
            per_second: None,
            burst: 100,
            daily_quota: None,
        }
    }

    /// The same key under another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The same key with exactly these scopes.
    #[must_use]
    pub fn scopes(mut self, scopes: &[&str]) -> Self {
        self.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self
    }

    /// The same key for exactly these namespaces.
    #[must_use]
    pub fn namespaces(mut self, namespaces: &[&str]) -> Self {
        self.namespaces = namespaces.iter().map(|ns| (*ns).to_owned()).collect();
        self
    }

    /// The same key with a rate limit for its tenant.
    #[must_use]
    pub fn rate(mut self, per_second: f64, burst: u32) -> Self {
        (self.per_second, self.burst) = (Some(per_second), burst);
        self
    }

    /// The same key with a quota of ids per UTC day.
    #[must_use]
    pub fn daily_quota(mut self, ids: u64) -> Self {
        self.daily_quota = Some(ids);
        self
    }
}

/// A stored API key.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// What it may do.
    pub spec: ApiKeySpec,
    /// Whether it was revoked.
    pub revoked: bool,
}

//! A call about one id: client, id, deadline and cancel token, read alike for every such call.

use std::sync::Arc;

use super::{
    client::{ChittyCancelToken, ChittyClient},
    handle, input,
    request::limit,
    types::ChittyStr,
};
use crate::facade::{CancelToken, ChittyError, Client};

/// What every call about one id begins with.
pub(super) struct About {
    pub(super) client: Arc<Client>,
    pub(super) id: String,
    pub(super) limit: Option<u64>,
    pub(super) token: Option<CancelToken>,
}

impl About {
    pub(super) fn new(
        client: *const ChittyClient,
        id: ChittyStr,
        deadline_ms: u64,
        token: *const ChittyCancelToken,
    ) -> Result<Self, ChittyError> {
        Ok(Self {
            client: handle::client(client)?,
            id: input::id(id)?,
            limit: limit(deadline_ms),
            token: handle::token(token)?,
        })
    }
}

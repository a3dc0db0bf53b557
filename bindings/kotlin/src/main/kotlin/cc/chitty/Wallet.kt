package cc.chitty

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext

/**
 * Holds a person's keys and credentials, and shows of them what the person agrees to.
 *
 * Cancelling a coroutine stops its waiting; what it began goes on to a safe end. After [close] every call
 * fails with [Code.CLOSED].
 */
class Wallet private constructor(private val inner: cc.chitty.ffi.Wallet) : AutoCloseable {
    /** Makes what a wallet needs, if it is new, and registers with the broker. Repeating it is harmless. */
    suspend fun register() = wait { inner.register(it) }

    /** Gets a credential of [schema] (its digest, base64url), the first or a newer one. */
    suspend fun obtain(schema: String, enrolmentCode: String? = null): CredentialInfo =
        wait { inner.obtain(schema.checked(), enrolmentCode?.checked(), it) }

    /** The credentials that the wallet holds. */
    suspend fun credentials(): List<CredentialInfo> = typed { inner.credentials() }

    /**
     * Answers a site's request with what the person agreed to: a presentation, CBOR. [origin] is the site's
     * https origin as the platform verified it, never what the request says.
     */
    suspend fun present(origin: String, requestJson: String, consent: Consent): ByteArray =
        wait { inner.present(origin.checked(), requestJson.checked(), consent.checked(), it) }

    /**
     * Opens a request that its site signed, for the person to look at: the site's keys are fetched and decide.
     * Show its host, what it asks for, and its warning, if there is one.
     */
    suspend fun openRequest(signedRequest: String, arrival: Arrival): SignedRequestInfo =
        wait { inner.openRequest(signedRequest.checked(), arrival, it) }

    /**
     * Answers a request that its site signed: the site's keys are fetched and decide, and the presentation is
     * posted to the address in the request and handed to nobody else. Send the browser that asked to
     * [SiteAnswer.returnUri].
     */
    suspend fun presentSigned(signedRequest: String, arrival: Arrival, consent: Consent): SiteAnswer =
        wait { inner.presentSigned(signedRequest.checked(), arrival, consent.checked(), it) }

    /** Asks the broker where the wallet's anchor stands. */
    suspend fun standing(): AnchorStanding = wait { inner.standing(it) }

    /** Revokes the anchor, for good: nothing is issued to this wallet any more. */
    suspend fun revoke() = wait { inner.revoke(it) }

    /** Fetches keys, schemas and the status snapshot, for days without a network. */
    suspend fun refresh() = wait { inner.refresh(it) }

    /** Closes the wallet. Doing so twice changes nothing. */
    override fun close() {
        try {
            typed { inner.shutdown() }
        } catch (_: ChittyException) {
            return
        }
        inner.close()
    }

    companion object {
        /**
         * Opens a wallet. One in a file keeps the file's key in [secrets]; [seedKeeper] takes the seed of a
         * new wallet. Parts not handed in are built in.
         */
        suspend fun open(
            config: WalletConfig,
            seedKeeper: SeedKeeper,
            secrets: SecretStore? = null,
            transport: HttpTransport? = null,
            clock: Clock? = null,
            signer: HardwareSigner? = null,
        ): Wallet = withContext(NonCancellable + Dispatchers.IO) {
            val sender = transport?.let(::Sender)
            typed { Wallet(cc.chitty.ffi.Wallet(config, secrets, seedKeeper, sender, clock, signer)) }
        }
    }
}

private fun Consent.checked(): Consent = also { attributes.forEach(String::checked) }

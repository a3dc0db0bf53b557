package cc.chitty

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext

/** Asks people what a policy says, and judges what they show. After [close] every call fails with [Code.CLOSED]. */
class Site private constructor(private val inner: cc.chitty.ffi.Site) : AutoCloseable {
    /** A request with a fresh nonce, JSON, to be handed to a wallet. */
    suspend fun request(policyJson: String): String = wait { inner.request(policyJson.checked(), it) }

    /**
     * Judges a presentation (CBOR) that answers a request with this policy. Its nonce is used up by that.
     * What the check says is the verdict.
     */
    suspend fun verify(presentation: ByteArray, policyJson: String): PresentationVerdict =
        wait { inner.verify(presentation, policyJson.checked(), it) }

    /** Fetches the issuer's keys and schemas, for days without a network. */
    suspend fun refresh() = wait { inner.refresh(it) }

    /** Closes the site. Doing so twice changes nothing. */
    override fun close() {
        try {
            typed { inner.shutdown() }
        } catch (_: ChittyException) {
            return
        }
        inner.close()
    }

    companion object {
        /** Opens a site. Parts not handed in are built in. */
        suspend fun open(config: SiteConfig, transport: HttpTransport? = null, clock: Clock? = null): Site =
            withContext(NonCancellable + Dispatchers.IO) {
                val sender = transport?.let(::Sender)
                typed { Site(cc.chitty.ffi.Site(config, sender, clock)) }
            }
    }
}

package cc.chitty

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext

/** Asks people what a policy says, and judges what they show. After [close] every call fails with [Code.CLOSED]. */
class Site private constructor(private val inner: cc.chitty.ffi.Site) : AutoCloseable {
    /**
     * A request with a fresh nonce: its text is JSON for a wallet. The session that asks keeps its nonce on the
     * server, for [verify].
     */
    suspend fun request(policyJson: String): SiteRequest = wait { inner.request(policyJson.checked(), it) }

    /**
     * A signed request with a fresh nonce: its text is a compact JWS for a wallet, by a link or as a picture. The
     * wallet posts its answer to the site's `responseUri`: see [receive].
     */
    suspend fun signedRequest(policyJson: String, flow: Flow): SiteRequest =
        wait { inner.signedRequest(policyJson.checked(), flow, it) }

    /**
     * Judges a presentation (CBOR) that answers a request with this policy, for the session that asked with
     * [expectedNonce], which is used up by that. What the check says is the verdict.
     */
    suspend fun verify(presentation: ByteArray, policyJson: String, expectedNonce: String): PresentationVerdict =
        wait { inner.verify(presentation, policyJson.checked(), expectedNonce.checked(), it) }

    /**
     * Takes what a wallet posted to `responseUri` (CBOR), and judges it. The request is used up by that. Logs
     * nobody in: answer the wallet with [ResponseAnswer.answerJson].
     */
    suspend fun receive(presentation: ByteArray): ResponseAnswer = wait { inner.receive(presentation, it) }

    /**
     * What was shown to the session that brings [responseCode] and kept [expectedNonce]: once, within 300 seconds.
     */
    suspend fun accept(responseCode: String, expectedNonce: String): PresentationVerdict =
        wait { inner.accept(responseCode.checked(), expectedNonce.checked(), it) }

    /** What was shown in answer to a [Flow.CROSS_DEVICE] request, once; `null` as long as there is none. */
    suspend fun collect(nonce: String): PresentationVerdict? = wait { inner.collect(nonce.checked(), it) }

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

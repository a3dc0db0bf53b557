package cc.chitty

import cc.chitty.ffi.SignerException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.fail
import java.net.ServerSocket

private const val SECRET = "a text that must not cross"
private const val BROKER = "https://broker.example"

/** Parts that a wallet needs of the app, when they say no; and what is closed. Nothing here reaches a broker. */
class WalletTest {
    private class Keeper(var fails: Boolean = false) : SeedKeeper {
        val seeds = ArrayList<ByteArray>()
        override fun keep(seed: ByteArray) {
            seeds += seed
            if (fails) throw IllegalArgumentException(SECRET)
        }
    }

    private class Signer(private val error: Throwable) : HardwareSigner {
        override fun publicKey(): ByteArray = throw error
        override fun sign(message: ByteArray): ByteArray = throw error
        override fun securityLevel() = SecurityLevel.SECURE_ELEMENT
    }

    private class Locked : SecretStore {
        override fun load(name: String): ByteArray = throw IllegalStateException(SECRET)
        override fun save(name: String, secret: ByteArray) = throw IllegalStateException(SECRET)
    }

    /** Never answers. */
    private class Parked : HttpTransport {
        val reached = CompletableDeferred<Unit>()
        override suspend fun send(request: HttpRequest): HttpResponse {
            reached.complete(Unit)
            awaitCancellation()
        }
    }

    /** An address where nobody listens. */
    private fun nowhere() = ServerSocket(0).use { "http://127.0.0.1:${it.localPort}" }

    private val config get() = WalletConfig(BROKER, nowhere())

    private inline fun refused(code: Int, call: () -> Unit): ChittyException {
        try {
            call()
        } catch (error: ChittyException) {
            assertEquals(code, error.code, error.message)
            assertFalse(SECRET in error.message.orEmpty())
            return error
        }
        fail("no error")
    }

    @Test
    fun `a device key says why it did not sign`() = runBlocking {
        val said = mapOf(
            SignerException.Cancelled() to Code.SIGNER_CANCELLED,
            SignerException.AuthenticationRequired() to Code.SIGNER_AUTHENTICATION_REQUIRED,
            SignerException.Invalidated() to Code.SIGNER_INVALIDATED,
            SignerException.Busy() to Code.SIGNER_BUSY,
            SignerException.Unavailable() to Code.SIGNER_UNAVAILABLE,
            SignerException.WrongKey() to Code.SIGNER_WRONG_KEY,
            SignerException.Malformed() to Code.SIGNER_MALFORMED,
            IllegalArgumentException(SECRET) to Code.SIGNER_UNAVAILABLE,
        )
        for ((error, code) in said) {
            val keeper = Keeper()
            Wallet.open(config, keeper, signer = Signer(error)).use { refused(code) { it.register() } }
            assertTrue(keeper.seeds.isEmpty())
        }
    }

    @Test
    fun `nothing is sent before the seed is safe`() = runBlocking {
        val keeper = Keeper(fails = true)
        Wallet.open(config, keeper).use { wallet ->
            assertEquals(Stage.NOT_SENT, refused(Code.SEED_NOT_KEPT) { wallet.register() }.stage)
            keeper.fails = false
            refused(Code.CONNECT_FAILED) { wallet.register() }
            assertEquals(emptyList<CredentialInfo>(), wallet.credentials())
        }
        assertEquals(2, keeper.seeds.size)
        assertArrayEquals(keeper.seeds[0], keeper.seeds[1])
    }

    @Test
    fun `what cannot be is refused`() = runBlocking<Unit> {
        Wallet.open(config.copy(storePath = "/tmp/no-such-wallet"), Keeper(), Locked()).use {
            refused(Code.SECRETS_UNAVAILABLE) { it.credentials() }
        }
        Wallet.open(config, Keeper()).use { wallet ->
            refused(Code.ARGUMENT_INVALID) { wallet.obtain("no digest") }
            refused(Code.ARGUMENT_INVALID) { wallet.obtain("\ud800") }
            refused(Code.ARGUMENT_INVALID) { wallet.present("http://shop.example", "{}", Consent(listOf("name"))) }
            refused(Code.ARGUMENT_INVALID) { wallet.presentSigned("x", Arrival.LINK, Consent(listOf("\ud800"))) }
            refused(Code.SIGNED_REQUEST_REFUSED) { wallet.openRequest("x", Arrival.SCANNED) }
        }
        Site.open(SiteConfig("shop.example", BROKER, nowhere())).use { site ->
            refused(Code.ARGUMENT_INVALID) { site.request("{}") }
            val nonce = "A".repeat(43)
            refused(Code.ARGUMENT_INVALID) { site.verify(byteArrayOf(1), "{}", nonce) }
            refused(Code.ARGUMENT_INVALID) { site.receive(byteArrayOf(1)) }
            refused(Code.ARGUMENT_INVALID) { site.accept("x", "no nonce") }
            assertEquals("presentation_response_code", site.accept("x", nonce).reason)
            assertEquals(null, site.collect(nonce))
            refused(Code.ARGUMENT_INVALID) { site.signedRequest("{}", Flow.SAME_DEVICE) }
            refused(Code.CONNECT_FAILED) { site.refresh() }
        }
    }

    @Test
    fun `cancelling ends the waiting, and what is closed says so`() = runBlocking<Unit> {
        val transport = Parked()
        val wallet = Wallet.open(config, Keeper(), transport = transport)
        val call = async(Dispatchers.Default) { wallet.register() }
        transport.reached.await()
        call.cancelAndJoin()
        val site = Site.open(SiteConfig("shop.example", BROKER))
        repeat(2) {
            wallet.close()
            site.close()
        }
        val calls = listOf<suspend () -> Unit>(
            { wallet.register() }, { wallet.obtain("x") }, { wallet.credentials() }, { wallet.revoke() },
            { wallet.present("o", "r", Consent(listOf())) }, { wallet.openRequest("r", Arrival.LINK) },
            { wallet.presentSigned("r", Arrival.LINK, Consent(listOf())) },
            { wallet.standing() }, { wallet.refresh() }, { site.request("{}") }, { site.refresh() },
            { site.verify(byteArrayOf(), "{}", "n") }, { site.receive(byteArrayOf()) }, { site.accept("c", "n") },
            { site.collect("n") }, { site.signedRequest("{}", Flow.SAME_DEVICE) },
        )
        for (closed in calls) refused(Code.CLOSED) { closed() }
    }
}

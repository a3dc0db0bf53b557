package cc.chitty

import cc.chitty.ffi.CancelToken
import cc.chitty.ffi.Event
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assertions.fail
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.PrintStream
import java.nio.file.Path
import java.util.Collections
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.TimeSource

private const val SECRET = "what an app would never want to see in a log"
private const val AN_ID = "AA-C-USR-1234-I-25-7-X"
private val ROUNDS = if (System.getenv("CHITTY_SOAK") != null) 10_000 else 1_000

/** The client against a live reference server, with parts written in Kotlin. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientTest {
    private val servers = Servers()

    @AfterAll
    fun stop() = servers.close()

    private suspend fun client(
        transport: HttpTransport? = null,
        store: PendingStore? = null,
        config: ClientConfig = servers.config,
    ) = Client.open(config, store, transport)

    private fun request(handle: String, deadlineMs: ULong? = null) =
        IdRequest("GEN", "I", handle.toByteArray(), deadlineMs = deadlineMs)

    private suspend inline fun <reified E : ChittyException> fails(code: Int, call: suspend () -> Any?): E {
        try {
            call()
        } catch (error: ChittyException) {
            assertEquals(code, error.code, error.message)
            assertFalse(SECRET in error.stackTraceToString())
            return error as E
        }
        fail<Unit>("no error")
        throw AssertionError()
    }

    private class Thrower : HttpTransport, SecretStore, Clock, EventListener, LogSink {
        private fun no(): Nothing = throw IllegalArgumentException(SECRET)
        override suspend fun send(request: HttpRequest): HttpResponse = no()
        override fun load(name: String): ByteArray = no()
        override fun save(name: String, secret: ByteArray) = no()
        override fun nowMs(): Long = no()
        override fun onEvent(event: Event) = no()
        override fun log(level: LogLevel, target: String, text: String) = no()
    }

    @Test
    fun `from outage to permanent id`() = runBlocking {
        val http = Http()
        val told = Collections.synchronizedList(ArrayList<Event>())
        val asked = AtomicInteger()
        val listener = object : EventListener {
            override fun onEvent(event: Event) {
                told += event
            }
        }
        val secrets = object : SecretStore {
            override fun load(name: String) = servers.mainKey.toByteArray().takeIf { name == "main" }
            override fun save(name: String, secret: ByteArray) = error("a client keeps no secret")
        }
        val clock = object : Clock {
            override fun nowMs(): Long {
                asked.incrementAndGet()
                return System.currentTimeMillis()
            }
        }
        val config = servers.config.copy(mainKey = "secret:main")
        Client.open(config, Memory(), http, secrets, listener, clock).use { client ->
            val heard = async(Dispatchers.Default) { client.events().toList() }
            val first = client.requestId(IdRequest("GEN", "I", "a".toByteArray(), metadataJson = """{"row":17}"""))
            assertEquals(IdClass.STANDARD, first.idClass)
            assertTrue(client.verify(first.id).valid)
            assertTrue(client.verifyReceipt(first.id, first.receipt).valid)
            fails<ChittyException.InvalidInput>(Code.KEY_SET_PINNED) { client.refresh() }
            Client.open(config.copy(keySetJson = null, mainKey = servers.config.mainKey), Memory()).use { fetching ->
                assertTrue(fetching.refresh(), "the first set, noted by comparing")
                assertFalse(fetching.refresh(), "the same again")
                assertTrue(fetching.verifyReceipt(first.id, first.receipt).valid)
            }
            http.down = servers.mainUrl
            val old = client.requestId(request("b"))
            assertTrue(old.temporary)
            assertEquals(listOf(old.id), client.pendingReconciliations().map { it.fallbackId })
            fails<ChittyException.Retry>(Code.DEBT_OPEN) { client.resolve(old.id) }
            http.down = null
            assertEquals(0uL, client.drain(3.seconds).remaining)
            val new = client.resolve(old.id)
            assertTrue(new.id in servers.books())
            assertTrue(client.history(old.id).isNotEmpty())
            assertTrue(client.health().main.reachable)
            assertEquals(1uL, client.metrics().reconciled)
            until { told.size == 2 }
            delay(100)
            client.close()
            assertEquals(listOf(Event.FallbackIssued(old), Event.Reconciled(old.id, new)), heard.await())
            assertEquals(told.toList(), heard.await())
            assertTrue(asked.get() > 0)
        }
    }

    @Test
    fun `the built-in transport and a store in a file`() = runBlocking {
        val config = servers.config.copy(storePath = "${servers.folder}/client.db")
        val first = client(config = config).use {
            val issued = it.requestId(request("file"))
            it.suspend(1.seconds)
            it.resume()
            issued
        }
        client(config = config).use { assertEquals(first.id, it.requestId(request("file")).id) }
    }

    @Test
    fun `bad input is refused by name`() = runBlocking<Unit> {
        for (text in listOf("", "x", "\u0000", "A".repeat(1_000_000))) {
            fails<ChittyException.InvalidInput>(Code.ID_MALFORMED) { parseId(text) }
        }
        fails<ChittyException.InvalidInput>(Code.ARGUMENT_INVALID) { parseId("AA\uD800") }
        assertEquals(listOf(AN_ID), suggest("AA-C-USR-1243-I-25-7-X", listOf(AN_ID)))
        fails<ChittyException>(Code.PLAIN_HTTP) { Client.open(ClientConfig("http://id.example", "key")) }
        fails<ChittyException>(Code.CONFIGURATION_INVALID) {
            Client.open(ClientConfig("https://id.example", "secret:x"))
        }
        client().use {
            fails<ChittyException>(Code.ENTITY_TYPE_INVALID) { it.requestId(IdRequest("GEN", "II")) }
            fails<ChittyException>(Code.HANDLE_INVALID) { it.requestId(request("")) }
            fails<ChittyException>(Code.ARGUMENT_INVALID) { it.verify("AA\uD800") }
            fails<ChittyException>(Code.ARGUMENT_INVALID) { it.abandon(AN_ID, "\uD800") }
            fails<ChittyException>(Code.ARGUMENT_INVALID) { it.requestId(IdRequest("\uD800", "I")) }
        }
        // What is refused on the way in must not hold what it was asked of.
        allFreed()
    }

    @Test
    fun `metadata is judged by its text`() = runBlocking<Unit> {
        client().use {
            val ask: suspend (String) -> Issued = { text ->
                it.requestId(IdRequest("GEN", "I", "text".toByteArray(), metadataJson = text))
            }
            for (number in listOf("18446744073709551616", "18446744073709551617", "9007199254740993.0", "1e16")) {
                val error = fails<ChittyException.InvalidInput>(Code.METADATA_INVALID) { ask("""{"n":$number}""") }
                assertTrue("as text" in error.message!!, error.message)
            }
            fails<ChittyException.InvalidInput>(Code.MEMBER_REPEATED) { ask("""{"a":1,"\u0061":2}""") }
            fails<ChittyException.InvalidInput>(Code.TEXT_NOT_UNICODE) { ask("""{"a":"\ud800"}""") }
            fails<ChittyException.InvalidInput>(Code.ARGUMENT_INVALID) { ask("{\"a\":\"\uD800\"}") }
            // The control: the handle is not used up, and as text every number is its own.
            ask("""{"n":"18446744073709551617"}""")
        }
        allFreed()
    }

    @Test
    fun `paths are paths, and what is wrong with one is said`() = runBlocking<Unit> {
        val folder = Path.of(servers.folder.toString())
        val file = folder.resolve("path.db")
        val first = client(config = servers.config.storedIn(file)).use { it.requestId(request("path")) }
        val again = client(config = servers.config.storedIn(file.toFile())).use { it.requestId(request("path")) }
        assertEquals(first.id, again.id)
        val missing = servers.config.storedIn(folder.resolve("none").resolve("a.db"))
        val error = fails<ChittyException.InvalidInput>(Code.FOLDER_MISSING) { client(config = missing) }
        assertTrue("make the folder" in error.message!!, error.message)
        fails<ChittyException.InvalidInput>(Code.PATH_IS_FOLDER) { client(config = servers.config.storedIn(folder)) }
        assertEquals("$file", WalletConfig("https://broker.example").storedIn(file).storePath)
    }

    @Test
    fun `a deadline ends a call`() = runBlocking {
        val silent = object : HttpTransport {
            override suspend fun send(request: HttpRequest): HttpResponse = awaitCancellation()
        }
        client(silent).use { client ->
            val start = TimeSource.Monotonic.markNow()
            fails<ChittyException>(Code.DEADLINE_EXCEEDED) { client.verify(AN_ID, 100.milliseconds) }
            fails<ChittyException>(Code.SERVICES_UNAVAILABLE) { client.requestId(request("d", 200u)) }
            assertTrue(start.elapsedNow() < 2.seconds)
        }
    }

    @Test
    fun `after and during close`() = runBlocking<Unit> {
        val gate = Gate(0)
        val client = client(Http(gate))
        val call = CoroutineScope(Dispatchers.Default).async { client.requestId(request("closing")) }
        until { gate.isReached() }
        client.close()
        client.close()
        fails<ChittyException.InvalidInput>(Code.CLOSED) { call.await() }
        fails<ChittyException.InvalidInput>(Code.CLOSED) { client.requestId(request("late")) }
        fails<ChittyException.InvalidInput>(Code.CLOSED) { client.drain(1.seconds) }
        fails<ChittyException.InvalidInput>(Code.CLOSED) { client.pendingReconciliations() }
        fails<ChittyException.InvalidInput>(Code.CLOSED) { client.metrics() }
        fails<ChittyException.InvalidInput>(Code.CLOSED) { client.listen() }
        gate.opened.countDown()
    }

    @Test
    fun `what throws becomes a number`() = runBlocking {
        val (thrower, said, stderr) = Triple(Thrower(), ByteArrayOutputStream(), System.err)
        System.setErr(PrintStream(said, true))
        try {
            Client.open(servers.config, null, thrower, null, thrower, thrower).use { client ->
                val error = fails<ChittyException.Unavailable>(Code.FOREIGN_FAILED) { client.verify(AN_ID) }
                assertEquals(ErrorKind.UNAVAILABLE, error.kind)
                assertTrue(client.metrics().foreignFailures > 0u)
            }
            val config = servers.config.copy(mainKey = "secret:main")
            fails<ChittyException>(Code.FOREIGN_FAILED) { Client.open(config, secrets = thrower) }
            val store = object : Memory() {
                override fun put(row: StoreRow, powerSafe: Boolean): ULong? = throw IllegalStateException(SECRET)
            }
            client(store = store).use { client ->
                fails<ChittyException>(Code.FOREIGN_FAILED) { client.requestId(request("t")) }
            }
            val errors = object : HttpTransport {
                override suspend fun send(request: HttpRequest): HttpResponse = throw StackOverflowError(SECRET)
            }
            client(errors).use { client -> fails<ChittyException>(Code.FOREIGN_FAILED) { client.verify(AN_ID) } }
            Client.open(servers.config, null, Http(down = servers.mainUrl), null, thrower).use { client ->
                client.requestId(request("u"))
                until { client.metrics().foreignFailures == 1uL }
            }
        } finally {
            System.setErr(stderr)
        }
        assertFalse(SECRET in said.toString())
    }

    @Test
    fun `log lines arrive and carry no id`() = runBlocking {
        val lines = Collections.synchronizedList(ArrayList<String>())
        val sink = object : LogSink {
            override fun log(level: LogLevel, target: String, text: String) {
                lines += text
                throw IllegalArgumentException(SECRET)
            }
        }
        setLogSink(sink, LogLevel.DEBUG)
        fails<ChittyException>(Code.CONFIGURATION_INVALID) { setLogSink(sink, LogLevel.DEBUG) }
        client(Http(down = servers.mainUrl)).use { client ->
            val old = client.requestId(request("logged"))
            until { lines.isNotEmpty() }
            assertTrue(lines.toList().none { old.id in it || "logged" in it })
        }
    }

    @Test
    fun `sixty-four threads`() = runBlocking {
        val ids = ConcurrentHashMap<String, String>()
        val troubles = Collections.synchronizedList(ArrayList<Any>())
        client(Http(), config = servers.config.copy(deadlineMs = 60_000u)).use { client ->
            val threads = List(64) { number ->
                Thread {
                    try {
                        runBlocking {
                            repeat(5) { turn ->
                                val name = "thread-${(number + turn) % 32}"
                                val issued = client.requestId(request(name))
                                if ((ids.putIfAbsent(name, issued.id) ?: issued.id) != issued.id) troubles += name
                                client.pendingReconciliations()
                                parseId(issued.id)
                            }
                        }
                    } catch (error: Throwable) {
                        troubles += error
                    }
                }
            }
            threads.forEach(Thread::start)
            threads.forEach(Thread::join)
        }
        assertEquals(emptyList<Any>(), troubles.toList())
        assertEquals(32, ids.values.toSet().size)
        assertTrue(servers.books().containsAll(ids.values))
    }

    /** The points that the last whole request passed. */
    private var passed = emptyList<String>()

    /** What waits for a request, how it is cancelled, how its client is closed, and the client itself. */
    private class Asked(val call: Deferred<*>, val cancel: () -> Unit, val close: () -> Unit, val client: Client? = null)

    private suspend fun asked(http: Http, store: Memory, name: String, byToken: Boolean): Asked {
        val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
        if (!byToken) {
            val client = client(http, store)
            val call = scope.async { client.requestId(request(name)) }
            return Asked(call, call::cancel, client::close, client)
        }
        val token = CancelToken()
        val client = cc.chitty.ffi.Client(servers.config, store, http)
        val call = scope.async { typed { client.requestId(request(name), token) } }
        val close = {
            client.close()
            token.close()
        }
        return Asked(call, token::cancel, close)
    }

    /** Cancels at one point and tells whether the request passed so many. */
    private suspend fun cancelledAt(
        point: Int, closes: Boolean, up: Boolean, forgets: Boolean = false, byToken: Boolean = false,
    ): Boolean {
        val name = "$point-$closes-$up-$forgets-$byToken"
        val before = servers.books()
        val gate = Gate(point)
        var store = Memory(gate)
        val http = Http(gate, if (up) null else servers.mainUrl)
        val asked = asked(http, store, name, byToken)
        until { gate.isReached() || asked.call.isCompleted }
        if (!gate.isReached()) {
            asked.call.await()
            asked.close()
            passed = gate.passed()
            return false
        }
        val at = "$name at ${gate.passed()[point]}"
        val start = TimeSource.Monotonic.markNow()
        asked.cancel()
        if (byToken) {
            fails<ChittyException.Retry>(Code.CANCELLED) { asked.call.await() }
        } else {
            assertThrows(CancellationException::class.java) { runBlocking { asked.call.await() } }
        }
        assertTrue(start.elapsedNow() < 1.seconds, at)
        if (closes) asked.close()
        gate.opened.countDown()
        http.down = null
        if (closes && forgets) store = Memory()
        val client = asked.client?.takeUnless { closes } ?: client(http, store)
        return try {
            val found = client.requestId(request(name))
            assertEquals(0uL, client.drain(5.seconds).remaining)
            val final = client.requestId(request(name))
            assertFalse(final.temporary)
            if (!found.temporary) assertEquals(found.id, final.id)
            // Exactly one id stands in main's books, and it is the one that the app has.
            assertEquals(setOf(final.id), servers.books() - before, at)
            true
        } finally {
            client.close()
            if (!closes && asked.client == null) asked.close()
        }
    }

    @Test
    fun `cancelled at every await point, the id is found or was never issued`() = runBlocking {
        for ((up, least) in listOf(true to 4, false to 6)) {
            var point = 0
            val ways = listOf(false to false, false to true, true to false, true to true)
            while (ways.all { (closes, byToken) -> cancelledAt(point, closes, up, byToken = byToken) }) point++
            println("$point points with main ${if (up) "up" else "down"}: ${passed.joinToString()}")
            assertTrue(point >= least)
        }
    }

    @Test
    fun `a store that forgets is noticed`() = runBlocking {
        var noticed = 0
        var point = 0
        while (true) {
            try {
                if (!cancelledAt(point++, true, up = true, forgets = true)) break
            } catch (_: AssertionError) {
                noticed++
            }
        }
        assertTrue(noticed > 0)
    }

    private fun residentKib() = File("/proc/self/status").readLines().first { it.startsWith("VmRSS:") }
        .split(Regex("\\s+"))[1].toLong()

    private suspend fun allFreed() = until {
        System.gc()
        liveHandles() == 0L
    }

    @Test
    fun `every handle comes back and memory stays flat`() = runBlocking {
        allFreed()
        var settled = 0L
        repeat(ROUNDS) { turn ->
            client(Http(), Memory()).use { client ->
                client.listen().use { client.requestId(request("round-$turn")) }
            }
            // The JVM's own memory settles slowly.
            if (turn == ROUNDS / 2) {
                System.gc()
                settled = residentKib()
            }
        }
        allFreed()
        val grown = residentKib() - settled
        println("$ROUNDS rounds: 0 handles live, $grown KiB grown since round ${ROUNDS / 2}")
        assertTrue(grown < 32 * 1024, "$grown KiB")
    }

    @Test
    fun `a forgotten close is counted`() = runBlocking {
        allFreed()
        val forgotten = client()
        repeat(10) { client().use { it.metrics() } }
        System.gc()
        assertEquals(1, liveHandles())
        forgotten.close()
        allFreed()
    }
}
